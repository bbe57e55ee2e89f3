"""How a list came about, as the log keeps it: what it takes to make it again, step by step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, cast

from recommendations.obeying import Places, RuledList
from recommendations.rankers import By, Scored, Source
from recsys.reranking import NO_VARIETY, Variety
from recsys.rules import Cap, Pin, Quota

FORMAT = 1
Kept = dict[str, Any]  # JSON


@dataclass(frozen=True)
class Candidates:
    """What was ranked, with the scores of before rules and variety."""

    found: list[Scored]  # in the order of the ranking, with what only pins and quotas wanted last
    n_asked_for: int
    raised: Mapping[int, float] | None  # spreads by title, if not 0; None: no rule raises any


@dataclass(frozen=True)
class Recipe:
    """A kept recipe, read."""

    by: By
    places: Places
    near: int | None  # the title that others were compared with
    newest_cold: int  # of the vectors that the model had of titles it was not trained on
    variety: Variety
    candidates: Candidates | None  # None: those served, in the order served
    gone: frozenset[int]  # ranked, and not shown: no longer visible by then
    looks: Sequence[str]  # of the posters of those served, where these were set apart

    @classmethod
    def read(cls, kept: Kept) -> Self:
        """ValueError when it is of another format."""
        if kept.get("format") != FORMAT:
            raise ValueError(f"recipe of format {kept.get('format')}, this program reads {FORMAT}")
        return cls(
            by=kept["by"],
            places=Places(
                kept["limit"],
                [Pin(*pin) for pin in kept.get("pins", ())],
                [_cap(*cap) for cap in kept.get("caps", ())],
                [Quota(rule, frozenset(ids), share) for rule, ids, share in kept.get("quotas", ())],
            ),
            near=kept.get("near"),
            newest_cold=kept.get("cold", 0),
            variety=Variety(*kept.get("variety", ())),
            candidates=_candidates(kept["ranked"]) if "ranked" in kept else None,
            gone=frozenset(kept.get("gone", ())),
            looks=kept.get("looks", ()),
        )


def recipe_of(ruled: RuledList, shown: Sequence[Scored], looks: Mapping[int, str]) -> Kept | None:
    """To be kept with a list. shown: as it was laid out; looks: of posters, by title, if it was."""
    ranker = ruled.ranker
    if ranker is None:
        return None
    kept: Kept = {"format": FORMAT, "by": ranker.by, "limit": ruled.places.limit}
    if ranker.near is not None:
        kept["near"] = ranker.near
    if ranker.newest_cold:
        kept["cold"] = ranker.newest_cold
    if looks:
        kept["looks"] = [looks[scored.item_id] for scored in shown]
    ids = [scored.item_id for scored in shown]
    arranged = [scored.item_id for scored in ruled.served]
    if len(ids) < len(arranged):
        held = set(ids)
        kept["gone"] = [title_id for title_id in arranged if title_id not in held]
    if ids != arranged or _is_moved(ruled):
        kept |= _moves(ruled)
    return kept


def _is_moved(ruled: RuledList) -> bool:
    """By something else than the score that the log has."""
    ranker, places = ruled.ranker, ruled.places
    varies = ranker is not None and ranker.variety != NO_VARIETY
    return bool(ruled.raised or varies or places.moves)


def _moves(ruled: RuledList) -> Kept:
    """What was ranked and what moved it."""
    needed, variety, places = _needed(ruled), ruled.ranker and ruled.ranker.variety, ruled.places
    ids = {scored.item_id for scored in needed}
    kept: Kept = {"ranked": _ranked(ruled, needed)}
    if variety:
        kept["variety"] = variety.amounts
    if places.pins:
        kept["pins"] = [(pin.rule, pin.item_id, pin.place) for pin in places.pins]
    if places.caps:
        kept["caps"] = [(cap.rule, cap.most, cap.within, *_groups(cap, ids)) for cap in places.caps]
    if places.quotas:
        kept["quotas"] = [
            (quota.rule, [each for each in quota.items if each in ids], quota.share)
            for quota in places.quotas
        ]
    return kept


def _needed(ruled: RuledList) -> list[Scored]:
    """The titles ranked but for those below all that was placed or passed over: none matters."""
    arrangement = ruled.arrangement
    looked_at = {each.item_id for each in arrangement.placed} | set(arrangement.passed_over)
    deepest = max(
        (at for at, scored in enumerate(ruled.varied) if scored.item_id in looked_at), default=-1
    )
    needed = {scored.item_id for scored in ruled.varied[: deepest + 1]}
    pool = ruled.ranker.pool if ruled.ranker else 0
    needed |= {scored.item_id for scored in ruled.ranked[:pool]}
    return [scored for scored in ruled.ranked if scored.item_id in needed]


def _ranked(ruled: RuledList, needed: Sequence[Scored]) -> Kept:
    """In columns, with the scores of before."""
    asked_for = ruled.ranked[len(ruled.ranked) - ruled.n_asked_for :]
    last = {scored.item_id for scored in asked_for}
    raised = {
        each.item_id: ruled.raised[each.item_id] for each in needed if _is_raised(ruled, each)
    }
    kept: Kept = {
        "ids": [each.item_id for each in needed],
        "scores": [raised.get(each.item_id, (each.score, 0.0))[0] for each in needed],
        "sources": [each.source for each in needed],
        "asked_for": sum(each.item_id in last for each in needed),
    }
    if ruled.raised:
        amounts = [(title_id, spreads) for title_id, (_, spreads) in raised.items() if spreads]
        kept["raised"] = amounts
    return kept


def _is_raised(ruled: RuledList, scored: Scored) -> bool:
    return scored.source != "pinned" and scored.item_id in ruled.raised


def _candidates(kept: Kept) -> Candidates:
    rows = zip(kept["ids"], kept["scores"], kept["sources"], strict=True)
    found = [Scored(pk, score, cast(Source, source)) for pk, score, source in rows]
    raised = dict(kept["raised"]) if "raised" in kept else None
    return Candidates(found, kept["asked_for"], raised)


def _groups(cap: Cap, ids: set[int]) -> tuple[list[int], list[list[int | str]]]:
    """Titles, and the groups of each."""
    held = [(int(pk), list(groups)) for pk, groups in cap.groups.items() if pk in ids]
    return [pk for pk, _ in held], [groups for _, groups in held]


def _cap(rule: int, most: int, within: int, ids: list[int], groups: list[list[int | str]]) -> Cap:
    return Cap(rule, dict(zip(ids, groups, strict=True)), most, within)
