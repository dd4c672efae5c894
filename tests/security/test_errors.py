from __future__ import annotations

import copy
import pickle

import pytest

from security import errors

KEY = "projects/p/locations/europe-west3/keyRings/r/cryptoKeys/clinic01-subjects"
EVERY = [
    found
    for found in vars(errors).values()
    if isinstance(found, type) and issubclass(found, errors.SealError)
]
CONCRETE = [one for one in EVERY if one not in (errors.SealError, errors.KeyServiceError)]


def made(kind):
    return kind(KEY) if issubclass(kind, errors.KeyServiceError) else kind()


@pytest.mark.parametrize("kind", CONCRETE)
def test_an_error_survives_the_way_between_workers(kind):
    error = made(kind)
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is kind
        assert str(again) == str(error)


def test_every_error_but_the_refusal_says_what_would_help():
    said = [str(made(kind)) for kind in CONCRETE]
    assert len(set(said)) == len(CONCRETE)
    assert all(said)
