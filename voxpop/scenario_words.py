"""What `voxpop scenarios` prints of a set: the list, the scenarios, their faults, and the survey made from them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from simulator.errors import InstrumentError, RunSpecError
from surveys.scenario_check import poles_of
from surveys.scenario_instrument import NAMES, scenario_instrument
from surveys.scenarios import ScenarioSet, find_scenarios, only_items, scenario_set_names
from surveys.serialize import instrument_to_toml
from voxpop.spec_source import names_in
from voxpop.terminal import plain_text, print_json, program, stdout


def set_facts(scenarios: ScenarioSet) -> dict[str, Any]:
    """A set in a few facts."""
    return {
        "id": scenarios.id,
        "title": scenarios.title,
        "survey": scenarios.survey,
        "version": scenarios.version,
        "n_items": len(scenarios.items),
        "n_scenarios": len(scenarios.scenarios),
        "source": scenarios.source,
        "licence": scenarios.licence,
    }


def print_sets(*, as_json: bool) -> None:
    """The built-in sets with their size."""
    from rich.table import Table

    found = [set_facts(find_scenarios(name)) for name in scenario_set_names()]
    if as_json:
        print_json(found)
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("set", "title", "survey", "items", "scenarios"):
        table.add_column(heading)
    for row in found:
        told = (row["id"], row["title"], row["survey"], row["n_items"], row["n_scenarios"])
        table.add_row(*(plain_text(str(fact)) for fact in told))
    stdout().print(table)


def print_scenarios(name: str, *, item: str | None, as_json: bool) -> None:
    """The scenarios of a set by item. Raises InstrumentError for an unknown set or item."""
    scenarios = find_scenarios(name)
    if item is not None:
        scenarios = only_items(scenarios, [item])
    if as_json:
        print_json({**set_facts(scenarios), "scenarios": [asdict(one) for one in scenarios.scenarios]})
        return
    console, survey = stdout(), scenarios.instrument
    facts = set_facts(scenarios)
    console.print(plain_text(f"{facts['id']} · {facts['title']} · version {facts['version']}", "bold"))
    console.print(plain_text(f"{facts['n_scenarios']} scenarios, {facts['n_items']} items. {facts['source']}", "dim"))
    for item_id in scenarios.items:
        asked = survey.item(item_id)
        console.print(plain_text(f"\n{item_id}  {survey.item_text(asked, 'en')}", "bold cyan"))
        poles = poles_of(asked)
        if poles is not None:
            ends = survey.text_in(poles.low[0].text, "en"), survey.text_in(poles.high[-1].text, "en")
            console.print(plain_text("  low: {} · high: {}".format(*ends), "dim"))
        for one in scenarios.of_item(item_id):
            console.print(plain_text(f"  {one.id}  {one.situation}"))
            console.print(plain_text(f"      low   {one.action_low}\n      high  {one.action_high}"))


def print_check(name: str, *, as_json: bool) -> bool:
    """Every fault of a scenario file; True if it can be rated."""
    try:
        scenarios = find_scenarios(name)
    except InstrumentError as error:
        if as_json:
            faults = [fault._asdict() for fault in error.faults] or [{"place": name, "what": str(error), "remedy": ""}]
            print_json({"scenarios": name, "is_valid": False, "faults": faults})
        else:
            stdout().print(plain_text(str(error)))
        return False
    if as_json:
        print_json({"scenarios": scenarios.id, "is_valid": True, "faults": []})
    else:
        sizes = f"{len(scenarios.scenarios)} scenarios for {len(scenarios.items)} items of {scenarios.survey}"
        stdout().print(plain_text(f"{scenarios.id}: {sizes}, no faults"))
    return True


def print_survey_written(
    name: str, out: Path, *, items: str | None, names: str | None, force: bool, as_json: bool
) -> None:
    """Write the survey that has the actions of a set rated. Raises RunSpecError if the file exists, unless `force`."""
    scenarios = find_scenarios(name)
    if items is not None:
        scenarios = only_items(scenarios, names_in(items, "--items"))
    instrument = scenario_instrument(scenarios, names=NAMES if names is None else names_in(names, "--names"))
    write_new(out, instrument_to_toml(instrument), force=force)
    if as_json:
        print_json({"survey": instrument.id, "file": str(out), "n_items": len(instrument.items)})
        return
    console = stdout()
    console.print(plain_text(f"{instrument.id}: {len(instrument.items)} actions to rate, written to {out}"))
    console.print(plain_text(f"Next: {program()} run --survey {out} --strategies city --n 40 --name actions", "dim"))


def write_new(path: Path, text: str, *, force: bool) -> None:
    """Write a TOML file that is not there yet, or any with `force`; RunSpecError where that cannot be."""
    check_target(path, force=force)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise RunSpecError(f"{path}: cannot be written ({error.strerror}); choose another place with --out") from error


def check_target(path: Path, *, force: bool) -> None:
    """Raise RunSpecError for a file that could not be used by its name, or that exists, unless `force`."""
    if path.suffix != ".toml":
        raise RunSpecError(f"--out {path}: the file would be TOML; let its name end in .toml")
    if path.exists() and not force:
        raise RunSpecError(f"{path}: this file exists; choose another with --out, or overwrite it with --force")
