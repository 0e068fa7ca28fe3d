"""How a line of a known-truth respondent's list can be faulty, so that reading and asking again can be checked.

Knows no list: only names. How each is committed is `synthetic_battery`; how each is read, `simulator.battery_reply`.
"""

from __future__ import annotations

LIST_FAULTS: dict[str, str] = {
    "missing": "the line is left out",
    "repeated": "the item has two lines with different answers",
    "out_of_range": "a number that was not offered",
    "decimal": "a decimal",
    "other_digits": "digits of another script, which can be read",
    "unreadable": "words that choose no option",
}
"""Kind of fault → what is wrong with such a line."""
