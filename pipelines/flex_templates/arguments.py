"""Parameters of a template to the options of a job's command line.

Dataflow hands every parameter on as `--name=value`. Names may be written with underscores, flags
carry true or false, what may be given several times stands in one text with blanks between.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator, Sequence

from schemas.errors import SchemaError

_FLAGS = {"true": True, "false": False, "": False}
"""Left empty in the console: not given."""


def options_of(parser: argparse.ArgumentParser) -> dict[str, argparse.Action]:
    """The options of a parser by their name without dashes, underscores within; without help."""
    return {
        option.removeprefix("--").replace("-", "_"): action
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--") and action.dest != "help"
    }


def is_flag(action: argparse.Action) -> bool:
    """Whether the option takes no value on the command line."""
    return action.nargs == 0


def command_line(parser: argparse.ArgumentParser, given: Sequence[str]) -> list[str]:
    """The command line that says the same; options that are not the job's stay as they are.

    Raises:
      SchemaError: a flag that is neither true nor false.
    """
    options = options_of(parser)
    return [word for argument in given for word in _words(argument, options)]


def _words(argument: str, options: dict[str, argparse.Action]) -> Iterator[str]:
    name, has_value, value = argument.partition("=")
    action = options.get(name.removeprefix("--").replace("-", "_"))
    if action is None or not name.startswith("--"):
        yield argument
        return
    option = action.option_strings[0]
    if is_flag(action):
        if value.lower() not in _FLAGS:
            raise SchemaError(option, value, "true or false")
        if not has_value or _FLAGS[value.lower()]:
            yield option
    elif not has_value:
        yield option  # its value is the next argument
    elif value and action.nargs in ("+", "*"):
        yield option
        yield from shlex.split(value)
    elif value:  # a parameter left empty in the console was not given
        yield f"{option}={value}"
