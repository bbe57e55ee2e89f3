"""How a browser gets to each page whose template is ours."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.harness import ROOT, Site, log_in, manage

TEMPLATES = ROOT / "platform" / "templates"
SECONDS = 15
# what the site needs for its rare pages; prints values for the addresses below
PREPARE = """
import json
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from accounts.models import User
from catalog.models import Person, Title
from events.models import Event
from jobs.models import Job
from recommendations.home import home
from recommendations.models import Artifact, Experiment, LoggedList, Rule, Run, Tuning
from config.media import keep_file
from django.utils import timezone
from django.conf import settings
from studio.dataset_work import add_source
from studio.models import Dataset, Generator, GeneratorRun, Image, ImageJob, Walk
from studio.training_services import preview_of
from tests.platform.studio.reports import make_report
from studio.pictures import png_of, strip_of
from PIL import Image as Pillow

def member(email):
    user, is_new = User.objects.get_or_create(email=email)
    if is_new:
        user.set_unusable_password()
        user.save()
    return user

forgetful, keyless = member("forgetful@example.org"), member("keyless@example.org")
key = f"{user_pk_to_url_str(forgetful)}-{default_token_generator.make_token(forgetful)}"
mail, _ = EmailAddress.objects.get_or_create(user=forgetful, email=forgetful.email)
client, request = Client(), RequestFactory().get("/")
client.force_login(keyless)
request.user = AnonymousUser()
titles = Title.objects.filter(published=True).order_by("-popularity")
title = titles.filter(credits__isnull=False).first()
params = {"learning_rate": 0.003, "dim": 64, "blocks": 2, "dropout": 0.2, "weight_decay": 0.05,
          "temperature": 0.0, "negatives": 512}
trial = {"params": params, "seconds": 9.0, "epochs": 4}
searched, _ = Job.objects.get_or_create(label="A search", task="tests.nothing", state="done")
tuning, _ = Tuning.objects.get_or_create(job=searched, defaults={"minutes": 5, "history": [
    {"number": 1, "state": "complete", "ndcg": 0.1, "best_so_far": 0.1, **trial},
    {"number": 2, "state": "failed", "ndcg": None, "best_so_far": 0.1, **trial},
    {"number": 3, "state": "pruned", "ndcg": 0.05, "best_so_far": 0.1, **trial},
    {"number": 4, "state": "complete", "ndcg": 0.2, "best_so_far": 0.2, **trial,
     "params": params | {"dim": 96}},
], "best": {"config": params}})
experiment, _ = Experiment.objects.get_or_create(name="Wider lists", defaults={
    "state": "running", "arm_b": {"variety": 0.3}})
home(keyless)  # its shelves are served lists
rule, _ = Rule.objects.get_or_create(name="Room for films", defaults={
    "effect": "explore", "amount": 0.1, "condition": {"kinds": ["film"]}, "is_on": False})
staff = User.objects.filter(is_staff=True).first()
drawn_with, _ = Generator.objects.get_or_create(name="Halves", defaults={
    "folder": "x", "sha256": "0" * 64, "labels": ["left", "right"], "size": 28,
    "published_at": timezone.now()})
asked, is_new = Job.objects.get_or_create(label="3 images, left", task="studio.tasks.next_turn",
    owner=staff, state="done", defaults={"finished_at": timezone.now()})
drawing, _ = ImageJob.objects.get_or_create(job=asked, defaults={
    "generator": drawn_with, "label": "left", "count": 3, "seed": 5, "truncation": 0.8})
plain = Pillow.new("RGBA", (28, 28), (200, 120, 40, 255))
keep_file("studio/e2e.png", png_of(plain, ""))
keep_file("studio/e2e-strip.png", png_of(strip_of([plain] * 3), ""))
images = [Image.objects.get_or_create(drawing=drawing, number=number, defaults={
    "owner": staff, "generator": drawn_with, "label": "left", "seed": 5 + number,
    "truncation": 0.8, "file": "studio/e2e.png", "sha256": "0" * 64,
    "visibility": ["own", "published", "hidden"][number]})[0] for number in range(3)]
walked, _ = Job.objects.get_or_create(label="Walk between two images, left",
    task="studio.tasks.next_turn", owner=staff, state="done",
    defaults={"finished_at": timezone.now()})
walk, _ = Walk.objects.get_or_create(job=walked, defaults={
    "generator": drawn_with, "label": "left", "frames": 3,
    "start": images[0].recipe.to_json(), "end": images[1].recipe.to_json(),
    "files": {kind: "studio/e2e-strip.png" for kind in ("png", "gif", "webp")}})
