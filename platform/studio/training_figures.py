"""What the page of a run shows of its curve and its report: charts, tables, an alarm."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from studio.collapse import Collapse, collapse_of
from studio.training_models import GeneratorRun
from studio.training_services import kept_steps

EXTRACTORS = {  # of the report → what they are
    "classifier": gettext_lazy("In the features of our own classifier"),
    "pixels": gettext_lazy("In the pixels themselves"),
}
EXTRACTOR_NOTES = {
    "classifier": gettext_lazy(
        "It was trained once on this data. No network from elsewhere is used, so the distances "
        "compare with others of this data only."
    ),
    "pixels": gettext_lazy(
        "Their first principal components: they see what a classifier overlooks, such as noise."
    ),
}
SPACES = {
    "classifier": gettext_lazy("by the classifier"),
    "premultiplied pixels": gettext_lazy("by pixels"),
    "principal components": gettext_lazy("by components"),
}
Chart = dict[str, Any]


@dataclass(frozen=True)
class Contender:
    """A line of the tables."""

    name: str
    note: str
    report: dict[str, Any]  # of genai's evaluation
    place: str  # among the measures of that report
    is_own: bool = False

    def measures(self, extractor: str) -> dict[str, Any]:
        return self.report["measures"][extractor][self.place]


def contenders_of(run: GeneratorRun) -> list[Contender]:
    """This run first, then what it stands beside, from what draws now to noise."""
    report = run.report
    own, mlp, rival = report["run"], report["mlp"], report["published"]
    found = [Contender(_("This run"), "", own, "generator", is_own=True)]
    if rival:
        name = f"{rival['name']} {rival['version']}"
        found.append(Contender(_("Draws now"), name, rival["report"], "generator"))
    minutes = _("%(minutes)g min of computing, without classes") % {"minutes": mlp["minutes"]}
    return [
        *found,
        Contender(_("The textbook's GAN"), minutes, mlp["report"], "generator"),
        Contender(_("Floor"), _("other real images"), own, "floor"),
        Contender(_("Ceiling"), _("the mean image with noise"), own, "mean image with noise"),
        Contender(_("Noise"), _("nothing else"), own, "noise"),
    ]


def tables_of(run: GeneratorRun) -> list[dict[str, Any]]:
    """One for each extractor; [] before the report."""
    if not run.report:
        return []
    contenders = contenders_of(run)
    return [
        {
            "key": key,
            "heading": heading,
            "note": EXTRACTOR_NOTES[key],
            "rows": [(each, each.measures(key)) for each in contenders],
        }
        for key, heading in EXTRACTORS.items()
    ]


def honesty_of(run: GeneratorRun) -> list[tuple[Contender, dict[str, Any], list[dict[str, Any]]]]:
    """Of each generator whether its classes are right and its images its own."""
    generators = [each for each in contenders_of(run) if each.place == "generator"]
    return [
        (
            each,
            each.report["labels"],
            [each.report["neighbours"][space] for space in SPACES],
        )
        for each in generators
    ]


def classes_of(run: GeneratorRun) -> list[dict[str, Any]]:
    """How often each class was asked for and seen, in the order of the data; widths for bars."""
    by_label = run.report["run"]["labels"]["by_label"]
    names = run.facts.get("label_names") or sorted(by_label)
    most = max((max(of["asked_for"], of["seen"]) for of in by_label.values()), default=0) or 1
    return [
        {
            "name": name,
            **by_label[name],
            "asked_width": round(100 * by_label[name]["asked_for"] / most, 1),
            "seen_width": round(100 * by_label[name]["seen"] / most, 1),
        }
        for name in names
    ]


def loss_chart(run: GeneratorRun) -> Chart | None:
    lines = {
        "generator_loss": _("Generator's loss"),
        "discriminator_loss": _("Discriminator's loss"),
        "margin": _("Margin between real and made"),
    }
    return lines_over_steps(run.curve, lines)


def distance_chart(run: GeneratorRun) -> Chart | None:
    return lines_over_steps(
        run.report.get("steps", []), {"frechet_distance": _("Fréchet distance")}
    )


def variety_chart(run: GeneratorRun) -> Chart | None:
    lines = {
        "recall": _("Recall"),
        "coverage": _("Coverage"),
        "smallest_share": _("Share of the rarest class"),
    }
    return lines_over_steps(run.report.get("steps", []), lines)


def lines_over_steps(points: list[dict[str, float]], lines: dict[str, str]) -> Chart | None:
    """None where there is nothing to draw."""
    if not points:
        return None
    return {
        "x": [point["step"] for point in points],
        "series": [
            {"label": label, "y": [point[name] for point in points]}
            for name, label in lines.items()
        ],
    }


def spectrum_chart(run: GeneratorRun) -> Chart:
    """How much it varies where real images vary most, as a share of theirs."""
    ratios = run.report["run"]["measures"]["classifier"]["generator"]["spectrum"]["leading_ratios"]
    return {
        "x": list(range(1, len(ratios) + 1)),
        "series": [{"label": _("Share of the real variety"), "y": ratios}],
        "notes": [[_("%(share).2f of the real variety") % {"share": ratio}] for ratio in ratios],
        "reference": {"label": _("as varied as real images"), "value": 1.0},
    }


def alarm_of(run: GeneratorRun) -> Collapse | None:
    return collapse_of(run.report.get("steps", []), kept_steps(run))
