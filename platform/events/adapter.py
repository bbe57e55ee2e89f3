"""Logging in, with what the visitor did before: at sign-up, at log-in, by any way of allauth's."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from accounts.adapter import AccountAdapter
from accounts.models import User
from events.visitors import merge_visitor, visitor_of


class MergingAdapter(AccountAdapter):
    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        visitor = visitor_of(request.session)  # first: logging in changes the session's key
        super().login(request, user)
        if visitor and isinstance(user, User):
            merge_visitor(visitor=visitor, user=user)
