"""Whether an answer costs the same in short and long interviews, and whether memory stays flat over many.

Surveys of 1 to 1,000 items are put to as many respondents as make 10,000 answers, over HTTP to a zero-latency server,
ten interviews at a time; CPU time of this process per answer, the smallest of several rounds. Then one run of 200,000
answers, whose resident set is read on the way.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from rows import Row, Setting, at_most, cpu_seconds
from zero_server import MODEL, zero_server

from simulator.collector import fewer_collections
from simulator.engines.openai_compatible import OpenAICompatibleEngine
from simulator.fieldwork import Fieldwork, Tally, Task
from simulator.store.records import TurnRows
from simulator.store.writer import Writer
from voxpop.planning import Design, make_design
from voxpop.running import condition_rows, item_rows, run_row
from voxpop.spec import make_spec

IN_FLIGHT = 10
TURNS = 15
ANSWERS = 10_000
ITEMS = (1, 10, 100, 1_000)
MIDDLE = 100
ROUNDS = 2
LONG_RUN = 200_000
RESPONDENTS = 10_000


def survey_file(folder: Path, n_items: int) -> Path:
    """A survey of so many items of equal length."""
    path = folder / f"survey{n_items}.toml"
    items = (
        f'[[items]]\nid = "q{number:04d}"\nformat = "single"\noptions = "agreement"\n'
        f'text = "Statement {number:04d}: the town should spend more on what its people share."\n'
        for number in range(n_items)
    )
    words = ("Agree strongly", "Agree", "Neither agree nor disagree", "Disagree", "Disagree strongly")
    options = ", ".join(f'{{code = {code}, text = "{text}"}}' for code, text in enumerate(words, start=1))
    head = f'id = "growth"\ntitle = "Growth"\n[option_sets.agreement]\noptions = [{options}]\n'
    path.write_text(head + "".join(items), encoding="utf-8")
    return path


def design(survey: Path, n_respondents: int) -> Design:
    """So many respondents on this survey."""
    return make_design(
        make_spec(
            {
                "name": "growth",
                "seed": 13,
                "survey": str(survey),
                "population": {"n": n_respondents, "strategies": ["city"]},
                "asking": {"answer_format": "explained"},
                "memory": {"kind": "random-prune", "max_length": TURNS},
            }
        )
    )


def conducted(
    base_url: str, planned: Design, folder: Path, length: int, on_turn: Callable[[TurnRows], None] | None = None
) -> float:
    """CPU seconds per answer of a whole run into a new record; every memory is `length` turns long."""
    record = folder / "growth.sqlite"
    engine = OpenAICompatibleEngine(MODEL, base_url)
    work = [Task(replace(one, memory_length=length)) for one in planned.interviews()]
    tally = Tally()

    async def run(writer: Writer) -> None:
        with fewer_collections():  # as every run does
            fieldwork = Fieldwork({"default": engine}, writer, concurrency=IN_FLIGHT, tally=tally, on_turn=on_turn)
            outcome = await fieldwork.run(work)
        await engine.close()
        assert outcome.is_complete, outcome.last_failure

    started = cpu_seconds()
    writer = Writer.create(record, run_row(planned, engine), condition_rows(planned), item_rows(planned))
    asyncio.run(run(writer))
    writer.close("complete")
    used = cpu_seconds() - started
    record.unlink()
    return used / tally.items_done


def resident_megabytes() -> float:
    """The resident set now, in 10^6 bytes (Linux)."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def growth_of_memory(base_url: str, folder: Path, n_respondents: int, n_answers: int) -> tuple[float, float, float]:
    """Resident megabytes after a twentieth of the answers and at the end, and CPU seconds per answer."""
    planned = design(survey_file(folder, n_answers // n_respondents), n_respondents)
    seen, sizes = 0, list[float]()

    def watch(turn: TurnRows) -> None:
        nonlocal seen
        seen += turn.answer is not None
        if seen in (n_answers // 20, n_answers) and turn.answer is not None:
            sizes.append(resident_megabytes())

    per_answer = conducted(base_url, planned, folder, TURNS, watch)
    return sizes[0], sizes[1], per_answer


def rows(setting: Setting) -> Iterator[Row]:
    """Cost per answer by number of items, with and without memory; what an interview costs once; the resident set."""
    answers, rounds, long_run = (1_000, 1, 20_000) if setting.quick else (ANSWERS, ROUNDS, LONG_RUN)
    n_respondents = RESPONDENTS // 10 if setting.quick else RESPONDENTS
    middle: dict[int, float] = {}
    with zero_server() as base_url:
        designs = {n: design(survey_file(setting.folder, n), max(answers // n, 1)) for n in ITEMS}
        conducted(base_url, designs[MIDDLE], setting.folder, TURNS)  # warms up
        for length in (TURNS, 0):
            costs = cost_by_items(base_url, designs, setting.folder, length, rounds)
            middle[length] = costs[MIDDLE]
            for n, cost in costs.items():
                what = f"answer, {n:,} items × {designs[n].n_respondents:,} respondents, memory of {length} turns"
                # One item bears all that an interview costs once: that is a row of its own.
                target = at_most(1.15) if n > 1 else None
                yield Row(what, cost, "ms CPU", middle[length], f"with {MIDDLE} items", target)
        # Without memory, so that the prompts are as long in one as in many.
        yield Row("setting up an interview, once", costs[1] - costs[MIDDLE], "ms CPU", costs[MIDDLE], "an answer")
        early, late, per_answer = growth_of_memory(base_url, setting.folder, n_respondents, long_run)
    what = f"answer, {long_run // n_respondents} items × {n_respondents:,} respondents, memory of {TURNS} turns"
    yield Row(what, 1e3 * per_answer, "ms CPU", middle[TURNS], f"with {MIDDLE} items", at_most(1.15))
    grown = f"resident set in that run, {long_run // 20:,} → {long_run:,} answers"
    yield Row(f"{grown}: growth", late - early, "MB", None, "", at_most(60.0, of="value"))
    yield Row(f"{grown}: at the end", late, "MB", early, "early in the run")


def cost_by_items(
    base_url: str, designs: dict[int, Design], folder: Path, length: int, rounds: int
) -> dict[int, float]:
    """Number of items → CPU milliseconds per answer, the smallest of the rounds, which go through all by turns."""
    measured = {n: list[float]() for n in designs}
    for _ in range(rounds):
        for n, planned in designs.items():
            measured[n].append(conducted(base_url, planned, folder, length))
    return {n: 1e3 * min(each) for n, each in measured.items()}
