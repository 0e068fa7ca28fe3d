"""The reference of run specifications and their JSON Schema, both from `voxpop.spec.RunSpec`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from generators.markdown import code, table
from simulator.option_orders import SHIFT_PATTERN
from voxpop.spec import RunSpec

Schema = dict[str, Any]

TYPES = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "object": "table"}
SHORT = {"survey": "the survey's name or path", "engine": "the engine's name"}


def json_schema() -> Schema:
    """The schema of a spec as written in TOML: short forms accepted, no null (TOML has none)."""
    schema = _without_null(RunSpec.model_json_schema())
    properties = schema["properties"]
    for name, meaning in SHORT.items():
        short = {"type": "string", "description": f"Short for a section: {meaning}."}
        properties[name] = {**_described(properties[name]), "anyOf": [short, _reference(properties[name])]}
    several = properties["population"]
    one = several["items"]
    properties["population"] = {
        "description": several["description"],
        "anyOf": [
            one,
            {key: value for key, value in several.items() if key not in ("description", "default", "title")},
        ],
    }
    strategy = {"type": ["string", "array"], "items": {"type": "string"}}
    definitions = schema["$defs"]
    definitions["PopulationSection"]["properties"]["strategy"] = {
        **strategy,
        "description": "Short for `strategies` with a single one (a list is joined with +).",
    }
    dialect = "https://json-schema.org/draft/2020-12/schema"
    return {"$schema": dialect, **schema, "title": "voxpop run specification"}


def json_schema_text() -> str:
    """The schema as a file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def spec_reference() -> str:
    """Key by key, section by section."""
    schema = RunSpec.model_json_schema()
    definitions, properties = schema["$defs"], schema["properties"]
    top = {name: at for name, at in properties.items() if not _section(at)}
    parts = ["### At the top", _key_table(top, definitions)]
    for name, at in properties.items():
        section = _section(at)
        if section:
            definition = definitions[section]
            heading = f"### [{name}]" + (" or [[population]]" if name == "population" else "")
            parts += [heading, definition["description"].strip(), _key_table(definition["properties"], definitions)]
    return "\n\n".join(parts)


def complete_example() -> str:
    """A spec that gives every key its default, each with its description; keys without a default are commented out."""
    schema = RunSpec.model_json_schema()
    definitions, properties = schema["$defs"], schema["properties"]
    lines = ["#:schema ./spec.schema.json"]
    for name, at in properties.items():
        if not _section(at):
            lines += ["", *_example_lines(name, at)]
    for name, at in properties.items():
        section = _section(at)
        if section:
            lines += ["", f"[{name}]"]
            for key, inner in definitions[section]["properties"].items():
                lines += _example_lines(key, inner)
    return "```toml\n" + "\n".join(lines) + "\n```"


def _example_lines(key: str, at: Schema) -> list[str]:
    default = at.get("default")
    assignment = f"{key} = {_toml(default)}" if default is not None else f"# {key} = ..."
    return [f"# {at['description']}", assignment]


def _toml(value: Any) -> str:
    # JSON's strings, numbers, booleans, and lists and empty tables of them read the same in TOML.
    return json.dumps(value, ensure_ascii=False)


def _key_table(properties: Schema, definitions: Schema) -> str:
    rows = [
        [code(name), type_words(at, definitions), _default(at), at.get("description", "")]
        for name, at in properties.items()
    ]
    return table(["key", "is", "default", "what it does"], rows)


def _default(at: Schema) -> str:
    default = at.get("default")
    return "" if default is None else code(_toml(default))


def type_words(at: Schema, definitions: Schema) -> str:
    """A type as a reader says it: allowed values, kinds, limits."""
    if "$ref" in at:
        keys = definitions[at["$ref"].rpartition("/")[2]]["properties"]
        return code("{low, high}") if set(keys) == {"low", "high"} else "table"
    alternatives = at.get("anyOf") or at.get("oneOf")
    if alternatives:
        kinds = [type_words(kind, definitions) for kind in alternatives if kind.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "const" in at:
        return code(_toml(at["const"]))
    if "enum" in at or at.get("pattern") == SHIFT_PATTERN:
        values = at.get("enum", ("shift-1", "shift-2", "shift-3"))
        return ", ".join(code(_toml(value)) for value in values)
    if at.get("type") == "array":
        inner = type_words(at["items"], definitions)
        return f"list of: {inner}"
    words = TYPES.get(at.get("type", ""), "anything")
    return words + "".join(f", {limit}" for limit in _limits(at))


def _limits(at: Schema) -> Iterator[str]:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    yield from (f"{sign} {at[key]:g}" for key, sign in signs.items() if key in at)
    if "pattern" in at:
        yield "letters, digits, . _ -"


def _section(at: Schema) -> str | None:
    """The name of the section's definition, None for a plain key."""
    reference = at.get("$ref") or at.get("items", {}).get("$ref")
    return str(reference).rpartition("/")[2] if reference else None


def _reference(at: Schema) -> Schema:
    return {"$ref": at["$ref"]}


def _described(at: Schema) -> Schema:
    return {"description": at["description"]} if "description" in at else {}


def _without_null(node: Any) -> Any:
    """`node` without alternatives and defaults that are null."""
    if isinstance(node, list):
        return [_without_null(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    kept = {key: _without_null(value) for key, value in node.items() if not (key == "default" and value is None)}
    if "anyOf" in kept:
        kinds = [kind for kind in kept["anyOf"] if kind.get("type") != "null"]
        if len(kinds) == 1:
            kept = {**{key: value for key, value in kept.items() if key != "anyOf"}, **kinds[0]}
        else:
            kept["anyOf"] = kinds
    return kept
