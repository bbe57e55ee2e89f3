"""Layers point one way: platform → recsys, genai; later apps import earlier ones, never back."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
APPS = [
    "jobs",
    "accounts",
    "catalog",
    "events",
    "recommendations",
    "studio",
    "arcade",
    "privacy",
    "api",
]  # import order
MODEL_CODE = [*ROOT.glob("recsys/**/*.py"), *ROOT.glob("genai/**/*.py")]
SITE_CODE = [path for app in APPS for path in (ROOT / "platform" / app).rglob("*.py")]
BRIDGES = {
    "work.py",
    "measuring_work.py",
    "tournament_work.py",
    "training_work.py",
    "tuning_work.py",
    "dataset.py",
    "dataset_work.py",
    "loading.py",
    "serving.py",
    "taste.py",
    "rankers.py",
    "rulebook.py",
    "obeying.py",
    "inspection_list.py",
    "logged_pasts.py",
    "past_artifacts.py",
    "recipes.py",
    "replaying.py",
}


@cache
def imported_roots(path: Path) -> set[str]:
    """First names of everything a file imports, inside functions too."""
    roots = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            roots.add((node.module or "").split(".")[0])
    return roots


@pytest.mark.parametrize("path", MODEL_CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_model_code_knows_neither_django_nor_the_apps(path: Path) -> None:
    other = "genai" if path.is_relative_to(ROOT / "recsys") else "recsys"
    assert not imported_roots(path) & {"django", "celery", "rest_framework", other, "config", *APPS}


@pytest.mark.parametrize("path", SITE_CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_app_imports_a_later_one(path: Path) -> None:
    app = path.relative_to(ROOT / "platform").parts[0]
    later = APPS[APPS.index(app) + 1 :]
    assert not imported_roots(path) & set(later)


@pytest.mark.parametrize("path", SITE_CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_a_bridge_touches_the_models(path: Path) -> None:
    if path.name not in BRIDGES:
        assert not imported_roots(path) & {"recsys", "genai", "torch"}


def test_platform_is_a_source_root_and_no_package() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()


@pytest.mark.slow
def test_the_web_process_imports_no_torch_and_settles_its_memory() -> None:
    """With every address resolved and every module of the web process loaded."""
    script = (
        "import sys; sys.path[:0] = ['platform', '.']\n"
        "import config.wsgi\n"
        "from django.urls import get_resolver\n"
        "get_resolver().url_patterns; get_resolver().reverse_dict\n"
        "import recommendations.serving, recommendations.home, studio.loading, api.urls\n"
        "print(sorted({'torch', 'implicit', 'sklearn', 'onnxscript'} & set(sys.modules)))\n"
        "import gc\n"
        "print(gc.get_threshold()[0] > 700, gc.get_freeze_count() > 100_000)"
    )
    run = subprocess.run(
        [sys.executable, "-P", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.split("\n")[:2] == ["[]", "True True"]
