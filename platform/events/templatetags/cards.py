"""Cards of titles with their buttons, as HTML.

A page shows a hundred of them: their markup is filled in here, in a fraction of the time that the
nodes of a template take. `_cards.html` holds a list of them and
what their buttons send.
"""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.template import Context
from django.template.defaultfilters import floatformat
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from catalog.cards import Card

register = template.Library()
MEANS_KEPT = 10_000
CARD = """\
<li class="card" data-card data-title="{pk}" data-position="{position}"><div class="card__body">
<a class="card__link" href="{address}"><img class="poster" src="{poster}" width="400" height="600" \
alt="" loading="lazy"><span class="card__name">{name}</span></a>
<div class="card__text"><p class="card__meta">{facts}{count}</p>
<div class="card__more"><p class="card__genres">{genres}</p>{why}
{actions}</div></div>
<button type="button" class="card__dots" aria-haspopup="dialog" aria-label="{more}"></button>\
</div></li>
"""
COUNT = '<span class="card__count"> · {}</span>'
WHY = '<p class="card__why">{}</p>'
ACTIONS = '<div class="card__actions">{}</div>'
BUTTON_TO_PK = '\n<button formaction="{}'
BUTTON_TO_VALUE = '{}" name="{}" value="'
BUTTON_TO_NAME = '"{} title="{}">{}<span>, '
BUTTON = "{}{}{}{}{}{}</span></button>"
# the field by which a button that is on takes its thing back; the others say where they stand
TAKES_BACK = {"save": ("saved", "0"), "rate": ("value", "unlike"), "dislike": ("disliked", "0")}
PRESSED = {
    is_on: format_html(' aria-pressed="{}"', word)
    for is_on, word in ((True, "true"), (False, "false"))
}
LEAVES = format_html(" data-hide")


@dataclass(frozen=True)
class Button:
    """A button of a card in three parts; between them stands what differs from title to title."""

    to_pk: SafeString
    to_value: SafeString
    to_name: SafeString
    value: str  # "": the card's position

    def at(self, pk: int, position: int, name: SafeString) -> SafeString:
        value = self.value or position
        return format_html(BUTTON, self.to_pk, pk, self.to_value, value, self.to_name, name)


@dataclass(frozen=True)
class Deck:
    """What the cards of one list have in common. list_id: "" where a card turned down stays."""

    list_id: str
    is_member: bool
    _buttons: dict[tuple[str, bool], Button] = dataclasses.field(default_factory=dict)

    def card(self, card: Card) -> SafeString:
        title = card.title
        name = escape(title.name)
        return format_html(
            CARD,
            pk=title.pk,
            position=card.position,
            address=card.address,
            poster=card.poster_address,
            name=name,
            facts=facts_of(card),
            count=format_html(COUNT, ratings(card.rating_count)) if card.rating_count else "",
            genres=", ".join(title.poster.genres),
            why=format_html(WHY, card.why) if card.why else "",
            actions=self.actions(card),
            more=_("More about %(name)s") % {"name": title.name},
        )

    def actions(self, card: Card, *, disliked: bool = False) -> SafeString:
        states = [("dislike", disliked)]
        if self.is_member:
            states = [("save", card.saved), ("rate", card.liked), *states, ("hide", False)]
        place = (card.title.pk, card.position, escape(card.title.name))
        buttons = ((self.button(act, is_on=is_on).at(*place),) for act, is_on in states)
        return format_html(ACTIONS, format_html_join("", "{}", buttons))

    def button(self, act: str, *, is_on: bool) -> Button:
        """act: the name of its address"""
        made = self._buttons.get((act, is_on))
        if made is None:
            made = self._buttons[act, is_on] = self._made(act, is_on)
        return made

    def _made(self, act: str, is_on: bool) -> Button:
        label, tip = words_of(act, is_on=is_on)
        leaves = act == "hide" or (act == "dislike" and self.list_id)
        field, value = TAKES_BACK[act] if is_on else ("position", "")
        before, after = reverse(act, args=[0]).split("0")
        return Button(
            format_html(BUTTON_TO_PK, before),
            format_html(BUTTON_TO_VALUE, after, field),
            format_html(BUTTON_TO_NAME, LEAVES if leaves else PRESSED[is_on], tip, label),
            value,
        )


def words_of(act: str, *, is_on: bool) -> tuple[str, str]:
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


def facts_of(card: Card) -> str:
    """The year and the mean of the ratings, as far as they are known."""
    facts = [str(card.title.year)] if card.title.year else []
    if card.rating_mean:
        facts.append(mean_in_words(card.rating_mean, get_language()))
    return " · ".join(facts)


@lru_cache(MEANS_KEPT)
def mean_in_words(mean: float, _language: str | None) -> str:
    return floatformat(mean, 1)


def ratings(count: int) -> str:
    return ngettext("%(n)s rating", "%(n)s ratings", count) % {"n": count}


@register.simple_tag(takes_context=True)
def card_items(context: Context, cards: Iterable[Card], list_id: object = "") -> SafeString:
    """The items of a list of cards. list_id: "" for a list that is nobody's recommendation"""
    deck = deck_of(context, list_id)
    return format_html_join("", "{}", ((deck.card(card),) for card in cards))


@register.simple_tag(takes_context=True)
def card_actions(context: Context, card: Card, list_id: object) -> SafeString:
    """The buttons of one card as they stand now; `disliked` of the context counts."""
    disliked = bool(context.get("disliked"))
    return deck_of(context, list_id).actions(card, disliked=disliked)


def deck_of(context: Context, list_id: object) -> Deck:
    return Deck(str(list_id or ""), context["user"].is_authenticated)
