"""One menu on every page of the account, and devices by names a person knows."""

import re

import pytest
from django.urls import reverse

from accounts.templatetags.browsers import browser_name

pytestmark = pytest.mark.slow

PAGES = ["account", "account_email", "account_change_password", "usersessions_list"]


def menu_of(client, name):
    """(address, is the current page) of each entry."""
    page = client.get(reverse(name)).content.decode()
    [nav] = re.findall(r'<nav class="side-nav".*?</nav>', page, re.DOTALL)
    return re.findall(r'<a href="([^"]+)"( aria-current="page")?', nav)


@pytest.mark.django_db
def test_every_page_of_the_account_has_the_same_menu(member_client):
    menus = {name: menu_of(member_client, name) for name in PAGES}
    assert len({tuple(href for href, _ in menu) for menu in menus.values()}) == 1
    for name, menu in menus.items():
        assert [href for href, current in menu if current] == [reverse(name)]


@pytest.mark.django_db
def test_the_root_of_the_account_leads_to_the_overview(member_client):
    assert member_client.get("/account/").url == reverse("account")


LINUX, MAC = "Mozilla/5.0 (X11; Linux x86_64", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"
KIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{LINUX}; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (f"{MAC} {KIT} Version/18.3 Safari/605.1.15", "Safari on macOS"),
        (f"{MAC} {KIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on macOS"),
        (f"{LINUX}) {KIT} HeadlessChrome/140.0.0.0 Safari/537.36", "Chrome on Linux"),
        (
            f"Mozilla/5.0 (Linux; Android 15; Pixel 9) {KIT} Chrome/140.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) "
            f"{KIT} CriOS/140.0 Mobile/15E148 Safari/604.1",
            "Chrome on iPhone",
        ),
        ("SomethingNew (Windows NT 10.0)", "Unknown browser on Windows"),
        ("curl/8.9.1", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_a_device_is_named_by_browser_and_system(user_agent, name):
    assert browser_name(user_agent) == name


@pytest.mark.django_db
def test_the_devices_page_keeps_the_raw_words_as_a_title(client):
    raw = f"{LINUX}; rv:140.0) Gecko/20100101 Firefox/140.0"
    email, password = "ada@example.org", "correct horse battery"
    client.post(
        reverse("account_signup"),
        {"email": email, "password1": password},
        headers={"user-agent": raw},
    )
    page = client.get(reverse("usersessions_list"), headers={"user-agent": raw}).content.decode()
    assert f'<b title="{raw}">Firefox on Linux</b>' in page
