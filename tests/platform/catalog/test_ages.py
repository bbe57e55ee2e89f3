"""Minimum ages: a rating that is not understood is an error, never "suitable for all"."""

import pytest

from catalog.ages import age_from_mpa, age_from_oars


@pytest.mark.parametrize(
    ("answers", "age"),
    [
        ({}, 0),
        ({"violence-cartoon": "none"}, 0),
        ({"violence-cartoon": "mild", "social-chat": "moderate"}, 10),
        ({"violence-cartoon": "moderate", "sex-themes": "unknown"}, 4),
        ({"violence-bloodshed": "unknown"}, None),
        ({"violence-bloodshed": "unknown", "social-chat": "unknown"}, None),
    ],
)
def test_the_highest_answer_counts_and_unknown_says_nothing(answers, age):
    assert age_from_oars({"oars-1.1": answers}) == age


def test_no_oars_block_is_no_known_age():
    assert age_from_oars({}) is None
    assert age_from_oars({"esrb": {"rating": "E"}}) is None


def test_the_strictest_of_several_blocks_counts():
    blocks = {"oars-1.0": {"drugs-alcohol": "mild"}, "oars-1.1": {"violence-bloodshed": "unknown"}}
    assert age_from_oars(blocks) == 11


@pytest.mark.parametrize(
    "answers",
    [
        {"violence-bloodshed": "Intense"},
        {"violence-bloodshed": "severe"},
        {"violence-bloodshed": ""},
        {"violence-of-a-new-kind": "mild"},
    ],
)
def test_a_level_or_question_that_is_not_in_the_table_is_an_error(answers):
    with pytest.raises(KeyError):
        age_from_oars({"oars-1.1": answers})


def test_an_unrated_film_has_no_known_age_and_a_strange_rating_is_an_error():
    assert age_from_mpa("pg-13 ") == 13
    assert age_from_mpa("Not Rated") is None
    with pytest.raises(KeyError):
        age_from_mpa("XYZ")
