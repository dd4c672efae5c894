"""Emulators that tests need: present, or the reason why the test does not run."""

from __future__ import annotations

import os

import pytest

from local.emulators import EmulatorError, EmulatorKind


def require_emulator(kind: EmulatorKind) -> None:
    """Skips with the command that installs it where it is missing; under CI=true that fails."""
    try:
        kind.find()
    except EmulatorError as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))
