"""A human reference beside a run: what goes into the record is what comes out of it, to the last digit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies_reference import human_references, plain_reference
from strategies_store import fill_plain, plain_writer

from simulator.errors import StoreError
from simulator.store.reader import Reader
from surveys.reference import HumanReference
from voxpop.references import add_reference, recorded_references
from voxpop.status import ending_words


@settings(max_examples=40, deadline=None)
@given(st.lists(human_references, max_size=2, unique_by=lambda reference: reference.id))
def test_references_survive_the_record(given_references: list[HumanReference]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "record.sqlite"
        plain_writer(path).close()
        for reference in given_references:
            add_reference(path, reference)
        with Reader(path) as reader:
            assert recorded_references(reader) == tuple(given_references)


def test_adding_a_reference_changes_nothing_of_the_run(tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    with plain_writer(path) as writer:
        fill_plain(writer, 2, 3)
    with Reader(path) as reader:
        before = (list(reader.answers()), reader.interviews())
        ended = ending_words(reader.sessions())
    add_reference(path, plain_reference())
    add_reference(path, plain_reference())
    with pytest.raises(StoreError, match="'plain' is recorded with other content"):
        add_reference(path, replace(plain_reference(), year=2025))
    with Reader(path) as reader:
        assert (list(reader.answers()), reader.interviews()) == before
        assert recorded_references(reader) == (plain_reference(),)
        sessions = [replace(one, outcome="failed") if one.kind == "reference" else one for one in reader.sessions()]
        assert ending_words(sessions) == ended
