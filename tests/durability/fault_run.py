"""Interviews by the command line against the fault server, and what their record must show. Knows no test.

`proof` holds each recorded completion against the prompt it belongs to, rebuilt from the record: the server stamps a
reply with a hash of the messages and the seed that it was asked with.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from servers.fixture import LoopbackServer, start, stop

from simulator.rebuild import RebuiltExchange, rebuild_exchanges
from simulator.seeds import seed_for
from simulator.store.reader import Reader
from simulator.store.records import respondent_name
from voxpop.recorded_interview import recorded_interview

sys.path.append(str(Path(__file__).parents[1] / "servers"))  # the server's modules are scripts beside each other

from fault_plan import BOUNDED, EVERY_KIND, LOGPROBS, RECORDED
from loopback_replies import stamp

MAX_ATTEMPTS, CONCURRENCY, ITEMS = 6, 48, 57
KINDS = frozenset(EVERY_KIND)
# Without log probabilities, so that no fault is in vain.
assert not KINDS.intersection(LOGPROBS)
STAMP = re.compile(r"Stamp ([0-9a-f]{16})")
STAMP_TOKEN = re.compile(r"#([0-9a-f]{16})")

SPEC = """
name = "{name}"
seed = 17
[survey]
instrument = "portrait-values"
[population]
strategies = ["city"]
n = {n}
[asking]
answer_format = "{answer_format}"
option_order = "random"
[memory]
kind = "random-prune"
[probe]
name = "{probe}"
[settings]
temperature = 1.0
[engine]
name = "openai_compatible"
base_url = "{base_url}"
model = "loopback-model"
timeout_seconds = {timeout_seconds}
max_attempts = {max_attempts}
max_reply_bytes = 1_000_000
retry_seconds = 0.02
longest_retry_seconds = 0.3
concurrency = 64
[fieldwork]
concurrency = {concurrency}
passes = {passes}
"""


class Ended(NamedTuple):
    """What one call of the command line left behind."""

    status: int
    out: str
    err: str


def voxpop(folder: Path, *arguments: str) -> Ended:
    """The command line as a process of its own, with its runs in `folder`."""
    environment = os.environ | {"VOXPOP_RUNS": str(folder / "runs")}
    environment = {name: value for name, value in environment.items() if not name.startswith("OPENAI_")}
    command = [sys.executable, "-m", "voxpop", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return Ended(done.returncode, done.stdout, done.stderr)


def write_spec(folder: Path, server: LoopbackServer, **settings: Any) -> Path:
    """A specification of interviews on 57 items with explanations and memory."""
    usual = {"name": "faults", "n": 10, "answer_format": "explained", "probe": "text", "timeout_seconds": 8.0}
    usual |= {"max_attempts": MAX_ATTEMPTS, "concurrency": CONCURRENCY, "passes": 4}
    path = folder / "faults.toml"
    path.write_text(SPEC.format(**(usual | {"base_url": server.base_url} | settings)), encoding="utf-8")
    return path


class Proof(NamedTuple):
    """What a record shows. `wrong` counts completions that bear another prompt's stamp, or none; `unlike` the prompts
    that cannot be rebuilt to the byte. `codes` are the answers by respondent and item.
    """

    n_answers: int
    n_calls: int
    n_requests: int
    most_tries: int
    wrong: int
    unlike: int
    by_status: dict[str, int]
    tries: Counter[str]
    mended: Counter[str]
    failed_calls: int
    codes: dict[tuple[int, int], tuple[int, ...]]


def proof(record: Path) -> Proof:
    """Every completion held against its own prompt; failed tries by fault. Fails where an answer is there twice."""
    wrong = unlike = failed = 0
    attempts = list[int]()
    codes: dict[tuple[int, int], tuple[int, ...]] = {}
    tries: Counter[str] = Counter()
    with Reader(record) as reader:
        seed = reader.run().seed
        for respondent in reader.respondents():
            turns = reader.turns(respondent.number)
            answers = [turn.answer for turn in turns if turn.answer is not None]
            assert len({answer.item for answer in answers}) == len(answers)
            codes |= {(respondent.number, answer.item): answer.codes for answer in answers}
            for exchange in rebuild_exchanges(recorded_interview(reader, respondent, turns), turns):
                row = exchange.row
                assert row.attempts == len(row.failed_tries) + (row.completion is not None)
                attempts.append(row.attempts)
                tries.update(row.failed_tries)
                failed += row.error_kind is not None
                unlike += not exchange.is_verbatim
                wrong += row.completion is not None and not bears_stamp(exchange, seed)
        counted = reader.failed_tries()
        by_status = reader.progress().by_status
    assert Counter({one.fault: one.n for one in counted}) == tries
    mended = Counter({one.fault: one.n_mended for one in counted})
    size = len(codes), len(attempts), sum(attempts), max(attempts, default=0)
    return Proof(*size, wrong, unlike, by_status, tries, mended, failed, codes)


def bears_stamp(exchange: RebuiltExchange, seed: int) -> bool:
    """Whether a reply has stamps and all of them are that of the prompt and the seed which it was asked with."""
    row, put = exchange.row, exchange.presentation
    sent = seed_for(seed, respondent_name(row.respondent), put.item_id, "engine", row.try_number)
    messages = [{"role": role, "content": content} for role, content in put.messages]
    found = STAMP.findall(row.completion or "") + STAMP_TOKEN.findall(row.positions or "")
    return bool(found) and set(found) == {stamp(messages, sent)}


def expected_tries(injected: Mapping[str, int]) -> Counter[str]:
    """What a record has to hold of the faults that a server injected, but for those whose effect it cannot count."""
    expected: Counter[str] = Counter()
    for kind, n in injected.items():
        if kind not in BOUNDED:
            expected[RECORDED[kind]] += n
    return expected


def broken_promises(found: Proof, seen: Mapping[str, Any], n_answers: int) -> list[str]:
    """What a record shows that it must not, held against what the server says it did; empty where all is well.

    Everything is exact but three things. A closed door turns away connections that the server never sees, and may cut
    off those in its queue. A second copy of a reply that comes late is taken for the reply to the next request,
    recognized and refused; what the server really said to that request, perhaps a fault, is then seen by nobody. Where
    the copy fell into the middle of that reply (`spoilt`), the mixture is recorded as what it looks like: a body cut
    in half and filled up by the copy is no JSON.
    """
    injected, spoilt, tries = seen["injected"], sum(seen["spoilt"].values()), found.tries
    expected = expected_tries(Counter(injected) - Counter(seen["spoilt"]))
    refused, copies = injected.get("refuse", 0), injected.get("twice", 0) + injected.get("twice-late", 0)
    turned_away = tries["unreachable/refused"]
    cut_off = tries["unreachable/reset"] - expected["unreachable/reset"]
    late = tries["malformed/repeated"] - expected["malformed/repeated"] + tries["malformed/http"]
    unheard = found.n_requests - turned_away - seen["chat_requests"]
    bounded = {"malformed/repeated", "malformed/http", "unreachable/reset", "unreachable/refused"}
    unseen = {fault: expected[fault] - tries[fault] for fault in set(expected) | set(tries) if fault not in bounded}
    promises = {
        "every item is answered once": (found.n_answers, found.by_status) == (n_answers, {"answered": n_answers}),
        "every reply is that to its own prompt": found.wrong == 0,
        "every prompt can be rebuilt": found.unlike == 0,
        "every fault is mended": found.mended == tries,
        "every request is a try in the record": 0 <= unheard <= max(0, cut_off + late - refused),
        "nobody asks more often than allowed": found.most_tries <= MAX_ATTEMPTS,
        "every fault that was met is recorded by kind": sum(max(0, -n) for n in unseen.values()) <= spoilt,
        "faults that were not met were behind a late copy": sum(max(0, n) for n in unseen.values()) <= max(late, 0),
        "no more copies are refused than there were": 0 <= late <= copies,
        "nothing is cut off but by a closing door": refused - late <= cut_off <= refused + turned_away,
        "few are turned away": turned_away <= refused * CONCURRENCY * MAX_ATTEMPTS,
    }
    return [promise for promise, is_kept in promises.items() if not is_kept]


def fault_table(injected: Mapping[str, int], found: Proof) -> list[str]:
    """Faults injected, recorded and mended, as lines of Markdown."""
    lines = ["| fault | injected as | injected | recorded | mended |", "|---|---|---:|---:|---:|"]
    for fault in sorted({*found.tries, *expected_tries(injected)}):
        kinds = [kind for kind in injected if RECORDED.get(kind) == fault]
        n = sum(injected[kind] for kind in kinds)
        shown = ", ".join(sorted(kinds)) or "see below"
        lines.append(f"| `{fault}` | {shown} | {n:,} | {found.tries[fault]:,} | {found.mended[fault]:,} |")
    lines += [f"| | {kind} | {injected[kind]:,} | | |" for kind in BOUNDED if injected.get(kind)]
    total = sum(injected.values()), sum(found.tries.values()), sum(found.mended.values())
    return [*lines, "| **all** | | {:,} | {:,} | {:,} |".format(*total)]


def main() -> int:
    parser = argparse.ArgumentParser(description="Interviews with a faulty server; a JSON report, or what went wrong.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--respondents", type=int, default=351)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--rate", type=float, default=0.2)
    chosen = parser.parse_args()
    process, server = start()
    try:
        server.control(faults_seed=chosen.seed, fault_rate=chosen.rate)
        ended = voxpop(chosen.folder, "run", str(write_spec(chosen.folder, server, n=chosen.respondents)))
        seen = server.seen()
    finally:
        stop(process)
    found = proof(chosen.folder / "runs" / "faults" / "record.sqlite")
    broken = broken_promises(found, seen, chosen.respondents * ITEMS)
    if broken or ended.status:
        table = "\n".join(fault_table(seen["injected"], found))
        print("; ".join(broken), f"exit status {ended.status}", ended.err, table, sep="\n", file=sys.stderr)
        return 1
    counts = {"answers": found.n_answers, "calls": found.n_calls, "requests": seen["chat_requests"]}
    print(json.dumps(counts | {"seed": chosen.seed, "table": fault_table(seen["injected"], found)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
