"""Section: what a place in the list, and a label, give an option whatever it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.distributions import FloatArray
from analysis.figure_intervals import interval_plot
from analysis.place_effects import PlacedRow, PlaceEffects, place_effects
from analysis.presentation_pairs import PairRules, mean_over_questions
from analysis.report import Figure, Section
from analysis.report_cells import Cell, Column, Missing
from analysis.report_tables import Table
from analysis.sums import Estimate
from simulator.option_labels import label_at
from voxpop.studies.probing.choices import BASE_LABELS
from voxpop.studies.probing.material import TRUTH
from voxpop.studies.probing.measured import Measured, shown

NO_INTERVAL = "fewer than two topics or questions"
NOT_ASKED = "Not asked: `--variants` names no shifts, and without them no option stands at every place."


def place_section(found: Measured) -> Section:
    """Effects of places under each set of labels, and of labels at each place."""
    title = "What do places and labels give an option?"
    if not found.choices.has_shifts:
        return Section("places", title, (NOT_ASKED,))
    parts: list[Any] = [
        "In all cyclic shifts every option stands at every place once. What then moves with the place alone is the "
        "place's doing, or that of the label that stands there: letters go by place, so under one set of labels the "
        "two are one. They are told apart by another set at the same places: what differs between the sets is the "
        "labels' doing, and what both share is the place's, as far as one of the sets has no preference of its own.",
        *_figure(found),
        _places(found),
        *_labels(found),
    ]
    return Section("places", title, tuple(parts))


def rows_under(rows: Sequence[PlacedRow], labels: str) -> list[PlacedRow]:
    """Those shown with this set of labels, the first label at the first place."""
    return [row for row in rows if all(label == label_at(labels, place) for place, label in enumerate(row.labels))]


def effects_under(found: Measured, source: str, labels: str) -> dict[int, PlaceEffects]:
    """Number of options → effects of places on the share of an option, under one set of labels."""
    rows = rows_under(found.material.shifted[source], labels)
    topics = dict(zip(found.choices.items, found.material.topics, strict=True))
    clusters = topics if found.rules.clusters is not None else None
    return {one.n_options: one for one in place_effects(rows, scale="share", clusters=clusters)}


def _places(found: Measured) -> Table:
    columns = (
        Column("n_options", "options"),
        Column("place"),
        *(Column(name.replace("-", "_").replace(" ", "_"), name, digits=3) for name in found.sources),
        Column("n", "questions"),
    )
    rows: list[tuple[Cell, ...]] = []
    for labels in found.choices.labels:
        by_source = {name: effects_under(found, name, labels) for name in found.sources}
        for k in sorted({k for effects in by_source.values() for k in effects}):
            for place in range(k):
                cells = [_effect(effects.get(k), place) for effects in by_source.values()]
                n = max(effects[k].positions[place].n for effects in by_source.values() if k in effects)
                rows.append((k, f"{place + 1} ({label_at(labels, place)})", *cells, n))
    note = (
        "Share of the answers that the place (with the label at it) gives an option, less the mean over places; "
        "0 where places do nothing. Cluster jackknife intervals."
    )
    return Table("place-effects", "Effects of places under each set of labels", columns, rows, note, n_headers=2)


def _effect(effects: PlaceEffects | None, place: int) -> Cell:
    if effects is None:
        return Missing("no distribution in every shift")
    return shown(effects.positions[place], effects.reason or NO_INTERVAL)


def label_effects(found: Measured, source: str, labels: str) -> dict[int, tuple[Estimate, ...]]:
    """Number of options → what the base labels give the option at each place that `labels` do not give it.

    Share under the base set less share under the other, of the same option at the same place in the same order; mean
    over orders, then over questions.
    """
    base, other = (_by_shown(rows_under(found.material.shifted[source], name)) for name in (BASE_LABELS, labels))
    topics = dict(zip(found.choices.items, found.material.topics, strict=True))
    contrasts: dict[str, list[FloatArray]] = {}
    for key in base.keys() & other.keys():
        question, order = key
        contrasts.setdefault(question, []).append((base[key] - other[key])[list(order)])
    by_size: dict[int, dict[str, FloatArray]] = {}
    for question in sorted(contrasts):
        mean = np.mean(contrasts[question], axis=0)
        by_size.setdefault(len(mean), {})[question] = mean
    found_effects = {}
    for k, of_question in sorted(by_size.items()):
        clusters = [topics[question] for question in of_question] if found.rules.clusters is not None else None
        rules = PairRules(clusters=clusters, resamples=found.rules.resamples)
        table = np.stack(list(of_question.values()))
        rng = found.rng("labels", source, labels, str(k))
        found_effects[k] = tuple(mean_over_questions(table[:, place], rules, rng) for place in range(k))
    return found_effects


def _by_shown(rows: Sequence[PlacedRow]) -> Mapping[tuple[str, tuple[int, ...]], FloatArray]:
    """Question and order → the mean distribution, in canonical order."""
    gathered: dict[tuple[str, tuple[int, ...]], list[FloatArray]] = {}
    for row in rows:
        gathered.setdefault((row.question, tuple(row.order)), []).append(np.asarray(row.shares, dtype=np.float64))
    return {key: np.mean(parts, axis=0) for key, parts in gathered.items()}


def _labels(found: Measured) -> Iterator[Table]:
    others = [name for name in found.choices.labels if name != BASE_LABELS]
    if not others:
        return
    columns = (
        Column("n_options", "options"),
        Column("labels"),
        *(Column(name.replace("-", "_").replace(" ", "_"), name, digits=3) for name in found.sources),
        Column("n", "questions"),
    )
    rows: list[tuple[Cell, ...]] = []
    for other in others:
        by_source = {name: label_effects(found, name, other) for name in found.sources}
        for k in sorted({k for effects in by_source.values() for k in effects}):
            for place in range(k):
                named = f"{label_at(BASE_LABELS, place)}, not {label_at(other, place)}"
                cells = [
                    shown(effects[k][place], NO_INTERVAL) if k in effects else Missing("no distribution in both sets")
                    for effects in by_source.values()
                ]
                n = max(effects[k][place].n for effects in by_source.values() if k in effects)
                rows.append((k, named, *cells, n))
    note = (
        "Share of an option under one label less its share under the other, at the same place in the same order: what "
        "the label does, whatever the place does."
    )
    yield Table("label-effects", "Effects of labels at the same place", columns, rows, note, n_headers=2)


def _figure(found: Measured) -> Iterator[Figure]:
    rows: list[tuple[Any, ...]] = []
    sizes = [k for k, one in effects_under(found, found.sources[0], BASE_LABELS).items() if one.positions[0].n]
    if not sizes:
        return
    k = max(sizes, key=lambda size: effects_under(found, found.sources[0], BASE_LABELS)[size].positions[0].n)
    for labels in found.choices.labels:
        for source in found.sources:
            effects = effects_under(found, source, labels).get(k)
            for place in range(k if effects is not None else 0):
                one = effects.positions[place]  # type: ignore[union-attr]
                rows.append((f"place {place + 1} ({label_at(labels, place)})", source, *one[:3]))
    frame = pd.DataFrame(rows, columns=["row", "arm", "value", "low", "high"])
    n = effects_under(found, found.sources[0], BASE_LABELS)[k].positions[0].n
    yield Figure(
        "places-by-probe",
        f"What a place gives an option, of {k} options",
        interval_plot(frame, xlabel="share of answers, less the mean over places", reference=0.0, hollow=[TRUTH]),
        "A row for each place under each set of labels and a dot for each probe with its interval; 0 where places do "
        "nothing; outlines are the planted truth where it is known.",
        f"{n} questions of {k} options in {k} cyclic shifts",
        "Intervals are 95 %, by the delete-one-cluster jackknife.",
    )
