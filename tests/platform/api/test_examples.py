import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.models import AccessToken
from tests.factories import make_titles, make_user

PAGE = Path(__file__).resolve().parents[3] / "docs" / "api.md"


def examples(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


@pytest.fixture
def environment(transactional_db, live_server) -> dict[str, str]:
    """What the page asks to export, for a site with titles."""
    titles = make_titles(61)
    _, secret = AccessToken.issue(owner=make_user(), name="docs")
    return {
        "PATH": os.environ["PATH"],
        "MARQUEE_URL": live_server.url,
        "MARQUEE_TOKEN": secret,
        "TITLE": str(titles[0].pk),
    }


@pytest.mark.slow
def test_the_python_examples_run(environment):
    script = "\n".join(examples("python"))

    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert "served by popular None" in done.stdout
    assert "61 films" in done.stdout
    assert "400 {'value': ['A rating takes 0.5 to 5 stars in halves.']}" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl: apt-get install curl")
def test_the_curl_examples_run(environment):
    for script in examples("bash"):
        script = script.replace('"title": 1,', f'"title": {environment["TITLE"]},')
        done = subprocess.run(
            ["bash", "-c", script], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, script + done.stderr
        assert '"id":' in done.stdout
