"""Search as people type it: every word starts a word; a typo is mended when nothing fits well."""

import unicodedata
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from django.contrib.postgres.search import SearchQuery, TrigramWordSimilarity
from django.db import connection, transaction
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from catalog.models import Person, Title, TitleQuerySet
from catalog.names import search_form

MAX_QUERY_LETTERS = 120
MAX_WORDS = 8
CANDIDATES = 12  # names near a misspelt query, of each sort
NEAR = 0.35  # trigram word similarity from which a name is a candidate
SAME_WORD = 0.6  # difflib ratio from which a word is the misspelt one
SAME_ON_AVERAGE = 0.75  # the mean of those: a wrong letter in four
SURELY_SAME_WORD = 0.8  # the same when something was found, but by word stems only
TYPED_LETTERS_ASTRAY = 2  # a mended word is longer or shorter by so many letters at most
NAME_HAS, NAME_BEGINS = 2, 3  # `fit` of a name that has the words, or begins with the text
LEAD_TITLES = 12  # of the person whose name it is
FEW = 5  # so many titles that have none of the words as typed may be there by accident


@dataclass
class SearchResults:
    """Titles and people, best first; `corrected` is what was searched for instead of a typo."""

    query: str
    corrected: str = ""
    titles: list[Title] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    title_total: int = 0
    people_total: int = 0
    kinds: dict[str, int] = field(
        default_factory=dict
    )  # titles of each kind, before the kind filter
    lead: Person | None = None  # whose name it is, when no title has it: people come first then
    lead_titles: list[Title] = field(default_factory=list)  # theirs, most popular first

    @property
    def total(self) -> int:
        return self.title_total + self.people_total + len(self.lead_titles)

    @property
    def lead_acts(self) -> bool:
        """Whether the titles are with this person, not only by them."""
        actors = {credit.person_id for title in self.lead_titles for credit in title.actors}
        return self.lead is not None and self.lead.pk in actors


def search(
    user: Any, text: str, *, kind: str = "", titles: int = 60, people: int = 24
) -> SearchResults:
    """What this person may see of what fits the text; at most so many titles and people."""
    text = " ".join(text.split())[:MAX_QUERY_LETTERS]
    words = search_form(text).split()[:MAX_WORDS]
    if not words:
        return SearchResults(query=text)
    found = _find(user, words, kind=kind, titles=titles, people=people)
    corrected = ""
    if not found.total or _only_by_stem(user, words, found):
        near = [*_swapped(user, words), *_near(user, " ".join(words))]
        better = mend(words, near, least=SURELY_SAME_WORD if found.total else SAME_WORD)
        mended = found
        if better != words:
            mended = _find(user, better, kind=kind, titles=titles, people=people)
        if mended.total > found.total:
            found, words, corrected = mended, better, " ".join(better)
    found.query, found.corrected = text, corrected
    _lead(user, found, kind=kind, most=min(titles, LEAD_TITLES))
    for title in found.titles:
        title.marked = mark(title.name, words)  # type: ignore[attr-defined]
    for person in found.people:
        person.marked = mark(person.name, words)  # type: ignore[attr-defined]
    return found


def _find(user: Any, words: list[str], *, kind: str, titles: int, people: int) -> SearchResults:
    fitting = matching_titles(user, words)
    kinds = dict(fitting.order_by().values_list("kind").annotate(n=Count("pk")))
    if kind in Title.Kind.values:
        fitting = fitting.filter(kind=kind)
        title_total = kinds.get(kind, 0)
    else:
        title_total = sum(kinds.values())
    known = matching_people(user, words)
    first_people = list(known[:people])
    return SearchResults(
        query="",
        titles=list(fitting.for_cards()[:titles]) if title_total else [],
        people=first_people,
        title_total=title_total,
        people_total=len(first_people) if len(first_people) < people else known.count(),
        kinds=kinds,
    )


def _lead(user: Any, found: SearchResults, *, kind: str, most: int) -> None:
    """When the text names a person and no title: their titles too, each on the page once."""
    if not found.people:
        return
    first = found.people[0]
    best = max((title.fit for title in found.titles), default=0)  # type: ignore[attr-defined]
    if best >= (NAME_BEGINS if first.exact else NAME_HAS):  # type: ignore[attr-defined]
        return
    found.lead = first
    theirs = Title.objects.visible_to(user).filter(people=found.lead)
    if kind in Title.Kind.values:
        theirs = theirs.filter(kind=kind)
    ordered = theirs.distinct().order_by("-popularity", "sort_name", "pk")
    found.lead_titles = list(ordered.for_cards()[:most])
    told = {title.pk for title in found.lead_titles}
    others = [title for title in found.titles if title.pk not in told]
    found.title_total -= len(found.titles) - len(others)
    found.titles = others


def _only_by_stem(user: Any, words: list[str], found: SearchResults) -> bool:
    """Few titles and nobody, and none of them has all the words as they were typed."""
    if found.people_total or sum(found.kinds.values()) > FEW:
        return False
    texts = matching_titles(user, words).values_list("search_name", "description")
    for name, description in texts:
        written = f" {name} {search_form(description)}"
        if all(f" {word}" in written for word in words):
            return False
    return True


