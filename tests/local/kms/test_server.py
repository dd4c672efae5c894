from __future__ import annotations

import stat
import subprocess
import sys

import google_crc32c
import grpc
import pytest
from google.api_core import exceptions

from local.kms.faults import Fault
from local.kms.key_files import FolderInUseError
from local.kms.server import LocalKms
from tests.local.kms.key_calls import FIRST, KEY, RING, decrypt, encrypt, make_key, make_keys


def test_a_method_that_is_not_there_says_so(client):
    with pytest.raises(exceptions.MethodNotImplemented):
        client.get_public_key(name=FIRST)
    with pytest.raises(exceptions.MethodNotImplemented):
        list(client.list_crypto_keys(request={"parent": RING, "filter": "state=ENABLED"}))


def test_keys_outlive_the_server_and_only_their_owner_can_read_them(tmp_path):
    folder = tmp_path / "keys"
    with LocalKms(folder) as kms:
        make_keys(kms.client())
        # A key of the name that a ring's file might have had.
        make_key(kms.client(), "ring")
        ciphertext = encrypt(kms.client()).ciphertext
        with pytest.raises(FolderInUseError, match="of its own"):
            LocalKms(folder).start()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) == 5  # the lock, a ring, three keys
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    with LocalKms(folder) as kms:
        assert decrypt(kms.client(), ciphertext).plaintext == b"keyset"


def test_faults_last_as_long_as_they_were_asked_to(kms, client):
    once = {"retry": None}
    kms.faults.add(Fault(grpc.StatusCode.UNAVAILABLE, method="Encrypt", calls=2))
    for _ in range(2):
        with pytest.raises(exceptions.ServiceUnavailable):
            client.encrypt(name=KEY, plaintext=b"", **once)
    client.encrypt(name=KEY, plaintext=b"", **once)
    kms.faults.add(Fault(grpc.StatusCode.PERMISSION_DENIED, name=RING))
    with pytest.raises(exceptions.PermissionDenied):
        client.encrypt(name=KEY, plaintext=b"", **once)
    kms.faults.clear()
    client.encrypt(name=KEY, plaintext=b"", **once)
    kms.faults.add(Fault(latency_s=0.2))
    with pytest.raises(exceptions.DeadlineExceeded):
        client.encrypt(name=KEY, plaintext=b"", timeout=0.05, **once)


def test_a_corrupted_answer_does_not_match_its_checksum(kms, client):
    kms.faults.add(Fault(corrupts=True, calls=1))
    answer = encrypt(client)
    assert answer.ciphertext_crc32c != google_crc32c.value(answer.ciphertext)
    answer = encrypt(client)
    assert answer.ciphertext_crc32c == google_crc32c.value(answer.ciphertext)


def test_calls_are_counted_by_method_and_key(kms, client):
    kms.calls.clear()
    encrypt(client)
    with pytest.raises(exceptions.NotFound):
        encrypt(client, name=f"{RING}/cryptoKeys/none")
    encrypt(client, name=FIRST)
    assert kms.calls.count("Encrypt") == 3
    assert kms.calls.count("Encrypt", KEY) == 2
    assert kms.calls.count("Decrypt") == 0


def test_the_command_prints_its_address_and_stops_when_told(tmp_path):
    command = [sys.executable, "-m", "local.kms", "--directory", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            with grpc.insecure_channel(address) as channel:
                grpc.channel_ready_future(channel).result(timeout=10)
        finally:
            process.terminate()
    assert address.startswith("127.0.0.1:")
    assert process.returncode == 0
