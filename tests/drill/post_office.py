"""An SMTP server on the loopback that fails now and then, and records everything."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from random import Random
from typing import Any

from aiosmtpd.controller import Controller

from app.base import calendar
from tests.network import free_port

#: The fates of a message, and their frequency.
REFUSED, CUT_BEFORE, CUT_AFTER, SLOW, WELL = "refused", "cut_before", "cut_after", "slow", "well"
FATES = {REFUSED: 0.02, CUT_BEFORE: 0.01, CUT_AFTER: 0.01, SLOW: 0.01}
DAWDLE_SECONDS = 2


@dataclass(frozen=True)
class Delivery:
    """A message that the post office took."""

    message_id: str
    to: str
    #: By the drill's clock, and by the real one.
    at: datetime
    real: float
    #: The reply was never sent.
    unanswered: bool


class PostOffice:
    """Takes mail, and draws each message's fate from a seeded random generator."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.deliveries: list[Delivery] = []
        self.fates: Counter[str] = Counter()
        self.port = free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def __enter__(self) -> PostOffice:
        self.controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message, or refuse it: called by aiosmtpd."""
        fate = self._fate()
        self.fates[fate] += 1
        if fate == REFUSED:
            return "451 4.3.2 come back later"
        if fate == CUT_BEFORE:
            server.transport.abort()
            return "421 4.3.0 gone"
        if fate == SLOW:
            await asyncio.sleep(DAWDLE_SECONDS)
        message = message_from_bytes(envelope.content)
        self.deliveries.append(
            Delivery(
                message_id=str(message["Message-ID"]).strip(),
                to=envelope.rcpt_tos[0],
                at=calendar.now(),
                real=time.monotonic(),
                unanswered=fate == CUT_AFTER,
            )
        )
        if fate == CUT_AFTER:
            server.transport.abort()
        return "250 2.0.0 taken"

    def _fate(self) -> str:
        dice = self.random.random()
        for fate, share in FATES.items():
            dice -= share
            if dice < 0:
                return fate
        return WELL
