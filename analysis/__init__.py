"""Statistics over a finished record: one family per file, each estimator with its conventions in its docstring."""
