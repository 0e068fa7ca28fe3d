"""Order of administration and skip rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import instruments

from simulator.seeds import rng_for
from surveys.instrument import Block, Instrument, Item, ResponseFormat, ResponseOption, ShowIf
from surveys.order import is_shown, item_order

YES_NO = (ResponseOption(1, {"en": "Yes"}), ResponseOption(2, {"en": "No"}))


def _item(item_id: str, block: str | None = None, after: str = "") -> Item:
    rules = (ShowIf(after, (1,)),) if after else ()
    return Item(item_id, {"en": item_id}, ResponseFormat.SINGLE, YES_NO, block=block, show_if=rules)


def _order(items: Sequence[Item], seed: int = 0, **fields: object) -> list[str]:
    blocks = {item.block: None for item in items if item.block}
    random = fields.pop("random", ())
    made = tuple(Block(one, order="random" if one in random else "fixed") for one in blocks)  # type: ignore[operator]
    instrument = Instrument("demo", {"en": "Demo"}, tuple(items), blocks=made, **fields)  # type: ignore[arg-type]
    return [items[position].id for position in item_order(instrument, np.random.default_rng(seed))]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(instruments(max_items=8), st.integers(0, 2**32))
def test_an_order_is_a_permutation_that_respects_rules_and_is_reproducible(instrument: Instrument, seed: int) -> None:
    order = item_order(instrument, rng_for(seed, "order"))
    assert sorted(order) == list(range(len(instrument.items)))
    assert order == item_order(instrument, rng_for(seed, "order"))
    place = {instrument.items[position].id: at for at, position in enumerate(order)}
    for item in instrument.items:
        assert all(place[rule.item_id] < place[item.id] for rule in item.show_if)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(instruments(max_items=6, blocks=False), st.integers(0, 9))
def test_without_blocks_the_file_order_stays(instrument: Instrument, seed: int) -> None:
    assert item_order(instrument, np.random.default_rng(seed)) == tuple(range(len(instrument.items)))


def test_blocks_stand_together_where_their_first_item_stands() -> None:
    items = [_item("a1", "a"), _item("x"), _item("b1", "b"), _item("a2", "a"), _item("b2", "b")]
    assert _order(items) == ["a1", "a2", "x", "b1", "b2"]


def test_random_blocks_change_places_and_single_items_keep_theirs() -> None:
    items = [_item("a1", "a"), _item("a2", "a"), _item("x"), _item("b1", "b"), _item("c1", "c"), _item("y")]
    seen = Counter(tuple(_order(items, seed, block_order="random")) for seed in range(600))
    assert len(seen) == 6  # 3! orders of the blocks
    assert min(seen.values()) > 60  # 100 expected, 4.4 standard errors
    for order in seen:
        assert order.index("a2") == order.index("a1") + 1
        units = ["a" if one.startswith("a") else one for one in order if one != "a2"]
        assert units[1] == "x" and units[4] == "y"


def test_random_items_stay_in_their_block() -> None:
    items = [_item("a1", "a"), _item("a2", "a"), _item("a3", "a"), _item("b1", "b"), _item("b2", "b")]
    seen = Counter(tuple(_order(items, seed, random=("a",))) for seed in range(600))
    assert len(seen) == 6 and min(seen.values()) > 60
    assert all(order[3:] == ("b1", "b2") for order in seen)


def test_a_block_waits_for_the_block_its_rules_refer_to() -> None:
    items = [_item("a1", "a"), _item("a2", "a"), _item("b1", "b", after="a1"), _item("b2", "b")]
    for seed in range(20):
        assert _order(items, seed, block_order="random") == ["a1", "a2", "b1", "b2"]


def test_inside_a_random_block_only_the_dependent_item_moves() -> None:
    items = [_item("a1", "a"), _item("a2", "a", after="a1"), _item("a3", "a")]
    seen = {tuple(_order(items, seed, random=("a",))) for seed in range(200)}
    assert seen == {("a1", "a2", "a3"), ("a1", "a3", "a2"), ("a3", "a1", "a2")}


def test_blocks_that_refer_to_each_other_are_repaired_item_by_item() -> None:
    items = [_item("a1", "a"), _item("b1", "b", after="a1"), _item("a2", "a", after="b1"), _item("b2", "b")]
    for seed in range(20):
        order = _order(items, seed, block_order="random", random=("a", "b"))
        assert sorted(order) == ["a1", "a2", "b1", "b2"]
        assert order.index("a1") < order.index("b1") < order.index("a2")


ASKED = ShowIf("q", (1, 2))
NOT_ASKED = ShowIf("q", (1, 2), negate=True)


@pytest.mark.parametrize(
    ("rules", "answers", "shown"),
    [
        ((), {}, True),
        ((ASKED,), {"q": (1,)}, True),
        ((ASKED,), {"q": (3,)}, False),
        ((ASKED,), {"q": (3, 2)}, True),
        ((NOT_ASKED,), {"q": (3,)}, True),
        ((NOT_ASKED,), {"q": (1,)}, False),
        ((NOT_ASKED,), {"q": (1, 3)}, False),
        # Not answered satisfies no rule, negated or not.
        ((ASKED,), {}, False),
        ((NOT_ASKED,), {}, False),
        ((ASKED,), {"q": ()}, False),
        ((NOT_ASKED,), {"q": ()}, False),
        ((ASKED, ShowIf("r", (5,))), {"q": (1,), "r": (5,)}, True),
        ((ASKED, ShowIf("r", (5,))), {"q": (1,), "r": (6,)}, False),
        ((ASKED, ShowIf("r", (5,))), {"q": (1,)}, False),
    ],
)
def test_skip_rules(rules: tuple[ShowIf, ...], answers: dict[str, tuple[int, ...]], shown: bool) -> None:
    item = Item("x", {"en": "x"}, ResponseFormat.OPEN, show_if=rules)
    assert is_shown(item, answers) is shown
