"""Writes docs/estimators.md from the estimators themselves: docstrings, signatures and computed examples.

Run `python docs/generators/estimators.py` after changing an estimator; a test compares the page with what this makes.
"""

from __future__ import annotations

import importlib
import inspect
import re
import typing
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import numpy as np
import pandas as pd

from simulator.store.reader import Reader

PAGE = Path(__file__).resolve().parents[1] / "estimators.md"

FAMILIES = {
    "divergence": "Distance between answer distributions",
    "agreement": "Agreement of raters",
    "agreement_intervals": "Agreement of raters, with intervals",
    "judge_agreement": "Agreement of judges",
    "judge_information": "Judges that tell nothing",
    "insensitivity": "Rates of faulty replies",
    "prevalence": "True shares behind imperfect verdicts",
    "correlation": "Correlations",
    "values": "Value scores and rankings",
    "ranking": "Agreement of value rankings, with intervals",
    "circumplex": "Value structure",
    "structure_agreement": "Likeness of value structure, with its interval",
    "matrix_agreement": "Agreement of correlation matrices, with its interval",
    "circular_order": "Circular order on a map",
    "correspondence": "Circular order of correlations",
    "mds": "Multidimensional scaling",
    "noise_floor": "Human noise floor of value structure",
    "human_floor": "Human noise floor from a correlation matrix",
    "anchors": "Anchor profiles",
    "anchor_intervals": "Anchor profiles, with intervals",
    "alignment": "Alignment with human answers",
    "item_distances": "Distances of items from human answers",
    "culture_map": "Cultural map",
    "culture_positions": "Subjects on the cultural map",
    "profiles": "Preference-bias profiles",
    "value_action": "Value-action agreement",
    "group_test": "Test between groups of runs",
    "presented": "Distributions by presentation",
    "presented_tables": "Distributions by presentation, out of a record",
    "robustness": "Robustness to presentation",
    "presentation_pairs": "Two presentations side by side",
    "place_effects": "Effects of place and label",
    "debiasing": "Distributions without the effect of the order",
    "abstention": "What an offered way out does",
    "probe_disagreement": "Disagreement between probes",
    "steering": "Steering by demographics",
    "published_tables": "Published numbers",
    "diversity": "Diversity of texts",
    "reply_diversity": "Diversity of replies by arm",
    "preferences": "Value preferences",
    "uncertainty": "Intervals and tests",
    "weighting": "Weighted descriptives",
    "reliability": "Reliability",
    "value_reliability": "Reliability by value",
    "satisficing": "Signs of low effort",
    "exclusions": "Exclusion of respondents",
    "cell_state": "What may be reported of a cell",
}

CIRCLE = "np.cos(2 * np.pi * np.subtract.outer(np.arange(19), np.arange(19)) / 19)"
EXAMPLES = [
    ("divergence", "dd_divergence([(1, 0), (0, 1)])"),
    ("divergence", "dd_divergence(np.eye(3))"),
    ("divergence", "dd_divergence(np.eye(2), convention='literal')"),
    ("divergence", "js_centroid([[1, 0]] + 5 * [[0, 1]])"),
    ("divergence", "penalize_infinite([0.2, np.inf, 0.7, np.nan])"),
    ("divergence", "answer_entropy(4 * ['supports'] + 2 * ['opposes'])"),
    ("divergence", "emd_alignment([.1, .2, .3, .4], [.4, .3, .2, .1])"),
    ("agreement", "fleiss_kappa([(3, 0, 0), (0, 3, 0), (2, 1, 0), (1, 1, 1)])"),
    ("agreement", "gwet_ac1([118 * [0] + 5 * [1] + 2 * [0], 123 * [0] + 2 * [1]])"),
    ("prevalence", "true_share(0.14, 500, KnownErrors(0.8, 0.9))"),
    ("values", "center_within_person([[6, 1, 4, 3]], ['a', 'b', 'a', 'b'])"),
    ("circumplex", f"procrustes_ssd(theory_circle(19), mds_configuration({CIRCLE}))"),
    ("diversity", "response_diversity(150, 10, 20)"),
    ("value_action", "pole_weights([.10, .15, .40, .05, .30])"),
    ("value_action", "pole_weights([.10, .15, .40, .05, .30], middle='drop')"),
    ("group_test", "group_test(GroupSummary(1.28, .50, 27, .10), GroupSummary(.93, .34, 27, .07)).t"),
    (
        "group_test",
        "group_test(GroupSummary(1.35, .74, 27, .14), GroupSummary(.92, .33, 27, .06), convention='welch').p",
    ),
    ("preferences", "trueskill_preferences([(['a'], ['b', 'c'])])['a']"),
    (
        "preferences",
        "position_preferences([[{'honesty', 'care'}, {'care'}, {'privacy'}, {'honesty', 'privacy'}]])['privacy']",
    ),
    ("uncertainty", "proportion_interval(81, 263)"),
    ("weighting", "effective_sample_size([1, 1, 1, 3])"),
    ("correlation", "correlation_p_value(.645, 13)"),
    ("probe_disagreement", "sampling_error([.5, .5], 10)"),
]

