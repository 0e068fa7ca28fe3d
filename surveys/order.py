"""In which order items are administered, and which of them are shown. Knows no answer beyond its codes.

`item_order` follows blocks; a skip rule always finds the item that it refers to already asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from surveys.instrument import Instrument, Item


def is_shown(item: Item, answers: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether every skip rule of the item holds, given the codes answered so far by item id.

    An item absent from `answers`, or there without a code, was not answered: it satisfies no rule, negated or not.
    """
    for rule in item.show_if:
        codes = answers.get(rule.item_id)
        if not codes or any(code in rule.codes for code in codes) == rule.negate:
            return False
    return True


def item_order(instrument: Instrument, rng: np.random.Generator) -> tuple[int, ...]:
    """Positions in `instrument.items` in the order administered: a permutation, drawn from `rng`.

    The items of a block stand together, where its first item stands in the file; an item without a block stands alone
    and keeps its place. `block_order` "random" shuffles blocks among the places of blocks, `order` "random" the items
    of a block. Where a skip rule would then come before the item it refers to, blocks (or, if that cannot do, items)
    are moved back, and nothing else moves.
    """
    units = _units(instrument)
    random_blocks = {block.id for block in instrument.blocks if block.order == "random"}
    if instrument.block_order == "random":
        _shuffle_blocks(units, instrument, rng)
    for unit in units:
        if instrument.items[unit[0]].block in random_blocks:
            unit[:] = [unit[place] for place in rng.permutation(len(unit))]
    needs = _references(instrument)
    if any(needs):
        units = _repair_units(units, needs)
    order = [position for unit in units for position in unit]
    return tuple(_after_needs(order, needs)) if any(needs) else tuple(order)


def _units(instrument: Instrument) -> list[list[int]]:
    """Blocks, and items without a block, in file order."""
    units: list[list[int]] = []
    of_block: dict[str, list[int]] = {}
    for position, item in enumerate(instrument.items):
        if item.block is not None and item.block in of_block:
            of_block[item.block].append(position)
            continue
        unit = [position]
        units.append(unit)
        if item.block is not None:
            of_block[item.block] = unit
    return units


def _shuffle_blocks(units: list[list[int]], instrument: Instrument, rng: np.random.Generator) -> None:
    places = [place for place, unit in enumerate(units) if instrument.items[unit[0]].block is not None]
    drawn = [units[places[index]] for index in rng.permutation(len(places))]
    for place, unit in zip(places, drawn, strict=True):
        units[place] = unit


def _references(instrument: Instrument) -> list[frozenset[int]]:
    """For every item the positions of the items that its skip rules refer to."""
    index = instrument.index
    return [frozenset(index[rule.item_id] for rule in item.show_if) for item in instrument.items]


def _repair_units(units: list[list[int]], needs: Sequence[Iterable[int]]) -> list[list[int]]:
    unit_of = {position: number for number, unit in enumerate(units) for position in unit}
    unit_needs = [
        frozenset(unit_of[need] for position in unit for need in needs[position]) - {number}
        for number, unit in enumerate(units)
    ]
    return [units[number] for number in _after_needs(range(len(units)), unit_needs)]


def _after_needs(order: Iterable[int], needs: Sequence[frozenset[int]]) -> list[int]:
    """`order`, with each member held back until right after the last of its needs; members in a cycle come last."""
    done: list[int] = []
    seen: set[int] = set()
    waiting: list[int] = []
    for member in order:
        waiting.append(member)
        ready = member
        while ready >= 0:
            ready = next((one for one in waiting if needs[one] <= seen), -1)
            if ready >= 0:
                waiting.remove(ready)
                done.append(ready)
                seen.add(ready)
    return done + waiting
