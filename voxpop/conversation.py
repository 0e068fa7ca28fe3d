"""A transcript printed as a conversation, alone or two side by side. Untrusted text goes through `terminal.safe`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from analysis.visible_text import safe
from voxpop.decoding_words import drawn_words
from voxpop.terminal import plain_text
from voxpop.verdict_lines import verdict_parts

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from voxpop.transcript import Call, Recollection, Transcript, Turn

STATUS_STYLE = {"answered": "green", "refused": "yellow", "dont_know": "yellow", "unparsed": "red", "error": "red"}
NAMED_MEMORIES = 6


def print_transcript(
    console: Console, transcript: Transcript, *, limit: int | None = None, prompts: bool = False
) -> None:
    """The whole interview, or its first `limit` items; `prompts` adds every message that was sent."""
    console.print(header(transcript))
    for call in transcript.lists:
        console.print()
        for part in list_parts(call, prompts=prompts):
            console.print(part)
    if transcript.lists:
        console.print()
    shown = transcript.turns if limit is None else transcript.turns[:limit]
    for turn in shown:
        if transcript.lists:
            console.print(listed_line(turn))
            continue
        console.print()
        for part in turn_parts(turn, prompts=prompts):
            console.print(part)
    if len(shown) < len(transcript.turns):
        console.print(f"\n… {len(transcript.turns) - len(shown)} more items", style="dim")


def print_side_by_side(console: Console, transcripts: Sequence[Transcript], *, limit: int | None = None) -> None:
    """Interviews in columns, aligned by item."""
    from rich.table import Table

    table = Table(expand=True, show_lines=True, pad_edge=False)
    for transcript in transcripts:
        table.add_column(plain_text(f"{transcript.respondent} · {transcript.persona_id}"), ratio=1, overflow="fold")
    table.add_row(*(introduction(transcript) for transcript in transcripts))
    if any(transcript.lists for transcript in transcripts):
        lists = [[part for call in transcript.lists for part in list_parts(call)] for transcript in transcripts]
        table.add_row(*map(_group, lists))
    by_item = [{turn.item: turn for turn in transcript.turns} for transcript in transcripts]
    items = list(dict.fromkeys(turn.item for transcript in transcripts for turn in transcript.turns))
    for item in items if limit is None else items[:limit]:
        cells: list[RenderableType] = []
        for turns in by_item:
            turn = turns.get(item)
            cells.append(_group(turn_parts(turn)) if turn else plain_text(f"{item}: not asked", "dim"))
        table.add_row(*cells)
    console.print(table)
    if limit is not None and len(items) > limit:
        console.print(f"… {len(items) - limit} more items", style="dim")


def header(transcript: Transcript) -> RenderableType:
    """Who is interviewed and how, in a frame."""
    from rich.panel import Panel

    strategy = transcript.condition["strategy"]
    title = plain_text(f"{transcript.respondent} · {transcript.persona_id} · {strategy}")
    return Panel(introduction(transcript), title=title, title_align="left")


def introduction(transcript: Transcript) -> RenderableType:
    """Who is interviewed and how."""
    from rich.text import Text

    condition = transcript.condition
    memory = condition["memory"]["kind"]
    if memory not in ("none", "full"):
        memory += f", at most {transcript.memory_length} turns"
    drawn = f"drawn: {drawn_words(transcript.drawn_settings)} · " if transcript.drawn_settings else ""
    abstain = condition.get("abstain", "as-is")
    abstaining = "" if abstain == "as-is" else f", no answer {abstain}"
    style = "" if condition["style"] == "default" else f"style {condition['style']} · "
    text = Text()
    text.append(safe(transcript.persona or "(no persona)") + "\n", style="bold")
    facts = ", ".join(f"{key}: {value}" for key, value in transcript.attributes.items() if not isinstance(value, bool))
    if facts:
        text.append(safe(facts) + "\n", style="dim")
    protocol = condition.get("protocol", {})
    if protocol.get("kind", "interview") != "interview":
        text.append(safe(f"protocol: {protocol_words(protocol)}\n"), style="dim")
    text.append(
        safe(
            f"memory: {memory} · {style}options {condition['option_order']}, "
            f"labels {condition['labels']}{abstaining} · "
            f"answer as {condition['answer_format']} · probe {condition['probe']} · {drawn}"
            f"interview {transcript.disposition}"
        ),
        style="dim",
    )
    return text


def protocol_words(protocol: Mapping[str, Any]) -> str:
    """A protocol in words: its name, how many it lists, its form, whether there is a vote."""
    parts = [str(protocol["name"])]
    if protocol["form"]:
        parts.append(f"form {protocol['form']}")
    if protocol["list_size"]:
        parts.append(f"lists of {protocol['list_size']}")
    if protocol.get("battery_size"):
        parts.append(f"{protocol['battery_size']} items at a time")
    return ", ".join([*parts, *(["with a vote"] if protocol["vote"] else [])])


def turn_parts(turn: Turn, *, prompts: bool = False) -> Iterable[RenderableType]:
    """One item: question, memory, reply, reading, verdicts."""
    number = "" if turn.number is None else f"{turn.number}. "
    yield plain_text(f"── {number}{turn.item}" + (f" · {turn.topic}" if turn.topic else ""), "bold cyan")
    for call in turn.calls:
        yield from call_parts(call, prompts=prompts)
    yield reading_line(turn)
    for call in turn.calls:
        yield from verdict_parts(call.verdicts, prompts=prompts)


def call_parts(call: Call, *, prompts: bool) -> Iterable[RenderableType]:
    """One asking of an item."""
    if call.step is not None:
        yield plain_text(f"{call.step}:", "magenta")
    if prompts:
        for role, content in call.prompt:
            yield plain_text(f"[{role}]", "magenta")
            yield plain_text(content)
    elif call.try_number == 0 or call.listed:
        if call.step is None and not call.listed:
            yield plain_text(memory_line(call), "dim")
        yield plain_text(call.question)
    else:
        yield plain_text(f"(asked again, try {call.try_number + 1})", "dim")
    if call.error is not None:
        yield plain_text(f"✗ {call.error}", "red")
    else:
        if call.begun is not None and not prompts:
            yield plain_text(f"(the reply was begun: {call.begun})", "dim")
        yield plain_text(f"» {call.reply}", "bold")
    for sample in call.further_samples:
        yield plain_text(f"» {sample}", "dim")
    yield plain_text("  " + paradata_line(call), "dim")


def list_parts(call: Call, *, prompts: bool = False) -> Iterable[RenderableType]:
    """One list of a battery as it was put, the reply, and what was wrong with it."""
    n = len(call.listed)
    again = f", asked again (try {call.try_number + 1})" if call.try_number else ""
    yield plain_text(f"── list of {n} item{'' if n == 1 else 's'}{again}", "bold cyan")
    yield from call_parts(call, prompts=prompts)
    if call.faults:
        faults = ", ".join(f"{kind} {count}" for kind, count in call.faults.items())
        yield plain_text(f"  faults of the list: {faults}", "dim")


def listed_line(turn: Turn) -> RenderableType:
    """One item of a battery in a line: its number, how it was read, and from which list."""
    from rich.text import Text

    number = "" if turn.number is None else f"{turn.number}. "
    where = "" if turn.exchange is None else f" · exchange {turn.exchange}"
    return Text.assemble(plain_text(f"{number}{turn.item} ", "cyan"), reading_line(turn), (where, "dim"))


def memory_line(call: Call) -> str:
    """What was remembered and what had been forgotten by then."""
    if not call.remembered and not call.forgotten:
        return "remembers nothing yet"
    return f"remembers {_named(call.remembered)} · forgot {_named(call.forgotten)}"


def _named(recollections: Sequence[Recollection]) -> str:
    if not recollections:
        return "nothing"
    names = [at.item for at in recollections[-NAMED_MEMORIES:]]
    more = f"{len(recollections) - NAMED_MEMORIES} more, " if len(recollections) > NAMED_MEMORIES else ""
    return f"{len(recollections)} ({more}{', '.join(names)})"


def paradata_line(call: Call) -> str:
    """Tokens, latency and attempts of a call, as far as the engine reported them."""
    parts = [f"exchange {call.exchange}"]
    if call.prompt_tokens is not None or call.completion_tokens is not None:
        parts.append(f"{_count(call.prompt_tokens)} + {_count(call.completion_tokens)} tokens")
    if call.latency_seconds is not None:
        parts.append(f"{call.latency_seconds:.2f} s")
    if call.attempts > 1:
        parts.append(f"{call.attempts} attempts")
    parts.append("prompt verified" if call.is_verbatim else "prompt DIFFERS from the one sent")
    return " · ".join(parts)


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else str(tokens)


def reading_line(turn: Turn) -> Text:
    """How the reply was read and why."""
    from rich.text import Text

    text = Text("→ ")
    text.append(turn.status or "open", style=STATUS_STYLE.get(turn.status or "", "dim"))
    if turn.status == "answered":
        codes = ", ".join(map(str, turn.codes))
        text.append(safe(f" {codes + ': ' if codes else ''}{turn.answer}"))
    if turn.reason:
        text.append(safe(f" ({turn.reason})"), style="dim")
    if turn.probabilities:
        shares = ", ".join(f"{code}: {share:.3f}" for code, share in turn.probabilities.items())
        text.append(f" · p {shares}", style="dim")
    return text


def _group(parts: Iterable[RenderableType]) -> RenderableType:
    from rich.console import Group

    return Group(*parts)
