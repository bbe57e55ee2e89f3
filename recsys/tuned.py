"""The file of a config that a search has found: written by tune, read by train and evaluate."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from recsys.errors import DataError
from recsys.two_tower import TwoTowerConfig

FORMAT = 1


def save_config(path: Path, config: TwoTowerConfig, found: Mapping[str, Any]) -> None:
    """found: how good it is, and on what it was found."""
    save_json(path, {"format": FORMAT, "config": asdict(config), **found})


def load_config(path: Path) -> TwoTowerConfig:
    """DataError with the file's name when it is no such file or holds what no config has."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataError(f"{path}: is not a config of format {FORMAT}, as tune writes it")
    try:
        return config_of(content.get("config"))
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def config_of(values: object) -> TwoTowerConfig:
    """From plain values by field name; a field that is not there keeps its default."""
    if not isinstance(values, dict):
        raise DataError("config must be an object of fields")
    kinds = {field.name: type(field.default) for field in fields(TwoTowerConfig)}
    for name, value in values.items():
        if name not in kinds:
            raise DataError(f"config has the unknown field {name!r}; known: {', '.join(kinds)}")
        if not _is_a(kinds[name], value):
            raise DataError(f"config: {name} must be {_WORDS[kinds[name]]}, not {value!r}")
    try:
        return TwoTowerConfig(**values)
    except ValueError as error:
        raise DataError(f"config: {error}") from error


def save_json(path: Path, content: object) -> None:
    """A file that is there whole or not at all."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
    os.replace(part, path)


_WORDS: dict[type, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
}


def _is_a(kind: type, value: object) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, (int, float) if kind is float else kind)
