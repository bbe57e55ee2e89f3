"""The OpenAPI document: what every operation may answer is written down in one place."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `errors` names the fields that were refused.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
}
CONTENT = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
SHARED = {
    "400": ("BadRequest", "A value is wrong; `errors` names it."),
    "401": ("Unauthorized", "Sign in: no token or session, or one that is not valid."),
    "403": (
        "Forbidden",
        "This account may not do this, or the CSRF token of a session is missing.",
    ),
    "404": ("NotFound", "There is nothing here that you may see."),
    "405": ("MethodNotAllowed", "This address does not know this method."),
    "406": ("NotAcceptable", "Answers are JSON."),
    "409": ("Conflict", "The present state does not allow this; `detail` says why."),
    "413": ("ContentTooLarge", "The body is too large."),
    "415": ("UnsupportedMediaType", "Bodies are JSON."),
    "429": ("TooManyRequests", "Too many requests; `Retry-After` says when to come back."),
}
HEADERS = {
    "401": {"WWW-Authenticate": {"schema": {"type": "string"}}},
    "405": {"Allow": {"schema": {"type": "string"}}},
    "429": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}},
}
METHODS = {"get", "post", "put", "patch", "delete"}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


def document_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Post-processing hook: give every operation the problems it can answer."""
    components = result["components"]
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["schemas"] = dict(sorted(components["schemas"].items()))
    components["responses"] = {
        name: {
            "description": text,
            **({"headers": HEADERS[status]} if status in HEADERS else {}),
            "content": CONTENT,
        }
        for status, (name, text) in SHARED.items()
    }
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            if method in METHODS:
                _add_problems(path, method, operation)
    return result


def _add_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    possible = {"401", "405", "406", "429", *(status for status in responses if status in SHARED)}
    if method != "get":
        possible.add("403")
    if "requestBody" in operation:
        possible |= {"400", "413", "415"}
    if any(parameter["in"] == "query" for parameter in operation.get("parameters", [])):
        possible.add("400")
    if "{" in path:
        possible.add("404")
    for status in possible:
        responses[status] = {"$ref": f"#/components/responses/{SHARED[status][0]}"}
    operation["responses"] = dict(sorted(responses.items()))
