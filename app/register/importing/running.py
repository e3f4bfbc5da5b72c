"""The way of a file into a register: stored, checked, confirmed; each is one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db, files
from app.base.files import integrity
from app.base.models import FileUse, PastImport, Register
from app.register.importing import applying
from app.register.importing.reading import Export, opened, read_export
from app.register.importing.reporting import Report
from app.register.importing.sentences import DONE, OUTCOMES
from forms.fields.tables import MEDIA_TYPES, Unreadable, ending_of

#: Past imports that a page lists.
LISTED = 50


@dataclass(frozen=True)
class Upload:
    """An uploaded file: its bytes, its name, and the source of its visits.

    The official platform's export is recognised, whatever source the user chose.
    """

    content: bytes
    name: str
    chosen: str
    export: Export

    @classmethod
    def of(cls, content: bytes, name: str, chosen: str) -> Upload:
        """Open a file. Raises reading.Unreadable."""
        return cls(content, files.safe_name(name), chosen, opened(content, name))

    @property
    def source(self) -> str:
        """The source of its visits, as `Visit.source` has it."""
        return "official_platform" if self.export.official else self.chosen


def keep(session: Session, register: Register, upload: Upload, by_id: int | None) -> PastImport:
    """Store a file with its headings and the proposed columns, to be checked."""
    original = files.keep(
        session,
        BytesIO(upload.content),
        name=upload.name,
        media_type=MEDIA_TYPES[ending_of(upload.content)],
        owner=files.Owner(register.entity_id, by_id=by_id),
        kind=files.VISITS,
        title="Visitas pasadas",
    )
    run = PastImport(
        register_id=register.id,
        source=upload.source,
        file_id=original.id,
        state="uploaded",
        summary={"headings": upload.export.headings, "columns": dict(upload.export.columns)},
        uploaded_at=calendar.now(),
        by_id=by_id,
    )
    session.add(run)
    session.flush()
    return run


def checked(
    session: Session,
    register: Register,
    run: PastImport,
    columns: Mapping[str, int],
    report: Report,
) -> None:
    """Store the chosen columns of a file, and the result of its dry run, to be confirmed."""
    run.summary = {
        **run.summary,
        "columns": dict(columns),
        "checked": report.summary(),
        "table": _store_table(
            session, report.table(OUTCOMES), files.Owner(register.entity_id, by_id=run.by_id)
        ),
    }
    run.state = "checked"
    session.flush()


def _store_table(session: Session, table: bytes, owner: files.Owner) -> str:
    """Store a report's rows as a file. Return its id."""
    use = files.keep(
        session,
        BytesIO(table),
        name=files.REPORT,
        media_type="text/csv",
        owner=owner,
        kind=files.VISITS,
        title="Informe de importación",
    )
    return use.id


def read_again(
    session: Session, run: PastImport, columns: Mapping[str, int] | None = None
) -> Export:
    """Read the file of a run, before a transaction that writes, with these or its own columns.

    Raises reading.Unreadable and files.Damaged.
    """
    use = session.get_one(FileUse, run.file_id)
    stored, name, columns = use.file, use.name, columns or run.summary["columns"]
    if stored.removed_at is not None:
        raise Unreadable("El archivo ya se eliminó, por su plazo: súbelo otra vez.")
    session.expunge(stored)
    session.rollback()  # reading takes a while, in which others are not to wait for a lock
    return read_export(integrity.whole(stored).read_bytes(), name, columns)


def confirm(
    session: Session, register: Register, run_id: int, by_id: int | None, export: Export
) -> bool:
    """Import a checked file, as `read_again` read it.

    The rows are judged again, against the current register. Return False if the file was imported
    before.
    """
    db.in_turn(session, applying.lock_of(register))
    run = db.locked(session, PastImport, run_id)
    if run.state == "done":
        return False
    at = calendar.now()
    report = applying.bring_in(session, register, export, source=run.source, at=at, by_id=by_id)
    owner = files.Owner(register.entity_id, by_id=by_id)
    run.summary = {
        **run.summary,
        "done": report.summary(),
        "table": _store_table(session, report.table(DONE), owner),
    }
    run.state, run.done_at, run.by_id = "done", at, by_id
    audit_log.write(
        session,
        "register.past_imported",
        actor_id=by_id,
        entity_id=register.entity_id,
        at=at,
        run=run.id,
        source=run.source,
        **_counts(report),
    )
    session.flush()
    return True


def _counts(report: Report) -> dict[str, Any]:
    return {
        "visits": report.visits,
        "there": report.outcomes["there"],
        "refused": report.outcomes["refused"],
    }


def runs(session: Session, register: Register) -> Sequence[PastImport]:
    """Return the files that were checked or imported, the newest first."""
    return session.scalars(
        select(PastImport)
        .where(PastImport.register_id == register.id)
        .order_by(PastImport.id.desc())
        .limit(LISTED)
    ).all()


def run_of(session: Session, register: Register, run_id: int) -> PastImport | None:
    """Return a file of this register, by its number."""
    run = session.get(PastImport, run_id)
    return run if run is not None and run.register_id == register.id else None
