"""What the door refuses before it looks into packets: sizes, forms, places, rates."""

from __future__ import annotations

import gzip
import http.client
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.packet_wire import encode_packet
from schemas.posts import (
    BINARY_TYPE,
    JSON_TYPE,
    MAX_POST_BYTES,
    MAX_POST_PACKETS,
    encode_post,
    post_to_json,
)

ANSWERS = {202, 400, 401, 404, 405, 408, 413, 415, 429, 503}


def assert_problem(answer, status, code, field=None):
    assert (answer.status, answer.fields["type"]) == (status, f"urn:neural-engine:problem:{code}")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.fields["status"] == status
    assert answer.fields["title"]
    assert answer.fields["detail"]
    assert answer.fields.get("field") == field


def test_a_body_too_long_is_refused_by_its_length_alone(poster, device):
    connection = http.client.HTTPConnection(poster.address, timeout=10)
    connection.putrequest("POST", "/v1/telemetry")
    connection.putheader("Authorization", f"Bearer {device.token()}")
    connection.putheader("Content-Type", BINARY_TYPE)
    connection.putheader("Content-Length", str(MAX_POST_BYTES + 1))
    connection.endheaders()
    answer = connection.getresponse()  # nothing of the body was sent
    assert answer.status == 413
    connection.close()


def test_a_body_too_long_is_refused_while_it_comes(poster, device):
    connection = http.client.HTTPConnection(poster.address, timeout=10)
    headers = {"Authorization": f"Bearer {device.token()}", "Content-Type": BINARY_TYPE}
    pieces = iter([bytes(1 << 20)] * (MAX_POST_BYTES // (1 << 20)) + [b"1"])
    connection.request("POST", "/v1/telemetry", pieces, headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_a_gzip_bomb_is_refused(poster, device):
    bomb = gzip.compress(bytes(1 << 28))  # 256 MB of nothing
    answer = poster.post(device, body=bomb, content_encoding="gzip")
    assert_problem(answer, 413, "body-too-large")


@pytest.mark.parametrize("damage", [lambda b: b[:-9], lambda b: b[1:], lambda b: b + b])
def test_what_is_no_whole_gzip_is_refused(poster, device, damage):
    body = damage(gzip.compress(encode_post([encode_packet(device.packet())])))
    answer = poster.post(device, body=body, content_encoding="gzip")
    assert_problem(answer, 400, "malformed-body", "content-encoding")


def test_an_unknown_encoding_or_type_is_refused(poster, device):
    answer = poster.post(device, body=b"x", content_encoding="br")
    assert_problem(answer, 415, "unsupported-encoding", "content-encoding")
    for content_type in ("", "text/plain", "application/x-protobufs"):
        answer = poster.post(device, body=b"x", content_type=content_type)
        assert_problem(answer, 415, "unsupported-media-type", "content-type")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", BINARY_TYPE),
        (b"\xff", BINARY_TYPE),
        (b"", JSON_TYPE),
        (b"[" * 100_000, JSON_TYPE),
        (b"[]", JSON_TYPE),
        (b'{"packets": []}', JSON_TYPE),
        (b'{"packets": {}}', JSON_TYPE),
        (b'{"packets": [], "more": 1}', JSON_TYPE),
        (b"\xff\xfe", JSON_TYPE),
    ],
)
def test_what_is_no_post_is_refused(poster, device, body, content_type):
    answer = poster.post(device, body=body, content_type=content_type)
    assert answer.status == 400
    assert answer.fields["type"].endswith("malformed-body")


def test_too_many_packets_are_refused_together(poster, device):
    answer = poster.post(device, *[b"x"] * (MAX_POST_PACKETS + 1))
    assert_problem(answer, 413, "too-many-packets", "packets")
    assert poster.post(device, *[b"x"] * MAX_POST_PACKETS).status == 202


def test_numbers_that_do_not_fit_beside_others_are_to_be_sent_again(poster, device):
    flat = device.packet(0, samples=[[0] * 8] * 65_536)  # half a million numbers in 3 kB
    wire = encode_packet(flat)
    assert len(wire) < 5000
    answer = poster.post(device, *[wire] * 5)
    assert answer.status == 503
    assert answer.reasons[4] == "unavailable"
    assert "unavailable" not in answer.reasons[:4]


def test_other_places_and_methods_are_refused(poster):
    assert_problem(poster.ask("POST", "/v2/telemetry"), 404, "not-found")
    assert_problem(poster.ask("GET", "/v1/telemetry"), 405, "method-not-allowed")


def test_health_is_told_without_a_token(poster):
    for path in ("/healthz", "/health", "/health/ready"):
        answer = poster.ask("GET", path)
        assert (answer.status, answer.fields["status"]) == (200, "ok")


def test_a_device_that_posts_too_much_is_put_off_and_no_other(world, poster, device):
    other = world.add_device()
    for _ in range(12):  # 256 packets each; 2,000 are let through at once and 200 a second
        answer = poster.post(device, *[b"x"] * MAX_POST_PACKETS)
        if answer.status != 202:
            break
    assert_problem(answer, 429, "too-many-packets-a-second")
    assert 1 <= int(answer.headers["retry-after"]) <= 3
    assert poster.post(other, other.packet()).status == 202


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_posted_gets_a_documented_answer(world, poster, data):
    device = world.add_device() if not hasattr(world, "fuzzed") else world.fuzzed
    world.fuzzed = device
    good = encode_post([encode_packet(device.packet())])
    text = post_to_json([device.packet()]).encode()
    body = data.draw(
        st.binary(max_size=200)
        | _damaged(good)
        | _damaged(text)
        | st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["packets", "samples", "rows"]), inner)
            ),
        ).map(lambda found: json.dumps({"packets": [found]}).encode())
    )
    headers = {
        "content_type": data.draw(st.sampled_from([BINARY_TYPE, JSON_TYPE, "x"])),
        "content_encoding": data.draw(st.sampled_from(["", "", "gzip", "zip"])),
        "traceparent": data.draw(st.text(st.characters(min_codepoint=33, max_codepoint=126))),
    }
    answer = poster.post(device, body=body, **headers)
    assert answer.status in ANSWERS
    assert answer.status == 202 or answer.fields["status"] == answer.status


def _damaged(whole):
    places = st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=3)

    def damage(changes):
        body = bytearray(whole)
        for place, value in changes:
            body[place] = value
        return bytes(body)

    return places.map(damage)
