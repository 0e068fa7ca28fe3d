"""Rows as SQLite stores them, and back: NULL for what a row leaves at its default. Knows no connection."""

from __future__ import annotations

import json
from typing import Any

from simulator.store.cells import (
    StoredText,
    integers,
    integers_or_null,
    loaded_json,
    loaded_object,
    loaded_text,
    numbers,
    stored_json,
    stored_text,
    text_or_none,
    text_or_null,
)
from simulator.store.records import (
    EXCHANGES_PER_RESPONDENT,
    AnswerRow,
    ConditionRow,
    ExchangeRow,
    InterviewRow,
    ItemRow,
    ListedRow,
    ProbedRow,
    RespondentRow,
    RunRow,
    SessionRow,
)

Stored = tuple[Any, ...]

_HASH_MODULUS = 1 << 64


def stored_run(row: RunRow) -> Stored:
    """As table `run` has it."""
    spec, manifest, instrument = stored_json(row.spec), stored_json(row.manifest), stored_json(row.instrument)
    name, content_hash = stored_text(row.name), stored_text(row.instrument_hash)
    return (1, name, row.seed, spec, manifest, instrument, content_hash, row.n_respondents)


def loaded_run(stored: Stored) -> RunRow:
    """As `stored_run` stored it."""
    _, name, seed, spec, manifest, instrument, content_hash, n_respondents = stored
    return RunRow(
        name=loaded_text(name),
        seed=seed,
        spec=loaded_object(spec),
        manifest=loaded_object(manifest),
        instrument=loaded_object(instrument),
        instrument_hash=loaded_text(content_hash),
        n_respondents=n_respondents,
    )


def stored_condition(row: ConditionRow) -> Stored:
    """As table `condition` has it."""
    return (row.id, stored_json(row.settings))


def loaded_condition(stored: Stored) -> ConditionRow:
    """As `stored_condition` stored it."""
    return ConditionRow(stored[0], loaded_object(stored[1]))


def stored_item(row: ItemRow) -> Stored:
    """As table `item` has it."""
    return (row.position, stored_text(row.item_id), stored_json(row.content), stored_text(row.content_hash))


def loaded_item(stored: Stored) -> ItemRow:
    """As `stored_item` stored it."""
    position, item_id, content, content_hash = stored
    return ItemRow(position, loaded_text(item_id), loaded_object(content), loaded_text(content_hash))


def loaded_session(stored: Stored) -> SessionRow:
    """One row of table `session`."""
    number, kind, version, started_at, ended_at, outcome, is_searchable, detail, changes = stored
    return SessionRow(
        number,
        kind,
        version,
        started_at,
        ended_at,
        outcome,
        bool(is_searchable),
        text_or_none(detail),
        None if changes is None else loaded_object(changes),
    )


def stored_respondent(row: RespondentRow) -> Stored:
    """As table `respondent` has it."""
    return (
        row.number,
        stored_text(row.persona_id),
        row.condition,
        stored_text(row.strategy),
        stored_json(row.attributes),
        stored_json(row.persona_texts),
        float(row.weight),
        row.memory_length,
        None if row.settings is None else stored_json(row.settings),
    )


def loaded_respondent(stored: Stored) -> RespondentRow:
    """As `stored_respondent` stored it."""
    number, persona_id, condition, strategy, attributes, texts, weight, memory_length, settings = stored
    return RespondentRow(
        number=number,
        persona_id=loaded_text(persona_id),
        condition=condition,
        strategy=loaded_text(strategy),
        attributes=loaded_object(attributes),
        persona_texts=loaded_object(texts),
        weight=weight,
        memory_length=memory_length,
        settings=None if settings is None else loaded_object(settings),
    )


def stored_exchange(row: ExchangeRow) -> Stored:
    """As table `exchange` has it; ValueError if `prompt_hash` is no unsigned 64-bit number."""
    prompt_hash = row.prompt_hash
    if not 0 <= prompt_hash < _HASH_MODULUS:
        raise ValueError(f"prompt_hash {prompt_hash} is not in 0..2**64-1")
    return (
        row.respondent * EXCHANGES_PER_RESPONDENT + row.number,
        row.respondent,
        row.number,
        row.item,
        row.condition,
        row.try_number,
        integers_or_null(row.remembered),
        None if row.order is None else integers(row.order),
        None if row.labels is None else stored_json(row.labels),
        prompt_hash if prompt_hash < 1 << 63 else prompt_hash - _HASH_MODULUS,
        text_or_null(row.completion),
        stored_json(row.samples) if row.samples else None,
        text_or_null(row.positions),
        text_or_null(row.finish_reason),
        row.prompt_tokens,
        row.completion_tokens,
        row.latency_seconds,
        row.attempts,
        text_or_null(row.error_kind),
        text_or_null(row.error),
        None if row.settings is None else stored_json(row.settings),
        None if row.role == "respondent" else row.role,
        stored_json(row.failed_tries) if row.failed_tries else None,
        stored_json([_without_nothing(one) for one in row.listed]) if row.listed else None,
        text_or_null(row.scored),
    )


