"""Who may use which address of the site."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model

from accounts.models import AccessToken, User
from arcade.models import Match
from catalog.models import Hidden
from config.media import keep_file
from events.models import Event, Rating, Saved
from events.services import undo_event
from jobs.models import Job
from tests.factories import make_event, make_job, make_title
from tests.platform.arcade.matches import make_match
from tests.platform.studio.rows import make_drawing, make_image, make_walk

PUBLIC = {
    "livez",
    "favicon",
    "robots",
    "readyz",
    "home",
    "browse",
    "search",
    "search_panel",
    "title",
    "title_by_number",
    "similar",
    "person",
    "person_by_number",
    "poster",
    "glow",
    "impressions",
    "click",
    "play",
    "finish",
    "save",
    "dislike",
    "hide",
    "goodbye",
    "privacy_notice",
    "accessibility",
    "account_login",
    "account_logout",
    "account_signup",
    "account_inactive",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_email",
    "account_email_verification_sent",
    "account_confirm_login_code",
    "api:schema",
    "api:docs",
    "api:titles",
    "api:title",
    "api:similar",
    "api:why",
    "api:search",
    "api:people",
    "api:person",
    "api:genres",
    "api:recommendations",
    "api:home",
    "arcade",
    "arcade_match",
    "arcade_agent",
    "arcade_matches",
    "api:arcade-match",
    "api:agent",
}
MEMBER = {
    "account_index",
    "account",
    "change_name",
    "set_age_limit",
    "create_token",
    "my_list",
    "history",
    "tastes",
    "jobs_bell",
    "rate",
    "download_data",
    "delete_account",
    "account_email",
    "account_change_password",
    "account_set_password",
    "account_reauthenticate",
    "usersessions_list",
    "api:events",
    "api:ratings",
    "api:saved-list",
    "api:hidden-list",
    "api:me",
    "clear_avatar",
    "studio",
    "studio_bench",
    "studio_walks",
    "studio_draw",
    "api:studio-generators",
    "api:studio-drawings",
    "api:studio-images",
    "api:studio-walks",
    "arcade_new",
    "arcade_ladder",
    "arcade_tournaments",
    "arcade_tournament",
    "api:arcade-tournaments",
    "api:arcade-tournament",
    "api:arcade-games",
    "api:arcade-ladder",
    "api:arcade-matches",
}
STAFF = {
    "dashboard",
    "run_start",
    "run_list",
    "run",
    "run_panel",
    "artifact_promote",
    "artifact_rollback",
    "nightly",
    "evaluation",
    "evaluation_start",
    "experiment",
    "experiment_list",
    "experiment_new",
    "experiment_start",
    "experiment_stop",
    "inspect",
    "rule",
    "rule_list",
    "rule_new",
    "rule_preview",
    "rule_remove",
    "rule_switch",
    "served",
    "served_list",
    "system",
    "dataset",
    "dataset_add",
    "dataset_examples",
    "dataset_list",
    "dataset_remove",
    "tuning",
    "tuning_list",
    "tuning_panel",
    "tuning_start",
    "tuning_train",
    "api:runs",
    "api:run",
    "api:run-promote",
    "api:dataset",
    "api:dataset-retry",
    "api:datasets",
    "api:replay",
    "api:rollback",
    "api:rule",
    "api:rules",
    "studio_hide",
    "studio_let_stand",
    "generator_list",
    "generator_start",
    "generator_run",
    "generator_panel",
    "generator_preview",
    "generator_measure",
    "generator_publish",
    "generator_use",
    "generator_withdraw",
    "tournament_list",
    "tournament_start",
    "tournament_take_over",
    "api:arcade-tournament-retry",
    "api:arcade-tournament-take-over",
    "api:generator-runs",
    "api:generator-run",
    "api:generator-run-measure",
    "api:generator-run-publish",
    "api:generator-run-retry",
    "api:generator-run-preview",
    "api:generators",
    "api:generator-use",
    "api:generator-withdraw",
    "api:studio-hide",
    "api:studio-let-stand",
    "agent_list",
    "agent_start",
    "agent_run",
    "agent_panel",
    "agent_publish",
    "agent_roll_back",
    "api:agent-runs",
    "api:agent-run",
    "api:agent-run-cancel",
    "api:agent-run-resume",
    "api:agent-run-publish",
    "api:agents",
    "api:agent-roll-back",
}


def make_undone_event(owner: User) -> Event:
    event = make_event(owner, make_title(), "save")
    undo_event(event=event)
    return event


def make_wearer(owner: User) -> User:
    keep_file("avatars/x.png", b"x")
    owner.avatar = "avatars/x.png"
    owner.save()
    return owner


def make_coded_match(owner: User, **changes: Any) -> Match:
    """Its address can be told from its number."""
    match = make_match(owner, actions=[4, 0], **changes)
    match.code = f"code{match.pk}"
    match.save()
    return match


def make_ended_match(owner: User) -> Match:
    return make_coded_match(owner, state="over", ended_by="rules", outcome=1)


OWNED: dict[str, Callable[[User], Model]] = {
    "avatar": make_wearer,
    "studio_drawing": make_drawing,
    "studio_image": make_image,
    "studio_file": make_image,
    "studio_publish": make_image,
    "studio_unpublish": make_image,
    "studio_wear": make_image,
    "studio_delete": make_image,
    "studio_variations": make_image,
    "studio_report": make_image,
    "studio_walk_new": make_image,
    "studio_walk": make_walk,
    "studio_walk_delete": make_walk,
    "studio_walk_file": make_walk,
    "api:studio-drawing": make_drawing,
    "api:studio-drawing-retry": make_drawing,
    "api:studio-image": make_image,
    "api:studio-file": make_image,
    "api:studio-publish": make_image,
    "api:studio-unpublish": make_image,
    "api:studio-wear": make_image,
    "api:studio-report": make_image,
    "api:studio-variations": make_image,
    "api:studio-walk": make_walk,
    "api:studio-walk-file": make_walk,
    "arcade_move": make_coded_match,
    "arcade_take_back": make_coded_match,
    "arcade_resign": make_coded_match,
    "arcade_rematch": make_ended_match,
    "arcade_try": make_coded_match,
    "api:arcade-moves": make_coded_match,
    "api:arcade-think": make_coded_match,
    "api:arcade-take-back": make_coded_match,
    "api:arcade-resign": make_coded_match,
    "api:arcade-rematch": make_ended_match,
    "api:arcade-try-again": make_coded_match,
    "revoke_token": lambda owner: AccessToken.issue(owner=owner, name="phone")[0],
    "undo_event": lambda owner: make_event(owner, make_title(), "save"),
    "restore_event": lambda owner: make_undone_event(owner),
    "api:event": lambda owner: make_event(owner, make_title(), "save"),
    "job": lambda owner: make_job(owner=owner),
    "job_cancel": lambda owner: make_job(owner=owner),
    "job_retry": lambda owner: make_job(owner=owner, state=Job.State.FAILED),
    "api:job": lambda owner: make_job(owner=owner),
    "api:job-cancel": lambda owner: make_job(owner=owner),
}
# what works: test_studio_api.py, test_arcade_api.py
TAKES_A_BODY = {"api:studio-report", "api:studio-variations"}
TAKES_A_BODY |= {"api:arcade-moves", "api:arcade-take-back", "api:arcade-try-again"}
OWN_OF_TITLE = {
    "api:rating": Rating,
    "api:saved": Saved,
    "api:hidden": Hidden,
}  # one's own row, found by its title
