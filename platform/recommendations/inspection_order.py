"""What ranking and rules did with a title, in the true order, each step told."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from recommendations.inspection_list import BY_MODEL, FARTHEST, Chain, Made, Placed
from recommendations.inspection_steps import Outcome, Step, names_of
from recommendations.rule_models import Rule, ShelfKind

SOURCES = {
    "tower": gettext_lazy("nearest to their taste"),
    "cold": gettext_lazy("nearest among new titles"),
    "neighbours": gettext_lazy("liked beside what they like"),
    "followers": gettext_lazy("what people went on to"),
    "famous": gettext_lazy("well known"),
}
PARTS = {
    "tower": gettext_lazy("Taste, by the sequence model"),
    "neighbours": gettext_lazy("Liked by the same people"),
    "followers": gettext_lazy("What people went on to"),
    "popular": gettext_lazy("Popularity"),
    "content": gettext_lazy("Genre, people and words"),
}


def rung_step(made: Made) -> Step:
    """What serves this person, and why nothing better does."""
    taste, rung = made.asked.taste, made.ranker.rung
    if made.asked.shelf == ShelfKind.POPULAR:
        return Step("rung", "passed", _("Popularity: this shelf is the same model for everybody."))
    liked = [entry.item_id for entry in taste.history if entry.weight > 0]
    live = taste.live
    known = [pk for pk in liked if live and live.recommender.knows(pk)]
    if rung in BY_MODEL and live:
        text = ngettext(
            "The model %(name)s, by %(n)d title they spoke for.",
            "The model %(name)s, by %(n)d titles they spoke for.",
            len(known),
        )
        return Step("rung", "passed", text % {"name": live.name, "n": len(known)})
    if live is None:
        why = _("no model is live")
    elif not liked:
        why = _("they have spoken for no title yet")
    elif not known:
        why = _("the model knows none of the titles they spoke for")
    else:
        why = _("the model finds nothing among the titles that are left")
    if rung == "similar":
        text = _("Likeness in genre, people and words to a title they spoke for: %(why)s.")
        return Step("rung", "passed", text % {"why": why})
    if made.asked.shelf == ShelfKind.PICKED:
        text = _("Only popularity could serve them (%(why)s), so the shelf is not shown.")
        return Step("rung", "dropped", text % {"why": why})
    return Step("rung", "passed", _("Popularity: %(why)s.") % {"why": why})


def proposed_step(made: Made) -> Step:
    chain = made.chain
    if made.ranker.rung not in BY_MODEL:
        return _measured(made)
    if chain is None:
        return _unmet(made)
    if chain.are_all:
        text = _("The model scored every one of the %(n)d titles that are left.")
        return Step("proposed", "passed", text % {"n": chain.candidates})
    if chain.rank is not None:
        return Step(
            "proposed", "passed", _("By these sources: %(sources)s.") % {"sources": _sources(chain)}
        )
    text = _("By no source: each proposes its best, and it is among none of these.")
    return _unless_asked_for(made, text)


def _unmet(made: Made) -> Step:
    text = _("The model does not know it yet: it stands behind all titles that the model knows.")
    if made.rank is not None:
        return Step("proposed", "passed", text)
    return _unless_asked_for(made, text)


def _sources(chain: Chain) -> str:
    return ", ".join(
        _("%(source)s (%(rank)d of %(n)d)")
        % {"source": SOURCES[each.source], "rank": each.rank, "n": each.proposed}
        for each in chain.proposed_by
    )


def _measured(made: Made) -> Step:
    """Retrievals that look at every title they know."""
    if made.ranker.rung == "popular":
        return Step("proposed", "passed", _("Every title is counted."))
    live = made.asked.taste.live
    if live is not None and live.recommender.knows(made.asked.title.pk):
        return Step("proposed", "passed", _("Every title that the model knows is compared."))
    return _unmet(made)


def _unless_asked_for(made: Made, text: str) -> Step:
    """Dropped, unless a pin or a share wants the title all the same."""
    ranked = {scored.item_id for scored in made.ruled.ranked}
    row = made.asked.row
    if made.asked.title.pk not in ranked or row is None:
        return Step("proposed", "dropped", text)
    wanting = made.asked.orders.of(Rule.Effect.PIN, Rule.Effect.EXPLORE)
    rules = tuple(each.rule for each in wanting if each.titles[row])
    text = _("%(text)s Asked for by %(rules)s.") % {"text": text, "rules": names_of(rules)}
    return Step("proposed", "passed", text, rules)


def scored_step(made: Made) -> Step:
    scored, chain = made.scored, made.chain
    if scored is None:
        return Step("scored", "passed", _("It has no score of its own."))
    lines = [_("%(score).4g.") % {"score": scored.score}]
    outcome: Outcome = "passed"
    if made.boosts:
        outcome = "moved"
        amount = sum(rule.amount or 0.0 for rule in made.boosts)
        said = {"amount": amount, "rules": names_of(made.boosts)}
        lines.append(_("Of that %(amount)+g spreads by %(rules)s.") % said)
    if chain is not None and chain.weariness > 0:
        outcome = "moved"
        text = _("It lost %(loss).3g: it was shown to them in vain.")
        lines.append(text % {"loss": chain.weariness})
    return Step("scored", outcome, " ".join(lines), made.boosts)


def ranked_step(made: Made) -> Step:
    """Dropped when it is not among the best that are looked at, and no rule wants it either."""
    n = len(made.by_score.ranked)
    if made.rank is not None:
        text = _("%(rank)d of the %(n)d best.")
        return Step("ranked", "passed", text % {"rank": made.rank, "n": n})
    if any(made.asked.title.pk == scored.item_id for scored in made.ruled.ranked):
        text = _("Not among the %(n)d best; a rule wants it all the same.")
        return Step("ranked", "moved", text % {"n": n})
    text = _("Not among the %(n)d best. %(end)s")
    return Step("ranked", "dropped", text % {"n": n, "end": _below(made, len(made.placed))})


def varied_step(made: Made) -> Step:
    rules = tuple(each.rule for each in made.asked.orders.of(Rule.Effect.VARIETY)[-1:])
    before, after = made.rank, made.varied
    if before == after or before is None or after is None:
        return Step("varied", "passed", _("Variety has not moved it."))
    text = _("From %(before)d to %(after)d, for the variety of the list.")
    if made.asked.taste.arm is not None and made.asked.taste.arm.variety is not None:
        rules = ()  # the arm of an experiment says how much
    said = {"before": before, "after": after}
    fell = before <= made.asked.limit < after and made.place is None and not _refused(made)
    return Step("varied", "dropped" if fell else "moved", text % said, rules)


def _refused(made: Made) -> bool:
    return made.asked.title.pk in made.ruled.arrangement.passed_over


def arranged_step(made: Made) -> Step:
    """What pins, caps and shares did."""
    if not made.asked.orders.rearranges:
        return Step("arranged", "passed", _("No rule gives or keeps places on this shelf."))
    if made.place is not None:
        return _placed(made, made.placed[made.place - 1], made.place)
    over = made.ruled.arrangement.passed_over.get(made.asked.title.pk)
    if over is not None:
        rules = made.rules({over.rule})
        text = _("Kept from place %(place)d by %(rules)s, and from every later one.")
        said = {"place": over.place + 1, "rules": names_of(rules)}
        return Step("arranged", "dropped", text % said, rules)
    if made.varied is not None and made.varied <= made.asked.limit:
        rules = made.rules({each.rule for each in made.placed if each.rule is not None})
        text = _("Pushed below the end by the titles that %(rules)s placed above it.")
        return Step("arranged", "dropped", text % {"rules": names_of(rules)}, rules)
    return Step("arranged", "passed", _("No rule has moved it."))


def _placed(made: Made, placed: Placed, place: int) -> Step:
    over = made.ruled.arrangement.passed_over.get(placed.item_id)
    rules = made.rules({placed.rule, over.rule if over else None})
    said = {"place": place, "before": made.varied, "rules": names_of(rules)}
    if placed.step == "pinned":
        return Step("arranged", "moved", _("Pinned to place %(place)d by %(rules)s.") % said, rules)
    if placed.step == "explored":
        text = _("Place %(place)d, kept for titles like it by %(rules)s.")
        return Step("arranged", "moved", text % said, rules)
    if over is not None:
        text = _("Place %(place)d; kept from place %(over)d by %(rules)s.")
        return Step("arranged", "moved", text % (said | {"over": over.place + 1}), rules)
    if made.varied is not None and made.varied != place:
        text = _("From %(before)d to %(place)d: rules moved other titles.")
        return Step("arranged", "moved", text % said)
    return Step("arranged", "passed", _("No rule has moved it."))


def listed_step(made: Made, place: int | None, length: int) -> Step:
    """place: on the list as it is shown."""
    if place is not None:
        text = _("At place %(place)d of %(n)d.")
        return Step("listed", "passed", text % {"place": place, "n": length})
    return Step("listed", "dropped", _below(made, length))


def _below(made: Made, length: int) -> str:
    said = {"n": length, "would": made.would_be, "farthest": FARTHEST}
    if made.would_be is not None:
        text = _("Below the end: the list holds %(n)d, it would stand at place %(would)d.")
    else:
        text = _("Below the end: the list holds %(n)d, and it is not among %(farthest)d either.")
    return text % said
