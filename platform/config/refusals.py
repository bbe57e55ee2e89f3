"""What any part of the API may refuse with."""

from http import HTTPStatus

from rest_framework.exceptions import APIException


class Conflict(APIException):
    """The present state does not allow it."""

    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"