def _without_nothing(listed: ListedRow) -> tuple[Any, ...]:
    """Number and item alone where the options are shown as the exchange has them."""
    return listed[:2] if listed.order is None and listed.labels is None else listed


def _loaded_listed(stored: StoredText | None) -> tuple[ListedRow, ...]:
    if stored is None:
        return ()
    parts = ((*one, None, None)[:4] for one in loaded_json(stored))
    return tuple(
        ListedRow(number, item, None if order is None else tuple(order), None if labels is None else tuple(labels))
        for number, item, order, labels in parts
    )


def loaded_exchange(stored: Stored) -> ExchangeRow:
    """As `stored_exchange` stored it."""
    _, respondent, number, item, condition, try_number, remembered, order, labels = stored[:9]
    prompt_hash, completion, samples, positions, finish_reason = stored[9:14]
    prompt_tokens, completion_tokens, latency, attempts = stored[14:18]
    error_kind, error, settings, role, failed_tries, listed, scored = stored[18:]
    return ExchangeRow(
        respondent=respondent,
        number=number,
        item=item,
        condition=condition,
        try_number=try_number,
        remembered=numbers(remembered),
        order=None if order is None else numbers(order),
        labels=None if labels is None else tuple(loaded_json(labels)),
        prompt_hash=prompt_hash % _HASH_MODULUS,
        completion=text_or_none(completion),
        samples=() if samples is None else tuple(loaded_json(samples)),
        positions=text_or_none(positions),
        finish_reason=text_or_none(finish_reason),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        latency_seconds=latency,
        attempts=attempts,
        error_kind=text_or_none(error_kind),
        error=text_or_none(error),
        settings=None if settings is None else loaded_object(settings),
        role=role or "respondent",
        failed_tries=() if failed_tries is None else tuple(loaded_json(failed_tries)),
        listed=_loaded_listed(listed),
        scored=text_or_none(scored),
    )


def stored_answer(row: AnswerRow) -> Stored:
    """As table `answer` has it: the first code in `code`, the list in `codes` only if there are several."""
    codes, probabilities = row.codes, row.probabilities
    return (
        row.respondent * EXCHANGES_PER_RESPONDENT + row.item,
        row.respondent,
        row.item,
        row.exchange,
        row.status,
        codes[0] if codes else None,
        integers(codes) if len(codes) > 1 else None,
        text_or_null(row.text),
        stored_text(row.reason) if row.reason else None,
        None if probabilities is None else stored_json(probabilities),
        row.option_mass,
        integers_or_null(row.truncated),
        stored_json([list(one) for one in row.probed]) if row.probed else None,
    )


def loaded_codes(code: int | None, codes: str | None) -> tuple[int, ...]:
    """The codes of an answer from its columns `code` and `codes`."""
    if codes is not None:
        return numbers(codes)
    return () if code is None else (code,)


def loaded_probabilities(stored: str | None) -> dict[int, float] | None:
    """Code → probability from column `probabilities`."""
    if stored is None:
        return None
    return {int(code): probability for code, probability in json.loads(stored).items()}


def loaded_answer(stored: Stored) -> AnswerRow:
    """As `stored_answer` stored it."""
    _, respondent, item, exchange, status, code, codes, text, reason, probabilities, mass, truncated, probed = stored
    return AnswerRow(
        respondent=respondent,
        item=item,
        exchange=exchange,
        status=status,
        codes=loaded_codes(code, codes),
        text=text_or_none(text),
        reason=text_or_none(reason) or "",
        probabilities=loaded_probabilities(probabilities),
        option_mass=mass,
        truncated=numbers(truncated),
        probed=() if probed is None else tuple(_loaded_probed(*one) for one in loaded_json(probed)),
    )


def _loaded_probed(
    probe: str, probabilities: dict[str, float] | None, mass: float | None, truncated: list[int], reason: str
) -> ProbedRow:
    shares = None if probabilities is None else {int(code): share for code, share in probabilities.items()}
    return ProbedRow(probe, shares, mass, tuple(truncated), reason)


def stored_interview(row: InterviewRow) -> Stored:
    """As table `interview` has it."""
    return (row.respondent, row.disposition, row.n_items, row.n_answered)


def loaded_interview(stored: Stored) -> InterviewRow:
    """As `stored_interview` stored it."""
    return InterviewRow(*stored)
