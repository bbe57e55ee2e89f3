from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from accounts.services import TooManyTokens, issue_token


class Command(BaseCommand):
    help = "Make an API token for a person and print its secret; it cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="whose token it is")
        parser.add_argument("--name", default="command line", help="what it is for")

    def handle(self, *, email: str, name: str, **options: Any) -> None:
        owner = User.objects.filter(email__iexact=email, is_active=True).first()
        if owner is None:
            raise CommandError(f"nobody here has the address {email}")
        try:
            _, secret = issue_token(owner=owner, name=name[:80])
        except TooManyTokens as error:
            raise CommandError(str(error)) from error
        self.stdout.write(secret)
