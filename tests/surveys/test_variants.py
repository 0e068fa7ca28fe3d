"""Selecting a part of an instrument."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import instruments

from simulator.errors import InstrumentError
from surveys.check import check_instrument
from surveys.instrument import Instrument
from surveys.loader import instrument_from_toml
from surveys.variants import select

DEMO = instrument_from_toml(
    """
id = "demo"
title = {en = "Demo", de = "Probe"}
[option_sets.yn]
options = [{code = 1, text = {en = "Yes", de = "Ja"}}, {code = 2, text = {en = "No", de = "Nein"}}]
[[topics]]
id = "t1"
title = {en = "One", de = "Eins"}
[[topics]]
id = "t2"
title = {en = "Two", de = "Zwei"}
[[blocks]]
id = "b"
[[dimensions]]
code = "D"
title = {en = "D", de = "D"}
[[items]]
id = "a"
topic = "t1"
text = {en = "a0", de = "a0"}
paraphrases = [{en = "a1", de = "a1"}, {en = "a2", de = "a2"}]
options = "yn"
[[items]]
id = "b"
topic = "t2"
block = "b"
dimensions = ["D"]
text = {en = "b0", de = "b0"}
paraphrases = [{en = "b1", de = "b1"}]
options = "yn"
[[items]]
id = "c"
topic = "t1"
text = {en = "c0", de = "c0"}
options = "yn"
show_if = [{item = "a", codes = [1]}]
""",
    "demo",
)


def _ids(instrument: Instrument) -> list[str]:
    return [item.id for item in instrument.items]


def test_nothing_selected_is_everything() -> None:
    assert select(DEMO) == DEMO


def test_by_topic_and_by_item_or_question() -> None:
    assert _ids(select(DEMO, topics=["t1"])) == ["a", "a~1", "a~2", "c"]
    assert _ids(select(DEMO, items=["b"])) == ["b", "b~1"]
    assert _ids(select(DEMO, items=["b~1"])) == ["b~1"]
    assert _ids(select(DEMO, topics=["t2"], items=["b~1", "a"])) == ["b~1"]


def test_what_lost_its_last_item_goes_too() -> None:
    kept = select(DEMO, topics=["t1"])
    assert [topic.id for topic in kept.topics] == ["t1"]
    assert kept.blocks == () and kept.dimensions == ()


def test_wordings() -> None:
    assert _ids(select(DEMO, wordings="original")) == ["a", "b", "c"]
    assert _ids(select(DEMO, wordings=2)) == ["a", "a~1", "b", "b~1", "c"]
    assert _ids(select(DEMO, wordings=1)) == ["a", "b", "c"]
    assert select(DEMO, wordings=9) == DEMO


def test_a_random_wording_of_each_question_and_its_rules_follow() -> None:
    drawn: Counter[str] = Counter()
    for seed in range(300):
        kept = select(DEMO, wordings="random", rng=np.random.default_rng(seed))
        assert len(kept.items) == 3 and check_instrument(kept) == []
        assert kept.item("c").show_if[0].item_id == _ids(kept)[0]
        drawn.update(_ids(kept))
    assert all(drawn[one] > 60 for one in ("a", "a~1", "a~2"))  # 100 expected
    assert all(drawn[one] > 110 for one in ("b", "b~1"))  # 150 expected


def test_a_rule_whose_question_is_left_out_is_named() -> None:
    with pytest.raises(
        InstrumentError, match="item 'c' is shown only after 'a', which the selection leaves out; select"
    ):
        select(DEMO, items=["b", "c"])


def test_a_limit_counts_items() -> None:
    assert _ids(select(DEMO, wordings="original", limit=2)) == ["a", "b"]
    with pytest.raises(InstrumentError, match="limit is 0; give 1 or more"):
        select(DEMO, limit=0)


def test_languages() -> None:
    german = select(DEMO, languages=["de"])
    assert german.language == "de" and german.languages == ("de",)
    assert german.title == {"de": "Probe"} and german.items[0].options[0].text == {"de": "Ja"}
    assert check_instrument(german) == []
    assert select(DEMO, languages=["de", "en"]) == DEMO
    with pytest.raises(InstrumentError, match="not worded in 'fr'; languages: 'en', 'de'"):
        select(DEMO, languages=["fr"])
    with pytest.raises(InstrumentError, match="name at least one"):
        select(DEMO, languages=[])


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(InstrumentError, match="there is no topic 't3'; topics: 't1', 't2'"):
        select(DEMO, topics=["t3"])
    with pytest.raises(InstrumentError, match="there is no item 'a~7'; did you mean 'a~"):
        select(DEMO, items=["a~7"])
    with pytest.raises(InstrumentError, match="the selection leaves no item"):
        select(DEMO, topics=["t2"], items=["a"])
    with pytest.raises(InstrumentError, match="wordings is 'some'; allowed: 'all', 'original', 'random'"):
        select(DEMO, wordings="some")  # type: ignore[arg-type]
    with pytest.raises(InstrumentError, match="wordings is 0"):
        select(DEMO, wordings=0)
    with pytest.raises(ValueError, match="needs rng"):
        select(DEMO, wordings="random")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(instruments(min_items=2), st.data())
def test_a_selection_is_sound_or_says_why_not(instrument: Instrument, data: st.DataObject) -> None:
    wanted = data.draw(st.lists(st.sampled_from(_ids(instrument)), min_size=1))
    wordings = data.draw(st.sampled_from(["all", "original", "random", 1, 2]))
    languages = data.draw(st.lists(st.sampled_from(instrument.languages), min_size=1, unique=True))
    try:
        kept = select(instrument, items=wanted, wordings=wordings, rng=np.random.default_rng(1), languages=languages)
    except InstrumentError as error:
        assert "leaves out" in str(error) or "leaves no item" in str(error)
        return
    assert check_instrument(kept) == []
    order = [instrument.index[one] for one in _ids(kept)]
    assert order == sorted(order)
