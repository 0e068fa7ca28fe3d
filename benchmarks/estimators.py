"""Analysis of a million answers: CPU time and memory of what a reader asks for, and D-D divergence against scipy.

    python benchmarks/estimators.py JOB RECORD        one job alone, its cost as JSON (as `rows` runs each of them)

Every job is a process of its own, so that its time holds the imports and its memory peak is its own. Knows the public
path: what `voxpop compare` and `voxpop analyze` call, and the estimators on the arrays that `analysis.responses` gives.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from filling import filled
from rows import Row, Setting, at_least, at_most, cpu_seconds, peak_megabytes

import voxpop as vp
from simulator.store.reader import Reader

SECONDS, MEGABYTES = 10.0, 1000.0
N_ANSWERS, N_GROUPS, ROWS_PER_GROUP, N_OPTIONS = 1_000_000, 100_000, 10, 3
N_BASELINE_GROUPS = 400
"""Groups that the scipy implementation is timed on; a hundred thousand would take it many minutes."""


def distributions(record: Path) -> str:
    """Share of every option of every item in each arm, with intervals: `voxpop analyze RUN distributions`."""
    from voxpop.analyzing import analyze_run

    return f"{len(analyze_run(record, 'distributions').rows)} shares"


def frame_distributions(record: Path) -> str:
    """The same from a tidy frame of all answers, as a notebook would."""
    from analysis.option_shares import item_distributions
    from analysis.responses import recorded_instrument

    with Reader(record) as reader:
        instrument = recorded_instrument(reader)
    frame = vp.open_run(record).answers()
    return f"{len(item_distributions(frame, instrument, by='population'))} shares of {len(frame)} answers"


def consistency(_record: Path) -> str:
    """D-D divergence of a hundred thousand groups of ten distributions each."""
    from analysis.dd_divergence import dd_divergence_groups

    found = dd_divergence_groups(*groups(N_GROUPS))
    return f"mean {found.dd.mean():.4f} over {len(found.dd)} groups, {int((~found.converged).sum())} unsettled"


def value_structure(record: Path) -> str:
    """Ranking agreement and Procrustes distance of every respondent's 19 values, each with a bootstrap interval."""
    from analysis.circumplex import theory_circle
    from analysis.ranking import ranking_agreement
    from analysis.responses import recorded_instrument, score_matrix
    from analysis.structure_agreement import structure_agreement
    from analysis.values import center_within_person
    from surveys.values import HUMAN_MEANS

    with Reader(record) as reader:
        scores, items = score_matrix(reader).scores, recorded_instrument(reader).items
    values = list(HUMAN_MEANS)
    centered = center_within_person(scores, [item.dimensions[0] for item in items], values=values, min_items=2)
    rng = np.random.default_rng(1)
    ranking = ranking_agreement(centered, [HUMAN_MEANS[value] for value in values], rng)
    structure = structure_agreement(centered, theory_circle(len(values)), rng)
    return f"{len(scores)} x {len(items)}: rho {ranking.value:.3f}, Procrustes {structure.value:.4f}"


def value_means(record: Path) -> str:
    """Mean of each of the 19 values in each arm with its interval: `voxpop analyze RUN value-means`."""
    from voxpop.analyzing import analyze_run

    return f"{len(analyze_run(record, 'value-means').rows)} means"


def compare(record: Path) -> str:
    """Everything that `voxpop compare` prints, computed and laid out."""
    return f"{len(str(vp.compare(record)).splitlines())} lines"


JOBS: dict[str, Callable[[Path], str]] = {
    "distributions": distributions,
    "frame_distributions": frame_distributions,
    "consistency": consistency,
    "value_structure": value_structure,
    "value_means": value_means,
    "compare": compare,
}
TITLES = {
    "distributions": "distributions with intervals (analyze)",
    "frame_distributions": "distributions with intervals (tidy frame)",
    "consistency": "D-D divergence of 100,000 groups",
    "value_structure": "value ranking and structure with bootstrap intervals",
    "value_means": "19 value means with bootstrap intervals (analyze)",
    "compare": "compare, two arms",
}


