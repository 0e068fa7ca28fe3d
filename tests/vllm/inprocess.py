"""A process of its own in which vLLM's asynchronous engine answers requests: `python inprocess.py MODEL IN OUT`.

IN is a pickled list of requests; OUT becomes a pickled list of completions, or of the messages of EngineErrors.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


async def answered(model: str, requests: list[object]) -> list[object]:
    """Every request at once, and what came of it."""
    from simulator.engines.vllm_inprocess import VllmEngine
    from simulator.errors import EngineError

    # As the server is started (conftest.py), for the same reasons.
    options = {"max_model_len": 2048, "enforce_eager": True, "dtype": "float32", "max_num_batched_tokens": 32768}
    engine = VllmEngine(model, options)

    async def one(request: object) -> object:
        try:
            return await engine.complete(request)  # type: ignore[arg-type]
        except EngineError as error:
            return f"{type(error).__name__}: {error}"

    try:
        return list(await asyncio.gather(*(one(request) for request in requests)))
    finally:
        await engine.close()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    asked = pickle.loads(Path(sys.argv[2]).read_bytes())
    Path(sys.argv[3]).write_bytes(pickle.dumps(asyncio.run(answered(sys.argv[1], asked))))
