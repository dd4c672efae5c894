"""What docs/devices.md shows is what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np

from devices.client.places import Outcome
from schemas.packet_events import EventPacket
from schemas.posts import MAX_POST_BYTES, MAX_POST_PACKETS, encode_post
from schemas.registration_proof import jwk_thumbprint, registration_bytes
from schemas.verdicts import Reason
from tests.devices.client.contract_server import CLAIM

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "devices.md").read_text()


def shown(kind):
    (found,) = re.findall(rf"^ *```{kind}\n(.*?)^ *```", PAGE, re.DOTALL | re.MULTILINE)
    return "\n".join(line.strip() if kind != "python" else line for line in found.split("\n"))


def test_the_ten_lines_enrol_record_and_end(server, tmp_path):
    code = shown("python").replace("https://telemetry.example.org", server.url)
    sent = np.arange(600, dtype=np.int32).reshape(300, 2)
    names = {"folder": tmp_path, "claim": CLAIM, "amplifier": np.array_split(sent, 7)}
    exec(compile(code, "devices.md", "exec"), names)  # noqa: S102
    packets = [one for _, one in sorted(server.sample_packets().items())]
    np.testing.assert_array_equal(np.concatenate([one.samples for one in packets]), sent)
    told = [one.events[0].description for one in server.packets if isinstance(one, EventPacket)]
    assert told == ["eyes closed"]
    assert list(server.ended.values()) == ["completed"]
    assert names["device"].account.samples(Outcome.ACCEPTED) == 300


def test_the_bytes_on_the_page_are_those_of_the_code():
    jwk = json.loads(shown("json"))
    lines = shown("text").strip()
    thumbprint = jwk_thumbprint(jwk)
    assert registration_bytes("A" * 22, "B" * 22, thumbprint) == lines.encode()
    assert f"`{thumbprint}`" in PAGE
    assert encode_post([b"abc", b"d"]).hex(" ") == shown("hex").strip()


def test_the_limits_and_codes_on_the_page_are_the_doors():
    assert f"at most {MAX_POST_PACKETS} packets and {MAX_POST_BYTES >> 20} MiB" in PAGE
    assert [one for one in Reason if not one.is_final] == [Reason.UNAVAILABLE]
    assert "`unavailable`" in PAGE
