"""Why a title is on a shelf of somebody, or the step that dropped it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils.translation import gettext as _

from catalog.models import Title
from events.models import Event
from recommendations import lists
from recommendations.home import SHELF_LENGTH, SHORTEST_SHELF, Draft, drafts_of, laid_out
from recommendations.inspection_list import Chain, Made
from recommendations.inspection_order import (
    arranged_step,
    listed_step,
    proposed_step,
    ranked_step,
    rung_step,
    scored_step,
    varied_step,
)
from recommendations.inspection_steps import Question, Step, day_of, dropped, gates
from recommendations.rankers import Rung
from recommendations.reasons import Explanation, reason
from recommendations.rule_models import Rule, ShelfKind
from recommendations.serving import attributions
from recommendations.taste import Taste, taste_of

INSPECTED = (ShelfKind.LIST, ShelfKind.PICKED, ShelfKind.POPULAR)
UNSEEN = ("published", "age", "hidden")  # what these drop is nowhere to be found for a member
BY_SCORE: tuple[Callable[[Made], Step], ...] = (
    rung_step,
    proposed_step,
    scored_step,
    ranked_step,
    varied_step,
    arranged_step,
)


class ShelfNotInspected(ValueError):
    """Nothing can tell yet why a title is on a shelf of this kind."""


@dataclass(frozen=True)
class Inspection:
    """The whole chain. place: on the shelf as it is shown, 1 = first; None: it is not there."""

    asked: Question
    steps: list[Step]
    rung: Rung
    place: int | None
    length: int  # of the shelf
    source: str  # that it is on the list by; "" when it is not there
    chain: Chain | None  # what the parts of the model say; None: it was not asked
    explanation: Explanation | None  # None without a model or a past

    @property
    def listed(self) -> bool:
        return self.place is not None

    @property
    def verdict(self) -> Step | None:
        """The step that dropped the title; None: it is listed."""
        return dropped(self.steps)

    @property
    def rules(self) -> list[tuple[Rule, Step]]:
        """Those that had a say, and in which step."""
        return [(rule, step) for step in self.steps for rule in step.rules]

    @property
    def artifact(self) -> str | None:
        return self.asked.taste.artifact


def inspect(
    user: Any,
    title: Title,
    shelf: str = ShelfKind.LIST,
    *,
    session: SessionBase | None = None,
    kind: str | None = None,
    limit: int | None = None,
) -> Inspection:
    """What happens to a title on its way to a shelf. limit: None = as long as the shelf is.

    ShelfNotInspected for kinds that are not among INSPECTED.
    """
    taste = taste_of(user, session=session, kind=kind)
    asked = question(user, title, taste, shelf, kind=kind, limit=limit)
    made = Made.of(asked)
    steps, place, length = gates(asked), None, 0
    passed = dropped(steps) is None
    if passed:
        more, place, length = _ordered(made)
        steps += more
    return Inspection(
        asked=asked,
        steps=steps,
        rung=made.ranker.rung,
        place=place,
        length=length,
        source=_source(made) if place else "",
        chain=made.chain if passed else None,
        explanation=_explained(user, taste, title),
    )


def length_of(shelf: str) -> int:
    """How many titles are looked for; a page of the API's list holds fewer."""
    if shelf == ShelfKind.LIST:
        return lists.LONGEST_LIST
    return SHELF_LENGTH + (shelf == ShelfKind.PICKED)  # of which the first stands above, large


def question(
    user: Any, title: Title, taste: Taste, shelf: str, *, kind: str | None, limit: int | None
) -> Question:
    if shelf not in INSPECTED:
        raise ShelfNotInspected(shelf)
    above: dict[int, str] = {}
    if shelf == ShelfKind.POPULAR:
        for draft in drafts_of(taste):
            if draft.key == "popular":
                break
            heading = draft.heading or str(ShelfKind.BECAUSE.label)
            above |= {scored.item_id: heading for scored in draft.found}
    length = length_of(shelf) if limit is None else limit
    return Question(user, title, taste, shelf, length, kind, above)


def _ordered(made: Made) -> tuple[list[Step], int | None, int]:
    """The steps up to the one that drops it; its place, and how long the list is."""
    steps: list[Step] = []
    for step_of in BY_SCORE:
        steps.append(step_of(made))
        if steps[-1].outcome == "dropped":
            return steps, None, len(made.placed)
    place, length = made.place, len(made.placed)
    if made.asked.shelf != ShelfKind.LIST:
        place, length = _laid_out(made)
        if place is not None:
            steps.append(_posters(made.place, place))
        if length < SHORTEST_SHELF:
            text = _("Not shown: %(n)d titles are left, and a shelf has at least %(least)d.")
            said = {"n": length, "least": SHORTEST_SHELF}
            return [*steps, Step("listed", "dropped", text % said)], None, length
    return [*steps, listed_step(made, place, length)], place, length


def _laid_out(made: Made) -> tuple[int | None, int]:
    """Place and number of titles on a shelf of the home page, as it is shown."""
    served = made.ruled.served
    titles = lists.cards_of(made.asked.user, {scored.item_id for scored in served})
    strict = made.asked.orders.rearranges
    draft = Draft(made.asked.shelf, "", "", made.ranker.rung, served, strict=strict)
    ids = [scored.item_id for scored in laid_out(draft, dict(titles))]
    own = made.asked.title.pk
    return (ids.index(own) + 1 if own in ids else None), len(ids)


def _posters(before: int | None, place: int) -> Step:
    if before == place:
        return Step("posters", "passed", _("Its poster stands well where it is."))
    text = _("From %(before)d to %(place)d: posters that look alike are set apart.")
    return Step("posters", "moved", text % {"before": before, "place": place})


def _source(made: Made) -> str:
    own = made.asked.title.pk
    return next((each.source for each in made.ruled.served if each.item_id == own), "")


def _explained(user: Any, taste: Taste, title: Title) -> Explanation | None:
    if taste.live is None or not taste.history:
        return None
    drops = attributions(taste, title)
    titles = lists.cards_of(user, {pk for pk, _drop in drops})
    return lists.explained(taste, title, drops, titles)


def sentence_for_member(found: Inspection) -> str:
    """One honest sentence. Whatever they did not do themselves is told in the same words."""
    if found.listed:
        told = found.explanation
        if found.source == "personal" and told is not None and told.contributions:
            return told.sentence
        return reason(found.source, None)
    step = found.verdict
    if step is not None and step.name in UNSEEN:
        return _("For them there is no such title.")
    if step is not None and step.name in OWN_DOING:
        return OWN_DOING[step.name](found.asked)
    if step is not None and step.name == "rung" and not found.asked.taste.liked:
        return _("There are no picks for you yet: rate or save a few titles.")
    return _("It is not in your list at the moment.")


def _seen_sentence(asked: Question) -> str:
    sentences = {
        Event.Kind.PLAY: _("You played it on %(day)s, so it is not recommended again."),
        Event.Kind.FINISH: _("You saw it on %(day)s, so it is not recommended again."),
        Event.Kind.RATE: _("You rated it on %(day)s, so it is not recommended again."),
        Event.Kind.SAVE: _("You saved it on %(day)s, so it is not recommended again."),
    }
    event = asked.latest(*sentences)
    return sentences[event.kind] % {"day": day_of(event.happened_at)}


OWN_DOING: dict[str, Callable[[Question], str]] = {
    "seen": _seen_sentence,
    "not_interested": lambda asked: _("You said that you are not interested in it."),
    "kind": lambda asked: _("It is of another kind than you asked for."),
    "shelf_above": lambda asked: _("It is on another of your shelves."),
}
