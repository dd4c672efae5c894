"""What all bodies may take together, and that nothing of it is kept."""

from __future__ import annotations

import pytest

from functions.problems import ProblemError
from functions.telemetry.bodies_in_hand import BodiesInHand


def test_what_does_not_fit_beside_others_is_put_off_and_fits_once_they_gave_some_back():
    bodies = BodiesInHand(100)
    with bodies.claim() as one, bodies.claim() as other:
        one.add(10)
        one.add(60)  # what is made of it while it is read
        with pytest.raises(ProblemError) as refused:
            other.add(40)
        assert (refused.value.status, refused.value.code) == (429, "too-busy")
        assert bodies.fullness == 0.7
        one.add(-60)
        other.add(40)
        assert bodies.fullness == 0.5
    assert bodies.fullness == 0.0


def test_what_a_claim_took_is_given_back_where_it_fails_too():
    bodies = BodiesInHand(100)

    def take_too_much() -> None:
        with bodies.claim() as claim:
            claim.add(90)
            claim.add(20)

    with pytest.raises(ProblemError):
        take_too_much()
    assert bodies.fullness == 0.0
