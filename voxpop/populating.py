"""What `voxpop population` prints: every population of a spec as drawn, beside what it was drawn from."""

from __future__ import annotations

from typing import Any

from personas.summary import PopulationSummary, describe
from voxpop.planning import make_populations
from voxpop.spec import RunSpec
from voxpop.terminal import plain_text, print_json, stdout

ROWS_SHOWN = 12


def print_populations(spec: RunSpec, *, examples: int, as_json: bool) -> None:
    """Draw and print; nothing is asked and nothing is written."""
    from personas.population import draw

    found = {
        label: describe(draw(population, spec.seed), n_examples=examples)
        for label, population in make_populations(spec).items()
    }
    if as_json:
        print_json({label: summary_json(summary) for label, summary in found.items()})
        return
    for label, summary in found.items():
        print_summary(label, summary, spec.asking.language)


def summary_json(summary: PopulationSummary) -> dict[str, Any]:
    """A summary as JSON-able data."""
    rows = [row._asdict() for row in summary.rows]
    people = [
        {"id": one.id, "weight": one.weight, "texts": dict(one.texts), "attributes": dict(one.attributes)}
        for one in summary.examples
    ]
    unmatched = [row._asdict() for row in summary.unmatched]
    return {**summary._asdict(), "rows": rows, "unmatched": unmatched, "examples": people}


def print_summary(label: str, summary: PopulationSummary, language: str) -> None:
    """One population for a reader."""
    from rich.table import Table

    console = stdout()
    console.print(plain_text(f"\n{label}: {summary.n:,} personas, seed {summary.seed}", "bold"))
    weights = f"design effect {summary.design_effect:.2f}, effective n {summary.effective_sample_size:,.0f}"
    if summary.converged is not None:
        error = summary.max_margin_error or 0.0
        state = (
            "every margin met"
            if summary.converged
            else f"NOT every margin met (largest error {100 * error:.1f} points)"
        )
        weights += f"; weights raked, {state}"
    console.print(plain_text(weights))
    table = Table(box=None, pad_edge=False)
    for heading in ("variable", "category", "n", "drawn %", "weighted %", "target %", "source"):
        table.add_column(heading, justify="right" if "%" in heading or heading == "n" else "left", overflow="fold")
    shown: dict[str, int] = {}
    for row in summary.rows:
        shown[row.variable] = shown.get(row.variable, 0) + 1
        if shown[row.variable] > ROWS_SHOWN:
            continue
        target = "" if row.target_share is None else f"{100 * row.target_share:.1f}"
        source = f"{row.source}, {row.year}" if row.year else row.source
        cells = [
            row.variable,
            row.category,
            f"{row.n:,}",
            f"{100 * row.drawn_share:.1f}",
            f"{100 * row.weighted_share:.1f}",
        ]
        table.add_row(*(plain_text(cell) for cell in [*cells, target, source if shown[row.variable] == 1 else ""]))
    if summary.rows:
        console.print(table)
    for variable, n in shown.items():
        if n > ROWS_SHOWN:
            console.print(plain_text(f"{variable}: {n - ROWS_SHOWN} more categories (--json prints all)", "dim"))
    for row in summary.unmatched:
        console.print(plain_text(f"not matched: {row.variable} = {row.category}: {row.reason}", "yellow"))
    for persona in summary.examples:
        console.print(plain_text(f"  {persona.id}  {persona.text_in(language) or '(no persona)'}"))
