"""Property tests here compare numbers, not times: a busy machine must not fail them."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("numbers", deadline=None)
settings.load_profile("numbers")
