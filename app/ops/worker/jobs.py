"""The jobs of the worker: what runs, how often, and when it counts as late."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy import Engine

from app.administration import breaches, leaving
from app.base import calendar, db
from app.base.db import Stop, leases
from app.base.files import disk
from app.cases import processes, reminders
from app.cases.papers.viewing import page_cache
from app.cases.processes.migrating.rehearsals import work
from app.mailroom import sending
from app.mailroom.incoming import pipe
from app.onboarding import batches, mandates
from app.ops.worker import chaining, nightly, open_data
from app.register.export import dumps, sharing
from app.register.suppression import listed

#: The result of a run: counts by name; None if it was stopped before its end.
Counts = Mapping[str, int] | None

#: The shortest pause between two turns of a job, in real time, however fast the clock is.
SHORTEST = timedelta(seconds=0.2)
#: The shortest lease of a job in seconds, however fast the clock is: it must be renewed in time.
SHORTEST_LEASE = 3.0


@dataclass(frozen=True)
class Job:
    """A job that the worker repeats. Times are those of the product's clock."""

    name: str
    #: Its name on screen, in Spanish.
    title: str
    every: timedelta
    #: Longest time without a sign of life before the job counts as late.
    late_after: timedelta
    work: Callable[[Flask, Stop], Counts]
    #: Whether only one worker at a time runs it; the other jobs lock each row.
    alone: bool = False
    #: Whether a turn has something to do; otherwise no run is recorded.
    is_due: Callable[[Engine], bool] | None = None
    #: Whether a turn with these counts tried what an earlier turn may have failed at. Only such a
    #: turn clears the failure. The default is for jobs that always try everything that waits.
    tried: Callable[[Engine, Mapping[str, int]], bool] = lambda _, __: True

    def pause(self) -> timedelta:
        """Return the pause between two turns in real time, shorter when the clock runs fast."""
        return max(self.every / calendar.pace_from_environment(), SHORTEST)

    def lease(self) -> float:
        """Return for how many real seconds the lock of a job ends after a kill of its worker."""
        return max(leases.SECONDS / calendar.pace_from_environment(), SHORTEST_LEASE)

    def patience(self) -> timedelta:
        """Return how long it may be silent, by the product's clock."""
        return patience(self.late_after)


def patience(silence: timedelta) -> timedelta:
    """Return a silence by the product's clock, longer when it runs so fast that turns are rare."""
    return max(silence, 20 * SHORTEST * calendar.pace_from_environment())


def _tick(app: Flask, stop: Stop) -> Counts:
    return {"woken": processes.tick(app.extensions["engine"], stop)}


def _make_room(app: Flask, stop: Stop) -> Counts:
    """Make room on the machine of this worker, and fetch what another machine finished."""
    engine, place = app.extensions["engine"], sharing.place_of(app.config)
    return {
        "page_pictures_removed": page_cache.clean(stop),
        "copies_removed": disk.trim_copies(stop),
        "files_fetched": sharing.fetch(engine, place, dumps.folder(), stop),
        "suppressions_listed": _list_suppressions(engine),
    }


def _list_suppressions(engine: Engine) -> int:
    """Complete what the data folder of this machine knows apart from the database."""
    with db.open_session(engine, writes=False) as session:
        count = listed.write(session)
        chaining.note(session)
    listed.exchange(engine)
    return count


SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

JOBS: Mapping[str, Job] = {
    job.name: job
    for job in (
        Job("tick", "Plazos y procesos planificados", MINUTE, 5 * MINUTE, _tick),
        Job(
            "reminders",
            "Recordatorios",
            MINUTE,
            10 * MINUTE,
            lambda app, stop: reminders.run(app.extensions["engine"], stop),
            alone=True,
            tried=lambda engine, _: reminders.is_open(engine),
        ),
        Job(
            "sending",
            "Envío de correos",
            15 * SECOND,
            10 * MINUTE,
            lambda app, stop: sending.run(app, stop=stop),
            tried=sending.was_tried,
        ),
        Job("incoming", "Correos recibidos", 15 * SECOND, 10 * MINUTE, pipe.run, alone=True),
        Job(
            "departures",
            "Administradores que dejan la función",
            MINUTE,
            10 * MINUTE,
            leaving.run,
        ),
        Job("breaches", "Incidentes de datos personales", 5 * MINUTE, HOUR, breaches.run),
        Job(
            "mandates",
            "Fines de mandato",
            5 * MINUTE,
            HOUR,
            mandates.work.run,
            alone=True,
        ),
        Job(
            "batches",
            "Lotes de entidades",
            5 * SECOND,
            10 * MINUTE,
            lambda app, stop: batches.run(app.extensions["engine"], stop),
        ),
        Job(
            "migrations",
            "Ensayos y migraciones de procesos",
            5 * SECOND,
            10 * MINUTE,
            lambda app, stop: work.run(app.extensions["engine"], stop),
            alone=True,
        ),
        Job("disk", "Copias en disco", HOUR, 3 * HOUR, _make_room),
        Job(
            "nightly",
            "Mantenimiento de la noche",
            5 * MINUTE,
            26 * HOUR,
            nightly.run,
            alone=True,
            is_due=nightly.is_due,
        ),
        Job(
            open_data.NAME,
            "Archivos de datos abiertos",
            5 * MINUTE,
            26 * HOUR,
            open_data.run,
            alone=True,
            is_due=open_data.is_due,
        ),
    )
}
