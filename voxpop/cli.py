"""The command line: one verb per command, `--json` everywhere, one clear message and a distinct exit status on failure.

Holds the application and the error handling only; every verb lives in `voxpop.commands` and imports what it needs when it runs.
Exit status: 0 complete · 1 a bug in voxpop · 2 what the user wrote · 3 run incomplete · 4 engine · 5 record.
"""

from __future__ import annotations

import json
import os
import sys

import typer

from simulator.errors import EXIT_COMPLETE, EXIT_INCOMPLETE, EXIT_USER, VoxpopError
from voxpop.commands import doctor, export, population, read, run, survey
from voxpop.terminal import safe

INTERRUPTED = 130
"""What typer turns Ctrl-C into; no command of ours returns it."""

app = typer.Typer(
    name="voxpop",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Launch simulated respondent populations and measure them the way a survey methodologist would.\n\n"
    "Start with: voxpop demo. Exit status: 0 complete, 2 user error, 3 run incomplete, 4 engine, 5 record.",
)

for module in (run, read, export, survey, population, doctor):
    module.register(app)


def main() -> None:
    """Entry point of the `voxpop` command."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    """Run one command line and return its exit status; never a traceback for anything a user can cause."""
    try:
        status = app(arguments, standalone_mode=False)
    except VoxpopError as error:
        _say(str(error), type(error).__name__, error.exit_status, as_json="--json" in arguments)
        return error.exit_status
    except KeyboardInterrupt:
        status = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`voxpop show ... | head`); what it took was correct.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_COMPLETE
    except (typer.Abort, EOFError):
        return EXIT_USER
    except Exception as error:
        show = getattr(error, "show", None)
        if show is None:
            raise  # a bug: the traceback is what we need
        show()
        return int(getattr(error, "exit_code", EXIT_USER))
    if status == INTERRUPTED:
        message = "stopped; nothing that was answered is lost (voxpop resume goes on)"
        _say(message, "Interrupted", EXIT_INCOMPLETE, as_json="--json" in arguments)
        return EXIT_INCOMPLETE
    return status if isinstance(status, int) else EXIT_COMPLETE


def _say(message: str, kind: str, status: int, *, as_json: bool = False) -> None:
    """An error on standard error: a sentence, or a JSON object where `--json` was asked for."""
    if as_json:
        text = json.dumps({"error": kind, "message": message, "exit_status": status}, ensure_ascii=False)
    else:
        text = f"voxpop: {message}"
    sys.stderr.write(safe(text) + "\n")
