"""Limit how many public pages one address reads in a minute; signed-in people have no limit.

The counts are in memory that all web processes of a machine share, by a file in the data folder.
No address is stored, and the database has no work with it.
"""

from __future__ import annotations

import logging
import math
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, Flask, current_app, request

from app.base import private
from app.people import access
from app.people.access.tickets import keyed_hash
from app.people.accounts import attempts

logger = logging.getLogger(__name__)

EXTENSION = "page_rate"
#: The file of the counts in the data folder.
FILE = "page-counts"
#: Seconds in which pages are counted, from the first on.
WINDOW = 60.0
#: Entries of addresses. Two addresses with the same one share its count, which is rare.
BUCKETS = 1 << 17
#: The start of a bucket's window (monotonic, the same in all processes), and its pages.
ENTRY = struct.Struct("=dI")


class TooManyPages(Exception):
    """An address read too many pages; `seconds`: when the next one is shown."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many pages, for {seconds} s")
        self.seconds = seconds


class Counts:
    """Counts of pages by address.

    Two processes that count in the same instant may lose one page, which does no harm.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._file = file
        self._clock = clock
        self._opening = threading.Lock()
        self._mapped: mmap.mmap | None = None

    def _memory(self) -> mmap.mmap:
        """Return the shared memory.

        If the file cannot be made, return memory of this process alone.
        """
        with self._opening:
            if self._mapped is None:
                try:
                    private.make_folder(self._file.parent)
                    private.make_file(self._file)
                    with self._file.open("r+b") as file:
                        # With holes, writing on a full disk would kill the process (SIGBUS).
                        os.posix_fallocate(file.fileno(), 0, BUCKETS * ENTRY.size)
                        self._mapped = mmap.mmap(file.fileno(), BUCKETS * ENTRY.size)
                except OSError:
                    logger.exception("public pages are counted in each process alone")
                    self._mapped = mmap.mmap(-1, BUCKETS * ENTRY.size)
            return self._mapped

    def count(self, address: str, most: int) -> float:
        """Count a page. Return 0, or the seconds until the next one if there were `most`."""
        place = int(keyed_hash("pages", address)[:8], 16) % BUCKETS * ENTRY.size
        memory, now = self._memory(), self._clock()
        began, pages = ENTRY.unpack_from(memory, place)
        if not began <= now < began + WINDOW:
            began, pages = now, 0
        if pages >= most:
            return float(began + WINDOW - now)
        ENTRY.pack_into(memory, place, began, pages + 1)
        return 0


class PageRate:
    """The counts of an application, and the names of the blueprints whose pages count."""

    def __init__(self, file: Path) -> None:
        self.counts = Counts(file)
        self.blueprints: set[str] = set()


def init_app(app: Flask) -> None:
    """Count the public pages that are requested."""
    app.extensions[EXTENSION] = PageRate(app.config["DATA"] / FILE)
    app.before_request(admit)


def limit(app: Flask, *blueprints: Blueprint) -> None:
    """Limit the pages of some blueprints."""
    rate: PageRate = app.extensions[EXTENSION]
    rate.blueprints.update(blueprint.name for blueprint in blueprints)


def admit() -> None:
    """Count the page that is requested. Raises TooManyPages."""
    rate: PageRate = current_app.extensions[EXTENSION]
    most = current_app.config["PAGES_PER_MINUTE"]
    if request.blueprint not in rate.blueprints or not most or access.me() is not None:
        return
    if seconds := rate.counts.count(attempts.address(), most):
        raise TooManyPages(math.ceil(seconds))
