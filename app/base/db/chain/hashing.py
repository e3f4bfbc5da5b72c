"""What is hashed, byte by byte (ADR 0090 has the same in words)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import RowMapping

from app.base.db.chain.declared import ENTITY, Chained

Row = Mapping[str, Any] | RowMapping

#: The first part of what is hashed for a leaf and for a closing: no hash can be taken for another.
LEAF, CLOSING = b"zaguan leaf 1", b"zaguan closing 1"
#: Bytes of the random salt of a row.
SALT = 16


@dataclass(frozen=True)
class Salts:
    """The salts of a row's suppressible fields, and the hashes of the suppressed ones.

    `row`: the salt from which those of the fields are derived; `fields`: the salts of the others,
    where a field was suppressed and `row` is deleted; `suppressed`: field → hash of salt and value.
    """

    row: bytes | None
    fields: Mapping[str, str] | None = None
    suppressed: Mapping[str, str] | None = None

    def of(self, field: str) -> bytes:
        """Return the salt of a field; b"" if it has none."""
        if self.row is not None:
            return hmac.digest(self.row, field.encode(), "sha256")
        return bytes.fromhex((self.fields or {}).get(field, ""))


def framed(*parts: bytes) -> bytes:
    """Join parts, each after its length in four bytes, the highest first."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def encoded(value: Any) -> bytes:
    """Return a value as bytes: a letter for its type, then the value.

    Moments are in UTC with microseconds, documents are JSON without spaces in the order stored.
    """
    match value:
        case bool():
            return b"b1" if value else b"b0"
        case int():
            return b"i%d" % value
        case str():
            return b"t" + value.encode("utf-8", "surrogatepass")
        case datetime():
            return b"m" + value.astimezone(UTC).isoformat(timespec="microseconds").encode()
        case date():
            return b"d" + value.isoformat().encode()
    return as_json(value)


def as_json(value: Any) -> bytes:
    """Return a value of a document as bytes."""
    return b"j" + json.dumps(value, separators=(",", ":")).encode()


def suppressible(chained: Chained, row: Row) -> Iterator[tuple[str, Any, bytes]]:
    """Yield name, value and bytes of each field that may be suppressed and has a value."""
    for name in chained.personal:
        if row[name] is not None:
            yield name, row[name], encoded(row[name])
    document = row[chained.document] if chained.document else None
    if isinstance(document, dict):
        for name, value in document.items():
            yield f"{chained.document}.{name}", value, as_json(value)
    elif document is not None:
        yield chained.document, document, as_json(document)


def field_hash(salt: bytes, value: bytes) -> bytes:
    """Return the hash of a suppressible field: of its salt and its bytes."""
    return hashlib.sha256(salt + value).digest()


def leaf_hash(chained: Chained, row_id: str, row: Row, salts: Salts) -> bytes:
    """Return the hash of a row. A suppressed field that has a value again makes it another one."""
    plain = (*chained.plain, ENTITY) if ENTITY in row else chained.plain
    parts = {name: encoded(row[name]) for name in plain if row[name] is not None}
    suppressed = salts.suppressed or {}
    for name, digest in suppressed.items():
        parts[name] = b"h" + bytes.fromhex(digest)
    for name, value, content in suppressible(chained, row):
        if name not in suppressed or value not in (None, ""):
            parts[name] = b"h" + field_hash(salts.of(name), content)
    names = (part for name in sorted(parts) for part in (name.encode(), parts[name]))
    return hashlib.sha256(framed(LEAF, chained.name.encode(), row_id.encode(), *names)).digest()


def closing_hash(
    number: int,
    at: datetime,
    day: date,
    previous: str,
    counts: Mapping[str, int],
    leaves: Iterable[tuple[str, str, bytes]],
) -> str:
    """Return the hash of a closing in hexadecimal digits.

    `leaves`: table, row and hash of each leaf, sorted.
    """
    head = (number, at, day, previous, dict(sorted(counts.items())))
    whole = hashlib.sha256(framed(CLOSING, *map(encoded, head)))
    for table, row_id, digest in leaves:
        whole.update(framed(table.encode(), row_id.encode(), digest))
    return whole.hexdigest()
