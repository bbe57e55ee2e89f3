"""Every operation of the schema, fuzzed as visitor, member and staff; nothing is left out."""

from collections import Counter
from typing import Any

import pytest
from django.db import connection

from accounts.models import AccessToken
from config.wsgi import application
from recommendations.services import queue_run
from tests.factories import make_event, make_job, make_title, make_user
from tests.platform.studio.rows import make_drawing, make_image, make_walk

SEED = 20
EXAMPLES = 20  # of each operation in each phase, beside the systematic ones
FEWEST_CASES = 700  # of one person; three together are over 2,000
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "unsupported_method",
    "allow_header_conformance",
)


def site(environ: Any, start_response: Any) -> list[bytes]:
    """The site; a thread of the engine gives its database connection back after each request."""
    response = application(environ, start_response)
    try:
        return list(response)
    finally:
        response.close()
        connection.close()


def build_schema(headers: dict[str, str], ids: list[int]) -> Any:
    import schemathesis  # inside: every run collects this file, and few need a second for this
    from schemathesis.config import SchemathesisConfig

    config = SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "headers": headers,
            "continue-on-failure": True,
            "generation": {"max-examples": EXAMPLES, "no-shrink": True, "deterministic": True},
            "checks": {"enabled": False, **{check: {"enabled": True} for check in CHECKS}},
        }
    )
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/", site, config=config)

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: Any) -> Any:
        return known(path_parameters, ids)

    @schema.hook
    def map_body(context: Any, body: Any) -> Any:
        return known(body, ids)

    return schema


def known(values: Any, ids: list[int]) -> Any:
    """Numbers that would hit nothing become ids of rows that are there, two times in three."""
    if not isinstance(values, dict):
        return values
    return {
        name: ids[value % len(ids)]
        if name in {"id", "title", "generator", "start", "end"} and type(value) is int and value % 3
        else value
        for name, value in values.items()
    }


@pytest.fixture
def unthrottled(settings):
    rates = {"anon": "1000000/min", "user": "1000000/min"}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}
    settings.ALLOWED_HOSTS = ["*"]


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("who", ["anonymous", "member", "staff"])
def test_no_request_breaks_the_site_or_its_documentation(who, unthrottled):
    from schemathesis import engine
    from schemathesis.engine import events

    titles = [make_title(director="Agnès Varda") for _ in range(30)]
    headers, ids = {}, [title.pk for title in titles[:5]]
    if who != "anonymous":
        user = make_user(is_staff=who == "staff")
        headers = {"Authorization": f"Bearer {AccessToken.issue(owner=user, name='fuzz')[1]}"}
        ids += [make_event(user, title).pk for title in titles[:5]]
        ids += [make_job(owner=user).pk, queue_run(owner=user, preset="tiny").pk]
        ids += [make_image(user).pk, make_drawing(user).pk, make_walk(user).pk]
        ids += [make_image(make_user(), visibility="published").pk]

    answered: Counter[int] = Counter()
    failures: dict[str, str] = {}
    for event in engine.from_schema(build_schema(headers, ids)).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures[str(type(event))] = str(getattr(event, "info", event.__dict__))
        if not isinstance(event, events.ScenarioFinished):
            continue
        for case_id, interaction in event.recorder.interactions.items():
            if interaction.response is not None:
                answered[interaction.response.status_code] += 1
            for check in event.recorder.checks.get(case_id, []):
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    title = f"{event.label}: {failure.title}"
                    failures.setdefault(
                        title, f"{failure.message}\n{check.failure_info.code_sample}"
                    )

    print(who, sum(answered.values()), dict(answered))  # noqa: T201
    assert not failures, "\n\n".join(f"{title}\n{text}" for title, text in failures.items())
    assert sum(answered.values()) >= FEWEST_CASES
    assert {200, 404} <= answered.keys()
