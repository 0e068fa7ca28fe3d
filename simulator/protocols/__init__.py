"""The baselines: other ways of finding an answer than interviewing one respondent (docs/protocols.md).

Single and listed critique and revision after Lahoti et al. 2023; the average person after Cao et al. 2023. Memory has
no part in them, and of a person they know the country alone.
"""
