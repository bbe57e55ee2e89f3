"""Tables of what only some rows measure; each is empty for a record without it."""

from __future__ import annotations

from typing import Any

OF_A_CATALOG = {
    "recall": "Recall@200 of the search",
    "build_index_cpu_seconds": "Building the index, CPU-seconds",
    "artifact_mib": "The artifact, MiB",
    "load_cpu_seconds": "Loading, CPU-seconds",
    "load_seconds": "Loading, seconds",
    "own_mib": "Memory of a process' own, MiB",
    "shared_mib": "Memory of files, which processes share, MiB",
    "add_ms": "One more item: CPU, ms",
    "add_mib": "One more item: memory, MiB",
}
Record = dict[str, Any]
Interval = dict[str, float]


def leak_checks(record: Record) -> str:
    checks = record.get("checks", [])
    rows = [
        [
            each["check"],
            around(each["ndcg"]),
            f"{each['expected']} ({each['against']:.4f})",
            "yes" if each["passed"] else "**no**",
        ]
        for each in checks
    ]
    return table(["Look for leaks", "NDCG@10 [95 %]", "Expected (held against)", "Passed"], rows)


def small_sets(record: Record) -> str:
    """A line per set and split, then the pool of all sets."""
    rows, pools = [], []
    for each in record.get("sets", {}).values():
        report = each["report"]
        for when, peer in each["best"].items():
            rows.append(
                [
                    f"{each['set']}, {report['split']} ({report['n_users']})",
                    around(report["models"]["blend"]["ndcg"]),
                    f"{peer}, best {when}",
                    around(report["models"][peer]["ndcg"]),
                    ratio(_pair(report, peer)),
                ]
            )
    for pool in record.get("pooled", []):
        for when, pair in pool["versus"].items():
            members = f"all sets, {pool['split']} ({pool['n_users']})"
            pools.append([members, f"each set's best {when}", ratio(pair)])
    heads = ["Set, split (members)", "blend [95 %]", "Peer", "its NDCG@10 [95 %]", "Ratio, paired"]
    heads_of_pool = ["Pooled (members)", "Peer", "Ratio, paired"]
    return joined([table(heads, rows), table(heads_of_pool, pools), _chosen(record)])


def _pair(report: dict[str, Any], peer: str) -> dict[str, Any]:
    return next(each for each in report["paired"] if each["b"] == peer and each["metric"] == "ndcg")


def _chosen(record: Record) -> str:
    """Every peer's NDCG on the test, a column a set, and what was chosen for it."""
    sets = record.get("sets", {})
    if not sets:
        return ""
    peers = next(iter(sets.values()))["peers"]
    rows = [
        [
            peer,
            *(f"{each['report']['models'][peer]['ndcg']['value']:.4f}" for each in sets.values()),
        ]
        for peer in ("blend", *peers, "two-tower", "sequential-rules", "popularity")
    ]
    return table(["NDCG@10", *sets], rows)


def cold_titles(record: Record) -> str:
    if not (found := record.get("cold_titles")):
        return ""
    pairs = {pair["b"]: ratio(pair) for pair in found["paired"]}
    rows = [[name, around(of), pairs.get(name, "")] for name, of in found["recall"].items()]
    heads = [f"{found['n_titles']} cold titles ({found['n_users']} members)",
             "Recall@100 [95 %]", "Ours over it"]  # fmt: skip
    return table(heads, rows)


def cold_members(record: Record) -> str:
    if not (found := record.get("cold_members")):
        return ""
    rows = []
    for shown in found["shown"]:
        models = shown["report"]["models"]
        values = [around(models[name]["ndcg"]) for name in ("blend", "ease", "popularity")]
        rows.append([str(shown["events"]), *values, ratio(_pair(shown["report"], "popularity"))])
    heads = [f"Events shown ({found['n_users']} members)", "blend [95 %]", "ease", "popularity",
             "blend / popularity"]  # fmt: skip
    return table(heads, rows)


def variants(record: Record) -> str:
    rows = [
        [
            name,
            str(each["epochs"]),
            f"{each['fit_cpu_seconds']:.0f}",
            around(each["ndcg"]),
            "" if name == "full" else ratio(each["to_full"]),
        ]
        for name, each in record.get("variants", {}).items()
    ]
    return table(["Change", "Epochs", "CPU-seconds", "NDCG@10 [95 %]", "To full, paired"], rows)


def timed(record: Record) -> str:
    rows = [
        [f"{split}, {name}", around(of["without"]), around(of["with"]), ratio(of["ratio"])]
        for split, models in record.get("timed", {}).items()
        for name, of in models.items()
    ]
    heads = ["Split, model", "Without [95 %]", "With times [95 %]", "Ratio, paired"]
    return table(heads, rows)


