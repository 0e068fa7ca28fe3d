"""Other ways of finding answers than putting items to a respondent one by one (docs/protocols.md).

The battery: one respondent, the items as a list. The baselines, which know of a person the country alone and in which
memory has no part: single and listed critique and revision after Lahoti et al. 2023; the average person after Cao et
al. 2023.
"""
