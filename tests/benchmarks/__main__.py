"""python -m tests.benchmarks ROW; without ROW: what there is."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

# before any library starts its threads
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

from tests.benchmarks.record import STATE, Missing, Unfinished, run_row  # noqa: E402
from tests.benchmarks.render import render_document  # noqa: E402
from tests.benchmarks.rows import ROWS  # noqa: E402


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 only when the figures are written; 2 when the row wants to be called again."""
    rows = {row.name: row for row in ROWS}
    if not arguments:
        print("make bench ROW=name measures one of these and writes docs/benchmarks/<name>.json:\n")
        for row in ROWS:
            print(f"  {row.name}\n      {row.sentence}")
        print("  render\n      Nothing anew: writes the tables of docs/benchmarks.md.")
        return 0
    name = arguments[0]
    if name != "render" and name not in rows:
        print(f"no row {name!r}; there are: {', '.join(rows)}, render", file=sys.stderr)
        return 1
    try:
        if (
            os.environ.get("BENCH_SMOKE") and name != "render"
        ):  # of the rows that know it: a try, not a measurement
            print(run_row(rows[name], results=STATE / "smoke", state=STATE / "smoke"))
            return 0
        if name != "render":
            print(run_row(rows[name]))
        render_document()
    except Missing as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    except Unfinished as pause:
        print(f"{name}: {pause}; run again: make bench ROW={name}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"interrupted; the same command goes on: make bench ROW={name}", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
