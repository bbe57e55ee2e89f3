"""Artifacts of genai.games: in memory to play with, and as they are published. No torch."""

import logging
import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings

from genai.artifacts import MANIFEST, amend_manifest, read_manifest
from genai.errors import ArtifactError, GenaiError
from genai.games.evaluation import NETWORK
from genai.games.rules import GAMES
from genai.games.serving import LoadedAgent, load_agent

log = logging.getLogger(__name__)

__all__ = ["GAMES"]  # beside its own
LOADED = 3 * len(GAMES)  # artifacts that a process keeps in memory: shipped, published, withdrawn
FACTS = ("rounds", "games", "seconds", "seed")


class AgentDamaged(Exception):
    """An artifact that is missing, damaged or of another kind; the message says so."""


def agents_folder() -> Path:
    """Of the published ones, each in a folder that is named by its key."""
    return Path(settings.ARTIFACTS_DIR) / "agents"


def loaded(folder: Path) -> LoadedAgent | None:
    """None when it cannot be used. An artifact that has changed since is read again."""
    try:
        return _load(folder, (folder / MANIFEST).stat().st_mtime_ns)
    except OSError:
        return None


@lru_cache(maxsize=LOADED)
def _load(folder: Path, changed: int) -> LoadedAgent | None:
    try:
        return load_agent(folder)
    except GenaiError:
        log.exception("an agent cannot be used")
        return None


def read_facts(folder: Path) -> dict[str, Any]:
    """What its manifest says of it, after it was found whole and able to play. AgentDamaged"""
    try:
        load_agent(folder)
        return facts_of(read_manifest(folder))
    except (GenaiError, KeyError) as error:
        raise AgentDamaged(str(error)) from error


def facts_of(manifest: dict[str, Any]) -> dict[str, Any]:
    """What of a manifest a page shows. KeyError when it is of another kind"""
    files = manifest["files"]
    return {
        "sha256": files[NETWORK]["sha256"],
        "bytes": sum(facts["bytes"] for facts in files.values()),
        **{name: manifest[name] for name in FACTS},
    }


def copy_agent(folder: Path, target: Path, name: str) -> None:
    """Under another name; the target is there whole or not at all. AgentDamaged"""
    part = target.with_name(f".{target.name}.{uuid4().hex[:8]}.part")
    try:
        shutil.copytree(folder, part)
        amend_manifest(part, _set("name", name))
        shutil.rmtree(target, ignore_errors=True)
        part.rename(target)  # last: nobody plays with half of it
    except (OSError, ArtifactError) as error:
        raise AgentDamaged(str(error)) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def copy_ratings(folder: Path, target: Path) -> None:
    """Of its levels, to another copy of the same agent. AgentDamaged"""
    try:
        amend_manifest(target, _set("levels", read_manifest(folder)["levels"]))
    except ArtifactError as error:
        raise AgentDamaged(str(error)) from error


def _set(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def amend(manifest: dict[str, Any]) -> None:
        manifest[name] = value

    return amend
