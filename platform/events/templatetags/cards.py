"""Cards of titles with their buttons, as HTML.

A page shows a hundred of them: each is one text that is filled in, in a twentieth of the time that
the nodes of a template take. `_cards.html` holds a list of them, and what their buttons send.
"""

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.template import Context
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from catalog.cards import Card

register = template.Library()
METAS_KEPT = 20_000
CARD = """\
<li class="card" data-title="{{pk}}" data-position="{{position}}"><div class="card__body">\
<a class="card__link" href="{{address}}"><img class="poster" src="{{poster}}" width="400" \
height="600" alt="" loading="lazy"><span class="card__name">{{name}}</span></a>\
<div class="card__text"><p class="card__meta">{{meta}}</p>\
<div class="card__more"><p class="card__genres">{{genres}}</p>{{why}}{actions}</div></div>
<button type="button" class="card__dots" aria-haspopup="dialog" aria-label="{more}"></button>\
</div></li>
"""
WHY = '<p class="card__why">{}</p>'
COUNT = '{}<span class="card__count"> · {}</span>'
ACTIONS = '<div class="card__actions">{}</div>'
BUTTON = """
<button formaction="{before}{{pk}}{after}" name="{field}" value="{value}"{state} title="{tip}">\
{label}<span>, {{name}}</span></button>"""
LEAVES = SafeString(" data-hide")
ON, OFF = SafeString(' aria-pressed="true"'), SafeString(' aria-pressed="false"')
# the field by which a button that is on takes its thing back; the others say where they stand
TAKES_BACK = {"save": ("saved", "0"), "rate": ("value", "unlike"), "dislike": ("disliked", "0")}
PLACE = ("position", "{position}")


class Deck:
    """The cards of one list. list_id: "" where a card that is turned down stays."""

    def __init__(self, list_id: str, *, is_member: bool) -> None:
        self.list_id = list_id
        self.is_member = is_member
        self._cards: dict[tuple[bool, bool], SafeString] = {}

    def card(self, card: Card) -> SafeString:
        title = card.title
        return format_html(
            self._card(card.saved, card.liked),
            pk=title.pk,
            position=card.position,
            name=title.name,
            address=card.address,
            poster=card.poster_address,
            meta=meta_of(title.year, card.rating_mean, card.rating_count, get_language()),
            genres=", ".join(title.poster.genres),
            why=format_html(WHY, card.why) if card.why else "",
        )

    def actions(self, card: Card, *, disliked: bool) -> SafeString:
        """The buttons alone."""
        title = card.title
        text = self._actions(card.saved, card.liked, disliked)
        return format_html(text, pk=title.pk, position=card.position, name=title.name)

    def _card(self, saved: bool, liked: bool) -> SafeString:
        """With places for what differs from title to title."""
        text = self._cards.get((saved, liked))
        if text is None:
            more = _("More about %(name)s") % {"name": "{name}"}
            actions = self._actions(saved, liked, disliked=False)
            text = self._cards[saved, liked] = format_html(CARD, more=more, actions=actions)
        return text

    def _actions(self, saved: bool, liked: bool, disliked: bool) -> SafeString:
        states = [("dislike", disliked)]
        if self.is_member:
            states = [("save", saved), ("rate", liked), *states, ("hide", False)]
        buttons = ((self._button(act, is_on),) for act, is_on in states)
        return format_html(ACTIONS, format_html_join("", "{}", buttons))

    def _button(self, act: str, is_on: bool) -> SafeString:
        """act: the name of its address"""
        label, tip = words_of(act, is_on)
        leaves = act == "hide" or (act == "dislike" and self.list_id)
        before, after = reverse(act, args=[0]).split("0")
        field, value = TAKES_BACK[act] if is_on else PLACE
        return format_html(
            BUTTON,
            before=before,
            after=after,
            field=field,
            value=value,
            state=LEAVES if leaves else ON if is_on else OFF,
            tip=tip,
            label=label,
        )


def words_of(act: str, is_on: bool) -> tuple[str, str]:
    """The label of a button and its tip."""
    if act == "save" and is_on:
        return _("In my list"), _("Remove from my list")
    if act == "rate" and is_on:
        return _("Liked"), _("Like")
    labels = {
        "save": _("Save to my list"),
        "rate": _("Like"),
        "dislike": _("Not interested"),
        "hide": _("Hide everywhere"),
    }
    return labels[act], labels[act]


@lru_cache(METAS_KEPT)
def meta_of(year: int | None, mean: float | None, count: int, _language: str | None) -> SafeString:
    """The year and the ratings, as far as they are known."""
    facts = [str(year)] if year else []
    if mean:
        facts.append(floatformat(mean, 1))
    if not count:
        return format_html("{}", " · ".join(facts))
    ratings = ngettext("%(n)s rating", "%(n)s ratings", count) % {"n": count}
    return format_html(COUNT, " · ".join(facts), ratings)


@register.simple_tag(takes_context=True)
def card_items(context: Context, cards: Iterable[Card], list_id: object = "") -> SafeString:
    """The items of a list of cards. list_id: "" for a list that is nobody's recommendation"""
    deck = deck_of(context, list_id)
    return format_html_join("", "{}", ((deck.card(card),) for card in cards))


@register.simple_tag(takes_context=True)
def card_actions(context: Context, card: Card, list_id: object) -> SafeString:
    """The buttons of one card as they stand now; `disliked` of the context counts."""
    return deck_of(context, list_id).actions(card, disliked=bool(context.get("disliked")))


def deck_of(context: Context, list_id: object) -> Deck:
    return Deck(str(list_id or ""), is_member=context["user"].is_authenticated)
