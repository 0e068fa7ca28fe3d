"""What `voxpop show` shows: one transcript, several side by side, or a list of respondents worth reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from simulator.errors import RunSpecError
from simulator.store.reader import Reader
from simulator.store.records import ANSWER_STATUSES, ConditionRow, RespondentRow, respondent_name
from voxpop.conversation import print_side_by_side, print_transcript
from voxpop.terminal import plain_text, print_json, program, stdout
from voxpop.transcript import Transcript, make_transcript
from voxpop.verdict_lines import print_judge_transcript

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
    judge: str | None = None,
    as_json: bool = False,
) -> None:
    """Print what was asked for. Raises RunSpecError where nobody fits, saying what there is."""
    if status is not None and status not in ANSWER_STATUSES:
        raise RunSpecError(f"--status {status!r}: there is no such status; allowed: {', '.join(ANSWER_STATUSES)}")
    with Reader(record) as reader:
        run = reader.run().name
        names = respondents
        if persona is not None:
            names = tuple(respondent_name(row.number) for row in reader.respondents() if row.persona_id == persona)
            if not names:
                raise RunSpecError(f"--persona {persona!r}: nobody in run {run!r} has this persona")
        if names:
            transcripts = [make_transcript(reader, name) for name in names]
            _show_interviews(transcripts, limit=limit, prompts=prompts, judge=judge, as_json=as_json)
            return
        if judge is not None:
            raise RunSpecError(
                f"--judge {judge!r}: of whom? name a respondent: {program()} show {run} r0000 --judge ..."
            )
        check_strategy(reader, strategy)
        if as_json:
            print_json(listed(reader, reader.respondents(text=grep, strategy=strategy, status=status, limit=limit)))
        else:
            people = reader.respondents(text=grep, strategy=strategy, status=status, limit=limit or LISTED)
            rows = listed(reader, people)
            is_full = len(rows) == (limit or LISTED)
            n = reader.count_respondents(text=grep, strategy=strategy, status=status) if is_full else len(rows)
            print_list(rows, run, n - len(rows))


def _show_interviews(
    transcripts: Sequence[Transcript], *, limit: int | None, prompts: bool, judge: str | None, as_json: bool
) -> None:
    """One interview, several side by side, or what one judge was sent about them."""
    if judge is not None:
        check_judge(judge, transcripts)
    if as_json:
        found = [transcript.as_json() for transcript in transcripts]
        print_json(found[0] if len(found) == 1 else found)
    elif judge is not None:
        for transcript in transcripts:
            print_judge_transcript(stdout(), transcript, judge, limit=limit, prompts=prompts)
    elif len(transcripts) == 1:
        print_transcript(stdout(), transcripts[0], limit=limit, prompts=prompts)
    else:
        print_side_by_side(stdout(), transcripts, limit=limit)


def check_judge(judge: str, transcripts: Sequence[Transcript]) -> None:
    """Raise RunSpecError for a judge who judged nothing in these interviews."""
    there = sorted({name for transcript in transcripts for name in transcript.judges})
    if judge not in there:
        raise RunSpecError(f"--judge {judge!r} judged nothing here; judged by {', '.join(there) or 'nobody yet'}")


def check_strategy(reader: Reader, strategy: str | None) -> None:
    """Raise RunSpecError for a strategy that nobody has."""
    if strategy is None:
        return
    there = reader.strategies()
    if strategy not in there:
        raise RunSpecError(f"--strategy {strategy!r}: nobody has it; this run has {', '.join(there) or 'nobody yet'}")


def listed(reader: Reader, respondents: Iterable[RespondentRow]) -> list[dict[str, Any]]:
    """These respondents with arm, ending and counts of their answers by status."""
    arms = arm_names(reader.conditions())
    return [
        {
            "respondent": respondent_name(row.number),
            "persona": row.persona_id,
            "strategy": row.strategy,
            "arm": arms[row.condition],
            "description": next(iter(row.persona_texts.values()), ""),
            "disposition": ending.disposition if (ending := reader.interview(row.number)) else "open",
            "answers": dict(Counter(answer.status for answer in reader.answers(row.number))),
        }
        for row in respondents
    ]


def arm_names(conditions: Sequence[ConditionRow]) -> dict[int, str]:
    """Condition → what sets it apart from the others of its run, apart from the strategy; "" where nothing does."""
    flat = {row.id: _flat(row.settings) for row in conditions}
    keys = [key for key in dict.fromkeys(key for settings in flat.values() for key in settings) if key != "strategy"]
    if all(settings["population"] == settings["strategy"] for settings in flat.values()):
        keys.remove("population")
    varied = [key for key in keys if len({str(settings.get(key)) for settings in flat.values()}) > 1]
    if "ablation" in varied:
        varied = [key for key in varied if key == "ablation" or not _is_told_by_ablation(key, flat)]
    return {
        number: ", ".join(f"{key.replace('memory.kind', 'memory')} {settings.get(key, 'unset')}" for key in varied)
        for number, settings in flat.items()
    }


def _is_told_by_ablation(key: str, flat: dict[int, dict[str, Any]]) -> bool:
    """Whether arms of one ablation agree in this key, so that naming the ablation is enough."""
    told = {(settings.get("ablation"), str(settings.get(key))) for settings in flat.values()}
    return len(told) == len({ablation for ablation, _ in told})


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings as dotted keys."""
    flat: dict[str, Any] = {}
    for key, value in settings.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


def print_list(rows: list[dict[str, Any]], run: str, n_more: int) -> None:
    """The list for a reader."""
    from rich.table import Table

    console = stdout()
    if not rows:
        console.print("Nobody fits.")
        return
    headings = ["respondent", "persona", "arm", "description", "interview", "answers"]
    if not any(row["arm"] for row in rows):
        headings.remove("arm")
    table = Table(box=None, pad_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold", no_wrap=heading in ("respondent", "interview"))
    for row in rows:
        answers = ", ".join(f"{name} {count}" for name, count in row["answers"].items())
        cells = {**row, "interview": row["disposition"], "answers": answers}
        table.add_row(*(plain_text(cells[heading]) for heading in headings))
    console.print(table)
    if n_more > 0:
        console.print(f"… and {n_more} more (--limit)", style="dim")
    console.print(plain_text(f"Read one: {program()} show {run} {rows[0]['respondent']}", "dim"))
