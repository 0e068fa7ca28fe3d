"""The parameters of known-truth respondents and judges, and the faults that can be planted, from the code."""

from __future__ import annotations

from generators.markdown import code, table
from simulator.engines.synthetic_fault_phrases import BANKS, ENGLISH, FAULTS
from simulator.engines.synthetic_judge_truth import judge_parameter_table
from simulator.engines.synthetic_truth import parameter_table

HEADINGS = ["parameter", "default", "unit", "meaning"]


def respondent_parameters() -> str:
    """Everything that can be planted in known-truth respondents."""
    return table(HEADINGS, [[code(name), *rest] for name, *rest in parameter_table()])


def judge_parameters() -> str:
    """Everything that can be planted in a known-truth judge."""
    return table(HEADINGS, [[code(name), *rest] for name, *rest in judge_parameter_table()])


def planted_faults() -> str:
    """Every fault with the first English sentence of each way to commit it."""
    rows = []
    for fault, about in FAULTS.items():
        examples = [getattr(ENGLISH, field)[0].format(a="2", b="3") for field in BANKS[fault]]
        rows.append([code(fault), about, " / ".join(f"“{example}”" for example in examples)])
    return table(["fault", "is", "as in"], rows)
