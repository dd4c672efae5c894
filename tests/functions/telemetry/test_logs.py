"""What the function writes down: counts, sizes and codes; nobody's name, nothing of the signal."""

from __future__ import annotations

import json
import logging
import time

import pytest

from functions.logs import JsonFormatter
from functions.telemetry import front
from schemas.packet_wire import encode_packet
from schemas.posts import JSON_TYPE, post_to_json
from schemas.verdicts import Reason
from tests.functions.telemetry.posters import Poster
from tests.security.vaults import SUBJECT


def lines_of(door, trace_id):
    found = [line for line in door.log.read_text().splitlines() if trace_id in line]
    return [json.loads(line) for line in found]


def wait_for_lines(door, trace_id, count):
    until = time.monotonic() + 5
    while len(found := lines_of(door, trace_id)) < count:
        assert time.monotonic() < until
    return found


def test_the_log_names_nobody_and_quotes_nothing(door, world, poster, device):
    trace_id = "5" * 32
    trace = f"00-{trace_id}-{'b' * 16}-01"
    token = device.token()
    packet = device.packet(3)
    poster.post(device, packet, authorization=f"Bearer {token}", traceparent=trace)
    poster.post(device, device.packet(1, session="c" * 32), b"secret-bytes", traceparent=trace)
    poster.post(device, packet, authorization=f"Bearer {token}x", traceparent=trace)
    poster.post(device, body=b"secret-body", content_type=JSON_TYPE, traceparent=trace)
    text = post_to_json([packet]).replace('"RICE"', '"secret-codec"').encode()
    poster.post(device, body=text, content_type=JSON_TYPE, traceparent=trace)
    told = wait_for_lines(door, trace_id, 4)
    assert [line["status"] for line in told] == [202, 401, 400, 202]
    assert told[0]["refused"] == {"unknown_session": 1, "malformed": 1}
    assert {line["severity"] for line in told} == {"INFO"}
    log = door.log.read_text()
    wire = encode_packet(packet)
    secrets = (SUBJECT, device.session, device.device, "c" * 32, token, token.split(".")[2])
    samples = [str(row.tolist())[1:-1] for row in packet.samples[:3]]
    for secret in (*secrets, "secret", *samples, wire.hex()[200:260], str(wire[100:130])):
        assert secret not in log


def test_an_error_of_ours_is_told_without_its_message():
    with pytest.raises(ValueError, match=SUBJECT) as caught:
        raise ValueError(SUBJECT)
    record = logging.LogRecord("x", logging.CRITICAL, "", 1, "not handled", (), None)
    record.exc_info = (ValueError, caught.value, caught.tb)
    line = JsonFormatter().format(record)
    assert json.loads(line)["severity"] == "ERROR"
    assert json.loads(line)["exception"].startswith("ValueError at test_logs.py:")
    assert SUBJECT not in line


def test_good_posts_are_counted_together_not_told_one_by_one(door, device):
    poster = Poster(door.url)
    trace_id = "6" * 32
    trace = f"00-{trace_id}-{'b' * 16}-01"
    assert poster.post(device, device.packet(), traceparent=trace).status == 202
    poster.close()
    assert lines_of(door, trace_id) == []


def test_refused_packets_are_counted_by_reason_in_lines_that_can_be_summed(monkeypatch, caplog):
    monkeypatch.setattr(front, "_SUMMARY_S", 0.0)
    summary = front._Summary()
    with caplog.at_level(logging.INFO, logger=front.__name__):
        summary.count(202, {Reason.MALFORMED: 2, Reason.CHECKSUM: 1}, 7)
    told = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    assert [(line["message"], line.get("packets")) for line in told[:1]] == [("posts", 7)]
    assert [(line["message"], line["reason"], line["count"]) for line in told[1:]] == [
        ("packets refused", "malformed", 2),
        ("packets refused", "checksum", 1),
    ]
