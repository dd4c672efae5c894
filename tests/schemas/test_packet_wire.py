from __future__ import annotations

import contextlib
import random
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import telemetry_pb2
from schemas.codec import Codec
from schemas.errors import PacketError
from schemas.packet_events import Event, EventKind, EventPacket, Reading
from schemas.packet_wire import PacketLimits, decode_packet, encode_packet
from schemas.telemetry_pb2 import Packet as PacketMessage
from tests.schemas.packets import (
    DEVICE,
    EVENT_PACKETS,
    SESSION,
    assert_same,
    made_packet,
    packets,
)

ROOT = Path(__file__).resolve().parents[2]
N_MUTANTS = 10_000


@settings(max_examples=200, deadline=None)
@given(packet=packets() | EVENT_PACKETS)
def test_decoding_undoes_encoding(packet):
    wire = encode_packet(packet)
    again = decode_packet(wire)
    assert_same(again, packet)
    assert encode_packet(again) == wire


@pytest.mark.parametrize("codec", [Codec.INT16, Codec.INT24, Codec.INT32, Codec.RICE])
def test_every_codec_of_integers_brings_them_back(codec):
    packet = made_packet([[-32768, 32767], [0, -1], [5, 5]], absent=np.eye(3, 2, dtype=bool))
    assert_same(decode_packet(encode_packet(packet, codec)), packet)


def message(**changes) -> PacketMessage:
    """A good packet, then changed: `samples__n_samples` is a field of a field."""
    found = PacketMessage.FromString(encode_packet(made_packet()))
    for path, value in changes.items():
        *parents, name = path.split("__")
        owner = found
        for parent in parents:
            owner = getattr(owner, parent)
        if isinstance(value, list):
            del getattr(owner, name)[:]
            getattr(owner, name).extend(value)
        else:
            setattr(owner, name, value)
    return found


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"schema_version": 0}, "schema_version"),
        ({"schema_version": 2}, "schema_version"),
        ({"device": "x"}, "device"),
        ({"stream": "../up"}, "stream"),
        ({"samples__n_samples": 0}, "n_samples"),
        ({"samples__n_samples": 2**32 - 1}, "n_samples"),
        ({"samples__n_samples": 100_000}, "payload"),
        ({"samples__codec": 0}, "codec"),
        ({"samples__codec": 77}, "codec"),
        ({"samples__codec": 3}, "payload"),
        ({"samples__checksum": 1}, "checksum"),
        ({"samples__payload": b""}, "payload"),
        ({"samples__absent": [7]}, "absent"),
        ({"samples__absent": [0, 0, 1]}, "absent"),
        ({"samples__absent": [2**32 - 1] * 3}, "absent"),
        ({"samples__first_sample": 2**64 - 1}, "first_sample"),
        ({"samples__format__rate_den": 0}, "rate_den"),
        ({"samples__format__channels": []}, "channels"),
        ({"samples__format__channels": ["a", "a"]}, "channels"),
        ({"samples__format__scale": []}, "scale"),
    ],
)
def test_a_message_that_is_no_packet_is_refused_by_its_field(changes, field):
    with pytest.raises(PacketError) as refused:
        decode_packet(message(**changes).SerializeToString())
    assert refused.value.field == field


def test_a_message_with_neither_samples_nor_events_is_refused():
    with pytest.raises(PacketError, match="expected samples or events"):
        decode_packet(PacketMessage(schema_version=1).SerializeToString())


def test_fields_of_a_later_version_are_passed_over():
    unknown_field_99 = b"\x98\x06\x07"
    packet = made_packet()
    assert_same(decode_packet(encode_packet(packet) + unknown_field_99), packet)


def test_one_wrong_bit_of_the_payload_is_found_by_the_checksum():
    packet = made_packet(np.random.default_rng(0).integers(-500, 500, (50, 2)))
    good = PacketMessage.FromString(encode_packet(packet, Codec.INT16))
    for place in range(len(good.samples.payload)):
        payload = bytearray(good.samples.payload)
        payload[place] ^= 1 << place % 8
        bad = PacketMessage.FromString(good.SerializeToString())
        bad.samples.payload = bytes(payload)
        with pytest.raises(PacketError, match="checksum"):
            decode_packet(bad.SerializeToString())


def test_limits_are_checked_before_memory_is_taken():
    wire = message(samples__n_samples=2**31).SerializeToString()
    tracemalloc.start()
    with pytest.raises(PacketError):
        decode_packet(wire, PacketLimits(max_samples=2**32))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


@pytest.mark.parametrize(
    "limits",
    [
        PacketLimits(max_bytes=100),
        PacketLimits(max_channels=1),
        PacketLimits(max_samples=2),
        PacketLimits(max_numbers=5),
    ],
)
def test_a_packet_beyond_a_limit_is_refused(limits):
    with pytest.raises(PacketError):
        decode_packet(encode_packet(made_packet()), limits)


def test_events_beyond_the_limit_are_refused():
    events = (Event(0, EventKind.MARKER, "cue"),) * 3
    wire = encode_packet(EventPacket(device=DEVICE, session=SESSION, events=events))
    with pytest.raises(PacketError, match="events is 3; expected 1 to 2"):
        decode_packet(wire, PacketLimits(max_events=2))


