"""The ways of drawing personas, by name."""

from __future__ import annotations

from personas.strategies.base import Strategy
from personas.strategies.basic import Basic
from personas.strategies.city import City
from personas.strategies.demographic import Demographic
from personas.strategies.generated import Generated
from personas.strategies.named import Named
from personas.strategies.table import Table
from personas.strategies.value_anchor import ValueAnchor

STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (Basic(), City(), Demographic(), ValueAnchor(), Named(), Generated(), Table())
}
"""Every strategy under its name in a specification."""
