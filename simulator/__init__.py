"""Asking and recording: presentation, memory, parsing, graphs, engines, probes and the record. Prints nothing."""
