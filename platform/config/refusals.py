"""What any part of the API may refuse with."""

from http import HTTPStatus

from rest_framework.exceptions import APIException


class Conflict(APIException):
    """The present state does not allow it."""

    status_code = HTTPStatus.CONFLICT
    default_code = "conflict"


class TooLarge(APIException):
    """More than the site takes."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"
