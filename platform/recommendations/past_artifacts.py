"""Artifacts as they were when they served: with the titles that had been encoded by then."""

from pathlib import Path
from threading import Lock

import numpy as np
from cachetools import TTLCache
from django.conf import settings
from django.utils.translation import gettext as _

from recommendations import loading
from recommendations.models import Artifact, ColdVector
from recsys.serving import Recommender

MOST_HELD = 2
_bare: TTLCache[int, Recommender] = TTLCache(maxsize=MOST_HELD, ttl=600)  # by artifact
_held: TTLCache[tuple[int, int], Recommender] = TTLCache(maxsize=MOST_HELD, ttl=600)
_loading = Lock()


class ArtifactGone(LookupError):
    """The model that served cannot be asked any more."""


def as_served(name: str, newest_cold: int) -> Recommender:
    """newest_cold: number of the newest vector of a cold title that it had, 0 = of none."""
    live = loading.current()
    if live is not None and (live.name, live.newest_cold) == (name, newest_cold):
        return live.recommender
    artifact = Artifact.objects.filter(name=name).first()
    if artifact is None or artifact.pruned_at is not None:
        raise ArtifactGone(_("The artifact %(name)s is no longer kept.") % {"name": name})
    key = (artifact.pk, newest_cold)
    with _loading:
        found = _held.get(key)
        if found is None:
            found = _held[key] = _with_cold(_loaded(artifact), artifact, newest_cold)
        return found


def _loaded(artifact: Artifact) -> Recommender:
    found = _bare.get(artifact.pk)
    if found is None:
        found = loading.load(Path(settings.ARTIFACTS_DIR) / artifact.name)
        if found is None:
            said = _("The artifact %(name)s cannot be loaded.") % {"name": artifact.name}
            raise ArtifactGone(said)
        _bare[artifact.pk] = found
    return found


def _with_cold(known: Recommender, artifact: Artifact, newest: int) -> Recommender:
    cold = ColdVector.objects.filter(artifact=artifact, pk__lte=newest).order_by("title_id")
    rows = [row for row in cold.values_list("title_id", "vector") if not known.knows(row[0])]
    if not rows:
        return known
    vectors = np.stack([np.frombuffer(vector, dtype="<f4") for _title, vector in rows])
    return known.with_cold_items([title_id for title_id, _vector in rows], vectors)
