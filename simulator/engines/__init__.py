"""Whoever answers: one module per engine behind the protocol of `simulator.engines.base`."""
