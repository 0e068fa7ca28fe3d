"""Questionnaires as facts: instruments, how to read, check and select from them. Knows no persona and no engine."""
