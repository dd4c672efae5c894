from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import tink
from tink.proto import aes_gcm_pb2, tink_pb2

from security.tink_keysets import KeyKind, new_keyset, open_keyset, prefix_of, with_new_primary

VECTORS = "WYCHEPROOF_VECTORS"
"""Names the folder testvectors_v1 of a copy of github.com/C2SP/wycheproof."""

KEY_ID = 0x01020304


def keyset_of(material):
    """A keyset as ours are, around a key of a vector."""
    keyset = tink_pb2.Keyset.FromString(new_keyset(KeyKind.AEAD))
    key = keyset.key[0]
    keyset.primary_key_id = key.key_id = KEY_ID
    key.key_data.value = aes_gcm_pb2.AesGcmKey(key_value=material).SerializeToString()
    return open_keyset(KeyKind.AEAD, keyset.SerializeToString(), generation=1)


def vectors():
    """Those with our sizes of key, nonce and tag: Tink makes its nonces, and takes no others."""
    folder = os.environ.get(VECTORS)
    if not folder:
        pytest.skip(f"{VECTORS} does not name testvectors_v1 of a copy of C2SP/wycheproof")
    groups = json.loads((Path(folder) / "aes_gcm_test.json").read_bytes())["testGroups"]
    ours = {"ivSize": 96, "keySize": 256, "tagSize": 128}
    return [
        vector
        for group in groups
        if all(group[size] == bits for size, bits in ours.items())
        for vector in group["tests"]
    ]


def test_wycheproofs_vectors_open_and_are_refused_as_they_should_be():
    tried = {"valid": 0, "invalid": 0}
    for vector in vectors():
        field = {name: bytes.fromhex(vector[name]) for name in ("key", "iv", "aad", "msg")}
        sealed = prefix_of(KEY_ID) + field["iv"] + bytes.fromhex(vector["ct"] + vector["tag"])
        primitive = keyset_of(field["key"]).primitive
        tried[vector["result"]] += 1
        if vector["result"] == "valid":
            assert primitive.decrypt(sealed, field["aad"]) == field["msg"], vector["tcId"]
        else:
            with pytest.raises(tink.TinkError):
                primitive.decrypt(sealed, field["aad"])
    assert tried["valid"] > 30
    assert tried["invalid"] > 20


def test_a_new_primary_seals_and_the_older_keys_still_open():
    serialized = new_keyset(KeyKind.AEAD)
    sealed = [open_keyset(KeyKind.AEAD, serialized, 1).primitive.encrypt(b"0", b"")]
    for number in range(1, 4):
        serialized = with_new_primary(KeyKind.AEAD, serialized)
        keyset = open_keyset(KeyKind.AEAD, serialized, number + 1)
        sealed.append(keyset.primitive.encrypt(str(number).encode(), b""))
        assert sealed[-1][:5] == prefix_of(keyset.primary_key_id)
    assert [keyset.primitive.decrypt(one, b"") for one in sealed] == [b"0", b"1", b"2", b"3"]
    assert keyset.prefixes == {one[:5] for one in sealed}


@pytest.mark.parametrize("kind", KeyKind)
def test_two_keysets_are_never_the_same(kind):
    assert new_keyset(kind) != new_keyset(kind)
