"""The study `value-structure` after Rozen et al. 2025: choices, runs, measures of every cell, sections."""
