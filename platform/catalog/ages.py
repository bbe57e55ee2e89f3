"""Minimum ages from the rating systems that sources use; None means that nobody said."""

from collections.abc import Mapping

MPA_AGES = {"G": 0, "PG": 8, "PG-13": 13, "R": 17, "NC-17": 18}
OARS_LEVELS = {"none": 0, "mild": 1, "moderate": 2, "intense": 3}
OARS_SILENCE = "unknown"  # an allowed answer, which says nothing
# AppStream's published mapping of OARS answers, in the order of the levels, to ages
OARS_AGES = {
    "violence-cartoon": (0, 3, 4, 6),
    "violence-fantasy": (0, 3, 7, 8),
    "violence-realistic": (0, 4, 9, 14),
    "violence-bloodshed": (0, 9, 11, 18),
    "violence-sexual": (0, 18, 18, 18),
    "violence-desecration": (0, 13, 15, 18),
    "violence-slavery": (0, 13, 15, 18),
    "violence-worship": (0, 13, 15, 18),
    "drugs-alcohol": (0, 11, 13, 16),
    "drugs-narcotics": (0, 12, 14, 17),
    "drugs-tobacco": (0, 10, 13, 13),
    "sex-nudity": (0, 12, 14, 14),
    "sex-themes": (0, 13, 14, 15),
    "sex-homosexuality": (0, 10, 13, 18),
    "sex-prostitution": (0, 12, 14, 18),
    "sex-adultery": (0, 8, 10, 18),
    "sex-appearance": (0, 10, 10, 15),
    "language-profanity": (0, 8, 11, 14),
    "language-humor": (0, 3, 8, 14),
    "language-discrimination": (0, 9, 10, 11),
    "money-advertising": (0, 7, 8, 10),
    "money-gambling": (0, 7, 10, 18),
    "money-purchasing": (0, 12, 14, 15),
    "social-chat": (0, 4, 10, 13),
    "social-audio": (0, 15, 15, 15),
    "social-contacts": (0, 12, 12, 12),
    "social-info": (0, 0, 13, 13),
    "social-location": (0, 13, 13, 13),
}


def age_from_mpa(rating: str) -> int | None:
    """ "PG-13" → 13; empty or "Not Rated" → None; KeyError for anything else."""
    rating = rating.strip().upper()
    if rating in ("", "NOT RATED", "UNRATED", "NR"):
        return None
    return MPA_AGES[rating]


def age_from_oars(ratings: Mapping[str, Mapping[str, str]]) -> int | None:
    """{"oars-1.1": {"violence-cartoon": "mild"}} → 3; no OARS block at all → None.

    A block without answers says that nothing of the kind is in it: 0; one whose every answer is
    "unknown" says nothing. KeyError for a question or level that is not in the published table.
    """
    blocks = [answers for name, answers in ratings.items() if name.startswith("oars-")]
    ages = [_age_from_answers(answers) for answers in blocks]
    return max((age for age in ages if age is not None), default=None)


def _age_from_answers(answers: Mapping[str, str]) -> int | None:
    told = {question: level for question, level in answers.items() if level != OARS_SILENCE}
    if answers and not told:
        return None
    return max((OARS_AGES[name][OARS_LEVELS[level]] for name, level in told.items()), default=0)
