"""Why a title is in a list, in one honest sentence."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from catalog.briefs import Brief
from catalog.models import Title

SENTENCES = {
    "personal": gettext_noop("Fits what you watched and rated"),
    "cold": gettext_noop("New here, and close to what you like"),
    "similar": gettext_noop("Close in genre, people and words to something you chose"),
    "popular": gettext_noop("Popular with people here"),
    "new": gettext_noop("New here"),
}


def reason(
    source: str, carrier: Title | Brief | None, *, close_to: Title | Brief | None = None
) -> str:
    """source: the retrieval that found it; carrier: the past title that weighed most, if any."""
    if source == "pinned":
        return _("Chosen by the people who run this site")
    if close_to is not None and source == "popular":  # nothing is near: near()'s last rung
        return _("Popular, and shares a genre with %(title)s") % {"title": close_to.name}
    if close_to is not None:
        return _("Close to %(title)s") % {"title": close_to.name}
    if carrier is not None:
        return _("Because you liked %(title)s") % {"title": carrier.name}
    return _(SENTENCES[source])


@dataclass(frozen=True)
class Contribution:
    """A past title and how much of this one's score it carries: share of the largest, 0..100."""

    title: Title
    share: float


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
        return Explanation(_("Nothing you did so far speaks for or against it."), [], [], artifact)
    strongest = contributions[0].title
    shared = sorted(_marks(shown) & _marks(strongest))
    if shared:
        sentence = _("You liked %(title)s; it shares %(shared)s.") % {
            "title": strongest.name,
            "shared": ", ".join(shared),
        }
    elif by == "content":
        sentence = _("You liked %(title)s; by its description this is close to it.") % {
            "title": strongest.name
        }
    else:
        sentence = _("You liked %(title)s, and people who do tend to like this.") % {
            "title": strongest.name
        }
    return Explanation(sentence, contributions, shared, artifact)


def _marks(title: Title) -> set[str]:
    genres = {genre.name for genre in title.genres.all()}
    return genres | {credit.person.name for credit in title.credits.all()}
