"""Make the finished files of the register: all visits, and each closed month.

One transaction reads everything, so all files are of one moment, with the rows and the texts of
the live export. A month whose rows did not change keeps its files. Until the new manifest is in
place, the files of the run before stay; a run that fails or is killed changes nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from calendar import monthrange
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine, extract, func, select
from sqlalchemy.orm import Session

from app.base import calendar, private
from app.base.db import Stop, leases
from app.base.models import Visit
from app.register.export import dumps, tables, writers
from app.register.export.dumps import ENDINGS, Dump, Dumps
from app.register.facts import shapes
from app.register.facts.visibility import public_visits
from app.register.registers import rules
from app.register.search.query import Query

#: Subfolder of a run that is not finished, and the lock of those who write into it.
BUILDING, LOCK = "building", "building.lock"
#: The texts that the database writes, and how `writers` calls their rows.
TEXTS = {"csv.gz": "lines", "jsonl.gz": "objects"}
#: Level of gzip: made once and fetched often.
LEVEL = 6
#: The files that a run may delete.
OURS = re.compile(r"[0-9a-f]{16}-visitas[0-9-]*\.(csv\.gz|jsonl\.gz|parquet)", re.ASCII)
#: By its file name: its library stays out of this process.
TO_PARQUET = Path(__file__).with_name("parquet.py")
#: Modes of a folder that a proxy's group can read, and of the files in it.
GROUP_READS, FOR_GROUP = 0o050, 0o640
#: Seconds between two looks at the process that writes Parquet.
LOOKS = 0.2


class NotMade(Exception):
    """The files could not be made; the message says why. Those of the run before stay."""


class Stopped(Exception):
    """The worker stops; the next run begins anew."""


@dataclass(frozen=True)
class Part:
    """A month's rows, as texts in the folder of the run."""

    month: str
    rows: int
    first: date
    last: date
    texts: dict[str, Path]


def make(engine: Engine, folder: Path, stop: Stop) -> dict[str, int] | None:
    """Make the files of today in a folder; return the counts of files that are new and unchanged.

    Return None if it was stopped, or if others bring files to this folder now. Raises NotMade.
    """
    try:
        with alone(folder) as building:
            if building is None:
                return None
            before = dumps.current(folder)
            after = _made(engine, folder, before, building, stop)
            publish(folder, building, after)
    except Stopped:
        return None
    except OSError as fault:
        raise NotMade(f"the files of open data could not be written: {fault}") from fault
    unchanged = len(set(after.files) & set(before.files))
    return {"files_made": len(after.files) - unchanged, "files_unchanged": unchanged}


@contextmanager
def alone(folder: Path) -> Iterator[Path | None]:
    """Yield an empty subfolder for new files; None while another call on this machine has it.

    It is removed at the end, and after a kill by the next call. Raises OSError.
    """
    private.make_folder(folder)
    with leases.only_one_here(folder / LOCK) as is_ours:
        if not is_ours:
            yield None
            return
        building = folder / BUILDING
        shutil.rmtree(building, ignore_errors=True)
        try:
            private.make_folder(building)
            yield building
        finally:
            shutil.rmtree(building, ignore_errors=True)


def _made(engine: Engine, folder: Path, before: Dumps, building: Path, stop: Stop) -> Dumps:
    """Write the run's new files into `building`; return all files of the run."""
    with _snapshot(engine) as session:
        as_of, full = calendar.now(), rules.documents_are_public(session)
        parts = [_part(session, month, building, stop) for month in _months(session)]
    open_month = f"{calendar.lima_day(as_of):%Y-%m}"
    wanted = [_whole(parts, building), *(part for part in parts if part.month < open_month)]
    found: list[Dump] = []
    to_convert: list[Part] = []
    for part in wanted:
        texts = [_dump(part, ending, part.texts[ending], as_of) for ending in TEXTS]
        same = _unchanged(before, texts, folder)
        if not same:
            to_convert.append(part)
        found += same or texts
    targets = [building / built_name(part.month, "parquet") for part in to_convert]
    sources = [_sources(part, parts) for part in to_convert]
    _to_parquet(list(zip(sources, targets, strict=True)), stop)
    for part, target in zip(to_convert, targets, strict=True):
        found.append(_dump(part, "parquet", target, as_of))
    order = {part.month: place for place, part in enumerate(wanted)}
    endings = list(ENDINGS)
    found.sort(key=lambda one: (order[one.month], endings.index(one.ending)))
    return Dumps(as_of, full, tuple(found))


@contextmanager
def _snapshot(engine: Engine) -> Iterator[Session]:
    """Open a session whose statements all see the same moment, and which only reads."""
    options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    if engine.dialect.name != "postgresql":
        options = {}  # a transaction of SQLite sees one moment
    with engine.connect().execution_options(**options) as connection, Session(connection) as opened:
        yield opened


def _months(session: Session) -> Sequence[tuple[date, date, date]]:
    """Return the months with public visits, the newest first: its first day, and the edges."""
    year, month = extract("year", Visit.visit_on), extract("month", Visit.visit_on)
    rows = session.execute(
        select(year, month, func.min(Visit.visit_on), func.max(Visit.visit_on))
        .where(*public_visits("standing"))
        .group_by(year, month)
        .order_by(year.desc(), month.desc())
    )
    return [(date(int(y), int(m), 1), first, last) for y, m, first, last in rows]


