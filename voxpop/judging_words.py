"""What judging says to its user: how it ended, which labels were given, which rubrics there are. Prints and counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from simulator.errors import RunSpecError
from simulator.judges.catalog import find_rubric, rubric_names
from simulator.judges.rubric import ABSTAIN, Criterion, Rubric
from simulator.store.reader import Reader
from voxpop.given_verdicts import recorded_rubrics
from voxpop.terminal import plain_text, print_json, program, stdout

if TYPE_CHECKING:
    from rich.console import Console

    from voxpop.judging import JudgedRun


def judged_facts(judged: JudgedRun, rubric: str) -> dict[str, Any]:
    """How judging ended and what the record now holds by this rubric, as plain data."""
    outcome, tally = judged.outcome, judged.tally
    return {
        "record": str(judged.record),
        "rubric": rubric,
        "replies": judged.n_replies,
        "replies_eligible": judged.n_eligible,
        "judgements": judged.n_wanted,
        "judged_before": judged.n_before,
        "judged_now": outcome.n_verdicts,
        "open": outcome.n_open,
        "calls": tally.calls,
        "failed_calls": tally.failed_calls,
        "by_status": dict(tally.by_status),
        "stopped_by": outcome.stopped_by,
        "gone": {name: str(error) for name, error in outcome.gone.items()},
        "is_complete": outcome.is_complete,
        "labels": label_counts(judged, rubric),
    }


def label_counts(judged: JudgedRun, rubric: str) -> list[dict[str, Any]]:
    """Judge and criterion → how often each label, and each reason why there is none; over all repeats recorded."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    with Reader(judged.record) as reader:
        rubrics = recorded_rubrics(reader, {rubric})
        for row in reader.verdicts(rubric=rubric):
            named = row.label if row.status == "ok" and row.label is not None else f"({row.status})"
            counts.setdefault((row.criterion, row.judge), Counter())[named] += 1
    criteria = rubrics[rubric].criteria if rubric in rubrics else ()
    places = {criterion.id: place for place, criterion in enumerate(criteria)}
    return [
        {"criterion": criterion, "judge": judge, "n": sum(found.values()), "labels": dict(sorted(found.items()))}
        for (criterion, judge), found in sorted(counts.items(), key=lambda one: (places.get(one[0][0], 0), one[0]))
    ]


def print_judged(console: Console, found: dict[str, Any], name: str) -> None:
    """The same for a reader."""
    from rich.table import Table

    state = "complete" if found["is_complete"] else "incomplete"
    console.print(plain_text(f"{name}: judged by {found['rubric']}, {state}", "bold"))
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_row("replies", f"{found['replies']:,} of {found['replies_eligible']:,} that the rubric applies to")
    before = f", {found['judged_before']:,} before" if found["judged_before"] else ""
    made = f"{found['judged_now']:,} now{before}, {found['open']:,} open"
    table.add_row("judgements", f"{found['judgements']:,}: {made}")
    table.add_row("calls", f"{found['calls']:,} ({found['failed_calls']:,} failed)")
    console.print(table)
    if found["labels"]:
        console.print()
        counts = Table(box=None, pad_edge=False)
        for heading in ("criterion", "judge", "verdicts", "labels (all repeats)"):
            counts.add_column(heading, justify="right" if heading == "verdicts" else "left", overflow="fold")
        for row in found["labels"]:
            labels = ", ".join(f"{label} {count:,}" for label, count in row["labels"].items())
            counts.add_row(plain_text(row["criterion"]), plain_text(row["judge"]), f"{row['n']:,}", plain_text(labels))
        console.print(counts)
    if found["replies"]:
        console.print(plain_text(f"Next: {program()} judge agree {name} · {program()} show {name} r0000", "dim"))


def print_rubrics(*, as_json: bool) -> None:
    """The built-in rubrics."""
    from rich.table import Table

    rubrics = [find_rubric(name) for name in rubric_names()]
    if as_json:
        print_json([rubric_facts(rubric) for rubric in rubrics])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("rubric", "judges", "criteria", "order", "languages"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "rubric")
    for rubric in rubrics:
        criteria = ", ".join(criterion.id for criterion in rubric.criteria)
        table.add_row(rubric.id, rubric.title["en"], criteria, rubric.order, ", ".join(rubric.languages))
    stdout().print(table)
    stdout().print(plain_text(f"Read one: {program()} judge show-rubric {rubrics[0].id}", "dim"))


def rubric_facts(rubric: Rubric) -> dict[str, Any]:
    """A rubric as plain data, without the wording around its criteria."""
    facts = asdict(rubric)
    for left_out in ("frame", "data"):
        facts.pop(left_out)
    return facts | {"content_hash": rubric.content_hash}


def print_rubric(name: str, *, language: str | None, as_json: bool) -> None:
    """One rubric. Raises RunSpecError for one that there is not, or a language that it has no wording in."""
    rubric = find_rubric(name)
    if language is not None and language not in rubric.languages:
        raise RunSpecError(f"--language {language!r}: rubric {rubric.id!r} is in {', '.join(rubric.languages)}")
    if as_json:
        print_json(rubric_facts(rubric))
        return
    console = stdout()
    for number, one in enumerate((language,) if language else rubric.languages):
        if number:
            console.print()
        _print_in(console, rubric, one)


def _print_in(console: Console, rubric: Rubric, language: str) -> None:
    rotated = "in changing order" if rubric.is_rotated else "in fixed order"
    console.print(plain_text(f"{rubric.title[language]} · {rubric.id}, version {rubric.version}", "bold"))
    console.print(
        plain_text(f"sees {', '.join(rubric.sees)} · {rubric.order} · labels as {rubric.label_style} {rotated}")
    )
    about = f"items: {', '.join(rubric.formats)} · up to {rubric.max_tries} askings · hash {rubric.content_hash[:12]}"
    console.print(plain_text(about, "dim"))
    for criterion in rubric.criteria:
        console.print()
        console.print(plain_text(f"── {criterion.id} · {criterion.title[language]}", "bold cyan"))
        console.print(plain_text(criterion.definition[language]))
        console.print(plain_text(criterion.question[language], "bold"))
        for label, text in _labels(criterion, language):
            console.print(plain_text(f"  {label}: {text}"))


def _labels(criterion: Criterion, language: str) -> list[tuple[str, str]]:
    if criterion.takes_options:
        labels = [("code of the option", "each answer that the item offers")]
    else:
        labels = [(label.id, label.text[language]) for label in criterion.labels]
    return [*labels, *([(ABSTAIN, criterion.abstain[language])] if criterion.abstain else [])]