def groups(n_groups: int) -> tuple[Any, Any]:
    """Random answer distributions, ten in each group, and their group numbers; the first groups are always the same."""
    rng = np.random.default_rng(20)
    return rng.dirichlet(np.full(N_OPTIONS, 0.5), n_groups * ROWS_PER_GROUP), np.repeat(
        np.arange(n_groups), ROWS_PER_GROUP
    )


def dd_by_optimizer(rows: Any) -> float:
    """D-D divergence of one group as one would write it with scipy: its centroid by `minimize` over softmax weights."""
    from scipy.optimize import minimize
    from scipy.spatial.distance import jensenshannon
    from scipy.special import softmax

    def total(logits: Any) -> float:
        return float((jensenshannon(rows, softmax(logits)[None, :], axis=1) ** 2).sum())

    start = np.log(rows.mean(axis=0))
    best = minimize(total, start, method="BFGS", options={"gtol": 1e-7})  # the default leaves 1e-6
    return float(np.mean(jensenshannon(rows, softmax(best.x)[None, :], axis=1)))


def apart(job: str, record: Path) -> dict[str, float]:
    """CPU seconds, wall seconds and peak megabytes of one job in a fresh process; SystemExit if it fails."""
    done = subprocess.run([sys.executable, __file__, job, str(record)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{job}: {done.stderr}")
    found: dict[str, float] = json.loads(done.stdout)
    return found


def rows(setting: Setting) -> Iterator[Row]:
    record = filled(setting, 100_000 if setting.quick else N_ANSWERS)
    for job, title in TITLES.items():
        cost = apart(job, record)
        yield Row(title, cost["cpu"], "s CPU", target=at_most(SECONDS, "value"))
        yield Row(
            f"— peak memory ({cost['wall']:.1f} s by the clock)", cost["peak"], "MB", target=at_most(MEGABYTES, "value")
        )
    yield from dd_rows(100 if setting.quick else N_BASELINE_GROUPS)


def dd_rows(n_baseline: int) -> Iterator[Row]:
    """D-D divergence of all groups beside scipy's on the first `n_baseline` of them, and how far the results differ."""
    from analysis.dd_divergence import dd_divergence_groups

    distributions, numbers = groups(N_GROUPS)
    dd_by_optimizer(distributions[:ROWS_PER_GROUP])  # its imports are not what is measured
    found, ours = dd_divergence_groups(distributions, numbers), 0.0  # once to get memory from the system
    for _ in range(3):
        began = cpu_seconds()
        found = dd_divergence_groups(distributions, numbers)
        ours = max(ours, N_GROUPS / (cpu_seconds() - began))
    blocks = distributions[: n_baseline * ROWS_PER_GROUP].reshape(n_baseline, ROWS_PER_GROUP, N_OPTIONS)
    began = cpu_seconds()
    theirs = [dd_by_optimizer(block) for block in blocks]
    per_second = n_baseline / (cpu_seconds() - began)
    gap = float(np.abs(np.array(theirs) - found.dd[:n_baseline]).max())
    what = f"scipy.optimize.minimize on {n_baseline} of the groups"
    yield Row("D-D divergence, groups per CPU second", ours, "/s", per_second, what, at_least(100))
    yield Row("— largest difference from scipy's result", gap, "", target=at_most(1e-6, "value"))


def main() -> None:
    job, record = sys.argv[1:]
    began = time.perf_counter()
    said = JOBS[job](Path(record))
    cost = {"cpu": cpu_seconds(), "wall": time.perf_counter() - began, "peak": peak_megabytes()}
    print(said, file=sys.stderr)
    print(json.dumps(cost))


if __name__ == "__main__":
    main()
