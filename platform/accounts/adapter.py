"""What allauth does the Marquee way."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    def clean_email(self, email: str) -> str:
        """Addresses are kept in lower case, so that one person is one account."""
        return super().clean_email(email).lower()

    def populate_username(self, request: Any, user: Any) -> None:
        """There are no user names."""
