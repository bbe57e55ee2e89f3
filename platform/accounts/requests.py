"""A request whose sender has signed in: annotations for views behind a check, never made."""

from rest_framework.request import Request

from accounts.models import User
from config.requests import SiteRequest


class MemberRequest(SiteRequest):
    """Behind login_required or member_required."""

    user: User


class MemberApiRequest(Request):
    """Behind IsAuthenticated."""

    user: User
