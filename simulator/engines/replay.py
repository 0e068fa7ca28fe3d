"""Answers out of an earlier run's record: a finished run re-runs offline, to the byte.

A reply is found by respondent, item, step and try. Where the prompt is not the one that was answered then, nothing is
replayed: an old answer to a new question would be made up. Failures that the record holds fail again in the same way.
Knows no instrument and no server.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from simulator.engines.base import Capability
from simulator.engines.demands import require_all
from simulator.errors import (
    EngineError,
    EngineRefused,
    EngineThrottled,
    EngineUnreachable,
    MalformedCompletion,
)
from simulator.messages import Asked, Completion, Request, hash_messages
from simulator.positions import positions_from_json, scores_from_json
from simulator.store.reader import Reader
from simulator.store.records import ExchangeRow

_Place = tuple[int | None, int, str]
"""Item, try and who speaks."""
_HELD_RESPONDENTS = 512
_FAILURES: dict[str, type[EngineError]] = {
    kind.kind: kind for kind in (EngineUnreachable, EngineThrottled, MalformedCompletion)
}


class ReplayEngine:
    """Replays the record at `record_path`; `name` defaults to "replay".

    Declares what the recorded run used. `verify_prompt` false replays whatever the prompt is now. Raises StoreError and
    its kinds for a file that is no readable record; EngineRefused (not fatal) where the record holds no reply.
    """

    def __init__(self, record_path: str | Path, *, name: str = "replay", verify_prompt: bool = True) -> None:
        self.name = name
        self._path = Path(record_path)
        self._verify_prompt = verify_prompt
        self._reader = Reader(self._path)
        self._closed = False
        run = self._reader.run()
        self.model = f"replay of {run.name}"
        styles = run.manifest.get("styles") or ()
        could = (run.manifest.get("engine") or {}).get("capabilities", ())
        self.capabilities = _used([row.settings for row in self._reader.conditions()], styles, could)
        self._positions = {row.item_id: row.position for row in self._reader.items()}
        self._held: OrderedDict[str, dict[_Place, ExchangeRow]] = OrderedDict()

    async def complete(self, request: Request) -> Completion:
        """The recorded reply to the same question, or the recorded failure."""
        require_all(self, request)
        if request.asked is None:
            raise EngineRefused(
                f"engine {self.name!r}: this request names no respondent and item, so it cannot be found in"
                f" {self._path}; choose another engine for it",
                fatal=False,
            )
        row = self._find(request.asked)
        if self._verify_prompt and row.prompt_hash != hash_messages(request.messages, request.assistant_prefix):
            raise self._missing(request.asked, "was asked with another prompt then; run with the same specification")
        if row.error_kind is not None or row.completion is None:
            raise _failure(row)
        return self._completion(row, request)

    async def close(self) -> None:
        """Let go of the record; may be called again."""
        if not self._closed:
            self._closed = True
            self._reader.close()

    def _find(self, asked: Asked) -> ExchangeRow:
        position = self._positions.get(asked.item_id)
        if position is None and asked.format != "persona":
            raise self._missing(asked, "is not in the recorded instrument; choose a record of this survey")
        exchanges = self._of(asked.respondent_id)
        # The record keeps only the try that wrote the persona, whichever it was.
        found = exchanges.get((None, 0, "generator") if position is None else (position, asked.try_number, asked.step))
        if found is None:
            raise self._missing(asked, "has no reply in the record; was that run complete?")
        return found

    def _of(self, respondent_id: str) -> dict[_Place, ExchangeRow]:
        held = self._held.get(respondent_id)
        if held is None:
            number = respondent_id.removeprefix("r")
            rows = self._reader.exchanges(int(number)) if number.isascii() and number.isdigit() else iter(())
            held = {(row.item, 0 if row.item is None else row.try_number, row.role): row for row in rows}
            self._held[respondent_id] = held
            if len(self._held) > _HELD_RESPONDENTS:
                self._held.popitem(last=False)
        return held

    def _missing(self, asked: Asked, why: str) -> EngineRefused:
        item = f"item {asked.item_id!r}" if asked.item_id else "the persona's writing"
        return EngineRefused(
            f"engine {self.name!r}: {asked.respondent_id}, {item}, try {asked.try_number} {why} ({self._path})",
            fatal=False,
        )

    def _completion(self, row: ExchangeRow, request: Request) -> Completion:
        texts = (row.completion or "", *row.samples)
        assert request.asked is not None
        if len(texts) < request.samples:
            raise self._missing(request.asked, f"has {len(texts)} samples in the record, not {request.samples}")
        positions = () if request.top_logprobs is None else positions_from_json(row.positions)
        if request.top_logprobs is not None and not positions and row.completion:
            raise self._missing(request.asked, "has no log probabilities in the record")
        scored = scores_from_json(row.scored) if request.continuations else ()
        if tuple(one.text for one in scored) != request.continuations:
            raise self._missing(request.asked, "has other scored texts, or none, in the record")
        if request.choices is not None and not set(texts[: request.samples]) <= set(request.choices):
            raise self._missing(request.asked, "was not answered with one of these choices")
        return Completion(
            texts=texts[: request.samples],
            model=self.model,
            finish_reason=row.finish_reason,
            positions=positions,
            scored=scored,
            prompt_tokens=row.prompt_tokens,
            completion_tokens=row.completion_tokens,
            latency_seconds=row.latency_seconds,
            attempts=row.attempts,
            failed_tries=row.failed_tries,
        )


def _failure(row: ExchangeRow) -> EngineError:
    """The failure that was recorded, word for word; a refusal concerned this one request."""
    message = row.error or "the recorded call failed without a reason; ask the question again with another engine"
    kind = _FAILURES.get(row.error_kind or "")
    if kind is None:
        return EngineRefused(message, fatal=False, attempts=row.attempts, failed_tries=row.failed_tries)
    return kind(message, attempts=row.attempts, failed_tries=row.failed_tries)


def _used(
    conditions: Sequence[dict[str, object]], styles: Sequence[dict[str, Any]], could: Collection[str]
) -> frozenset[Capability]:
    """What the recorded run asked of its engine, from its conditions and prompt styles; drawn beams only where that
    engine could.
    """
    used = {Capability.SEED}
    worded: dict[tuple[object, object], Any] = {
        (style.get("name"), language): table for style in styles for language, table in style.items()
    }
    for condition in conditions:
        settings = condition.get("settings")
        beams = settings.get("beams") if isinstance(settings, dict) else None
        draws = condition.get("draws")
        draws_beams = isinstance(draws, dict) and draws.get("beams") is not None and Capability.BEAM_SEARCH in could
        samples = condition.get("samples")
        probe, is_exact = condition.get("probe"), bool(condition.get("exact_labels"))
        wording = worded.get((condition.get("style"), condition.get("language")), ())
        wanted = {
            Capability.SAMPLING: isinstance(samples, int) and samples > 1,
            Capability.TOP_LOGPROBS: probe in ("token-logit", "all") and not is_exact,
            Capability.PROMPT_LOGPROBS: probe in ("sequence", "all") or (probe == "token-logit" and is_exact),
            Capability.STRUCTURED_CHOICE: condition.get("answer_format") == "structured",
            Capability.BEAM_SEARCH: draws_beams or (isinstance(beams, int) and beams > 1),
            Capability.ASSISTANT_PREFIX: "prefix" in wording,
            Capability.RAW_COMPLETION: "completion" in wording,
        }
        used |= {capability for capability, is_wanted in wanted.items() if is_wanted}
    return frozenset(used)
