"""The account behind the token or session."""

from typing import Any, cast

from django.utils.translation import gettext as _
from rest_framework import generics, permissions, serializers

from accounts.models import User
from accounts.services import WrongPassword, change_age_limit


class MeOut(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ("id", "email", "name", "age_limit", "is_staff", "date_joined")
        read_only_fields = ("id", "email", "is_staff", "date_joined")


class Me(generics.RetrieveUpdateAPIView):
    """Your account. PATCH changes the name and lowers the age limit; anything else is ignored."""

    serializer_class = MeOut
    permission_classes = [permissions.IsAuthenticated]
    http_method_names = ["get", "patch", "head"]

    def get_object(self) -> User:
        return cast(User, self.request.user)

    def perform_update(self, serializer: serializers.BaseSerializer[Any]) -> None:
        """Only what was sent is written: no stale copy raises a limit that was just lowered."""
        given, user = serializer.validated_data, self.get_object()
        if "age_limit" in given:
            lower_age_limit(user, given["age_limit"])
        if "name" in given:
            user.name = given["name"]
            user.save(update_fields=["name"])


def lower_age_limit(user: User, limit: int) -> None:
    """Lower is free; higher asks for the password, which a program should not hold."""
    try:
        change_age_limit(user=user, limit=limit)
    except WrongPassword as error:
        raise serializers.ValidationError(
            {"age_limit": _("Raising the age limit asks for your password: use the account page.")}
        ) from error
