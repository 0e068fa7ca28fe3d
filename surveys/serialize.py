"""An instrument as JSON and as TOML, and back. Knows the facts, not whether they make sense (`surveys.check` does).

JSON leaves out what has its default value, so a field added later does not change the hash of older instruments. TOML
is the format of `surveys.loader`: paraphrases that differ from their original in wording alone are folded into it,
option lists used more than once become option sets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from simulator.errors import InstrumentError
from surveys.instrument import (
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
from surveys.toml_text import toml_inline, toml_key

Json = dict[str, Any]


def _without_defaults(required: Json, optional: Json) -> Json:
    """`required` in full, of `optional` only what says something."""
    return required | {key: value for key, value in optional.items() if value not in (None, "", [], {}, 0, False)}


def option_to_json(option: ResponseOption) -> Json:
    """One response option as JSON-able data."""
    data: Json = {"code": option.code, "text": dict(option.text)}
    if option.stance is not None:
        data["stance"] = option.stance
    if option.score is not None:
        data["score"] = float(option.score)
    if option.missing is not None:
        data["missing"] = option.missing
    return data


def _rule_to_json(rule: ShowIf) -> Json:
    return _without_defaults({"item": rule.item_id, "codes": list(rule.codes)}, {"negate": rule.negate})


def item_to_json(item: Item) -> Json:
    """One item as JSON-able data; what has its default value is left out."""
    data = _without_defaults(
        {"id": item.id, "text": dict(item.text), "format": str(item.format)},
        {
            "options": [option_to_json(option) for option in item.options],
            "question": "" if item.question_id == item.id else item.question_id,
            "wording": item.wording,
            "dimensions": list(item.dimensions),
            "reverse_keyed": item.reverse_keyed,
            "show_if": [_rule_to_json(rule) for rule in item.show_if],
            "instruction": dict(item.instruction),
            "forms": {form: dict(texts) for form, texts in item.forms.items()},
        },
    )
    kept = {"block": item.block, "topic": item.topic, "max_picks": item.max_picks, "note": item.note}
    return data | {key: value for key, value in kept.items() if value is not None}


def instrument_to_json(instrument: Instrument) -> Json:
    """The whole instrument as JSON-able data; `instrument_from_json` is the exact inverse."""
    return _without_defaults(
        {
            "id": instrument.id,
            "title": dict(instrument.title),
            "version": instrument.version,
            "language": instrument.language,
            "languages": list(instrument.languages),
            "items": [item_to_json(item) for item in instrument.items],
        },
        {
            "source": instrument.source,
            "licence": instrument.licence,
            "instruction": dict(instrument.instruction),
            "blocks": [_block_to_json(block) for block in instrument.blocks],
            "block_order": "" if instrument.block_order == "fixed" else instrument.block_order,
            "topics": [_described(topic.title, topic.attributes, id=topic.id) for topic in instrument.topics],
            "dimensions": [_described(one.title, one.attributes, code=one.code) for one in instrument.dimensions],
        },
    )


def _block_to_json(block: Block) -> Json:
    order = "" if block.order == "fixed" else block.order
    return _without_defaults(
        {"id": block.id}, {"title": dict(block.title), "instruction": dict(block.instruction), "order": order}
    )


def _described(title: Texts, attributes: Mapping[str, Any], **name: str) -> Json:
    return _without_defaults({**name, "title": dict(title)}, {"attributes": dict(attributes)})


def _option_from_json(data: Json) -> ResponseOption:
    return ResponseOption(data["code"], dict(data["text"]), data.get("stance"), data.get("score"), data.get("missing"))


def _texts(data: Json, key: str) -> dict[str, str]:
    return dict(data.get(key, {}))


def item_from_json(data: Json) -> Item:
    """The item that `item_to_json` described; KeyError, TypeError or ValueError where `data` is something else."""
    return Item(
        id=data["id"],
        text=dict(data["text"]),
        format=ResponseFormat(data["format"]),
        options=tuple(_option_from_json(option) for option in data.get("options", ())),
        question_id=data.get("question", ""),
        wording=data.get("wording", 0),
        block=data.get("block"),
        topic=data.get("topic"),
        dimensions=tuple(data.get("dimensions", ())),
        reverse_keyed=data.get("reverse_keyed", False),
        show_if=tuple(
            ShowIf(rule["item"], tuple(rule["codes"]), rule.get("negate", False)) for rule in data.get("show_if", ())
        ),
        max_picks=data.get("max_picks"),
        instruction=dict(data.get("instruction", {})),
        note=data.get("note"),
        forms={form: dict(texts) for form, texts in data.get("forms", {}).items()},
    )


def instrument_from_json(data: Json) -> Instrument:
    """The instrument that `instrument_to_json` described; InstrumentError where `data` is something else."""
    try:
        return Instrument(
            id=data["id"],
            title=dict(data["title"]),
            items=tuple(item_from_json(item) for item in data["items"]),
            language=data["language"],
            languages=tuple(data["languages"]),
            version=data["version"],
            source=data.get("source", ""),
            licence=data.get("licence", ""),
            instruction=dict(data.get("instruction", {})),
            blocks=tuple(
                Block(one["id"], _texts(one, "title"), _texts(one, "instruction"), one.get("order", "fixed"))
                for one in data.get("blocks", ())
            ),
            block_order=data.get("block_order", "fixed"),
            topics=tuple(
                Topic(one["id"], dict(one["title"]), dict(one.get("attributes", {}))) for one in data.get("topics", ())
            ),
            dimensions=tuple(
                Dimension(one["code"], dict(one["title"]), dict(one.get("attributes", {})))
                for one in data.get("dimensions", ())
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InstrumentError(
            f"this JSON is no instrument as voxpop writes it ({type(error).__name__}: {error}); "
            "use the JSON of instrument_to_json unchanged"
        ) from error


# ---- TOML ----------------------------------------------------------------------------------------------------------


def paraphrase_of(original: Item, wording: int, text: Texts) -> Item:
    """Wording number `wording` (1..) of `original`: the same item with another text for everybody, named
    `ID~wording`.
    """
    name = f"{original.id}~{wording}"
    return replace(original, id=name, text=text, question_id=original.id, wording=wording, forms={})


def instrument_to_toml(instrument: Instrument) -> str:
    """The instrument as a survey file; reading it with `surveys.loader` gives an equal instrument."""
    folded = _fold_paraphrases(instrument.items)
    set_names = _name_option_sets([item for item, _ in folded])
    lines = _head_lines(instrument)
    for key, name in set_names.items():
        lines += ["", f"[option_sets.{toml_key(name)}]", "options = ["]
        lines += [f"  {option}," for option in key]
        lines.append("]")
    for topic in instrument.topics:
        lines += _table("topics", {"id": topic.id, "title": _text(topic.title, instrument), **topic.attributes})
    for one in instrument.dimensions:
        lines += _table("dimensions", {"code": one.code, "title": _text(one.title, instrument), **one.attributes})
    for block in instrument.blocks:
        fields = _block_to_json(block)
        lines += _table("blocks", fields | {key: _text(fields[key], instrument) for key in _TEXT_KEYS & fields.keys()})
    for item, paraphrases in folded:
        lines += _item_lines(item, paraphrases, set_names, instrument)
    return "\n".join(lines) + "\n"


_TEXT_KEYS = {"title", "text", "instruction"}


def _text(texts: Texts, instrument: Instrument) -> Any:
    """A plain string where only the instrument's own language is given, else a language table."""
    return texts[instrument.language] if set(texts) == {instrument.language} else dict(texts)


