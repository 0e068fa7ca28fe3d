"""The sequence probe: how likely each whole answer is after the prompt. So far its formula; knows no engine."""

from __future__ import annotations

from simulator.probes.distribution import sequence_probabilities

__all__ = ["sequence_probabilities"]
