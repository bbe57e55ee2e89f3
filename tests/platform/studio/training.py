"""Data and runs of generators, small enough to be trained in a test."""

import re
import shutil
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from safetensors.torch import save_file

from accounts.models import User
from config.media import media_path
from genai.artifacts import GENERATOR, WEIGHTS
from genai.images import players, training
from genai.images.gan import GanConfig, Generator
from genai.images.imageset import ImageSet
from jobs.models import Job
from studio.tasks import train_generator
from studio.training_models import Dataset, GeneratorRun
from studio.training_services import folder_of, queue_generator_run
from tests.factories import make_user
from tests.genai.images.toy import make_images

ENOUGH = 400  # images, to be trained on and measured by


def make_dataset(images: ImageSet | None = None, name: str = "Halves") -> Dataset:
    """As a member of staff's upload is once it was read."""
    from studio.dataset_work import held_out_of

    images = images or make_images(ENOUGH)
    dataset = Dataset.objects.create(
        name=name,
        file=f"datasets/{name}.npz",
        sha256=images.sha256,
        size=images.size,
        channels=images.channels,
        counts={
            label: int((images.labels == row).sum()) for row, label in enumerate(images.label_names)
        },
        held_out=held_out_of(images),
    )
    images.save(media_path(dataset.file))
    return dataset


def make_run(dataset: Dataset | None = None, **changes: Any) -> GeneratorRun:
    """Queued; `owner` is staff."""
    fields: dict[str, Any] = {"preset": "tiny", "minutes": 1, "seed": 0} | changes
    owner: User = fields.pop("owner", None) or make_user(is_staff=True)
    return queue_generator_run(owner=owner, dataset=dataset or make_dataset(), **fields)


def make_done_run(trained: Path, **changes: Any) -> GeneratorRun:
    """As if a worker had trained it: a copy of a folder that the fixture `trained` made."""
    from studio.training_work import facts_of, read_manifest

    run = make_run(**changes)
    shutil.copytree(trained, folder_of(run), dirs_exist_ok=True)
    manifest = read_manifest(folder_of(run) / "artifact")
    previews = sorted(int(path.stem) for path in (folder_of(run) / "previews").iterdir())
    GeneratorRun.objects.filter(pk=run.pk).update(
        facts=facts_of(manifest), curve=manifest["curve"], previews=previews
    )
    Job.objects.filter(pk=run.job_id).update(state=Job.State.DONE, progress=1)
    return GeneratorRun.objects.select_related("job", "dataset").get(pk=run.pk)


def quick_export(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights only: a real export takes longer than a tiny training."""

    def write(folder: Path, generator: Generator, config: GanConfig) -> None:
        save_file(generator.state_dict(), folder / WEIGHTS)
        (folder / GENERATOR).write_bytes((folder / WEIGHTS).read_bytes())

    monkeypatch.setattr(training, "write_artifact_files", write)


def words_of(client: Client, address: str) -> str:
    """What a reader of the page reads, without marks and with single spaces."""
    page = re.sub(r"<script.*?</script>", " ", client.get(address).content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def work_on(run: GeneratorRun) -> GeneratorRun:
    """One delivery of its wake-up."""
    train_generator(run.job_id)
    return GeneratorRun.objects.select_related("job", "measuring").get(pk=run.pk)


def weights_of(folder: Path) -> bytes:
    return (folder / WEIGHTS).read_bytes()


def each_step(monkeypatch: pytest.MonkeyPatch, act: Callable[[int], None]) -> None:
    """act(number) before every step, counted over all attempts."""
    real, counted = players.Players.step, iter(range(1, 10_000))

    def step(self, *given):
        act(next(counted))
        return real(self, *given)

    monkeypatch.setattr(players.Players, "step", step)