def _part(session: Session, month: tuple[date, date, date], building: Path, stop: Stop) -> Part:
    begins, first, last = month
    ends = begins.replace(day=monthrange(begins.year, begins.month)[1])
    query = Query.of({"desde": begins.isoformat(), "hasta": ends.isoformat()})
    table = tables.visits(session, query, "abierto")
    name, texts, rows = f"{begins:%Y-%m}", {}, 0
    for ending, what in TEXTS.items():
        texts[ending] = building / built_name(name, ending)
        head = writers.heading(table.names) if what == "lines" else b""
        with closing(writers.rows_of(session.connection(), table, what)) as batches:
            rows = _write(texts[ending], head, batches, stop)
    return Part(name, rows, first, last, texts)


def _write(path: Path, head: bytes, batches: writers.Batches, stop: Stop) -> int:
    """Write a text with gzip, the first line as a separate member. Return the count of rows."""
    rows = 0
    with path.open("xb") as raw:
        raw.write(_member(head))
        with gzip.GzipFile("", "wb", LEVEL, raw, mtime=0) as squeezed:
            for batch in batches:
                if stop():
                    raise Stopped
                rows += len(batch)
                squeezed.write(b"".join(batch))
    return rows


def _member(head: bytes) -> bytes:
    return gzip.compress(head, LEVEL, mtime=0) if head else b""


def _whole(parts: Sequence[Part], building: Path) -> Part:
    """Join the months: members of gzip one after the other are one file (RFC 1952)."""
    head = _member(writers.heading([column.name for column in shapes.OPEN]))
    texts = {}
    for ending, what in TEXTS.items():
        first_line = head if what == "lines" else b""
        texts[ending] = building / built_name("", ending)
        with texts[ending].open("xb") as joined:
            joined.write(first_line or gzip.compress(b"", LEVEL, mtime=0))
            for part in parts:
                with part.texts[ending].open("rb") as month:
                    month.seek(len(first_line))
                    shutil.copyfileobj(month, joined, 1 << 20)
    return Part(
        "",
        sum(part.rows for part in parts),
        min((part.first for part in parts), default=date.max),
        max((part.last for part in parts), default=date.max),
        texts,
    )


def _dump(part: Part, ending: str, path: Path, as_of: datetime) -> Dump:
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return Dump(
        month=part.month,
        ending=ending,
        sha256=sha256,
        size=path.stat().st_size,
        rows=part.rows,
        first=part.first.isoformat() if part.rows else "",
        last=part.last.isoformat() if part.rows else "",
        made_at=as_of.astimezone(UTC).isoformat(timespec="seconds"),
    )


def _unchanged(before: Dumps, texts: Sequence[Dump], folder: Path) -> list[Dump]:
    """Return the files of the run before, if they have the same rows and are still there."""
    earlier = list(before.of(texts[0].month))
    hashes = {one.sha256 for one in earlier}
    same = len(earlier) == len(ENDINGS) and all(one.sha256 in hashes for one in texts)
    return earlier if same and all(is_there(folder, one) for one in earlier) else []


def built_name(month: str, ending: str) -> str:
    """Return the name in the folder of a run of the file of a month, or of the whole register."""
    return f"{month or 'whole'}.{ending}"


def is_there(folder: Path, dump: Dump) -> bool:
    """Return whether a finished file is in the folder."""
    path = folder / dump.stored
    return path.is_file() and path.stat().st_size == dump.size


def _sources(part: Part, parts: Sequence[Part]) -> list[Path]:
    if part.month or not parts:
        return [part.texts["jsonl.gz"]]
    return [one.texts["jsonl.gz"] for one in parts]


def _to_parquet(files: Sequence[tuple[Sequence[Path], Path]], stop: Stop) -> None:
    """Convert JSON lines to Parquet in another process. Raises NotMade, Stopped."""
    if not files:
        return
    order = {
        "fields": [(column.name, column.kind) for column in shapes.OPEN],
        "files": [(list(map(str, sources)), str(target)) for sources, target in files],
        "spill": str(files[0][1].parent / "spill"),
    }
    command = [sys.executable, "-I", str(TO_PARQUET)]
    with subprocess.Popen(  # noqa: S603 - written above
        command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        try:
            child.stdin.write(json.dumps(order))  # type: ignore[union-attr]
            child.stdin.close()  # type: ignore[union-attr]
            while child.poll() is None:
                if stop():
                    raise Stopped
                time.sleep(LOOKS)
        finally:
            child.kill()
        if child.returncode:
            said = child.stderr.read().strip().splitlines()  # type: ignore[union-attr]
            reason = said[-1] if said else f"exit code {child.returncode}"
            raise NotMade(f"the Parquet files of open data could not be written: {reason}")


def publish(folder: Path, building: Path, after: Dumps) -> None:
    """Put new files next to the old ones, then the manifest in their place; delete the rest."""
    shared = folder.stat().st_mode & GROUP_READS == GROUP_READS
    mode = FOR_GROUP if shared else private.FILE
    for dump in after.files:
        if not is_there(folder, dump):
            path = building / built_name(dump.month, dump.ending)
            path.chmod(mode)
            _sync(path)
            path.replace(folder / dump.stored)
    manifest = building / dumps.MANIFEST
    with open(manifest, "x", encoding="utf-8", opener=private.opener) as file:
        file.write(dumps.as_text(after))
    _sync(manifest)
    _sync(folder)
    manifest.replace(folder / dumps.MANIFEST)
    _sync(folder)
    current = {dump.stored for dump in after.files}
    for path in folder.iterdir():
        if OURS.fullmatch(path.name) and path.name not in current:
            path.unlink()


def _sync(path: Path) -> None:
    """Make a file, or the names of a folder, last, also if the machine stops."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
