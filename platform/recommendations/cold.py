"""Vectors of titles that an artifact does not know, from its own item tower."""

from collections.abc import Iterable
from pathlib import Path

from django.core.cache import cache

from catalog.changes import changes, now
from catalog.models import Title
from recommendations import dataset, loading
from recommendations.experiments import artifacts_in_use
from recommendations.models import Artifact, ColdVector, Promotion
from recommendations.services import folder_of

COLD_BATCH = 256
MARK_SECONDS = 86_400  # the feed keeps twice as much


def encode_new_titles() -> int:
    """Give the titles that an artifact in service does not know a vector; how many were made.

    In service are the live one and those of the running experiment: its arms show new titles too.
    """
    served = {
        artifact.pk: artifact for artifact in Artifact.objects.filter(name__in=artifacts_in_use())
    }
    if live := Promotion.objects.live():
        served[live.artifact_id] = live.artifact
    return sum(_encode_new_titles_for(artifact) for artifact in served.values())


def _encode_new_titles_for(artifact: Artifact) -> int:
    """Looks through the whole catalog once; then at what the feed says has changed since."""
    mark = f"cold-titles-until:{artifact.pk}"
    since = cache.get(mark)
    told = changes(since) if since else None
    until = told.until if told else now()
    encoded = artifact.cold_vectors.values("title")
    missing = Title.objects.filter(published=True).exclude(pk__in=encoded)
    if told and not told.everything:
        missing = missing.filter(pk__in=told.title_ids)
    folder = folder_of(artifact)
    ids = unknown_to(folder, missing.values_list("pk", flat=True).iterator())
    cold = vectors_of(folder, ids)
    save_cold(artifact, cold)
    if len(cold) == len(ids):  # else they are looked for again
        cache.set(mark, until, MARK_SECONDS)
    return len(cold)


def encode_unknown(folder: Path, titles: Iterable[int]) -> dict[int, bytes]:
    """Vectors of those of the titles that the artifact does not know, by title id."""
    return vectors_of(folder, unknown_to(folder, titles))


def unknown_to(folder: Path, titles: Iterable[int]) -> list[int]:
    wanted = set(titles)
    return sorted(wanted - loading.item_ids(folder)) if wanted else []


def vectors_of(folder: Path, ids: list[int]) -> dict[int, bytes]:
    """By title id; none when the artifact cannot be read."""
    encoder = loading.item_encoder(folder) if ids else None
    if encoder is None:
        return {}  # as a rule: then nothing is loaded
    vectors: dict[int, bytes] = {}
    for start in range(0, len(ids), COLD_BATCH):
        frame = dataset.items_frame(Title.objects.filter(pk__in=ids[start : start + COLD_BATCH]))
        encoded = encoder.encode(frame)
        for pk, vector in zip(frame["item_id"].tolist(), encoded, strict=True):
            vectors[pk] = vector.astype("<f4").tobytes()
    return vectors


def save_cold(artifact: Artifact, vectors: dict[int, bytes]) -> None:
    ColdVector.objects.bulk_create(
        [ColdVector(artifact=artifact, title_id=pk, vector=data) for pk, data in vectors.items()],
        ignore_conflicts=True,
    )
