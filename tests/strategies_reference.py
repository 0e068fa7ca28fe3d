"""Human references for tests: hypothesis strategies for arbitrary ones, and a plain one."""

from __future__ import annotations

import math

from hypothesis import strategies as st
from strategies import any_text

from surveys.reference import EVERYBODY, HumanReference, ReferenceCell

counts = st.none() | st.integers(0, 10**7) | st.floats(0, 1e9)
codes = st.integers(-(10**9), 10**9)


@st.composite
def distributions(draw: st.DrawFn) -> dict[int, float]:
    """Shares that sum to 1 but for the last digits, zeros among them."""
    weights = draw(
        st.dictionaries(codes, st.integers(0, 10**6), min_size=1, max_size=6).filter(lambda d: any(d.values()))
    )
    total = math.fsum(weights.values())
    return {code: weight / total for code, weight in weights.items()}


@st.composite
def reference_cells(draw: st.DrawFn) -> ReferenceCell:
    """Any cell."""
    is_multiple = draw(st.booleans())
    shares = st.dictionaries(codes, st.floats(0, 1), min_size=1, max_size=6) if is_multiple else distributions()
    return ReferenceCell(
        item=draw(any_text.filter(bool)),
        shares=draw(shares),
        n=draw(counts),
        country=draw(st.sampled_from(["", "US", "CN"])),
        group=draw(st.just(EVERYBODY) | any_text.filter(bool)),
        is_multiple=is_multiple,
        n_missing=draw(counts),
        note=draw(any_text),
    )


human_references = st.builds(
    HumanReference,
    id=any_text.filter(bool),
    title=any_text,
    source=any_text,
    cells=st.lists(reference_cells(), max_size=6, unique_by=lambda cell: cell.key).map(tuple),
    year=st.none() | st.integers(-(2**31), 2**31),
    licence=any_text,
    weighted=st.booleans(),
    notes=st.lists(any_text, max_size=3).map(tuple),
)


def plain_reference(id: str = "plain") -> HumanReference:
    """Two items, two countries, a group; an option nobody chose, a cell of unknown n, and a multiple-choice item."""
    cells = (
        ReferenceCell("item-0", {1: 0.75, 2: 0.25}, 400, "US", n_missing=12, note="as printed"),
        ReferenceCell("item-0", {1: 1.0, 2: 0.0}, 30, "US", "age=18-29 & sex=female"),
        ReferenceCell("item-0", {1: 0.5, 2: 0.5}, None, "CN"),
        ReferenceCell("item-1", {1: 0.8, 2: 0.6}, 200, "US", is_multiple=True),
    )
    return HumanReference(id, "Plain", "made up", cells, 2024, "CC0", True, ("first", "second"))