def speed(record: Record) -> str:
    rows = [
        [
            name,
            f"{each['median']:,.0f}",
            "" if name == "ours" else ratio(each["ours_over"]),
        ]
        for name, each in record.get("speed", {}).items()
    ]
    heads = ["Training", "Interactions per CPU-second", "Ours over it [lowest, highest stretch]"]
    return table(heads, rows)


def runs(record: Record) -> str:
    rows = [
        [
            name,
            f"{each['wall_seconds']:.0f}",
            f"{each['cpu_seconds']:.0f}",
            *(around(each["ndcg"][model]) for model in ("blend", "two-tower")),
        ]
        for name, each in record.get("runs", {}).items()
    ]
    heads = ["Training by", "Seconds", "CPU-seconds", "blend NDCG@10 [95 %]", "two-tower [95 %]"]
    return table(heads, rows)


def scale(record: Record) -> str:
    rows = [
        [
            name,
            f"{each['peak_mib']:,.0f}",
            f"{each['cpu_seconds']:,.0f}",
            f"{each['wall_seconds']:,.0f}",
        ]
        for name, each in record.get("scale", {}).items()
    ]
    heads = ["Ten million rows", f"Peak MiB (limit {record.get('limit_mib', 0):,})",
             "CPU-seconds", "Seconds"]  # fmt: skip
    return table(heads, rows)


def catalogs(record: Record) -> str:
    """A column per size of catalog: costs of answers, then what the artifact and a process take."""
    if not (found := record.get("catalogs")):
        return ""
    columns = list(found.values())
    rows = [
        [
            f"CPU of {name}, ms",
            *(f"{of['cpu_ms'][name]:.2f} ({of['over_smallest'][name]:.2f} ×)" for of in columns),
        ]
        for name in columns[0]["cpu_ms"]
    ]
    rows += [[what, *(f"{of[name]:,}" for of in columns)] for name, what in OF_A_CATALOG.items()]
    return table(["", *found], rows)


def deletions(record: Record) -> str:
    """What scores fall by, a line for every way to choose what is removed."""
    if not (found := record.get("deletion")):
        return ""
    counts = list(found["pairs"])
    rows = [
        [choice, *(f"{falls[count][of]['value']:.3f}" for of in ("score", "tower")
                   for count in counts)]
        for choice, falls in found["falls"].items()
    ]  # fmt: skip
    pairs = " and ".join(f"{found['pairs'][count]:,} of {found['listed']:,}" for count in counts)
    heads = [f"Removed ({found['members']} members; pairs: {pairs})",
             *(f"{of}, {count} removed" for of in ("Fall of the score", "two-tower alone")
               for count in counts)]  # fmt: skip
    return table(heads, rows)


def groups(record: Record) -> str:
    """A table per family of groups, its gaps, and what each strength did on the validation part."""
    parts = [_family(name, slices, record["gaps"][name])
             for name, slices in record.get("groups", {}).items()]  # fmt: skip
    rows = [
        [f"{each['strength']:.1f}", f"{each['ndcg']:.4f}", f"{each['calibration']:.3f}"]
        for each in record.get("curve", [])
    ]
    heads = ["Strength (validation part)", "NDCG@10", "Divergence of genres"]
    return joined([*parts, table(heads, rows)])


def _family(name: str, slices: list[dict[str, Any]], gaps: dict[str, Any]) -> str:
    models = list(slices[0]["models"])
    heads = [f"{name}: NDCG@10 (share of the long tail)", "Members", *models, "own likes"]
    rows = [
        [
            each["label"],
            str(each["n_users"]),
            *(
                f"{each['models'][model]['ndcg']['value']:.4f} ({each['exposure'][model]:.3f})"
                for model in models
            ),
            f"({each['liked_exposure']:.3f})",
        ]
        for each in slices
    ]
    for what in ("accuracy", "exposure"):
        widest = [around(gaps[model][what]) if model in gaps else "" for model in models]
        rows.append([f"widest gap in {what} [95 %]", "", *widest, ""])
    return table(heads, rows)


def around(found: Interval) -> str:
    return f"{found['value']:.4f} [{found['low']:.4f}, {found['high']:.4f}]"


def ratio(pair: dict[str, Any]) -> str:
    if pair["ratio"] is None:
        return "–"
    return f"{pair['ratio']:.3f} [{pair['low']:.3f}, {pair['high']:.3f}]"


def table(heads: list[str], rows: list[list[str]]) -> str:
    """Empty without rows."""
    return "\n".join([header(heads), *map(line, rows)]) if rows else ""


def joined(parts: list[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def header(cells: list[str]) -> str:
    return line(cells) + "\n|" + "-|" * len(cells)


def line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
