"""`zaguan mail-in`: store a message of an MTA's pipe as it comes, and answer the MTA.

The worker reads it (`app.mailroom.incoming.pipe`). An MTA starts a process for each message, so
this module imports neither the models nor the rest of the application.

The exit codes are from sysexits.h: with 75 the MTA keeps the message and tries again, with 65 it
returns it to the sender. So no message is lost while the database is away, and none loops for ever.
"""

from __future__ import annotations

import hashlib
from email.parser import BytesHeaderParser
from typing import BinaryIO

from sqlalchemy import NullPool, create_engine, text
from sqlalchemy.exc import IntegrityError

from app.base import config

TAKEN, NO_MESSAGE, TRY_AGAIN = 0, 65, 75
CHUNK = 64 * 1024
#: Bytes of a message that are read; of a larger one its headers and beginning.
MOST_BYTES = 20 * 1024 * 1024
BEGINNING = 1024 * 1024
#: A message has at least one of these.
USUAL = frozenset(
    "from to cc date subject message-id received return-path delivered-to content-type "
    "mime-version in-reply-to".split()
)
INSERT = text(
    "insert into spooled_message (digest, recipient, size, content) "
    "values (:digest, :recipient, :size, :content)"
)


def store(stream: BinaryIO, recipient: str) -> tuple[int, str]:
    """Store the one message of a stream; return the exit code, and a sentence for the MTA's log.

    The stream is always read to its end, in bounded memory. Raises nothing: after any fault, ours
    or another's, the MTA tries again.
    """
    try:
        content, size, digest = drain(stream)
        if not is_message(content):
            return NO_MESSAGE, "this is no e-mail message"
        url = config.load(only_looking=True)["DATABASE_URL"]
        values = {"digest": digest, "recipient": recipient, "size": size, "content": content}
        with create_engine(url, hide_parameters=True, poolclass=NullPool).begin() as connection:
            connection.execute(INSERT, values)
    except IntegrityError:
        return TAKEN, "it was taken before"
    except Exception as fault:  # noqa: BLE001 - any fault must leave the message with the MTA
        why = str(getattr(fault, "orig", fault)).partition("\n")[0]
        return TRY_AGAIN, f"not taken, try again later ({type(fault).__name__}: {why})"
    return TAKEN, "taken" + "; only its beginning was stored" * (size > MOST_BYTES)


def drain(stream: BinaryIO) -> tuple[bytes, int, str]:
    """Return the beginning of a stream (as much as is ever read), its size and its SHA-256."""
    content, size, digest = bytearray(), 0, hashlib.sha256()
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        digest.update(chunk)
        if size <= MOST_BYTES:
            content += chunk
    return bytes(content if size <= MOST_BYTES else content[:BEGINNING]), size, digest.hexdigest()


def is_message(content: bytes) -> bool:
    """Return whether bytes begin with a header of an e-mail message."""
    headers = BytesHeaderParser().parsebytes(content.lstrip(b"\r\n \t\x00")).keys()
    return not USUAL.isdisjoint(name.lower() for name in headers)
