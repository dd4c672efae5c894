"""Emulators that tests need: present, or the reason why the test does not run."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import pytest

from local import bigtable, pubsub
from local.emulators import EmulatorError, EmulatorKind
from transforms.bigquery_address import LOOPBACK_VARIABLE, STORAGE_LOOPBACK_VARIABLE


def require_emulator(kind: EmulatorKind) -> None:
    """Skips with the command that installs it where it is missing; under CI=true that fails."""
    try:
        kind.find()
    except EmulatorError as missing:
        if os.environ.get("CI") == "true":
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@contextlib.contextmanager
def without_emulators() -> Iterator[None]:
    """Google's clients find none meanwhile, whatever other tests of this process started."""
    told = (LOOPBACK_VARIABLE, STORAGE_LOOPBACK_VARIABLE)
    with pytest.MonkeyPatch.context() as patch:
        for variable in (bigtable.ADDRESS_VARIABLE, pubsub.ADDRESS_VARIABLE, *told):
            patch.delenv(variable, raising=False)
        yield
