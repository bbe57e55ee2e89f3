import io
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import get_resolver

from api.urls import urlpatterns

COMMITTED = Path(__file__).resolve().parents[3] / "docs" / "openapi.yaml"
NOT_OPERATIONS = {"schema/", "docs/"}


@pytest.fixture(scope="module")
def generated() -> str:
    out = io.StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def document(generated: str) -> dict[str, Any]:
    return yaml.safe_load(generated)


def test_the_committed_schema_is_the_generated_one(generated):
    """Red? `python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml`."""
    assert COMMITTED.read_text() == generated


def test_every_address_is_described(document):
    described = {re.sub(r"\{\w+\}", "{}", path) for path in document["paths"]}
    addresses = {
        "/api/v1/" + re.sub(r"<\w+:\w+>", "{}", str(pattern.pattern))
        for pattern in urlpatterns
        if str(pattern.pattern) not in NOT_OPERATIONS
    }

    assert described == addresses


def test_every_operation_says_how_it_fails(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            expected = {"401", "405", "406", "429"}
            expected |= {"404"} if "{" in path else set()
            expected |= {"400", "413", "415"} if "requestBody" in operation else set()
            expected |= {"403"} if method != "get" else set()
            assert expected <= operation["responses"].keys(), f"{method} {path}"


def test_no_operation_takes_fields_it_does_not_read(document):
    schemas = document["components"]["schemas"]

    assert set(schemas["PatchedMeOutRequest"]["properties"]) == {"name", "age_limit"}


def test_the_page_to_try_it_out_loads_nothing_from_elsewhere(client, db):
    page = client.get("/api/v1/docs/")
    html = page.content.decode()

    assert page.status_code == 200
    assert not re.search(r"(src|href)=\"(https?:)?//", html)
    assert not re.search(r"<style|style=|<script>|\son\w+=", html)
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    script = re.search(r'src="([^"]*script=[^"]*)"', html)
    assert script
    answer = client.get(script[1].replace("&amp;", "&"))
    assert answer["Content-Type"].startswith("application/javascript")
    assert '"validatorUrl": null' in answer.content.decode()


def test_the_schema_is_served(client, db):
    assert client.get("/api/v1/schema/").status_code == 200
    assert Client(headers={"accept": "application/json"}).get("/api/v1/schema/").json()["openapi"]


def test_all_addresses_end_in_a_slash():
    assert get_resolver("api.urls")
    assert all(str(pattern.pattern).endswith("/") for pattern in urlpatterns)