def _table(name: str, fields: Json) -> list[str]:
    return ["", f"[[{name}]]", *(f"{toml_key(key)} = {toml_inline(value)}" for key, value in fields.items())]


def _head_lines(instrument: Instrument) -> list[str]:
    fields: Json = {"id": instrument.id, "title": _text(instrument.title, instrument), "version": instrument.version}
    fields |= {"language": instrument.language, "languages": list(instrument.languages)}
    optional: Json = {"source": instrument.source, "licence": instrument.licence}
    optional |= {"instruction": _text(instrument.instruction, instrument), "block_order": ""}
    if instrument.block_order != "fixed":
        optional["block_order"] = instrument.block_order
    return [f"{key} = {toml_inline(value)}" for key, value in _without_defaults(fields, optional).items()]


def _fold_paraphrases(items: Sequence[Item]) -> list[tuple[Item, list[Texts]]]:
    """Every item with the texts of the paraphrases that follow it and differ in nothing but the text."""
    folded: list[tuple[Item, list[Texts]]] = []
    for item in items:
        if folded:
            original, texts = folded[-1]
            if original.wording == 0 and item == paraphrase_of(original, len(texts) + 1, item.text):
                texts.append(item.text)
                continue
        folded.append((item, []))
    return folded


def _option_lines(item: Item, *, stances: bool) -> tuple[str, ...]:
    """The item's options as inline tables; without stances, so that items which differ in them alone share a set."""
    options = [option if stances else replace(option, stance=None) for option in item.options]
    return tuple(toml_inline(option_to_json(option)) for option in options)


def _name_option_sets(items: Sequence[Item]) -> dict[tuple[str, ...], str]:
    """Option lists used by several items → the name of their set."""
    uses = Counter(_option_lines(item, stances=False) for item in items if item.options)
    return {key: f"options-{n}" for n, key in enumerate((key for key, count in uses.items() if count > 1), start=1)}


def _item_lines(
    item: Item, paraphrases: list[Texts], sets: Mapping[tuple[str, ...], str], instrument: Instrument
) -> list[str]:
    fields = item_to_json(item)
    options = fields.pop("options", [])
    for key in _TEXT_KEYS & fields.keys():
        fields[key] = _text(fields[key], instrument)
    if item.forms:
        fields["forms"] = {form: _text(texts, instrument) for form, texts in item.forms.items()}
    if paraphrases:
        fields["paraphrases"] = [_text(texts, instrument) for texts in paraphrases]
    name = sets.get(_option_lines(item, stances=False))
    if name is None and options:
        fields["options"] = options
    elif options:
        fields["options"] = name
        fields["stances"] = {str(one.code): one.stance for one in item.options if one.stance is not None}
    return _table("items", {key: value for key, value in fields.items() if value != {}})
