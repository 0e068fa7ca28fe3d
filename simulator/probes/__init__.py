"""How a distribution over the offered options is taken: from text samples, token logits or sequence likelihoods."""

from simulator.probes.distribution import (
    OptionProbabilities,
    option_probabilities,
    sequence_probabilities,
    text_probabilities,
)

__all__ = ["OptionProbabilities", "option_probabilities", "sequence_probabilities", "text_probabilities"]
