"""Numbers as a file writes them, exact."""

from __future__ import annotations

import math
from fractions import Fraction

_MAX_CHARACTERS = 40
_LARGEST, _SMALLEST = 1e30, 1e-30


def exact_number(text: str) -> Fraction | None:
    """The decimal number in a text; None where there is none.

    Nor is one beyond what any quantity of a recording can be: the exact value of "1e999999999"
    would fill the memory.

    >>> exact_number(" 128.5 ")
    Fraction(257, 2)
    """
    text = text.strip().replace(",", ".")  # some writers put a decimal comma
    if len(text) > _MAX_CHARACTERS or "_" in text:
        return None
    try:
        size = abs(float(text))
    except ValueError:
        return None
    if not math.isfinite(size) or size > _LARGEST:
        return None
    return Fraction(0) if size < _SMALLEST else Fraction(text)
