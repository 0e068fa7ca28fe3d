"""Hypothesis strategies shared by tests: arbitrary texts and arbitrary valid instruments."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from surveys.instrument import (
    ITEM_FORMS,
    Block,
    Dimension,
    Instrument,
    Item,
    ResponseFormat,
    ResponseOption,
    ShowIf,
    Texts,
    Topic,
)

LANGUAGES = ("en", "de", "zh-Hant", "ar")

# What breaks terminals, markup, spreadsheets, TOML, JSON and careless splitting.
AWKWARD = (
    "\x1b[31mred\x1b[0m",
    "<script>alert('x')</script>",
    "[bold]markup[/bold]",
    '"""',
    "'''",
    "a\\b\\u0041",
    "line one\nline two\r\nthree\rfour",
    "\x00\x07\x7f\x85\u2028",
    "=1+1",
    "はい、そう思います",
    "نعم، أوافق",
    "e\u0301 \u202e reversed",
    "🙂‍↔️",
    "a, b; c|d=e",
    "{curly} %s $x",
    "\ufeffbom",
)

characters = st.characters(exclude_categories=["Cs"])
any_text = st.one_of(st.text(characters, max_size=12), st.sampled_from(AWKWARD))
"""Any text that UTF-8 can hold, empty included."""

filled_text = st.builds(lambda text, tail: text + tail, any_text, st.sampled_from("aZ9?é字"))
"""Any text that is not blank."""

names = st.text("abcXYZ019._~-", min_size=1, max_size=8)

json_values = st.recursive(
    st.one_of(any_text, st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(any_text, inner, max_size=3)),
    max_leaves=4,
)


def attributes(*reserved: str) -> st.SearchStrategy[dict[str, Any]]:
    """Attributes of a topic or dimension."""
    return st.dictionaries(any_text.filter(lambda key: key not in (*reserved, "title")), json_values, max_size=2)


@st.composite
def texts(draw: st.DrawFn, languages: tuple[str, ...]) -> Texts:
    """A wording in every one of `languages`."""
    return {language: draw(filled_text) for language in languages}


@st.composite
def option_lists(draw: st.DrawFn, languages: tuple[str, ...]) -> tuple[ResponseOption, ...]:
    """Two to four options with distinct codes and distinct texts."""
    codes = draw(st.lists(st.integers(-3, 99), min_size=2, max_size=4, unique=True))
    options = []
    for code in codes:
        missing = draw(st.sampled_from([None, None, "refused", "dont_know", "not_applicable"]))
        score = None if missing else draw(st.none() | st.floats(-9, 9) | st.just(float(code)))
        stance = draw(st.sampled_from([None, "supports", "opposes", "neutral"]))
        text = {language: f"{draw(filled_text)} {code}" for language in languages}
        options.append(ResponseOption(code, text, stance, score, missing))
    return tuple(options)


@st.composite
def instruments(
    draw: st.DrawFn, *, min_items: int = 1, max_items: int = 6, paraphrases: bool = True, blocks: bool = True
) -> Instrument:
    """Any instrument that `check_instrument` finds no fault in: several languages, blocks, skip rules, paraphrases."""
    extra = draw(st.lists(st.sampled_from(LANGUAGES[1:]), unique=True, max_size=2))
    languages = ("en", *extra)
    topic_ids = draw(st.lists(names, unique=True, max_size=2))
    block_ids = draw(st.lists(names, unique=True, max_size=3)) if blocks else []
    codes = draw(st.lists(names, unique=True, max_size=2))
    shared = [draw(option_lists(languages)) for _ in range(2)]
    items: list[Item] = []
    for number in range(draw(st.integers(min_items, max_items))):
        item = draw(
            _items(
                f"q{number}",
                languages,
                tuple(items),
                shared=shared,
                topic_ids=topic_ids,
                block_ids=block_ids,
                codes=codes,
            )
        )
        items.append(item)
        for wording in range(1, draw(st.integers(1, 3)) if paraphrases else 1):
            items.append(_reworded(item, wording, draw(texts(languages))))
    orders = st.sampled_from(["fixed", "random"])
    return Instrument(
        id=draw(names),
        title=draw(texts(languages)),
        items=tuple(items),
        language="en",
        languages=languages,
        version=draw(any_text),
        source=draw(any_text),
        licence=draw(any_text),
        instruction=draw(st.just({}) | texts(languages)),
        blocks=tuple(
            Block(one, draw(st.just({}) | texts(languages)), draw(st.just({}) | texts(languages)), draw(orders))
            for one in block_ids
        ),
        block_order=draw(orders),
        topics=tuple(Topic(one, draw(texts(languages)), draw(attributes("id"))) for one in topic_ids),
        dimensions=tuple(Dimension(one, draw(texts(languages)), draw(attributes("code"))) for one in codes),
    )


def _reworded(item: Item, wording: int, text: Texts) -> Item:
    fields = {name: getattr(item, name) for name in Item.__dataclass_fields__}
    # The number in the text keeps the wordings of one question apart.
    own = {language: f"{one} {item.id}~{wording}" for language, one in text.items()}
    named = {"id": f"{item.id}~{wording}", "text": own, "question_id": item.id, "wording": wording, "forms": {}}
    return Item(**fields | named)


@st.composite
def _items(
    draw: st.DrawFn,
    item_id: str,
    languages: tuple[str, ...],
    earlier: tuple[Item, ...],
    *,
    shared: list[tuple[ResponseOption, ...]],
    topic_ids: list[str],
    block_ids: list[str],
    codes: list[str],
) -> Item:
    form = draw(st.sampled_from(list(ResponseFormat)))
    options: tuple[ResponseOption, ...] = ()
    if form is not ResponseFormat.OPEN:
        options = draw(st.sampled_from(shared) | option_lists(languages))
    scores = {option.value for option in options} - {None}
    rules = []
    for other in draw(st.lists(st.sampled_from(earlier), max_size=2)) if earlier else []:
        if other.options:
            offered = st.sampled_from([option.code for option in other.options])
            picked = tuple(draw(st.lists(offered, min_size=1, max_size=2, unique=True)))
            rules.append(ShowIf(other.id, picked, draw(st.booleans())))
    forms = {sex: draw(texts(languages)) for sex in draw(st.lists(st.sampled_from(ITEM_FORMS), unique=True))}
    return Item(
        id=item_id,
        text={} if len(forms) == 2 and draw(st.booleans()) else draw(texts(languages)),
        format=form,
        options=options,
        block=draw(st.sampled_from([None, *block_ids])),
        topic=draw(st.sampled_from([None, *topic_ids])),
        dimensions=tuple(draw(st.lists(st.sampled_from(codes), unique=True))) if codes else (),
        reverse_keyed=len(scores) > 1 and draw(st.booleans()),
        show_if=tuple(rules),
        max_picks=draw(st.none() | st.integers(1, len(options))) if form is ResponseFormat.MULTIPLE else None,
        instruction=draw(st.just({}) | texts(languages)),
        note=draw(st.none() | any_text),
        forms=forms,
    )
