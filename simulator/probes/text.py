"""The text probe: how often each option was chosen in k samples of the same prompt.

Knows no engine: it counts readings. Method: Shen et al. 2025 (fractional counts for unreadable samples).
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.messages import ShownOption
from simulator.parsing import Reading
from simulator.probes.distribution import OptionProbabilities, text_probabilities

__all__ = ["sample_probabilities", "text_probabilities"]


def sample_probabilities(readings: Sequence[Reading], options: Sequence[ShownOption]) -> OptionProbabilities:
    """The distribution over the shown options (missing categories included) in the readings of k samples.

    A reading that chose an offered option counts for it, one of several picks for each of them (the shares are of
    picks, then). Every other reading, refusals included, counts 1/K for each option. `option_mass` is the share of
    samples that chose an offered option. No reading gives nan; none that can be used gives the uniform distribution
    with reason "no_label".
    """
    counts = {option.code: 0 for option in sorted(options, key=lambda option: option.code)}
    n_unreadable = 0
    for reading in readings:
        for code in reading.codes:
            counts[code] += 1
        n_unreadable += not reading.codes
    n_samples = len(readings)
    if not n_samples or not counts:
        nothing = dict.fromkeys(counts, float("nan"))
        return OptionProbabilities(nothing, None, reason="no_samples: nothing was sampled")
    reason = f"no_label: none of {n_samples} samples chose an option" if n_unreadable == n_samples else ""
    mass = (n_samples - n_unreadable) / n_samples
    return OptionProbabilities(text_probabilities(counts, n_unreadable), mass, reason=reason)