# Shown here, defined elsewhere, where the source stands in prose.
SOURCES = {"design_effect": "Kish 1965", "effective_sample_size": "Kish 1965"}

HEAD = """# Estimators

<!-- Written by docs/generators/estimators.py from the code; do not edit by hand. -->

What `analysis` computes, one family per file. Signatures take sequences or numpy arrays; distributions are rows that
sum to 1 (counts are normalized); natural logarithms unless said. Missing is NaN and never a number; a measure that
cannot be formed is NaN. Everything random takes `rng`, a numpy Generator. Nothing is rounded inside an estimator.

Where a source contradicts itself, both readings exist. The first value of an option is the default; `literal` follows
the printed formula to the letter, `code` the released code. Docstrings give shapes, missing-value rule and degenerate
result: `python -c "help('analysis.divergence.dd_divergence')"`.
"""


def functions(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public functions of a module, in the order of its `__all__`."""
    for name in module.__all__:
        found = getattr(module, name)
        family = found.__module__.removeprefix("analysis.") if inspect.isfunction(found) else None
        if family is not None and (family not in FAMILIES or found.__module__ == module.__name__):
            yield name, found


def summary(function: Callable[..., Any]) -> str:
    """The first paragraph line of the docstring."""
    return (inspect.getdoc(function) or "").splitlines()[0]


def source(function: Callable[..., Any], module: ModuleType) -> str:
    """What stands after "Source:" in the docstring, else in that of the module; empty if nowhere."""
    for text in (inspect.getdoc(function), inspect.getdoc(inspect.getmodule(function)), module.__doc__):
        found = re.search(r"Sources?:\s+(.+)", text or "", flags=re.DOTALL)
        if found:
            return re.sub(r"\s+", " ", found.group(1).split("\n\n")[0]).rstrip(". ")
    return SOURCES.get(function.__name__, "")


def signature(name: str, function: Callable[..., Any]) -> str:
    """Name and arguments without types; keyword arguments with a default are in the options column."""
    parameters = inspect.signature(function).parameters.values()
    shown = [
        p.name if p.default is p.empty else f"{p.name}={p.default!r}"
        for p in parameters
        if p.kind is not p.KEYWORD_ONLY or p.default is p.empty
    ]
    return f"{name}({', '.join(shown)})"


def options(function: Callable[..., Any]) -> str:
    """Every choice of a Literal with the default first; the default of other keyword arguments."""
    hints, rows = typing.get_type_hints(function, localns={"pd": pd, "Reader": Reader}), []
    for p in inspect.signature(function).parameters.values():
        if p.default is p.empty:
            continue
        literals = [part for part in _parts(hints[p.name]) if typing.get_origin(part) is Literal]
        choices = [choice for literal in literals for choice in typing.get_args(literal)]
        if choices:
            ordered = [f"**{p.default}**", *(str(choice) for choice in choices if choice != p.default)]
            rows.append(f"`{p.name}`: {', '.join(ordered)}")
        elif p.kind is p.KEYWORD_ONLY:
            default = f"{p.default:.4g}" if isinstance(p.default, float) else repr(p.default)
            rows.append(f"`{p.name}={default}`")
    return " · ".join(rows)


def _parts(hint: Any) -> tuple[Any, ...]:
    return typing.get_args(hint) if typing.get_origin(hint) not in (None, Literal) else (hint,)


def shown(value: Any) -> str:
    """A computed value with seven digits."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return ", ".join(f"{name} {shown(part)}" for name, part in zip(value._fields, value, strict=True))
    if isinstance(value, np.ndarray):
        return np.array2string(value, precision=7, suppress_small=True, separator=", ")
    return f"{value:.7f}".rstrip("0").rstrip(".")


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for name, title in FAMILIES.items():
        module = importlib.import_module(f"analysis.{name}")
        lines += [
            f"## {title}: `analysis.{name}`\n",
            "| estimator | is | options, default first | source |",
            "|---|---|---|---|",
        ]
        for label, function in functions(module):
            cells = (f"`{signature(label, function)}`", summary(function), options(function), source(function, module))
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    lines += ["## Values to check against\n", "Computed when this page was written.\n", "| call | gives |", "|---|---|"]
    for name, call in EXAMPLES:
        scope = vars(importlib.import_module(f"analysis.{name}")) | {"np": np}
        lines.append(f"| `analysis.{name}.{call}` | {shown(eval(call, dict(scope)))} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
