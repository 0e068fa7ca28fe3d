"""What every section of the report works on: answers and replies of all arms, the people beside them, what was found.

Reads the records once. Computes nothing but the two alignments, which several sections show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis.alignment import AlignmentRules, AlignmentTables, align
from analysis.reply_diversity import DiversityTables, replies_frame, reply_diversity
from simulator.seeds import rng_for
from simulator.store.reader import Reader
from simulator.store.records import respondent_name
from surveys.reference import HumanReference
from surveys.reference_check import ReferenceCheck, check_reference
from voxpop.references import add_reference, recorded_references
from voxpop.studies.alignment.choices import Choices
from voxpop.studies.alignment.panel_replies import LISTED, with_entries
from voxpop.studies.alignment.planted_people import planted_people
from voxpop.studies.alignment.runs import Records

ARM = "arm"
COUNTRY = "attr_country"


@dataclass(frozen=True)
class Material:
    """The answers of every arm (`frame`, one row each, with the whole reply) beside how people answered."""

    choices: Choices
    records: Records
    check: ReferenceCheck
    frame: pd.DataFrame

    @property
    def reference(self) -> HumanReference:
        """How people answered, as far as it can be compared."""
        return self.check.usable

    @property
    def is_planted(self) -> bool:
        """Whether the people are known-truth people."""
        return self.choices.reference is None

    @property
    def people(self) -> str:
        """What the people are called in tables."""
        return "planted people" if self.is_planted else "people"

    @property
    def n_by_arm(self) -> str:
        """How many respondents stand behind the numbers, in words."""
        n = self.frame.groupby(ARM, observed=True, sort=False)["person"].nunique()
        sizes = set(n.tolist())
        each = f"{n.iloc[0]:,}" if len(sizes) == 1 else f"{n.min():,} to {n.max():,}"
        return f"{each} respondents in each of {len(n)} arms, over {len(self.choices.countries)} countries"

    @cached_property
    def alignment(self) -> AlignmentTables:
        """By the rule recommended for new studies: failed replies are left out and counted."""
        return self._align(AlignmentRules(failures="exclude", resamples=self.choices.options.resamples))

    @cached_property
    def published_alignment(self) -> AlignmentTables:
        """By the published rule: one failed reply makes an item infinitely far."""
        return self._align(AlignmentRules(weighted=False, resamples=self.choices.options.resamples))

    @cached_property
    def diversity(self) -> DiversityTables:
        """How many replies differ, by arm; an item is another one in each country, where it has other words."""
        rng = rng_for(self.choices.options.seed, "diversity")
        item = self.frame[COUNTRY].astype(str) + "/" + self.frame["item"].astype(str)
        return reply_diversity(self.frame.assign(item=item), rng, by=[ARM])

    def _align(self, rules: AlignmentRules) -> AlignmentTables:
        rng = rng_for(self.choices.options.seed, "alignment", rules.convention)
        chosen = self.choices
        return align(
            self.frame,
            chosen.instrument,
            self.reference,
            rng,
            by=[ARM],
            country=COUNTRY,
            ordered=chosen.ordered,
            rules=rules,
        )


def gather(choices: Choices, records: Records) -> Material:
    """Read the records; the human reference is put into each of them, beside the answers that are held against it."""
    reference = choices.reference
    if reference is None:
        reference = planted_people(records.people, choices.countries, choices.instrument)
    for record in records.asked:
        with Reader(record) as reader:
            is_there = any(held.id == reference.id for held in recorded_references(reader))
        if not is_there:
            add_reference(record, reference)
    parts = [_frame(record) for record in records.asked]
    frame = pd.concat(parts, ignore_index=True)
    frame[ARM] = pd.Categorical(frame[ARM], [arm for arm in choices.arms if (frame[ARM] == arm).any()], ordered=True)
    check = check_reference(reference, choices.instrument, countries=choices.countries)
    return Material(choices, records, check, frame.sort_values(ARM, kind="stable", ignore_index=True))


def _frame(record: Path) -> pd.DataFrame:
    """The answers of one record. Respondents of different records have different names (`person`, `respondent`)."""
    with Reader(record) as reader:
        frame = replies_frame(reader, attributes=True)
        if (frame["protocol"].astype(str) == LISTED).any():
            said = {(respondent_name(row.respondent), row.number): row.completion for row in reader.exchanges()}
            frame = with_entries(frame, said)
    protocol = frame["protocol"].astype(str)
    arm = frame["ablation"].astype(str).where(protocol == "interview", protocol)
    person = record.parent.name + "/" + frame["respondent"].astype(str)
    return frame.assign(**{ARM: arm, "person": person, "respondent": person})


def shown_arms(frame: pd.DataFrame) -> Sequence[str]:
    """The arms of a table in their order."""
    return [str(arm) for arm in dict.fromkeys(frame[ARM])]
