"""May this artifact go live? Judged from its report alone, in words that a person can check."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from recommendations.reports import (
    LIVE,
    OURS,
    Lead,
    Report,
    Score,
    difference,
    lead_over,
    model_name,
    score_of,
)

Standing = Literal["ahead", "even", "behind", "unknown"]
CHECK_NAMES = {  # what every honest model passes
    "lists": gettext_lazy("Lists are full and hold nothing that was seen"),
    "order": gettext_lazy("Scores do not depend on who else is asked about"),
    "history": gettext_lazy("It knows tastes, not the answers by heart"),
    "canaries": gettext_lazy("Rows planted among the held-out ones go unnoticed"),
}
POPULAR = ("recent-popularity", "popularity")  # the first that a report has is the bar


@dataclass(frozen=True)
class Finding:
    """One comparison, with its interval in words; behind = reason enough to keep it back."""

    standing: Standing
    text: str


@dataclass(frozen=True)
class Verdict:
    """Blocked when a finding is behind; a warning when none is and one is not ahead."""

    findings: tuple[Finding, ...]
    is_measured: bool = True
    is_first: bool = False  # nothing serves that it could be behind of

    @property
    def is_blocked(self) -> bool:
        return any(finding.standing == "behind" for finding in self.findings)

    @property
    def is_warned(self) -> bool:
        return not self.is_blocked and any(f.standing != "ahead" for f in self.findings)

    @property
    def is_good_enough(self) -> bool:
        """To go live with nobody looking: also what cannot be told apart."""
        return (self.is_measured or self.is_first) and not self.is_blocked

    @property
    def tone(self) -> Literal["good", "warn", "bad"]:
        return "bad" if self.is_blocked else "warn" if self.is_warned else "good"

    @property
    def title(self) -> str:
        if self.is_blocked:
            return _("The gate keeps it back.")
        if self.is_first:
            return _("It may go live: nothing serves now.")
        if self.is_warned:
            return _("It may go live, but it is not surely better.")
        return _("It may go live: it is better for sure.")

    @property
    def reason(self) -> str:
        """Why it is blocked, in one paragraph."""
        return " ".join(found.text for found in self.findings if found.standing == "behind")


def verdict(report: Report, served: Iterable[Report] = (), *, is_first: bool = False) -> Verdict:
    """Against the live artifact and recent popularity on the same people, and its own checks.

    served: what served lately, for a report that knows no live model. is_first: nothing serves, so
    being behind keeps nothing back; a failed check does.
    """
    failed = failed_checks(report)
    if score_of(report) is None:
        text = _("Its report is empty: nothing is known about how good it is.")
        unknown = Finding("unknown", text)
        return Verdict((*failed, unknown), is_measured=False, is_first=is_first)
    if is_first:
        text = _("Nothing serves now: the first whole artifact goes live.")
        return Verdict((*failed, Finding("ahead", text)), is_first=True)
    found = (against_live(report), against_popularity(report))
    rivals = [finding for finding in found if finding is not None]
    if found[0] is None:
        rivals.insert(0, against_served(report, served))
    return Verdict((*failed, *rivals))


def failed_checks(report: Report) -> tuple[Finding, ...]:
    """Of the data and of what would serve; one that a baseline failed keeps nothing back."""
    text = _("%(model)s failed a check of its report, “%(check)s”: %(detail)s.")
    return tuple(
        Finding(
            "behind",
            text
            % {
                "model": model_name(check.get("model") or "") or _("The data"),
                "check": CHECK_NAMES.get(str(check.get("name")), check.get("name")),
                "detail": str(check.get("detail", "")).rstrip("."),
            },
        )
        for check in report.get("checks") or []
        if not check.get("passed", True) and check.get("model") in (None, "", *OURS)
    )


def against_live(report: Report) -> Finding | None:
    """None when the report has no live model beside ours."""
    lead = lead_over(report, LIVE)
    rival = report.get("rival") or ""
    name = _("the live model (%(name)s)") % {"name": rival} if rival else _("the live model")
    return _paired(report, lead, name) if lead else None


def against_popularity(report: Report) -> Finding | None:
    """Recent popularity; in reports that have none, popularity of all time."""
    leads = [lead for name in POPULAR if (lead := lead_over(report, name)) is not None]
    if not leads:
        return Finding("unknown", _("Its report does not compare it with popular titles."))
    name = _("popular titles of late") if leads[0].over == POPULAR[0] else _("popular titles")
    return _paired(report, leads[0], name)


def _paired(report: Report, lead: Lead, name: str) -> Finding:
    standing: Standing = "ahead" if lead.is_sure else "behind" if lead.is_behind else "even"
    facts = {"name": name, "n": report.get("n_users", 0), "judged": _judged(standing)}
    if lead.gap:
        words = _("Against %(name)s, on the same %(n)d people: %(interval)s NDCG@10. %(judged)s")
        return Finding(standing, words % {**facts, "interval": _interval(lead.gap)})
    words = _(
        "Against %(name)s, on the same %(n)d people: %(low)+.0f to %(high)+.0f %% NDCG@10. "
        "%(judged)s"
    )
    share = {"low": lead.percent_low, "high": lead.percent_high}
    return Finding(standing, words % {**facts, **share})


def against_served(report: Report, served: Iterable[Report]) -> Finding:
    """Measured on other rows than they were: it must reach the lower end of each.

    More than one, so that a row of promotions, each a little worse than the last, does not lower
    the bar.
    """
    new = score_of(report)
    olds = [old for other in served if (old := score_of(other)) is not None]
    if new is None or not olds:
        return Finding("unknown", _("There are no figures to compare it with what served."))
    best = max(olds, key=lambda old: old.low)
    gap = difference(new, best)
    standing: Standing = "behind" if new.value < best.low else "ahead" if gap.low > 0 else "even"
    words = _(
        "Against the best that served lately, each on what its own training held back: "
        "%(interval)s NDCG@10. %(judged)s"
    )
    judged = _("It is clearly worse.") if standing == "behind" else _judged(standing)
    return Finding(standing, words % {"interval": _interval(gap), "judged": judged})


def _interval(gap: Score) -> str:
    words = _("%(value)+.3f, between %(low)+.3f and %(high)+.3f") % {
        "value": gap.value,
        "low": gap.low,
        "high": gap.high,
    }
    return words.replace("-", "−")


def _judged(standing: Standing) -> str:
    if standing == "ahead":
        return _("It is better for sure.")
    if standing == "behind":
        return _("It is worse for sure.")
    return _("The two cannot be told apart.")
