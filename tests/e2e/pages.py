"""How a browser gets to each page whose template is ours."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.harness import ROOT, Site, log_in
from tests.e2e.needs import Values

TEMPLATES = ROOT / "platform" / "templates"
SECONDS = 15
SUBMIT = """(form, values) => {
    for (const [name, value] of Object.entries(values)) {
        for (const old of form.querySelectorAll(`[name="${name}"]`)) old.remove();
        const field = document.createElement("input");
        Object.assign(field, {type: "hidden", name, value});
        form.append(field);
    }
    form.submit();
}"""


@dataclass(frozen=True)
class Visit:
    """A page by its address with {values}, or by what one does; `heading` where it may be another.

    is_refused: the site answers with an error. leads_away: it opens another site by itself.
    """

    template: str
    way: str | Callable[[Page, Values], None]
    heading: str = ""
    is_refused: bool = False
    leads_away: bool = False

    def open(self, page: Page, values: Values) -> None:
        if callable(self.way):
            self.way(page, values)
        else:
            page.goto(self.way.format(**values))
        if self.heading:
            expect(page.locator("h1").first).to_contain_text(self.heading)
        else:
            assert not callable(self.way), f"say the heading of {self.template}"
            assert page.url.endswith(self.way.format(**values)), f"{self.way} led to {page.url}"


def submit(path: str, form: str, **fields: str) -> Callable[[Page, Values], None]:
    """Send a form of a page as a browser without JavaScript does, with fields of our own."""

    def go(page: Page, values: Values) -> None:
        page.goto(path.format(**values))
        with page.expect_navigation(wait_until="load"):
            page.locator(form).first.evaluate(SUBMIT, fields)

    return go


def press_play(page: Page, values: Values) -> None:
    """The page sends its reader on at once; here the other site does not answer."""
    page.route(re.compile(r"^https?://(?!127\.)"), lambda route: route.fulfill(status=204))
    page.goto(values["linked"])
    page.locator("form[action$='/play/'] button").first.click()


def rendered(template: str) -> Callable[[Page, Values], None]:
    """A page that the running site shows for a fault only, as it would answer it."""

    def go(page: Page, values: Values) -> None:
        page.route(
            f"**/rendered/{template}",
            lambda route: route.fulfill(body=values[template], content_type="text/html"),
        )
        page.goto(f"/rendered/{template}")

    return go


VISITS: dict[str, list[Visit]] = {
    "anonymous": [
        Visit("recommendations/home.html", "/"),
        Visit("arcade/arcade.html", "/arcade/"),
        Visit("arcade/match.html", "{drops}"),
        Visit("arcade/agent.html", "/arcade/agents/othello/builtin:rollouts/"),
        Visit("catalog/browse.html", "/browse/"),
        Visit("catalog/browse.html", "/browse/?genre=drama"),
        Visit("catalog/search.html", "/search/?q=star"),
        Visit("catalog/search.html", "/search/?q=zzzzzzqqq"),
        Visit("recommendations/title.html", "{title}"),
        Visit("recommendations/similar.html", "{similar}"),
        Visit("catalog/person.html", "{person}"),
        Visit("account/login.html", "/account/login/"),
        Visit("account/signup.html", "/account/signup/"),
        Visit("account/password_reset.html", "/account/password/reset/"),
        Visit("account/password_reset_done.html", "/account/password/reset/done/"),
        Visit("account/password_reset_from_key.html", "{reset}", "Choose a new password"),
        Visit("account/password_reset_from_key.html", "/account/password/reset/key/1-used/"),
        Visit("account/password_reset_from_key_done.html", "/account/password/reset/key/done/"),
        Visit("account/email_confirm.html", "{confirm}"),
        Visit("account/email_confirm.html", "/account/confirm-email/used/"),
        Visit("account/verification_sent.html", "/account/confirm-email/"),
        Visit("account/account_inactive.html", "/account/inactive/"),
        Visit("privacy/accessibility.html", "/accessibility/"),
        Visit("privacy/notice.html", "/privacy/"),
        Visit("privacy/goodbye.html", "/goodbye/"),
        Visit(
            "400.html",
            submit("/account/login/", "main form", **{f"field{n}": "" for n in range(1001)}),
            "That request made no sense",
            is_refused=True,
        ),
        Visit("403.html", rendered("403.html"), "This door is closed"),
        Visit(
            "403_csrf.html",
            submit("/account/login/", "main form", csrfmiddlewaretoken="old"),
            "That form had expired",
            is_refused=True,
        ),
        Visit("404.html", "/no-such-page/", is_refused=True),
        Visit("500.html", rendered("500.html"), "Something broke"),
    ],
    "staff": [
        Visit("recommendations/home.html", "/"),
        Visit("recommendations/title.html", "{title}"),
        Visit("recommendations/tastes.html", "/tastes/"),
        Visit("events/my_list.html", "/my-list/"),
        Visit("events/history.html", "/history/"),
        Visit("events/opening.html", press_play, "Opening", leads_away=True),
        Visit(
            "events/refused.html",
            submit("{title}", "form.stars", value="99"),
            "That did not work",
            is_refused=True,
        ),
        Visit("accounts/account.html", "/me/"),
        Visit("privacy/delete_account.html", "/me/delete/"),
        Visit("account/email.html", "/account/email/"),
        Visit("account/password_change.html", "/account/password/change/"),
        Visit("account/reauthenticate.html", "/account/reauthenticate/"),
        Visit("account/logout.html", "/account/logout/"),
        Visit("usersessions/usersession_list.html", "/account/sessions/"),
        Visit("studio/studio.html", "/studio/"),
        Visit("studio/studio.html", "/studio/?show=judge"),
        Visit("studio/drawing.html", "{drawing}"),
        Visit("studio/image.html", "{image}"),
        Visit("studio/image.html", "{published_image}"),
        Visit("studio/image.html", "{hidden_image}"),
        Visit("studio/walk_new.html", "{image}walk/"),
        Visit("studio/walk.html", "{walk}"),
        Visit("studio/walks.html", "/studio/walks/"),
        Visit("arcade/arcade.html", "/arcade/"),
        Visit("arcade/new.html", "/arcade/new/?game=connect-four"),
        Visit("arcade/new.html", "/arcade/new/?game=leduc-poker"),
        Visit("arcade/match.html", "{drops}"),
        Visit("arcade/match.html", "{drops}?ply=3"),
        Visit("arcade/match.html", "{places}"),
        Visit("arcade/match.html", "{places}?flip=1"),
        Visit("arcade/match.html", "{walks}?from=7"),
        Visit("arcade/match.html", "{links}"),
        Visit("arcade/match.html", "{silence}"),
        Visit("arcade/match.html", "{lines}"),
        Visit("arcade/match.html", "{cards}"),
        Visit("arcade/match.html", "{open_cards}"),
        Visit("arcade/match.html", "{clocks}"),
        Visit("arcade/ladder.html", "/arcade/ladder/othello/"),
        Visit("arcade/ladder.html", "/arcade/ladder/hex-7/"),
        Visit("arcade/agent.html", "/arcade/agents/leduc-poker/shipped/"),
        Visit("arcade/agent.html", "{agent}"),
        Visit("arcade/agents.html", "/dashboard/agents/"),
        Visit("arcade/agent_run.html", "{agent_run}"),
        Visit("arcade/agent_run.html", "{cancelled_agent_run}"),
        Visit("arcade/tournaments.html", "/arcade/tournaments/"),
        Visit("arcade/tournament.html", "{tournament}"),
        Visit("arcade/tournament.html", "{running_tournament}"),
        Visit("jobs/job.html", "{job}"),
        Visit("dashboard/overview.html", "/dashboard/"),
        Visit("dashboard/runs.html", "/dashboard/runs/"),
        Visit("dashboard/run.html", "{run}"),
        Visit("dashboard/tunings.html", "/dashboard/tuning/"),
        Visit("dashboard/tuning.html", "{tuning}"),
        Visit("dashboard/evaluation.html", "/dashboard/evaluation/"),
        Visit("dashboard/confirm.html", "{promote}"),
        Visit("dashboard/confirm.html", "/dashboard/artifacts/rollback/"),
        Visit("recommendations/served.html", "/dashboard/served/"),
        Visit("recommendations/served_list.html", "{served}"),
        Visit("recommendations/inspect.html", "/dashboard/inspect/"),
        Visit("recommendations/inspect.html", "{inspected}"),
        Visit("recommendations/experiments.html", "/dashboard/experiments/"),
        Visit("recommendations/experiment_new.html", "/dashboard/experiments/new/"),
        Visit("recommendations/experiment.html", "{experiment}"),
        Visit("recommendations/experiment_stop.html", "{experiment}stop/"),
        Visit("recommendations/rules.html", "/dashboard/rules/"),
        Visit("recommendations/rule.html", "/dashboard/rules/new/"),
        Visit("recommendations/rule.html", "{rule}"),
        Visit("recommendations/rule_preview.html", "/dashboard/rules/preview/"),
        Visit("recommendations/rule_preview.html", "{rule_preview}"),
        Visit("studio/generators.html", "/dashboard/generators/"),
        Visit("studio/generator_run.html", "{generator_run}"),
        Visit("studio/generator_run.html", "{generator_run}?step=100"),
        Visit("studio/generator_run.html", "{cancelled_generator_run}"),
        Visit("studio/datasets.html", "/dashboard/datasets/"),
        Visit("studio/dataset.html", "{dataset}"),
        Visit("studio/dataset.html", "{refused_dataset}"),
        Visit("studio/dataset_remove.html", "{dataset}remove/"),
        Visit("arcade/tournament_list.html", "/dashboard/tournaments/"),
        Visit("arcade/tournament_list.html", "/dashboard/tournaments/?game=tic-tac-toe"),
        Visit("arcade/tournament_take_over.html", "{take_over}"),
        Visit("dashboard/system.html", "/dashboard/system/?now=1"),
    ],
    "keyless": [  # a member without a password
        Visit("account/password_set.html", "/account/password/set/"),
    ],
}
NOT_VISITED = {
    "account/signup_closed.html": "sign-up is open; an installation may close it in its adapter",
    "account/verified_email_required.html": "no page of ours asks for a confirmed address",
    "api/docs.html": "the frame around Swagger UI, whose markup is not ours",
}


def full_pages() -> set[str]:
    """Our templates that make a whole page: they extend another or are a document."""
    found = set()
    for path in TEMPLATES.rglob("*.html"):
        name = path.relative_to(TEMPLATES)
        is_frame = path.name.startswith("_") or path.name == "base.html" or "layouts" in name.parts
        if not is_frame and re.search(r"{% extends|<!DOCTYPE html>", path.read_text()):
            found.add(name.as_posix())
    return found


def visits(
    context: BrowserContext, site: Site, who: str, values: Values, *, leading_away: bool = True
) -> Iterator[tuple[Page, Visit]]:
    """Each page of somebody's list, opened; with those that open another site or without."""
    context.set_default_timeout(SECONDS * 1000)
    if who == "keyless":
        context.add_cookies([{"name": "sessionid", "value": values["session"], "url": site.url}])
    page = context.new_page()
    if who == "staff":
        log_in(page, site, site.staff["email"], site.staff["password"])
    for visit in VISITS[who]:
        if leading_away or not visit.leads_away:
            visit.open(page, values)
            yield page, visit