images_of_halves, _ = Dataset.objects.get_or_create(name="Halves", defaults={
    "file": "datasets/e2e.npz", "size": 28, "channels": 4, "counts": {"left": 9, "right": 9}})
def generator_run(state, **fields):
    job, _ = Job.objects.get_or_create(label=f"Train a generator, {state}", state=state,
        task="tests.nothing", queue="heavy", owner=staff)
    run, _ = GeneratorRun.objects.get_or_create(job=job, defaults={
        "dataset": images_of_halves, "minutes": 5, "previews": [0, 100, 200, 300], **fields})
    for step in run.previews:
        preview_of(run, step).parent.mkdir(parents=True, exist_ok=True)
        strip_of([plain] * 16).save(preview_of(run, step))
    return run.get_absolute_url()
losses = [{"step": step, "seconds": step / 10, "generator_loss": 0.6, "margin": step / 900,
    "discriminator_loss": 0.7} for step in range(10, 310, 10)]
facts = {"steps": 300, "seconds": 60, "rollbacks": 0, "images_seen": 9600, "bytes": 9000,
    "label_names": ["left", "right"]}
shipped = settings.ROOT / "fixtures" / "sprites" / "sprites.npz"
dataset = Dataset.objects.filter(name="Sprites").first() or add_source(shipped, name="Sprites")
unreadable, _ = Job.objects.get_or_create(label="Read the images of Unreadable", queue="heavy",
    task="studio.tasks.read_dataset", owner=staff, state="failed", defaults={
        "finished_at": timezone.now(), "error": "5 files were refused."})
refused, _ = Dataset.objects.get_or_create(name="Unreadable", defaults={
    "job": unreadable, "added_by": staff, "report": {"read": 0, "refused": 5, "reasons": [
        {"reason": "damaged", "count": 4, "examples": [
            {"name": f"cat/{n}.png", "detail": "cannot be decoded as PNG"} for n in range(3)]},
        {"reason": "format", "count": 1, "examples": [
            {"name": "a-long-name-" * 9 + ".svg", "detail": "SVG is not read"}]}],
        "moderation": {"state": "none"}}})
print(json.dumps({
    "dataset": dataset.get_absolute_url(),
    "refused_dataset": refused.get_absolute_url(),
    "generator_run": generator_run("done", curve=losses, facts=facts,
        report=make_report(recalls=(0.2, 0.6, 0.1))),
    "cancelled_generator_run": generator_run("cancelled", curve=losses[:9]),
    "drawing": drawing.get_absolute_url(),
    "image": images[0].get_absolute_url(),
    "published_image": images[1].get_absolute_url(),
    "hidden_image": images[2].get_absolute_url(),
    "walk": walk.get_absolute_url(),
    "title": title.get_absolute_url(),
    "linked": titles.filter(links__isnull=False).first().get_absolute_url(),
    "similar": reverse("similar", args=[title.pk]),
    "person": Person.objects.filter(credits__title=title).first().get_absolute_url(),
    "run": Run.objects.latest("pk").get_absolute_url(),
    "tuning": tuning.get_absolute_url(),
    "experiment": experiment.get_absolute_url(),
    "inspected": reverse("inspect", query={
        "title": title.pk, "member": Event.objects.latest("pk").user_id, "shelf": "list"}),
    "served": LoggedList.objects.latest("served_at").get_absolute_url(),
    "rule": rule.get_absolute_url(),
    "rule_preview": f"{reverse('rule_preview')}?rule={rule.pk}",
    "job": Job.objects.latest("pk").get_absolute_url(),
    "promote": reverse("artifact_promote", args=[Artifact.objects.latest("pk").pk]),
    "reset": reverse("account_reset_password") + f"key/{key}/",
    "confirm": reverse("account_confirm_email", args=[EmailConfirmationHMAC(mail).key]),
    "session": client.cookies["sessionid"].value,
    "403.html": render_to_string("403.html", request=request),
    "500.html": render_to_string("500.html", request=request),
}))
"""
SUBMIT = """(form, values) => {
    for (const [name, value] of Object.entries(values)) {
        for (const old of form.querySelectorAll(`[name="${name}"]`)) old.remove();
        const field = document.createElement("input");
        Object.assign(field, {type: "hidden", name, value});
        form.append(field);
    }
    form.submit();
}"""

Values = dict[str, str]


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


def prepare(site: Site) -> Values:
    """Make what the visits need, on the running site."""
    return json.loads(manage(site, "shell", "-c", PREPARE).strip().splitlines()[-1])


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
