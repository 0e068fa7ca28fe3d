"""The command line: one verb per command, `--json` everywhere, one clear message and a distinct exit status on failure.

Holds the application and the error handling only; every verb lives in `voxpop.commands` and imports what it needs when
it runs. Exit status: 0 complete · 1 a bug in voxpop · 2 what the user wrote · 3 run incomplete · 4 engine · 5 record.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any

import typer

from simulator.errors import EXIT_COMPLETE, EXIT_INCOMPLETE, EXIT_STORE, EXIT_USER, VoxpopError
from voxpop.commands import doctor, export, judge, population, read, reference, run, scenarios, study, survey
from voxpop.terminal import say

app = typer.Typer(
    name="voxpop",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Launch simulated respondent populations and measure them the way a survey methodologist would.\n\n"
    "Start with: voxpop demo. Exit status: 0 complete, 2 user error, 3 run incomplete, 4 engine, 5 record.",
)

for module in (run, read, judge, export, survey, scenarios, population, reference, study, doctor):
    module.register(app)


def main() -> None:
    """Entry point of the `voxpop` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that knows ASCII only gets escapes, not a traceback
            stream.reconfigure(errors="backslashreplace")
    sys.exit(call(sys.argv[1:]))


def call(arguments: list[str]) -> int:
    """Run one command line and return its exit status; never a traceback for anything a user can cause."""
    as_json = "--json" in arguments
    try:
        status = _carry_out(arguments)
    except VoxpopError as error:
        status = say(str(error), type(error).__name__, error.exit_status, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        stopped = "stopped; nothing that was answered is lost: go on with voxpop resume RUN"
        status = say(stopped, "Interrupted", EXIT_INCOMPLETE, as_json=as_json)
    except BrokenPipeError:
        # The reader of our output has gone (`voxpop show ... | head`); what it took was correct.
        _discard_output()
        status = EXIT_COMPLETE
    except OSError as error:
        status = _outside(error, as_json=as_json)
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise  # a bug: the traceback is what we need
        status = _usage(error, as_json=as_json)
    return status


def _carry_out(arguments: list[str]) -> int:
    """Not through typer's own `main`, which turns Ctrl-C and a closed pipe into statuses of its own."""
    command = typer.main.get_command(app)
    try:
        with command.make_context("voxpop", list(arguments)) as context:
            status = command.invoke(context)
    except typer.Exit as end:  # --help
        status = end.exit_code
    sys.stdout.flush()
    return status if isinstance(status, int) else EXIT_COMPLETE


def _usage(error: Any, *, as_json: bool) -> int:
    """A command line that typer could not read; without any argument, its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return EXIT_USER
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "voxpop"
    message = f"{error.format_message().rstrip('.')}; see {command} --help"
    return say(message, "UsageError", EXIT_USER, as_json=as_json)


def _outside(error: OSError, *, as_json: bool) -> int:
    """What the operating system refused outside the record: a full disk behind the output, a folder without leave."""
    _discard_output()
    where = f"{error.filename}: " if error.filename else "the output cannot be written: "
    is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    remedy = "free some space, then try again" if is_full else "check the path and its permissions"
    message = f"{where}{error.strerror or error}; {remedy}"
    return say(message, type(error).__name__, EXIT_STORE if is_full else EXIT_USER, as_json=as_json)


def _discard_output() -> None:
    """Send what is still waiting for standard output nowhere, so that leaving does not fail on it again."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # standard output is no file here
        return
