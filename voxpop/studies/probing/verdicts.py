"""The main lines: what moves with what should not matter, and what the answers tell of people and actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from analysis.sums import Estimate
from voxpop.studies.probing.actions import as_estimate
from voxpop.studies.probing.measured import Measured


def verdicts(found: Measured) -> list[str]:
    """A sentence per question that the study asks."""
    return [*_robustness(found), *_probes(found), *_steering(found), *_actions(found)]


def _robustness(found: Measured) -> Iterator[str]:
    for what, of in (
        ("the style", lambda name: found.style[name].js.corrected),
        ("the order of the options", lambda name: found.selection[name].position.js.corrected),
        ("their labels", lambda name: found.selection[name].token.js.corrected),
    ):
        said = _each(found, of)
        if said:
            yield f"Answers move with {what} (Jensen-Shannon distance, noise taken out): {said}."


def _probes(found: Measured) -> Iterator[str]:
    said = [
        f"{one.first} and {one.second} {interval(one.js.corrected)}"
        for one in found.disagreements
        if {one.first, one.second} <= set(found.probes) and np.isfinite(one.js.corrected.value)
    ]
    if said:
        yield f"Probes lie apart on the same presentation (the same distance): {', '.join(said)}."


def _steering(found: Measured) -> Iterator[str]:
    said = _each(found, lambda name: found.steering[name].normalized) if found.steering else ""
    if said:
        yield (
            f"Naming the country brings answers nearer to {found.material.people} by this share of the scale "
            f"(0: not at all): {said}."
        )


def _actions(found: Measured) -> Iterator[str]:
    def of(name: str) -> Estimate:
        return as_estimate(found.agreement[name].pearson, found.agreement[name].n_pairs)

    said = _each(found, of) if found.agreement else ""
    if said:
        yield f"Answers and approval of actions correlate (Pearson; 0: answers tell nothing): {said}."


def _each(found: Measured, of: Callable[[str], Estimate]) -> str:
    """`token-logit 0.12 [0.10, 0.14], ...`; the truth last, without its interval."""
    said = [f"{name} {interval(of(name))}" for name in found.probes if np.isfinite(of(name).value)]
    truths = [name for name in found.sources if name not in found.probes and np.isfinite(of(name).value)]
    return ", ".join([*said, *(f"{name} {_number(of(name).value)}" for name in truths)])


def _number(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def interval(one: Estimate) -> str:
    """`0.12 [0.10, 0.14]`; without brackets where there is no interval."""
    has_ends = np.isfinite(one.low) and np.isfinite(one.high)
    ends = f" [{_number(one.low)}, {_number(one.high)}]" if has_ends else ""
    return f"{_number(one.value)}{ends}"
