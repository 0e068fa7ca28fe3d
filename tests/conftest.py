"""Shared fixtures: where the public reference data lies, if it does."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import cli  # noqa: F401  a fixture for every test
from hypothesis import HealthCheck, settings
from servers.fixture import loopback_process, loopback_server  # noqa: F401  fixtures for every test

# How long a machine that others use takes to make examples is no fault of the code.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public reference data beside the project; skips where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        folder = ROOT / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("the public reference data (../shared/data) is not here")
    return folder
