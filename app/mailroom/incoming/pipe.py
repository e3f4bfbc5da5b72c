"""`zaguan mail-in`: a message on standard input, from an MTA's pipe, and the answer to the MTA.

The exit codes are from sysexits.h: with 75 the MTA keeps the message and tries again, with 65 it
returns it to the sender. So no message is lost while the database is away, and none loops for ever.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import BinaryIO

from flask import Flask
from sqlalchemy.exc import DatabaseError

from app.base import db
from app.mailroom.incoming import reading, receiving

logger = logging.getLogger(__name__)

TAKEN, NO_MESSAGE, TRY_AGAIN = 0, 65, 75
CHUNK = 64 * 1024


def receive(make_app: Callable[[], Flask], stream: BinaryIO, recipient: str) -> tuple[int, str]:
    """Receive the one message of a stream; return the exit code, and a sentence for the MTA's log.

    The stream is always read to its end, in bounded memory. Raises nothing: after any fault, ours
    or another's, the MTA tries again.
    """
    try:
        raw, size, digest = drain(stream)
        app = make_app()
        with app.app_context(), db.writing(app) as session:
            row = receiving.receive(session, raw, recipient, size=size, digest=digest)
            said = f"taken: {row.kind}" if row else "it was taken before"
    except reading.NotAMessage:
        return NO_MESSAGE, "this is no e-mail message"
    except DatabaseError as fault:  # its own words alone: the statement carries the message
        why = next(iter(str(fault.orig).splitlines()), "")
        return TRY_AGAIN, f"not taken, the database cannot be used ({why}): try again later"
    except Exception as fault:
        logger.exception("a message was not taken")
        return TRY_AGAIN, f"not taken now ({type(fault).__name__}): try again later"
    if size > reading.MOST_BYTES:
        said += f"; of its {size} bytes only the beginning was read"
    return TAKEN, said


def drain(stream: BinaryIO) -> tuple[bytes, int, str]:
    """Return the beginning of a stream (as much as is ever read), its size and its SHA-256."""
    content, size, digest = bytearray(), 0, hashlib.sha256()
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        digest.update(chunk)
        if size <= reading.MOST_BYTES:
            content += chunk
    return bytes(content), size, digest.hexdigest()
