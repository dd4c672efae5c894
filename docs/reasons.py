"""The reasons of parameters, which stand as comments beside them."""

from __future__ import annotations

import dataclasses
import inspect
import re

_FIELD = re.compile(r"    (?P<name>\w+): [^#]*?(#\s*(?P<comment>.*))?")


def reasons_of(parameters: type) -> dict[str, str]:
    """Field to the comment above it and the one at its end; empty where there is none.

    Args:
      parameters: a dataclass, one field a line.
    """
    names = {field.name for field in dataclasses.fields(parameters)}
    found, above = dict.fromkeys(names, ""), list[str]()
    for line in inspect.getsource(parameters).splitlines():
        field = _FIELD.fullmatch(line)
        if line.strip().startswith("#"):
            above.append(line.strip("# "))
        elif field and field["name"] in names:
            found[field["name"]] = " ".join([*above, field["comment"] or ""]).strip()
            above = []
    return found
