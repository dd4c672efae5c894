"""The Dockerfile, read: what it says is what the tests check and do."""

from __future__ import annotations

import dataclasses
import re
import shlex
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATH = ROOT / "Dockerfile"


@dataclasses.dataclass(frozen=True)
class Instruction:
    """`word` and what stands behind it, continued lines joined."""

    line: int
    word: str
    rest: str


@dataclasses.dataclass(frozen=True)
class Stage:
    """From one FROM to the next."""

    name: str
    image: str
    instructions: tuple[Instruction, ...]

    def all(self, word: str) -> list[Instruction]:
        """The instructions of one word, in order."""
        return [one for one in self.instructions if one.word == word]


def instructions(text: str) -> list[Instruction]:
    """Every instruction, comments left out."""
    found, words, start = list[Instruction](), "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or not line.strip():
            continue
        start = start or number
        words += " " + line.rstrip("\\").strip()
        if not line.endswith("\\"):
            word, _, rest = words.strip().partition(" ")
            found.append(Instruction(start, word, rest.strip()))
            words, start = "", 0
    return found


def stages(text: str) -> list[Stage]:
    """Stages in order; the arguments in front of the first are filled in."""
    arguments: dict[str, str] = {}
    found: list[Stage] = []
    for one in instructions(text):
        if one.word == "ARG" and not found:
            name, _, default = one.rest.partition("=")
            arguments[name] = default
        elif one.word == "FROM":
            image, _, name = re.split(r"\s+(AS)\s+", one.rest)
            for argument, value in arguments.items():
                image = image.replace(f"${{{argument}}}", value)
            found.append(Stage(name, image, ()))
        else:
            last = found[-1]
            found[-1] = dataclasses.replace(last, instructions=(*last.instructions, one))
    return found


def environment(stage: Stage) -> dict[str, str]:
    """What its ENV instructions set."""
    words = [word for one in stage.all("ENV") for word in shlex.split(one.rest)]
    return dict(word.split("=", 1) for word in words)


def commands(instruction: Instruction) -> list[str]:
    """The shell commands of a RUN, one after another."""
    return [command.strip() for command in instruction.rest.split("&&")]
