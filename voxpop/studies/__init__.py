"""Studies: a published or ready-made analysis as one command, from the runs it needs to its report."""
