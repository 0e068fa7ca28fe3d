"""A full disk ends a run with one clear message; the record stays legible, and the run goes on once there is room."""

from __future__ import annotations

import pytest
from harness import CannotMount, report, scratch


def check_stages(stages: dict[str, str]) -> None:
    """There was no room in the making and in the run; with more, all went well."""
    print(stages)
    found = list(stages.values())
    assert found[-1] == "nowhere"
    assert "making the record" in found
    assert {"first answers", "later answers", "closing"} & set(found)


@pytest.mark.slow
def test_run_on_disks_that_are_too_small() -> None:
    with scratch() as folder:
        try:
            stages = report("full_disk.py", "disk", folder, namespace=True)
        except CannotMount:
            pytest.skip("this system does not let a test mount a small disk")
    check_stages(stages)
    assert "word index" in stages.values()


@pytest.mark.slow
def test_run_under_a_limit_on_file_sizes() -> None:
    with scratch() as folder:
        stages = report("full_disk.py", "limit", folder)
    check_stages(stages)
