"""What the site needs for its rare pages, so that a browser gets to each of them."""

import json

from tests.e2e.harness import Site, manage

Values = dict[str, str]  # for the addresses of pages.py
# run on the site; prints the values
PREPARE = """
import json, shutil
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth.models import AnonymousUser
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.urls import reverse
from accounts.models import User
from arcade.models import Match, Rating
from arcade.serving import GAMES
from arcade.training_models import Agent, AgentRun
from arcade.training_services import artifact_of, publish_run
from arcade.tournament_models import Tournament
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
def thought(action, value, shares, line):
    return {"action": action, "value": value, "policy": shares, "simulations": 9, "line": line}
def match(game, actions, **fields):
    level = {"agent": "builtin:rollouts", "level": "easy", "decisions": {}}
    if GAMES[game].is_hidden:
        level |= {"agent": "builtin:random", "level": "random"}
    found, _ = Match.objects.get_or_create(
        first=staff, game=game, actions=actions, defaults=level | fields)
    return found.get_absolute_url()
def ended(outcome):
    return {"state": "over", "ended_by": "rules", "outcome": outcome}
silent, _ = Job.objects.get_or_create(label="Hex: an agent thinks", task="arcade.tasks.think",
    owner=staff, state="failed", defaults={"finished_at": timezone.now(), "error": "It broke."})
Rating.objects.get_or_create(game="othello", user=staff, defaults={"matches": 3})
Rating.objects.get_or_create(game="othello", agent="builtin:rollouts", level="easy",
    defaults={"matches": 3, "rating": 1700})
def agent_run(state, **fields):
    job, _ = Job.objects.get_or_create(label=f"Train an agent, {state}", state=state,
        task="tests.nothing", queue="heavy", owner=staff)
    return AgentRun.objects.get_or_create(job=job, defaults={
        "game": "connect-four", "minutes": 100, "curve": learnt,
        "newest": {"round": 8, "seconds": 800, "value_kept_64": 0.6}, **fields})[0]
learnt = [{"round": n, "seconds": 100 * n, "games_a_second": 3.5, "policy_loss": 2 - n / 10,
    "value_loss": 0.9, "rating": 60.0 * n, "value_kept_1": 0.3 + n / 20,
    "value_kept_64": 0.4 + n / 20} for n in range(1, 9)]
rated = {"rating": 1500, "low": 1450, "high": 1550, "score": 0.5, "milliseconds_median": 2.5,
    "milliseconds_p95": 9.5}
learnt_run = agent_run("done", facts={"rounds": 8, "games": 4096, "seconds": 800, "bytes": 9000},
    report={"games": 20, "contenders": [
        {"name": "hard", **rated}, {"name": "rollouts:beginner", **rated}]})
tiny = settings.STATE_DIR / "e2e-agents" / "agent"
if not tiny.exists():
    from genai.games.presets import TINY
    from genai.games.rules import game_of
    from genai.games.training import train
    train(game_of("hex-7"), tiny, TINY)
agent = Agent.objects.current().filter(game="hex-7").first()
if agent is None:
    shutil.copytree(tiny, artifact_of(learnt_run), dirs_exist_ok=True)
    AgentRun.objects.filter(pk=learnt_run.pk).update(game="hex-7")
    learnt_run.refresh_from_db()
    agent = publish_run(run=learnt_run, name="Hexagon")
def tournament(state, **fields):
    job, _ = Job.objects.get_or_create(label=f"Tournament, {state}", state=state, queue="heavy",
        task="tests.nothing", owner=staff)
    found, _ = Tournament.objects.get_or_create(job=job, defaults={"game": "connect-four",
        "games": 4, "contenders": [
            {"agent": "builtin:rollouts", "level": "easy", "name": "Random play-outs, Easy"},
            {"agent": "builtin:random", "level": "random", "name": "Random"}], **fields})
    return found
milliseconds = {"milliseconds_median": 3.0, "milliseconds_p95": 9.5}
tournament_done = tournament("done", played=4, table={"contenders": [
    {"name": "builtin:rollouts/easy", "rating": 1600, "low": 1550, "high": 1650, "score": 0.875,
     **milliseconds},
    {"name": "builtin:random/random", "rating": 1400, "low": 1350, "high": 1450, "score": 0.125,
     **milliseconds}], "gaps": [{"points": 200, "low": 120, "high": 280}],
    "points": [[0, 3.5], [0.5, 0]], "games_played": [[0, 4], [4, 0]]})
print(json.dumps({
    "agent": agent.get_absolute_url(),
    "agent_run": learnt_run.get_absolute_url(),
    "cancelled_agent_run": agent_run("cancelled").get_absolute_url(),
    "tournament": tournament_done.get_absolute_url(),
    "running_tournament": tournament("running").get_absolute_url(),
    "take_over": reverse("tournament_take_over", args=[tournament_done.pk]),
    "drops": match("connect-four", [3, 2, 3, 2, 6, 3], decisions={
        "1": thought(2, -0.1, {"2": 0.8, "3": 0.2}, [2, 3]),
        "3": thought(2, 0.0, {"2": 0.6, "4": 0.4}, [2, 6]),
        "5": thought(3, 0.5, {"3": 0.7, "2": 0.3}, [3, 5, 4])}),
    "places": match("othello", [19, 18], decisions={
        "1": thought(18, -0.1, {"18": 0.5, "20": 0.3, "34": 0.2}, [18, 17])}),
    "walks": match("breakthrough-6", []),
    "links": match("hex-7", [24, 25]),
    "silence": match("hex-7", [24], thinking=silent),
    "lines": match("tic-tac-toe", [0, 3, 1, 4, 2], **ended(1)),
    "cards": match("leduc-poker", [0, 3, 1, 1, 5]),
    "open_cards": match("kuhn-poker", [0, 2, 1, 1], **ended(-1)),
    "clocks": match("connect-four", [0, 0], clock_minutes=100, remaining=[6_000_000] * 2),
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


def prepare(site: Site) -> Values:
    """Make what the visits need, on the running site."""
    return json.loads(manage(site, "shell", "-c", PREPARE).strip().splitlines()[-1])
