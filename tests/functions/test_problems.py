"""Problems are RFC 9457, and never longer than they should be."""

from __future__ import annotations

import json

from functions.problems import MAX_DETAIL, ProblemError


def test_a_problem_says_what_the_standard_asks_for():
    problem = ProblemError(
        503, "unavailable", "later", field="x", retry_after_s=1.2, more={"verdicts": []}
    )
    assert json.loads(problem.to_json()) == {
        "type": "urn:neural-engine:problem:unavailable",
        "title": "Unavailable",
        "status": 503,
        "detail": "later",
        "field": "x",
        "verdicts": [],
    }
    assert problem.headers()["content-type"] == "application/problem+json"
    assert problem.headers()["retry-after"] == "2"  # never too early


def test_what_was_sent_is_echoed_at_a_bounded_length():
    problem = ProblemError(400, "malformed-body", "\ud800" * 10_000)
    assert len(json.loads(problem.to_json())["detail"]) == MAX_DETAIL


def test_only_401_asks_for_a_token():
    assert ProblemError(401, "unauthorized", "").headers()["www-authenticate"] == "Bearer"
    assert "www-authenticate" not in ProblemError(403, "forbidden", "").headers()
