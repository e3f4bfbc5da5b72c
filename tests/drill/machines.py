"""What stands between several machines, and its faults: pgbouncer, nginx, a bucket of S3.

The database restarts in the middle, and the bucket is away for a minute: it refuses, then it is
late. Meanwhile a thread stores files.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.base import db, files
from app.base.files import Away, Owner, integrity, places
from app.base.models import Entity, StoredFile
from app.ops import moving_files
from tests import nginx, pgbouncer, s3, smtp
from tests.databases import PostgreSQL, settings_of
from tests.network import free_port

#: Seconds for which the bucket is away, and the database while it restarts.
BUCKET_AWAY, DATABASE_AWAY = 60.0, 3.0
#: Seconds between two stored files.
BETWEEN = 0.5


@dataclass(frozen=True)
class Front:
    """The address at which nginx answers over https."""

    port: int
    certificate: Path


class Machines:
    """A database behind pgbouncer and a bucket, which installations share."""

    def __init__(self, server: PostgreSQL, url: str, folder: Path) -> None:
        self.server, self.direct, self.folder = server, url, folder
        self.url, self.port = url, free_port()
        self.bucket: s3.Faulty
        self._opened = ExitStack()

    def __enter__(self) -> Machines:
        self.url = self._opened.enter_context(pgbouncer.before(self.direct, sessions=20))
        self.bucket = self._opened.enter_context(s3.faulty())
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()

    @property
    def settings(self) -> dict[str, Any]:
        """Return the settings of an installation."""
        return settings_of(self.url) | s3.settings(self.bucket.endpoint)

    @property
    def environment(self) -> dict[str, str]:
        """Return the same as variables of the environment."""
        front = {"PUBLIC_URL": f"https://{nginx.NAME}:{self.port}", "PROXIES": "1"}
        return {f"ZAGUAN_{name}": value for name, value in (self.settings | front).items()}

    def take_files_of(self, data: Path) -> None:
        """Move the stored files of a data folder into the bucket."""
        settings = {"DATA": data, **self.settings}
        moving_files.move(places.named(settings, ""), places.named(settings, settings["FILES"]))

    @contextmanager
    def front(self, upstream: int) -> Iterator[Front]:
        """Put nginx before web processes, as it is shipped."""
        certificate = smtp.make_certificate(self.folder)
        block = nginx.adapted(
            nginx.shipped(), port=self.port, upstream=upstream, certificate=certificate
        )
        with nginx.running(block, self.port, self.folder / "nginx"):
            yield Front(self.port, certificate)

    def trouble(self, away: float = BUCKET_AWAY) -> None:
        """Let the bucket refuse and then be late for `away` seconds; restart the database."""
        self.bucket.mode = "refuse"
        time.sleep(away / 4)
        self.server.restart(DATABASE_AWAY)
        self.bucket.mode = "late"
        time.sleep(max(away * 3 / 4 - DATABASE_AWAY, 0))
        self.bucket.mode = "pass"

    @contextmanager
    def in_trouble(self, app: Flask, after: float) -> Iterator[Archivist]:
        """Store files in this block, and cause the faults, the first one after some seconds."""
        faults = threading.Timer(after, self.trouble)
        faults.start()
        with Archivist(app) as archivist:
            try:
                yield archivist
            finally:
                faults.join()


class Archivist:
    """Stores a new file every half second, and the same one again until it is stored."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.stored: list[str] = []
        self.refused = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def __enter__(self) -> Archivist:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _work(self) -> None:
        content = secrets.token_bytes(50_000)
        while not self._over.wait(BETWEEN):
            try:
                self._store(content)
            except (Away, OperationalError):
                self.refused += 1
            else:
                self.stored.append(hashlib.sha256(content).hexdigest())
                content = secrets.token_bytes(50_000)

    def _store(self, content: bytes) -> None:
        with self.app.app_context(), db.writing(self.app) as session:
            entity = session.scalars(select(Entity.id).limit(1)).one()
            files.keep(
                session,
                BytesIO(content),
                name="archivo.pdf",
                media_type="application/pdf",
                owner=Owner(entity),
            )

    def verdict(self) -> list[str]:
        """Return what is wrong with the stored files: a row without its bytes, or a file lost."""
        with self.app.app_context():
            with db.open_session(self.app.extensions["engine"], writes=False) as session:
                rows = set(session.scalars(select(StoredFile.sha256)))
            lost = [name for name in self.stored if name not in rows]
            return [f"{name} is lost" for name in lost] + [
                f"{name} is {damage}" for name in rows if (damage := integrity.damage_of(name))
            ]

    def report(self, faults: list[str]) -> str:
        """Return a line about the stored files."""
        found = ", ".join(faults[:5]) or "nothing is wrong with them"
        return f"{len(self.stored)} files stored, {self.refused} times not at first; {found}"
