"""What `voxpop show` shows: one transcript, several side by side, or a list of respondents worth reading."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from simulator.errors import RunSpecError
from simulator.store.reader import Reader
from simulator.store.records import ANSWER_STATUSES, respondent_name
from voxpop.conversation import print_side_by_side, print_transcript
from voxpop.terminal import plain_text, print_json, stdout
from voxpop.transcript import make_transcript

LISTED = 20


def show_respondents(
    record: Path,
    respondents: tuple[str, ...],
    *,
    persona: str | None = None,
    grep: str | None = None,
    strategy: str | None = None,
    status: str | None = None,
    limit: int | None = None,
    prompts: bool = False,
    as_json: bool = False,
) -> None:
    """Print what was asked for. Raises RunSpecError where nobody fits, saying what there is."""
    if status is not None and status not in ANSWER_STATUSES:
        raise RunSpecError(f"--status {status!r}: there is no such status; allowed: {', '.join(ANSWER_STATUSES)}")
    with Reader(record) as reader:
        names = respondents
        if persona is not None:
            names = tuple(respondent_name(row.number) for row in reader.respondents() if row.persona_id == persona)
            if not names:
                raise RunSpecError(f"--persona {persona!r}: nobody in run {reader.run().name!r} has this persona")
        if names:
            transcripts = [make_transcript(reader, name) for name in names]
            if as_json:
                found = [transcript.as_json() for transcript in transcripts]
                print_json(found[0] if len(found) == 1 else found)
            elif len(transcripts) == 1:
                print_transcript(stdout(), transcripts[0], limit=limit, prompts=prompts)
            else:
                print_side_by_side(stdout(), transcripts, limit=limit)
            return
        rows = listed(reader, grep=grep, strategy=strategy, status=status)
        if as_json:
            print_json(rows[:limit])
        else:
            print_list(rows, reader.run().name, limit or LISTED)


def listed(reader: Reader, *, grep: str | None, strategy: str | None, status: str | None) -> list[dict[str, Any]]:
    """Respondents that fit every filter, with counts of their answers by status."""
    there = reader.strategies()
    if strategy is not None and strategy not in there:
        raise RunSpecError(f"--strategy {strategy!r}: nobody has it; this run has {', '.join(there) or 'nobody yet'}")
    found = list(reader.respondents(text=grep, strategy=strategy, status=status))
    counts = status_counts(reader)
    endings = {row.respondent: row.disposition for row in reader.interviews()}
    return [
        {
            "respondent": respondent_name(row.number),
            "persona": row.persona_id,
            "strategy": row.strategy,
            "description": next(iter(row.persona_texts.values()), ""),
            "disposition": endings.get(row.number, "open"),
            "answers": counts.get(row.number, {}),
        }
        for row in found
    ]


def status_counts(reader: Reader) -> dict[int, dict[str, int]]:
    """Answers by status, for every respondent that has any."""
    counts: dict[int, dict[str, int]] = {}
    for batch in reader.answer_batches(("respondent", "status")):
        pairs = np.stack([batch["respondent"], batch["status"]], axis=1)
        for (respondent, status), count in zip(*np.unique(pairs, axis=0, return_counts=True), strict=True):
            by_status = counts.setdefault(int(respondent), {})
            name = ANSWER_STATUSES[int(status)]
            by_status[name] = by_status.get(name, 0) + int(count)
    return counts


def print_list(rows: list[dict[str, Any]], run: str, limit: int) -> None:
    """The list for a reader."""
    from rich.table import Table

    console = stdout()
    if not rows:
        console.print("Nobody fits.")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("respondent", "persona", "description", "interview", "answers"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("respondent", "interview"))
    for row in rows[:limit]:
        answers = ", ".join(f"{name} {count}" for name, count in row["answers"].items())
        cells = (row["respondent"], row["persona"], row["description"], row["disposition"], answers)
        table.add_row(*(plain_text(cell) for cell in cells))
    console.print(table)
    if len(rows) > limit:
        console.print(f"… and {len(rows) - limit} more (--limit)", style="dim")
    console.print(plain_text(f"Read one: voxpop show {run} {rows[0]['respondent']}", "dim"))
