from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any
from uuid import uuid4

from genai.errors import ArtifactError

FORMAT = 1
MANIFEST = "manifest.json"
WEIGHTS, GENERATOR = "weights.safetensors", "generator.onnx"
Manifest = dict[str, Any]


def publish_artifact(folder: Path, manifest: Manifest, write_files: Callable[[Path], None]) -> None:
    """The folder appears whole or not at all; an older artifact there is replaced."""
    check_target(folder)
    part = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}.part")
    part.mkdir(parents=True)
    try:
        write_files(part)
        files = {
            path.name: {"sha256": sha256_of(path), "bytes": path.stat().st_size}
            for path in sorted(part.iterdir())
        }
        whole = {"format": FORMAT, "name": folder.name, **manifest, "files": files}
        (part / MANIFEST).write_text(json.dumps(whole, indent=1, allow_nan=False))
        for path in part.iterdir():
            _flush(path)
        _swap(part, folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def read_manifest(folder: Path, *, only: Collection[str] | None = None) -> Manifest:
    """The manifest, after every file (of these only) was found whole; ArtifactError otherwise."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{folder} is not an artifact: its manifest cannot be read") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise ArtifactError(f"{folder}: the manifest lists no files")
    if manifest.get("format") != FORMAT:
        raise ArtifactError(
            f"{folder} has format {manifest.get('format')}, this program reads {FORMAT}"
        )
    for name, facts in manifest["files"].items():
        if only is not None and name not in only:
            continue
        path = folder / name
        if not path.is_file():
            raise ArtifactError(f"{folder}: {name} is missing")
        if sha256_of(path) != facts.get("sha256"):
            raise ArtifactError(f"{folder}: {name} is not the file that was written")
    return manifest


def record_metrics(folder: Path, metrics: Manifest) -> None:
    """Measured after training: beside what the manifest says already."""
    amend_manifest(folder, lambda manifest: manifest["metrics"].update(metrics))


def amend_manifest(folder: Path, amend: Callable[[Manifest], None]) -> None:
    """The manifest is replaced at once; the files it lists stay as they are."""
    manifest = read_manifest(folder)
    amend(manifest)
    part = folder / f".{MANIFEST}.{uuid4().hex[:8]}.part"
    part.write_text(json.dumps(manifest, indent=1, allow_nan=False))
    os.replace(part, folder / MANIFEST)


def check_target(folder: Path) -> None:
    """ArtifactError when something other than an artifact is in the way."""
    if (
        folder.exists()
        and (not folder.is_dir() or any(folder.iterdir()))
        and not (folder / MANIFEST).is_file()
    ):
        raise ArtifactError(f"{folder} exists and is not an artifact: choose another folder")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _swap(part: Path, folder: Path) -> None:
    old = None
    if folder.exists():
        old = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}.old")
        os.replace(folder, old)
    os.replace(part, folder)  # rename last: a reader never sees half an artifact
    _flush(folder.parent)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)


def _flush(path: Path) -> None:
    """Down to the disk: a rename that outlives a power cut must not point at empty files."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
