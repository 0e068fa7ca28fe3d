"""Named random streams: every draw is a pure function of (run seed, names), so order and concurrency cannot change it.

Knows no engine, item or respondent: only names. Nothing here or elsewhere touches a global generator.
`rng_for` gives a full numpy generator; `draw_index` and `draw_uniform` give a single cheap draw for hot paths.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np  # heavy, and only `rng_for` needs it: what reads a record draws nothing


def _digest(run_seed: int, names: tuple[str | int, ...], size: int) -> int:
    # The separator cannot occur in an identifier, so ("a", "bc") and ("ab", "c") are different streams.
    key = "\x1f".join([str(run_seed), *map(str, names)])
    return int.from_bytes(blake2b(key.encode(), digest_size=size).digest(), "little")


def rng_for(run_seed: int, *names: str | int) -> np.random.Generator:
    """The generator of the stream `names`, for example `rng_for(7, respondent_id, item_id, "option_order")`."""
    import numpy as np

    return np.random.Generator(np.random.PCG64(_digest(run_seed, names, 16)))


def seed_for(run_seed: int, *names: str | int) -> int:
    """A 31-bit seed to hand to a server that takes one."""
    return _digest(run_seed, names, 8) >> 33


def draw_uniform(run_seed: int, *names: str | int) -> float:
    """One number in [0, 1) from the stream `names`."""
    return (_digest(run_seed, names, 8) >> 11) * 2.0**-53


def draw_index(run_seed: int, *names: str | int, n: int) -> int:
    """One integer in 0..n-1 from the stream `names`; the bias of the 64-bit reduction is below n / 2**64."""
    if n < 1:
        raise ValueError(f"cannot draw one of {n}")
    return _digest(run_seed, names, 8) * n >> 64
