"""Sending: from a row of the outbox to the server that takes it, exactly once where that can be.

`run`: the job; `transport`: the ways a mail can go; `message`: a row as a message;
`return_path`: where it comes back; `invitation`: what calendars take; `unsubscribing`: the page
that a digest's headers lead to; `receipts`: the page on which a legal notice is confirmed.
"""

from __future__ import annotations

from flask import Flask

from app.mailroom.sending import receipts, unsubscribing
from app.mailroom.sending.run import is_busy as is_busy
from app.mailroom.sending.run import run as run
from app.mailroom.sending.run import was_tried as was_tried
from app.mailroom.sending.transport import Unavailable as Unavailable


def init_app(app: Flask) -> None:
    """Add the pages that mails lead to."""
    receipts.init_app(app)
    unsubscribing.init_app(app)
