"""Section: who answered, what did not work, and how many calls of a model each arm took."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from analysis.report import Section
from analysis.report_cells import Column
from analysis.report_tables import Table
from simulator.store.reader import Reader
from simulator.store.records import ANSWER_STATUSES, respondent_name
from voxpop.studies.alignment.material import ARM, COUNTRY, Material

_HEADINGS = {"dont_know": "don't know", "not_applicable": "skipped"}


def who_answered(material: Material) -> Section:
    """Respondents, answers by status, and calls by role."""
    parts: list[Any] = [
        "Each respondent is a citizen of a country who lives in a region drawn at random and is asked one question "
        "after another. A reply that cannot be read is asked again; what stays unreadable is counted here and never "
        "becomes an answer.",
        _statuses(material),
        _calls(material),
    ]
    return Section("who-answered", "Who answered", tuple(parts))


def _statuses(material: Material) -> Table:
    frame = material.frame
    rows = []
    for (arm, country), part in frame.groupby([ARM, COUNTRY], observed=True):
        counts = part["status"].astype(str).value_counts()
        failed = 1 - counts.get("answered", 0) / max(1, len(part) - counts.get("not_applicable", 0))
        by_status = [int(counts.get(status, 0)) for status in ANSWER_STATUSES]
        rows.append((str(arm), str(country), part["person"].nunique(), *by_status, float(failed)))
    columns = (
        Column("arm"),
        Column("country"),
        Column("respondents"),
        *(Column(status, _HEADINGS.get(status, status)) for status in ANSWER_STATUSES),
        Column("failed_share", "without an answer", digits=1, percent=True),
    )
    return Table("answers-by-status", "Answers by status", columns, rows, n_headers=2)


def _calls(material: Material) -> Table:
    """Calls by arm and role: what each way of asking costs."""
    found: dict[tuple[str, str], Counter[str]] = {}
    n_answers: dict[tuple[str, str], int] = {}
    for key, part in material.frame.groupby([ARM, COUNTRY], observed=True):
        arm, country = map(str, key) if isinstance(key, tuple) else ("", "")
        n_answers[arm, country] = len(part)
    for record in material.records.asked:
        _count_calls(material, record.parent.name, record, found)
    roles = sorted(
        {role for counts in found.values() for role in counts}, key=lambda role: (role != "respondent", role)
    )
    rows = []
    for key, n in n_answers.items():
        counts = found.get(key, Counter())
        total = sum(counts.values())
        rows.append((*key, *(counts[role] for role in roles), total, total / n))
    columns = (
        Column("arm"),
        Column("country"),
        *(Column(f"calls_{role.replace('-', '_')}", role) for role in roles),
        Column("calls", "calls in all"),
        Column("calls_per_answer", "calls per answer"),
    )
    return Table("model-calls", "Calls of the model, by role", columns, rows, n_headers=2)


def _count_calls(material: Material, name: str, record: Path, found: dict[tuple[str, str], Counter[str]]) -> None:
    frame = material.frame
    inside = frame["person"].astype(str).str.startswith(f"{name}/")
    people = frame.loc[inside, ["person", ARM, COUNTRY]].drop_duplicates()
    arm_of = {
        str(person).rpartition("/")[2]: (str(arm), str(country))
        for person, arm, country in people.itertuples(index=False)
    }
    with Reader(record) as reader:
        roles = Counter((respondent_name(row.respondent), row.role) for row in reader.exchanges())
    for (respondent, role), n in roles.items():
        key = arm_of.get(respondent)
        if key is not None:
            found.setdefault(key, Counter())[role] += n
