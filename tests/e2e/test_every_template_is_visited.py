"""No page is left out of the accessibility tests by oversight."""

from tests.e2e.pages import NOT_VISITED, VISITS, full_pages


def test_every_template_of_a_page_is_visited_or_says_why_not():
    visited = {visit.template for visits in VISITS.values() for visit in visits}
    assert full_pages() - visited == set(NOT_VISITED)
    assert visited <= full_pages()
