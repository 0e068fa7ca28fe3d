"""The replies behind verdicts, from a record: where they stand, what was read from them, and what is true of them.

Knows which truth known-truth respondents carry in their words; statistics are `analysis`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from analysis.judge_information import Reference
from analysis.prevalence import KnownErrors
from analysis.responses import recorded_instrument
from analysis.verdict_table import ABSTAIN, FAULT, PASS, Unit, VerdictTable
from simulator.errors import RunSpecError
from simulator.store.reader import Reader


class JudgedReplies(NamedTuple):
    """exchange_of: (respondent, item id) to the exchange that the answer was read from, for judged respondents; codes:
    substantive codes read, by (respondent, exchange), of judged replies; is_ordinal: verdicts are codes of scales.
    """

    exchange_of: dict[tuple[int, str], int]
    codes: dict[tuple[int, int], tuple[int, ...]]
    is_ordinal: bool


def judged_replies(reader: Reader, table: VerdictTable) -> JudgedReplies:
    """Where the judged replies stand, and how they were read."""
    from simulator.option_orders import is_ordered

    instrument = recorded_instrument(reader)
    judged = {(unit.respondent, unit.exchange) for unit in table.units()}
    exchange_of: dict[tuple[int, str], int] = {}
    codes = {}
    items = {}
    for respondent in sorted({number for number, _ in judged}):
        for answer in reader.answers(respondent):
            if answer.exchange is None:
                continue
            item = instrument.items[answer.item]
            exchange_of[respondent, item.id] = answer.exchange
            if (respondent, answer.exchange) in judged:
                substantive = {option.code for option in item.substantive_options}
                codes[respondent, answer.exchange] = tuple(code for code in answer.codes if code in substantive)
                items[item.id] = item
    is_stance = bool(items) and not {PASS, FAULT} & set(table.labels())
    is_ordinal = is_stance and all(item.options and is_ordered(item) for item in items.values())
    return JudgedReplies(exchange_of, codes, is_ordinal)


def planted_truth(reader: Reader, table: VerdictTable, judged: JudgedReplies) -> dict[Unit, str]:
    """The true label of every unit: faults by the words of the reply, stances by the answer read.

    Criteria that known-truth respondents carry no truth of are left out. Raises RunSpecError for other respondents.
    """
    from simulator.engines.synthetic_fault_phrases import FAULTS
    from simulator.engines.synthetic_faults import planted_faults

    engine = reader.run().spec.get("engine", {})
    if engine.get("name") != "synthetic":
        raise RunSpecError(
            f"the respondents of {reader.path} are of engine {engine.get('name')!r}; only known-truth respondents "
            "(engine 'synthetic') carry a planted truth"
        )
    units = table.units()
    texts = {
        (row.respondent, row.number): row.completion or ""
        for respondent in sorted({unit.respondent for unit in units})
        for row in reader.exchanges(respondent)
    }
    truth = {}
    for unit in units:
        place = (unit.respondent, unit.exchange)
        if unit.criterion in FAULTS:
            truth[unit] = FAULT if unit.criterion in planted_faults(texts.get(place, "")) else PASS
        elif unit.criterion == "stance":
            chosen = judged.codes.get(place, ())
            truth[unit] = str(chosen[0]) if chosen else ABSTAIN
    return truth


def errors_of(ruled: Mapping[Unit, str], reference: Reference) -> dict[str, KnownErrors]:
    """Sensitivity and specificity of rulings by criterion, where the reference has both faults and none."""
    found = {}
    for criterion in {unit.criterion for unit in reference.labels}:
        told: dict[str, list[bool]] = {PASS: [], FAULT: []}
        for unit, true in reference.labels.items():
            if unit.criterion == criterion and true in told and ruled.get(unit) in told:
                told[true].append(ruled[unit] == true)
        if all(told.values()):
            n_faulty, n_sound = len(told[FAULT]), len(told[PASS])
            rates = sum(told[FAULT]) / n_faulty, sum(told[PASS]) / n_sound
            found[criterion] = KnownErrors(*rates, n_faulty=n_faulty, n_sound=n_sound)
    return found
