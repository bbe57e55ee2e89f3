"""Images from the first wish to the gallery, and a generator from its data to the studio."""

import re
import secrets
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.harness import Site, log_in, sign_up, somebody_else

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("site")]

SHIPPED = "Sprites"  # the generator, and the data that it learned from
WORKER_SECONDS = 60_000  # milliseconds for what a worker does


def draw(page: Page, *, label: str, count: int) -> None:
    """Until all of them are there."""
    page.goto("/studio/")
    if page.get_by_role("heading", level=1).inner_text() != SHIPPED:  # there are others
        page.get_by_role("link", name=SHIPPED, exact=True).click()
    page.get_by_role("radio", name=label).check(force=True)
    page.get_by_label("How many").fill(str(count))
    page.get_by_role("button", name=f"Draw {count}").click()
    drawn = page.get_by_role("list", name="Images so far").get_by_role("link")
    expect(drawn).to_have_count(count, timeout=WORKER_SECONDS)
    expect(page.locator("#bench .badge--good")).to_be_visible(timeout=WORKER_SECONDS)


def expect_at_hand_on_a_phone(page: Page, button: str) -> None:
    """Without scrolling, however long the page is."""
    before = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 480})
    expect(page.get_by_role("button", name=button)).to_be_in_viewport()
    page.set_viewport_size(before or {"width": 1440, "height": 900})


def test_a_member_draws_varies_walks_publishes_and_wears(page: Page) -> None:
    sign_up(page)
    draw(page, label="Monster", count=3)
    page.get_by_role("list", name="Images so far").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("monster")
    seed = page.locator("#image-seed").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download PNG").click()
    with Image.open(BytesIO(download.value.path().read_bytes())) as picture:
        assert (picture.format, picture.size) == ("PNG", (32, 32))
        assert seed in str(picture.info)
    image = page.url

    page.get_by_role("button", name="Draw variations").click()
    drawn = page.get_by_role("list", name="Images so far").get_by_role("link")
    expect(drawn).to_have_count(8, timeout=WORKER_SECONDS)

    page.goto(image)
    page.get_by_role("link", name="Walk to another").click()
    expect_at_hand_on_a_phone(page, "Make the walk")
    page.locator(".ends__grid label").first.click()
    page.get_by_role("button", name="Make the walk").click()
    slider = page.get_by_label("Place on the way")
    expect(slider).to_be_visible(timeout=WORKER_SECONDS)
    slider.press("ArrowRight")
    expect(page.locator("output[for=place]")).to_have_text("1")
    for kind in ("GIF", "WebP"):
        with page.expect_download() as download:
            page.get_by_role("link", name=kind).click()
        with Image.open(BytesIO(download.value.path().read_bytes())) as walk:
            assert (walk.format, getattr(walk, "n_frames", 1) > 5) == (kind.upper(), True)

    page.goto(image)
    page.get_by_role("button", name="Set as avatar").click()
    expect(page.get_by_text("your avatar", exact=True)).to_be_visible()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("published", exact=True)).to_be_visible()
    page.get_by_role("link", name="Reuse these").click()
    expect(page.get_by_label("Seed", exact=True)).to_have_value(seed)
    expect(page.get_by_role("radio", name="Monster")).to_be_checked()


def test_what_is_reported_staff_hide_and_nobody_else_sees(
    page: Page, browser: Browser, site: Site
) -> None:
    sign_up(page)
    draw(page, label="Item", count=1)
    page.get_by_role("list", name="Images so far").get_by_role("link").first.click()
    page.get_by_role("button", name="Publish").click()
    image = page.url

    with somebody_else(browser, site) as stranger:
        sign_up(stranger)
        stranger.goto(image)
        stranger.get_by_text("Report this image").click()
        stranger.get_by_label("What is wrong with it").fill("Not an item at all")
        stranger.get_by_role("button", name="Report").click()
        expect(stranger.get_by_text("You have reported it")).to_be_visible()

        with somebody_else(browser, site) as staff:
            log_in(staff, site, site.staff["email"], site.staff["password"])
            staff.goto("/studio/?show=judge")
            staff.locator(f'#gallery a[href="{image.removeprefix(site.url)}"]').click()
            expect(staff.get_by_text("Not an item at all")).to_be_visible()
            staff.get_by_label("Why it is hidden").fill("It shows nothing")
            staff.get_by_role("button", name="Hide it").click()
            expect(staff.get_by_text("Only its owner and staff see it now")).to_be_visible()

        answer = stranger.goto(image)
        assert answer is not None
        assert answer.status == 404
    page.reload()
    expect(page.get_by_text("Staff have hidden it: It shows nothing")).to_be_visible()


def test_staff_train_a_generator_publish_it_and_take_it_back(page: Page, site: Site) -> None:
    log_in(page, site, site.staff["email"], site.staff["password"])
    name = f"Sketches {secrets.token_hex(2)}"
    page.goto("/dashboard/generators/")
    option = page.get_by_label("Data").locator("option", has_text=SHIPPED).first
    page.get_by_label("Data").select_option(value=option.get_attribute("value"))
    page.get_by_label("Size").select_option("tiny")
    page.get_by_label("Minutes of computing").fill("1")
    page.get_by_role("button", name="Start the training").click()
    expect(page.get_by_alt_text("What the generator drew")).to_be_visible(timeout=WORKER_SECONDS)

    cancel = page.get_by_role("main").get_by_role("button", name="Cancel")
    publish = page.get_by_role("main").get_by_role("button", name="Publish")
    expect(publish).to_be_visible(timeout=2 * WORKER_SECONDS)  # trained, and being measured
    cancel.click()
    page.get_by_role("textbox", name="Name").fill(name)
    publish.click()

    page.goto("/studio/")
    page.get_by_role("link", name=name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    page.get_by_role("button", name=re.compile("^Draw")).click()
    expect(page.get_by_role("list", name="Images so far").get_by_role("link").first).to_be_visible(
        timeout=WORKER_SECONDS
    )
    page.goto("/dashboard/generators/")
    page.get_by_role("button", name=re.compile(f"Withdraw {name}")).click()
    page.goto("/studio/")
    expect(page.get_by_role("link", name=name)).to_have_count(0)
