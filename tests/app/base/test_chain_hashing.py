"""What a leaf of the chain of hashes takes of a row, byte by byte."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

from app.base.db.chain import hashing
from app.base.db.chain.declared import CHAINED


def test_each_column_of_a_chained_table_is_in_one_group():
    for name, one in CHAINED.items():
        groups = (one.key, *one.plain, *one.personal, *one.apart)
        groups += (one.document,) if one.document else ()
        assert sorted(groups) == sorted(column.name for column in one.table.c), name


def test_the_bytes_that_are_hashed_are_those_of_the_decision():
    at = datetime(2026, 3, 2, 13, tzinfo=UTC)
    assert hashing.encoded(at) == b"m2026-03-02T13:00:00.000000+00:00"
    assert hashing.encoded({"b": "ñ", "a": None}) == b'j{"b":"\\u00f1","a":null}'
    assert hashing.framed(b"a", b"") == b"\0\0\0\1a\0\0\0\0"
    salt = b"\0" * 16
    row = {"data": {"place": "x"}}
    of_place = hmac.digest(salt, b"data.place", "sha256")
    parts = (b"data.place", b"h" + hashlib.sha256(of_place + b'j"x"').digest())
    whole = hashing.framed(b"zaguan leaf 1", b"visit_subject", b"7", *parts)
    digest = hashing.leaf_hash(CHAINED["visit_subject"], "7", row, hashing.Salts(salt))
    assert digest == hashlib.sha256(whole).digest()
