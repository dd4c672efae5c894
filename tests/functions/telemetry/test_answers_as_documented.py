from __future__ import annotations

from tests.functions.documented import assert_as_documented

PATH = "/v1/telemetry"


def check(answer):
    assert_as_documented("POST", PATH, answer.status, answer.headers["content-type"], answer.body)
    return answer.status


def test_the_door_answers_as_the_document_says(poster, device):
    good = device.packet()
    assert check(poster.post(device, good)) == 202
    assert check(poster.post(device, b"no packet", good)) == 202
    assert check(poster.post(device, body=b"\xff\xff")) == 400
    assert check(poster.post(device, body=b"{", content_type="application/json")) == 400
    assert check(poster.post(device, good, content_type="text/plain")) == 415
    assert check(poster.post(device, good, content_encoding="br")) == 415
    assert check(poster.post(device, good, authorization="Bearer nonsense")) == 401
    assert check(poster.post(device, good, authorization="")) == 401
    assert check(poster.post(device, body=b"\0" * (5 << 20))) == 413
