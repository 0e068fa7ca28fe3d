"""The command-line reference, from the application itself: every command with what it says about itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import typer.main

from generators.markdown import code, fenced, table
from simulator import errors
from voxpop.cli import app

EXITS = {
    "EXIT_COMPLETE": "done, and complete",
    "EXIT_BUG": "a bug in voxpop; the traceback is what we need",
    "EXIT_USER": "what you wrote cannot be used: command line, spec, survey, population, a missing capability",
    "EXIT_INCOMPLETE": "the run is incomplete: interviews are open; `voxpop resume` goes on",
    "EXIT_ENGINE": "whoever answers did not answer",
    "EXIT_STORE": "the record cannot be read or written",
}


def root() -> Any:
    """The command tree. Typer brings its own copy of click, so that there is no public type to name here."""
    return typer.main.get_command(app)


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that can be typed, with its words: ("survey list", command)."""
    for name, command in root().commands.items():
        inner = getattr(command, "commands", None)
        if inner is None:
            yield name, command
        else:
            yield from ((f"{name} {verb}", at) for verb, at in inner.items())


def command_reference() -> str:
    """All commands, then the exit statuses."""
    parts = [_command(words, command) for words, command in commands()]
    return "\n\n".join([*parts, "## Exit statuses", exit_table()])


def exit_table() -> str:
    """The exit statuses with their meaning. Raises KeyError for one that is not explained here."""
    names = [name for name in vars(errors) if name.startswith("EXIT_")]
    return table(["status", "means"], [[str(getattr(errors, name)), EXITS[name]] for name in names])


def _command(words: str, command: Any) -> str:
    arguments = [param for param in command.params if not _is_option(param)]
    options = [param for param in command.params if _is_option(param) and param.name != "help"]
    usage = " ".join(["voxpop", words, *map(_usage, arguments), *(["[OPTIONS]"] if options else [])])
    parts = [f"## voxpop {words}", command.help.strip(), fenced(usage)]
    if arguments:
        rows = [[code(_metavar(param)), param.help or ""] for param in arguments]
        parts.append(table(["argument", "is"], rows))
    if options:
        parts.append(table(["option", "means", "default"], [_row(param) for param in options]))
    if command.epilog:
        examples = re.sub(r"^Examples?: ", "", command.epilog).split(" · ")
        parts.append(fenced("\n".join(examples), "sh"))
    return "\n\n".join(parts)


def _is_option(param: Any) -> bool:
    return any(name.startswith("-") for name in param.opts)


def _metavar(param: Any) -> str:
    return str(param.metavar or param.name.upper()).strip("[]").removesuffix("...")


def _usage(param: Any) -> str:
    shown = _metavar(param) + ("..." if param.nargs == -1 else "")
    return shown if param.required else f"[{shown}]"


def _row(param: Any) -> list[str]:
    names = ", ".join(code(name) for name in sorted(param.opts, key=len, reverse=True))
    if not param.is_flag:
        names += f" {param.metavar or _value(param)}"
    help_text = param.help or ""
    repeated = " May be given several times." if param.multiple else ""
    default = "" if param.is_flag or param.default is None else code(str(param.default))
    return [names, help_text + repeated, default]


def _value(param: Any) -> str:
    return str(param.name).removesuffix("_name").upper()
