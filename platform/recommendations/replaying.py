"""A logged list made again from what was written down, step by step.

What was proposed is the record: what everybody could see then, among which retrieval looked, is
not kept. Scores of a model are worked out anew; popularity and dates are of their day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
from django.utils.translation import gettext as _

from recommendations import logged_pasts
from recommendations.home import apart
from recommendations.models import LoggedList, LoggedPast
from recommendations.obeying import in_order_of_score
from recommendations.past_artifacts import ArtifactGone, as_served
from recommendations.rankers import (
    BY_MODEL,
    Closeness,
    Scored,
    Source,
    of_titles,
    raised_by,
    varied,
)
from recommendations.recipes import Candidates, Recipe
from recsys.past import Reading
from recsys.reranking import NO_VARIETY
from recsys.serving import Recommender


class CannotReplay(LookupError):
    """What it takes is not there; the message says what."""


class NotWrittenDown(CannotReplay):
    """The list is from a time when no recipe was kept, or nothing was found for it."""


class PastForgotten(CannotReplay):
    """What the person had done was forgotten, as it has to be."""


@dataclass(frozen=True)
class Replay:
    """made: the list as it comes out, best first, None: it could not be made; difference, or why
    not: in words, "" for none.
    """

    logged: LoggedList
    made: list[Scored] | None
    difference: str

    @property
    def is_exact(self) -> bool:
        return not self.difference


def replay(logged: LoggedList) -> Replay:
    """The list made again, with the first step that differs, or what it takes and is not there."""
    try:
        made, difference = _Remaking.of(logged).made()
    except (CannotReplay, ArtifactGone) as error:
        return Replay(logged, None, str(error))
    return Replay(logged, made, difference or difference_of(served_of(logged), made))


def served_of(logged: LoggedList) -> list[Scored]:
    rows = zip(logged.title_ids, logged.scores, logged.sources, strict=True)
    return [Scored(pk, score, cast(Source, source)) for pk, score, source in rows]


def difference_of(served: Sequence[Scored], made: Sequence[Scored]) -> str:
    """The first title that has another place or, as the log keeps it, another score."""
    for place, (one, other) in enumerate(zip(served, made, strict=False), 1):
        said = {"place": place, "served": one.item_id, "made": other.item_id}
        if one.item_id != other.item_id:
            text = _("At place %(place)d title %(made)d comes out, title %(served)d was served.")
            return text % said
        if np.float32(one.score) != np.float32(other.score):
            return _other_score(one, other)
    if len(served) != len(made):
        text = _("%(made)d titles come out, %(served)d were served.")
        return text % {"made": len(made), "served": len(served)}
    return ""


def _other_score(served: Scored, made: Scored) -> str:
    text = _("Title %(title)d comes out with the score %(made).6g, %(served).6g was written down.")
    return text % {"title": served.item_id, "made": made.score, "served": served.score}


@dataclass(frozen=True)
class _Remaking:
    """One list, with what its scores are asked of."""

    logged: LoggedList
    recipe: Recipe
    recommender: Recommender | None  # None: no model ranked it
    reading: Reading | None  # None: nobody's past was read
    fatigue: dict[int, float]

    @classmethod
    def of(cls, logged: LoggedList) -> "_Remaking":
        if logged.recipe is None:
            raise NotWrittenDown(_("How this list came about was not written down."))
        try:
            recipe = Recipe.read(logged.recipe)
        except ValueError as error:
            raise NotWrittenDown(str(error)) from error
        if recipe.by in ("popular", "order"):
            return cls(logged, recipe, None, None, {})
        recommender = as_served(logged.artifact, recipe.newest_cold)
        if recipe.by != "personal":
            return cls(logged, recipe, recommender, None, {})
        past = LoggedPast.objects.filter(digest=logged.past).first() if logged.past else None
        if past is None:
            raise PastForgotten(_("What they had done by then is forgotten."))
        reading = recommender.read(logged_pasts.history_of(past.entries))
        return cls(logged, recipe, recommender, reading, logged_pasts.fatigue_of(past.entries))

    def made(self) -> tuple[list[Scored], str]:
        """The list as it comes out, and what differs before its end."""
        kept = self.recipe.candidates or Candidates(served_of(self.logged), 0, None)
        found, difference = self._scored(kept.found), ""
        if self.recipe.candidates:
            difference = next(
                (_other_score(a, b) for a, b in zip(kept.found, found, strict=True) if a != b), ""
            )
        if kept.raised is not None:
            found = [self._raised(scored, kept.raised) for scored in found]
        end = len(found) - kept.n_asked_for
        best, extra = found[:end], in_order_of_score(found[end:])
        ranked = self._ranked(best) if kept.raised is None else in_order_of_score(best)
        return self._settled(ranked, extra), difference

    def _scored(self, found: Sequence[Scored]) -> list[Scored]:
        """Those that a model ranked with the scores that it gives them, the others as they are."""
        ids = [scored.item_id for scored in found if scored.source in self._asked]
        scores = {int(scored.item_id): scored.score for scored in self._scores(ids)}
        if unknown := sorted(set(ids) - set(scores)):
            text = _("The artifact no longer knows title %(title)d, which was new to it then.")
            raise CannotReplay(text % {"title": unknown[0]})
        return [
            each._replace(score=scores[each.item_id]) if each.item_id in scores else each
            for each in found
        ]

    @property
    def _asked(self) -> tuple[Source, ...]:
        return BY_MODEL if self.recommender else ()

    def _scores(self, ids: list[int]) -> list[Scored]:
        recipe, recommender = self.recipe, self.recommender
        if recommender is None or not ids:
            return []
        if self.reading is not None:
            fatigue = self.fatigue.items()
            return of_titles(recommender.score(self.reading, ids, fatigue=fatigue))
        if recipe.near is None:
            return []
        by: Closeness = "content" if recipe.by == "content" else "taste"
        return of_titles(recommender.score_similar(recipe.near, ids, by=by))

    def _raised(self, scored: Scored, raised: Mapping[int, float]) -> Scored:
        if scored.source == "pinned":  # asked for by its rule, without a score
            return scored
        spreads = raised.get(scored.item_id, 0.0)
        return scored._replace(score=raised_by(self.recipe.by, scored.score, spreads))

    def _ranked(self, found: list[Scored]) -> list[Scored]:
        """By the model, equals by id; then, in the order kept, what it does not know."""
        by_model = [scored for scored in found if scored.source in self._asked]
        others = [scored for scored in found if scored.source not in self._asked]
        return in_order_of_score(by_model) + sorted(others, key=lambda scored: -scored.score)

    def _settled(self, best: list[Scored], extra: list[Scored]) -> list[Scored]:
        """After variety, rules and posters, without what was no longer visible."""
        recipe = self.recipe
        vary: Callable[[list[Scored]], list[Scored]] = list
        if recipe.variety != NO_VARIETY and self.recommender and self.reading:
            vary = partial(varied, self.recommender, self.reading, variety=recipe.variety)
        order = [*vary(best), *extra]
        by_id = {scored.item_id: scored for scored in order}
        placed = [int(each.item_id) for each in recipe.places.arranged(order).placed]
        shown = [by_id[title_id] for title_id in placed if title_id not in recipe.gone]
        if not recipe.looks:
            return shown
        looks = dict(zip(self.logged.title_ids, recipe.looks, strict=True))
        return [shown[at] for at in apart([looks.get(each.item_id, "") for each in shown])]