@settings(max_examples=300, deadline=None)
@given(wire=st.binary(max_size=300))
def test_any_bytes_are_a_packet_or_our_refusal(wire):
    with contextlib.suppress(PacketError):
        decode_packet(wire)


def seeds() -> list[bytes]:
    rng = np.random.default_rng(1)
    walk = np.cumsum(rng.integers(-9, 9, (60, 4)), axis=0)
    readings = (Reading("battery", 93.0, "%"), Reading("firmware", "1.2"))
    events = (
        Event(5, EventKind.MARKER, "left", 7, ("C3",)),
        Event(9, EventKind.DEVICE_HEALTH, "", 0, (), readings),
    )
    return [
        encode_packet(made_packet(walk, absent=rng.random((60, 4)) < 0.1)),
        encode_packet(made_packet(walk), Codec.INT24),
        encode_packet(made_packet(rng.normal(size=(9, 2)))),
        encode_packet(EventPacket(device=DEVICE, session=SESSION, events=events)),
    ]


def mutant(wire: bytes, chance: random.Random) -> bytes:
    """Cut, flipped, blanked, repeated or spliced, once to four times."""
    found = bytearray(wire)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(found) + 1)
        n = chance.choice([1, 1, 2, 8, 40])
        match chance.randrange(6):
            case 0:
                del found[at:]
            case 1 if at < len(found):
                found[at] ^= 1 << chance.randrange(8)
            case 2:
                found[at : at + n] = bytes([chance.choice([0, 255, 128, 127])]) * n
            case 3:
                del found[at : at + n]
            case 4:
                found[at:at] = found[at : at + n]
            case _:
                found[at:at] = chance.randbytes(n)
    return bytes(found)


def test_ten_thousand_damaged_packets_are_packets_or_our_refusal():
    chance, good = random.Random(7), seeds()
    survived = slowest = 0.0
    for number in range(N_MUTANTS):
        wire = mutant(good[number % len(good)], chance)
        began = time.perf_counter()
        try:
            decode_packet(wire)
            survived += 1
        except PacketError:
            pass
        slowest = max(slowest, time.perf_counter() - began)
    assert 0 < survived < N_MUTANTS / 2
    assert slowest < 0.5


def test_the_generated_code_is_that_of_the_proto_file(tmp_path):
    protoc = [sys.executable, "-m", "grpc_tools.protoc", "-I."]
    out = [f"--python_out={tmp_path}", f"--pyi_out={tmp_path}", "schemas/telemetry.proto"]
    subprocess.run([*protoc, *out], cwd=ROOT, check=True)
    for name in ("telemetry_pb2.py", "telemetry_pb2.pyi"):
        fresh = (tmp_path / "schemas" / name).read_text()
        again = f"{' '.join(['python', *protoc[1:]])} --python_out=. --pyi_out=. {out[-1]}"
        assert (ROOT / "schemas" / name).read_text() == fresh, f"run `{again}`"


STORED_FIELDS = {
    "Packet": "schema_version=1 device=2 session=3 stream=4 epoch=5 sequence=6 device_time_ns=7"
    " samples=8 events=9",
    "Samples": "first_sample=1 counter_bits=2 start_ns=3 format=4 n_samples=5 codec=6 checksum=7"
    " payload=8 absent=9",
    "Format": "signal=1 rate_num=2 rate_den=3 channels=4 unit=5 scale=6 offset=7 adc_bits=8"
    " adc_range=9",
    "AdcRange": "low=1 high=2",
    "Events": "events=1",
    "Event": "time_ns=1 duration_ns=2 kind=3 description=4 channels=5 readings=6",
    "Reading": "name=1 channel=2 unit=3 number=4 text=5",
    "FileHead": "schema_version=1 tenant=2 session=3 stream=4 epoch=5 subject=6",
    "Record": "sequence=1 time_ns=2 first_sample=3 n_samples=4 packet=5 sealed_packet=6",
    "Post": "packets=1",
    "Envelope": "kind=1 tenant=2 subject=3 session=4 stream=5 epoch=6 sequence=7 event_time_ms=8"
    " received_ns=9 delivery=10 sealed=11 published_ns=12 traceparent=13",
}


@pytest.mark.parametrize("name", STORED_FIELDS)
def test_no_field_was_renumbered(name):
    fields = telemetry_pb2.DESCRIPTOR.message_types_by_name[name].fields
    found = {f"{field.name}={field.number}" for field in fields}
    assert set(STORED_FIELDS[name].split()) <= found


def test_a_stored_packet_of_version_1_still_reads():
    packet = decode_packet(bytes.fromhex(STORED_WIRE))
    assert_same(packet, made_packet(absent=np.eye(3, 2, dtype=bool)))


STORED_WIRE = (
    "080112106379746f6e30303030303030303030311a203031323334353637383961626364656630313233343536"
    "3738396162636465662204656567304244188080a896e08588a62f22200a0365656710fa011801220245302202"
    "45312a0275563208000000000000f03f280330063d79c777c142072020a0010343104a0400010301"
)
