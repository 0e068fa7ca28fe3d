"""Does every estimator find what was planted? Known-truth respondents, the whole path, many seeds.

    python benchmarks/recovery.py [--seeds 100] [--jobs 2] [--write docs/known-truth.md]

Every run goes population -> graph -> presentation -> parsing -> memory -> record -> reader -> estimator, and every seed
has a world of its own (item difficulties, support for topics). Printed for each planted size: the true target, mean and
spread of the estimates, mean width of the 95 % interval, how many intervals cover the target and how many contain zero.
Exit status 1 if an estimator covers its target in fewer than 90 % of runs.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import voxpop as vp
from analysis.clusters import ClusteredEstimate
from analysis.memory_assimilation import memory_assimilation
from analysis.persona_effect import persona_effect
from analysis.response_styles import acquiescence, first_option_preference
from analysis.style_tables import remembered_answers, shown_positions, yes_no_answers
from analysis.values import center_within_person
from simulator.engines.synthetic_expectation import expected_scores
from simulator.engines.synthetic_truth import known_truth_from_options
from simulator.messages import Asked, ShownOption
from simulator.store.reader import Reader
from surveys.instrument import Instrument
from surveys.serialize import instrument_from_json
from surveys.values import VALUE_CODES, VALUE_POSITION

BEGIN, END = "<!-- begin: {} (generated) -->", "<!-- end: {} -->"
REQUIRED_COVERAGE = 0.9


class Finding(NamedTuple):
    """What one estimator found in one run, and what it should have found."""

    quantity: str
    planted: float
    target: float
    found: ClusteredEstimate


class Plan(NamedTuple):
    """One kind of run: what is planted, who is asked what, and how it is read."""

    planted: dict[str, float]
    design: dict[str, Any]
    read: Callable[[Reader, dict[str, float]], list[Finding]]


def read_opinions(reader: Reader, planted: dict[str, float]) -> list[Finding]:
    """Yes-saying and first-option preference from the same yes/no answers."""
    answers, shown = yes_no_answers(reader), shown_positions(reader)
    yes = acquiescence(*answers)
    first = first_option_preference(shown.position, shown.n_options, shown.respondents)
    return [
        Finding("acquiescence", planted["acquiescence"], planted["acquiescence"], yes),
        Finding("first_option", planted["first_option"], planted["first_option"], first),
    ]


def read_anchors(reader: Reader, planted: dict[str, float]) -> list[Finding]:
    """The own-anchor contrast of centered value scores; its target is the same contrast of expected scores."""
    instrument = instrument_from_json(reader.run().instrument)
    people = list(reader.respondents())
    row_of = {person.number: row for row, person in enumerate(people)}
    scores = np.full((len(people), len(instrument.items)), np.nan)
    for answer in reader.answers():
        if answer.status == "answered":
            score = instrument.items[answer.item].keyed_score(answer.codes[0])
            scores[row_of[answer.respondent], answer.item] = np.nan if score is None else score
    value_of_item = [item.dimensions[0] for item in instrument.items]
    anchors = np.array([VALUE_POSITION[person.attributes["anchor"]] for person in people])
    expected = expected_scores(
        known_truth_from_options(planted), asked_items(instrument), [person.attributes for person in people]
    )
    found, target = (
        persona_effect(center_within_person(table, value_of_item, values=VALUE_CODES, min_items=2), anchors).own_anchor
        for table in (scores, expected)
    )
    return [Finding("persona_effect", planted["persona_effect"], target.estimate, found)]


def read_memory(reader: Reader, planted: dict[str, float]) -> list[Finding]:
    """Copying from randomly pruned memory."""
    table = remembered_answers(reader)
    found = memory_assimilation(table.codes, table.option_sets, table.remembered)
    return [Finding("assimilation", planted["assimilation"], planted["assimilation"], found)]


def asked_items(instrument: Instrument) -> list[Asked]:
    """The items as facts without a respondent, options in file order."""
    return [
        Asked(
            run_seed=0,
            respondent_id="",
            persona_id="",
            strategy="",
            attributes={},
            item_id=item.id,
            format=item.format.value,
            options=tuple(
                ShownOption(str(option.code), option.code, instrument.text_in(option.text, "en"), option.score)
                for option in item.options
            ),
            dimensions=item.dimensions,
            key=-1 if item.reverse_keyed else 1,
            topic=item.topic,
            question_id=item.question_id,
        )
        for item in instrument.items
    ]


OPINIONS = {
    "survey": "civic-topics",
    "population": vp.Population(strategy="city", n=12, country=("US",)),
    "asking": {"option_order": "random-per-item"},
    "memory": {"kind": "none"},
}
ANCHORS = {
    "survey": "portrait-values",
    "population": vp.Population(strategy="value-anchor", n=57),
    "memory": {"kind": "none"},
}
MEMORY = {
    "survey": "portrait-values",
    "population": vp.Population(strategy="city", n=60, country=("US",)),
    "asking": {"answer_format": "explained"},
    "memory": {"kind": "random-prune", "max_length": 15},
}
PLANS = (
    Plan({"acquiescence": 0.0, "first_option": 0.1}, OPINIONS, read_opinions),
    Plan({"acquiescence": 0.15, "first_option": 0.0}, OPINIONS, read_opinions),
    Plan({"acquiescence": 0.3, "first_option": 0.25}, OPINIONS, read_opinions),
    *(Plan({"persona_effect": size}, ANCHORS, read_anchors) for size in (0.0, 0.4, 1.0)),
    *(Plan({"assimilation": size}, MEMORY, read_memory) for size in (0.0, 0.15, 0.35)),
)


def carry_out(job: tuple[int, int]) -> list[Finding]:
    """One run of plan number `job[0]`, number `job[1]`; a few answers are refused or unreadable, as in real runs."""
    # No two plans share a seed: their rows are evidence of their own.
    plan, seed = PLANS[job[0]], 10_000 * job[0] + job[1]
    planted = {**plan.planted, "world": seed}
    with tempfile.TemporaryDirectory() as folder:
        options = {**planted, "refusal": 0.01, "unreadable": 0.02}
        run = vp.simulate(
            **plan.design, seed=seed, record=Path(folder) / "record.sqlite", engine="synthetic", engine_options=options
        )
        with Reader(run.record) as reader:
            return plan.read(reader, planted)


def table_rows(findings: list[Finding]) -> tuple[list[str], float]:
    """Rows of the table (Markdown), and the lowest coverage among them."""
    groups: dict[tuple[str, float], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.quantity, finding.planted), []).append(finding)
    rows = [
        "| planted | size | target | mean estimate | sd of estimates | mean interval width | intervals covering target "
        "| intervals containing 0 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lowest = 1.0
    for (quantity, planted), group in sorted(groups.items()):
        estimates = np.array([one.found.estimate for one in group])
        width = np.mean([one.found.high - one.found.low for one in group])
        covered = sum(one.found.low <= one.target <= one.found.high for one in group)
        zero = sum(one.found.low <= 0 <= one.found.high for one in group)
        lowest = min(lowest, covered / len(group))
        target = np.mean([one.target for one in group])
        numbers = [
            f"{planted:g}",
            f"{target:.3f}",
            f"{estimates.mean():.3f}",
            f"{estimates.std(ddof=1):.3f}",
            f"{width:.3f}",
        ]
        rows.append(f"| {quantity} | {' | '.join(numbers)} | {covered} of {len(group)} | {zero} of {len(group)} |")
    return rows, lowest


def write_between(page: Path, name: str, lines: list[str]) -> None:
    """Replace what stands between the markers of `name` in `page`."""
    text = page.read_text(encoding="utf-8")
    begin, end = BEGIN.format(name), END.format(name)
    if begin not in text or end not in text:
        raise SystemExit(f"{page}: the markers of {name!r} are missing: {begin} ... {end}")
    before, rest = text.split(begin, 1)
    after = rest.split(end, 1)[1]
    page.write_text(before + "\n".join([begin, "", *lines, "", end]) + after, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Recovery of planted effects by every estimator.")
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--write", type=Path, help="page whose generated tables are replaced")
    chosen = parser.parse_args()
    jobs = [(plan, seed) for seed in range(1, chosen.seeds + 1) for plan in range(len(PLANS))]
    started = time.perf_counter()
    findings = []
    with multiprocessing.get_context("spawn").Pool(chosen.jobs) as pool:
        for done, found in enumerate(pool.imap_unordered(carry_out, jobs), start=1):
            findings += found
            if sys.stderr.isatty():
                print(f"\r{done} of {len(jobs)} runs", end="", file=sys.stderr)
    rows, lowest = table_rows(findings)
    print("\n".join(rows))
    print(f"{len(jobs)} runs in {time.perf_counter() - started:.0f} s; lowest coverage {lowest:.0%}", file=sys.stderr)
    if chosen.write:
        command = f"`python benchmarks/recovery.py --seeds {chosen.seeds} --write {chosen.write.as_posix()}`"
        write_between(chosen.write, "recovery", [f"Made by {command}.", "", *rows])
    return 0 if lowest >= REQUIRED_COVERAGE else 1


if __name__ == "__main__":
    raise SystemExit(main())
