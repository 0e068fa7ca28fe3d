"""Verdicts printed under what they judge, and a judge's own prompts and replies as a conversation.

Untrusted text (a judge's words, names of judges, rubrics) goes through `terminal.safe`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from analysis.visible_text import safe
from voxpop.terminal import plain_text

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from voxpop.given_verdicts import GivenVerdict, JudgeCall
    from voxpop.transcript import Transcript, Turn

STATUS_STYLE = {"ok": "green", "unreadable": "red", "refused": "yellow", "error": "red"}
LABEL_STYLE = {"fault": "red", "pass": "green", "abstain": "yellow"}
SHORT = 160


def verdict_parts(verdicts: Sequence[GivenVerdict], *, prompts: bool = False) -> Iterable[RenderableType]:
    """The verdicts on one exchange: a line for each criterion's label, the reasons behind it."""
    for rubric, of_rubric in groupby(verdicts, key=lambda one: one.rubric):
        yield plain_text(f"  judged by {rubric}", "magenta")
        for verdict in of_rubric:
            yield verdict_line(verdict)
            if prompts:
                for call in verdict.calls:
                    yield from judge_call_parts(call)


def verdict_line(verdict: GivenVerdict, *, is_whole: bool = False) -> RenderableType:
    """Criterion, judge, label and reasons in one line, the reasons shortened unless `is_whole`."""
    from rich.text import Text

    text = Text("  · ", style="")
    text.append(safe(verdict.criterion), style="bold")
    label = verdict.label if verdict.status == "ok" else verdict.status or "open"
    style = LABEL_STYLE.get(verdict.label or "", STATUS_STYLE.get(verdict.status or "", "dim"))
    text.append(safe(f" {label}"), style=style)
    if verdict.label_text and verdict.label not in LABEL_STYLE:
        text.append(safe(f": {verdict.label_text}"))
    text.append(safe(f" · {verdict.judge}" + (f", repeat {verdict.repeat}" if verdict.repeat else "")), style="dim")
    reasons = verdict.rationale if is_whole else _shortened(verdict.rationale)
    if reasons:
        text.append(safe(f" · {reasons}"), style="dim italic")
    return text


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHORT else flat[: SHORT - 1].rstrip() + "…"


def judge_call_parts(call: JudgeCall, *, is_whole: bool = True) -> Iterable[RenderableType]:
    """One call to a judge: what it was sent, what came back, and what it cost."""
    if call.try_number:
        yield plain_text(f"(asked again, try {call.try_number + 1})", "dim")
        if not is_whole:  # the reminder is the last paragraph
            yield plain_text("… " + call.prompt[-1][1].rpartition("\n\n")[2])
    for role, content in call.prompt if is_whole or not call.try_number else ():
        yield plain_text(f"[{role}]", "magenta")
        yield plain_text(content)
    if call.error is not None:
        yield plain_text(f"✗ {call.error}", "red")
    if call.reply is not None:
        yield plain_text(f"» {call.reply}", "bold")
    yield plain_text("  " + judge_paradata(call), "dim")


def judge_paradata(call: JudgeCall) -> str:
    """Labels as shown, tokens, latency and attempts, as far as the engine reported them."""
    parts = ["labels shown " + ", ".join(mark if mark == name else f"{mark} = {name}" for mark, name in call.labels)]
    if call.prompt_tokens is not None or call.completion_tokens is not None:
        counts = ("?" if count is None else str(count) for count in (call.prompt_tokens, call.completion_tokens))
        parts.append(f"{' + '.join(counts)} tokens")
    if call.latency_seconds is not None:
        parts.append(f"{call.latency_seconds:.2f} s")
    if call.attempts > 1:
        parts.append(f"{call.attempts} attempts")
    parts.append("prompt verified" if call.is_verbatim else "prompt DIFFERS from the one sent")
    return " · ".join(parts)


def print_judge_transcript(
    console: Console, transcript: Transcript, judge: str, *, limit: int | None = None, prompts: bool = False
) -> None:
    """What one judge was sent about an interview and what it replied, item by item; `limit` items of it.

    Of a judgement asked again, the line that was added; the whole prompt with `prompts`.
    """
    judged = [turn for turn in transcript.turns if any(_of_judge(turn, judge))]
    console.print(plain_text(f"{judge} on {transcript.respondent} · {transcript.persona_id}", "bold"))
    for turn in judged if limit is None else judged[:limit]:
        console.print()
        console.print(plain_text(f"── {turn.item}" + (f" · {turn.topic}" if turn.topic else ""), "bold cyan"))
        for verdict in _of_judge(turn, judge):
            repeat = f" · repeat {verdict.repeat}" if verdict.repeat else ""
            console.print(
                plain_text(f"─ {verdict.rubric} · {verdict.criterion}: {verdict.criterion_title}{repeat}", "cyan")
            )
            for call in verdict.calls:
                for part in judge_call_parts(call, is_whole=prompts):
                    console.print(part)
            console.print(verdict_line(verdict, is_whole=True))
    if limit is not None and len(judged) > limit:
        console.print(f"\n… {len(judged) - limit} more items", style="dim")


def _of_judge(turn: Turn, judge: str) -> Iterable[GivenVerdict]:
    return (verdict for call in turn.calls for verdict in call.verdicts if verdict.judge == judge)
