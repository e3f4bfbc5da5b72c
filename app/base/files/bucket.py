"""Stored files in a bucket of S3, by obstore: for several machines that share them."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import IO, Any, ClassVar
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from app.base import private
from app.base.files.places import CHUNK, NAME, Away, path_in

#: Limits of a request in seconds: until it is connected, and in all with the bytes.
CONNECTING, ANSWERING = 3, 20
#: How often a failed request is repeated, and for how many seconds after the first began.
RETRIES, RETRYING = 2, 15
#: The word of S3 for a bucket that does not exist.
NO_BUCKET = "NoSuchBucket"
#: How many names one page of a list has.
AT_ONCE = 1000


class Bucket:
    """A bucket, with copies of what was read on this machine in the folder `near`."""

    #: The process that uses buckets, 0 before the first use.
    _used_by: ClassVar[int] = 0

    def __init__(
        self, address: str, near: Path, config: Mapping[str, Any], seconds: float | None = None
    ) -> None:
        self.near = near
        self.seconds = ANSWERING if seconds is None else seconds
        parts = urlsplit(address)
        endpoint = config["FILES_ENDPOINT"]
        self.settings: dict[str, Any] = {
            "bucket": parts.netloc,
            "prefix": parts.path.strip("/") or None,
            "endpoint": endpoint or None,
            "region": config["FILES_REGION"],
            "access_key_id": config["FILES_KEY"],
            "secret_access_key": config["FILES_SECRET"],
        }
        self.allow_http = endpoint.startswith("http:")

    @property
    def _store(self) -> S3Store:
        """The connections of this process. Raises Away in a fork of one that has used a bucket.

        There the library waits for ever for threads that only the other process has.
        """
        if Bucket._used_by not in (0, os.getpid()):
            raise Away("This process was forked from one that has used the bucket.")
        Bucket._used_by = os.getpid()
        return self._connections

    @cached_property
    def _connections(self) -> S3Store:
        return S3Store(
            **{name: value for name, value in self.settings.items() if value is not None},
            client_options={
                "allow_http": self.allow_http,
                "connect_timeout": timedelta(seconds=CONNECTING),
                "timeout": timedelta(seconds=self.seconds),
            },
            retry_config={
                "max_retries": RETRIES,
                "retry_timeout": timedelta(seconds=min(RETRYING, self.seconds)),
                "backoff": {"init_backoff": timedelta(seconds=0.1)},
            },
        )

    def put(self, sha256: str, made: Path) -> None:
        with _answering(may_miss=False):
            # Not in parts: a part that stays behind would be stored and paid for, unseen.
            obstore.put(self._store, _key(sha256), made, use_multipart=False)
        copy = path_in(self.near, sha256)
        private.make_folder(copy.parent)
        made.replace(copy)

    def open(self, sha256: str) -> IO[bytes]:
        with _answering():
            pieces = obstore.get(self._store, _key(sha256)).stream(min_chunk_size=CHUNK)
        return io.BufferedReader(_Pieces(pieces), CHUNK)

    def stat(self, sha256: str) -> int | None:
        try:
            with _answering():
                return int(obstore.head(self._store, _key(sha256))["size"])
        except FileNotFoundError:
            return None

    def list(self) -> Iterator[str]:
        pages = obstore.list(self._store, chunk_size=AT_ONCE)
        while True:
            with _answering():
                page = next(pages, None)
            if page is None:
                return
            for one in page:
                name = one["path"].rpartition("/")[2]
                if NAME.fullmatch(name) and one["path"] == _key(name):  # not those of a subfolder
                    yield name

    def remove(self, sha256: str) -> None:
        with _answering():
            obstore.delete(self._store, _key(sha256))
        path_in(self.near, sha256).unlink(missing_ok=True)


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


@contextmanager
def _answering(*, may_miss: bool = True) -> Iterator[None]:
    """Raise Away where the bucket refuses, answers late or does not exist.

    `may_miss`: FileNotFoundError says that the content is missing, and is raised as it is.
    """
    try:
        yield
    except (BaseError, OSError) as fault:
        if may_miss and isinstance(fault, FileNotFoundError) and NO_BUCKET not in str(fault):
            raise
        # What the server said is left out: it can repeat the request.
        raise Away(f"The bucket of the stored files is away ({type(fault).__name__}).") from None


class _Pieces(io.RawIOBase):
    """A stream of the pieces that arrive, as a file to read."""

    def __init__(self, pieces: Iterable[Any]) -> None:
        super().__init__()
        self._pieces = iter(pieces)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            with _answering():
                piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
