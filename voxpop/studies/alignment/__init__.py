"""The study `survey-alignment`: how far simulated answers to a social survey lie from those of people, and for whom.

Design after Liu et al. 2025 (the diversity-enhanced framework); one module per section of its report.
"""
