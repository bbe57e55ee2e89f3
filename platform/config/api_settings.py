"""The API and its document: what is the same on every site. What differs stands in settings.py."""

from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["drf_orjson_renderer.renderers.ORJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.BoundedJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.negotiation.FirstThatWillDo",
    "DEFAULT_PAGINATION_CLASS": "api.pagination.CursorPages",
    "DEFAULT_FILTER_BACKENDS": [],
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["api.throttles.AnonymousThrottle", "api.throttles.MemberThrottle"],
    "URL_FORMAT_OVERRIDE": None,
    "EXCEPTION_HANDLER": "api.errors.problem",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Marquee",
    "DESCRIPTION": "Titles, events and recommendations of a Marquee site.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # the validator is somebody else's site
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "ENABLE_DJANGO_DEPLOY_CHECK": False,
    "ENUM_NAME_OVERRIDES": {
        "TitleKind": "catalog.models.Title.Kind",
        "EventKind": "events.models.Event.Kind",
        "Visibility": "studio.models.Image.Visibility",
        "JobState": "jobs.models.Job.State",
        "Preset": "recommendations.models.Run.Preset",
        "GeneratorPreset": "studio.training_models.GeneratorRun.Preset",
        "AgentPreset": "arcade.training_models.AgentRun.Preset",
        "AgentState": "arcade.training_models.Agent.State",
        "MatchState": "arcade.models.Match.State",
        "MatchEnd": "arcade.models.Match.End",
        "AgeLimit": "accounts.models.User.AgeLimit",
        "Role": "catalog.models.Credit.Role",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.schema.document_problems",
    ],
}
