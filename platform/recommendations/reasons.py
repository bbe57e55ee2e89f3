"""Why a title is in a list, in one honest sentence."""

from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from catalog.briefs import Brief
from catalog.models import Title
from events.models import Event

BECAUSE: dict[str, str] = {
    Event.Kind.RATE: gettext_noop("Because you liked %(title)s"),
    Event.Kind.FINISH: gettext_noop("Because you finished %(title)s"),
    Event.Kind.PLAY: gettext_noop("Because you played %(title)s"),
    Event.Kind.SAVE: gettext_noop("Because you saved %(title)s"),
}
SENTENCES = {
    "personal": gettext_noop("Fits what you watched and rated"),
    "cold": gettext_noop("New here, and close to what you like"),
    "similar": gettext_noop("Close in genre, people and words to something you chose"),
    "popular": gettext_noop("Popular with people here"),
    "new": gettext_noop("New here"),
}


def because(title: Title | Brief, did: str) -> str:
    """did: the kind of event that said most of this title of their past."""
    return _spoken(BECAUSE[did], get_language()) % {"title": title.name}


@lru_cache
def _spoken(sentence: str, language: str | None) -> str:
    """In this language, which is the active one: a list says the same again and again."""
    return _(sentence)


def reason(
    source: str,
    carrier: Title | Brief | None,
    did: str = "",
    *,
    close_to: Title | Brief | None = None,
) -> str:
    """source: the retrieval that found it; carrier: the past title that weighed most, if any.

    did: what they did with the carrier, as `because` wants it.
    """
    if source == "pinned":
        return _("Chosen by the people who run this site")
    if close_to is not None and source == "popular":  # nothing is near: near()'s last rung
        return _("Popular, and shares a genre with %(title)s") % {"title": close_to.name}
    if close_to is not None:
        return _("Close to %(title)s") % {"title": close_to.name}
    if carrier is not None:
        return because(carrier, did)
    return _spoken(SENTENCES[source], get_language())


@dataclass(frozen=True)
class Contribution:
    """A past title and how much of this one's score it carries: share of the largest, 0..100."""

    title: Title
    share: float
    did: str  # the kind of event that said most of it


@dataclass(frozen=True)
class Explanation:
    """Why a title is shown to somebody: a sentence, what counted most, what both have in common."""

    sentence: str
    contributions: list[Contribution]
    shared: list[str]  # genres and people in common with the title that counted most
    artifact: str


def explanation(
    shown: Title, contributions: list[Contribution], *, by: str, artifact: str
) -> Explanation:
    """by: taste when people had both this title and the strongest one, else content."""
    if not contributions:
        return Explanation(_("No one thing you did speaks for it by itself."), [], [], artifact)
    strongest = contributions[0]
    shared = sorted(_marks(shown) & _marks(strongest.title))
    if shared:
        sentence = _("%(because)s; the two share %(shared)s.")
    elif by == "content":
        sentence = _("%(because)s; by its description this is close to it.")
    else:
        sentence = _("%(because)s; people who like the one tend to like the other.")
    sentence %= {"because": because(strongest.title, strongest.did), "shared": ", ".join(shared)}
    return Explanation(sentence, contributions, shared, artifact)


def _marks(title: Title) -> set[str]:
    genres = {genre.name for genre in title.genres.all()}
    return genres | {credit.person.name for credit in title.credits.all()}