def matching_titles(user: Any, words: list[str]) -> TitleQuerySet:
    """Every word starts a word of the name, or all are in the description; names come first."""
    text = " ".join(words)
    in_name = SearchQuery(
        " & ".join(f"'{word}':*A" for word in words), search_type="raw", config="simple"
    )
    anywhere = SearchQuery(text, search_type="plain", config="english")
    rank = Case(
        When(Q(search_name=text) | Q(sort_name=text), then=Value(4)),
        When(Q(search_name__startswith=text) | Q(sort_name__startswith=text), then=Value(3)),
        When(search=in_name, then=Value(2)),
        default=Value(1),
        output_field=IntegerField(),
    )
    return (
        Title.objects.visible_to(user)
        .filter(search=in_name | anywhere)
        .annotate(fit=rank)
        .order_by("-fit", "-popularity", "sort_name", "pk")
    )


def matching_people(user: Any, words: list[str]) -> QuerySet[Person]:
    """Every word starts a word of their name; those of many titles first."""
    people = Person.objects.visible_to(user)
    for word in words:
        people = people.filter(
            Q(search_name__startswith=word) | Q(search_name__contains=f" {word}")
        )
    exact = Case(
        When(search_name=" ".join(words), then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    return people.annotate(exact=exact, credit_count=Count("credits")).order_by(
        "-exact", "-credit_count", "name"
    )


def _swapped(user: Any, words: list[str]) -> list[str]:
    """Names with every word, where two neighbouring letters may be swapped; trigrams miss these."""
    lexemes = [
        {
            word,
            *(word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)),
        }
        for word in words
    ]
    text = " & ".join(
        "(" + " | ".join(f"'{lexeme}':A" for lexeme in sorted(options)) + ")" for options in lexemes
    )
    query = SearchQuery(text, search_type="raw", config="simple")
    titles = Title.objects.visible_to(user).filter(search=query)
    return _names(titles.order_by("-popularity", "pk"))


@transaction.atomic
def _near(user: Any, text: str) -> list[str]:
    """Names of titles, then of people, that look like the text, the most alike first."""
    with connection.cursor() as cursor:  # for this transaction: the operator below uses the index
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true)", [str(NEAR)]
        )
    alike = TrigramWordSimilarity(text, "search_name")
    near = {"search_name__trigram_word_similar": text}
    titles = Title.objects.visible_to(user).filter(**near).annotate(alike=alike)
    people = Person.objects.visible_to(user).filter(**near).annotate(alike=alike)
    return [
        *_names(titles.order_by("-alike", "-popularity", "pk")),
        *_names(people.order_by("-alike", "pk")),
    ]


def _names(rows: QuerySet[Any]) -> list[str]:
    return list(rows.values_list("search_name", flat=True)[:CANDIDATES])


def mend(words: list[str], names: list[str], *, least: float = SAME_WORD) -> list[str]:
    """Each word as the most alike word of the first name in which every word has such a one.

    No such name → each word by itself; a word that looks like none stays. A name that differs
    by its spaces alone is what was meant. least: difflib ratio of words that are alike, 0..1.
    """
    best: tuple[float, list[str]] = (0.0, [])
    for name in names:
        if name.replace(" ", "") == "".join(words):
            return name.split()
        pairs = [_most_alike(word, name.split()) for word in words]
        if all(ratio >= least for ratio, _ in pairs):
            score = sum(ratio for ratio, _ in pairs)
            if score > best[0] and score >= SAME_ON_AVERAGE * len(words):
                best = (score, [word for _, word in pairs])
    if best[1]:
        return best[1]
    everything = [part for name in names for part in name.split()]
    pairs = [_most_alike(word, everything) for word in words]
    return [
        near if ratio >= max(least, SAME_ON_AVERAGE) else word
        for word, (ratio, near) in zip(words, pairs, strict=True)
    ]


def _most_alike(word: str, others: list[str]) -> tuple[float, str]:
    return max(
        (
            (SequenceMatcher(None, word, other).ratio(), other)
            for other in dict.fromkeys(others)
            if abs(len(other) - len(word)) <= TYPED_LETTERS_ASTRAY  # "father" is no "godfather"
        ),
        key=lambda pair: pair[0],
        default=(0.0, word),
    )


def mark(name: str, words: list[str]) -> SafeString:
    """The name as HTML with <mark> around the letters that the words matched."""
    plain, where = _plain_letters(name)
    marked: set[int] = set()
    for word in words:
        start = plain.find(word)
        while start >= 0:
            if start == 0 or plain[start - 1] == " ":
                marked.update(where[start : start + len(word)])
            start = plain.find(word, start + 1)
    pieces, inside = [], False
    for place, letter in enumerate(name):
        if (place in marked) != inside:
            inside = not inside
            pieces.append("<mark>" if inside else "</mark>")
        pieces.append(escape(letter))
    pieces.append("</mark>" if inside else "")
    return mark_safe("".join(pieces))  # noqa: S308  # every letter was escaped above


def _plain_letters(name: str) -> tuple[str, list[int]]:
    """The name as search compares it, and for every letter of that its place in the name."""
    plain, where = [], []
    for place, letter in enumerate(name):
        for part in unicodedata.normalize("NFKD", letter):
            if unicodedata.combining(part):
                continue
            for small in part.casefold():
                plain.append(small if small.isalnum() or small == "_" else " ")
                where.append(place)
    return "".join(plain), where
