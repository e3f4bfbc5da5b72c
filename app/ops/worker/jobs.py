"""The jobs of the worker: what runs, how often, and from when on it is late."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy import Engine

from app.base import calendar
from app.base.db import Stop
from app.cases import processes, reminders
from app.mailroom import sending
from app.onboarding import batches
from app.ops.worker import links, nightly

#: What a run did: counts by name. None: it was stopped before its end.
Counts = Mapping[str, int] | None

#: The shortest pause between two turns of a job, in real time, however fast the clock is.
SHORTEST = timedelta(seconds=0.2)


@dataclass(frozen=True)
class Job:
    """Something that the worker does again and again; times are those of the product's clock."""

    name: str
    #: What it is called on screen.
    title: str
    every: timedelta
    #: Without a sign of life for so long, something is wrong.
    late_after: timedelta
    work: Callable[[Flask, Stop], Counts]
    #: Whether one worker at a time does it; of the others each row has its own lock.
    alone: bool = False
    #: Whether a turn has something to do; where it has not, no run is noted.
    is_due: Callable[[Engine], bool] | None = None
    #: Whether a turn with these counts tried what an earlier one may have failed at: only such a
    #: turn forgets the failure. A job that always tries all that waits for it has the default.
    tried: Callable[[Engine, Mapping[str, int]], bool] = lambda _, __: True

    def pause(self) -> timedelta:
        """Between two turns, in real time: shorter where the clock runs fast."""
        return max(self.every / calendar.pace_from_environment(), SHORTEST)

    def patience(self) -> timedelta:
        """How long it may show no life, by the product's clock."""
        return max(self.late_after, 20 * SHORTEST * calendar.pace_from_environment())


def _tick(app: Flask, stop: Stop) -> Counts:
    return {"woken": processes.tick(app.extensions["engine"], stop)}


def _remind(app: Flask, stop: Stop) -> Counts:
    return reminders.run(app.extensions["engine"], stop)


def _send(app: Flask, stop: Stop) -> Counts:
    return sending.run(app, stop=stop)


def _go_on(app: Flask, stop: Stop) -> Counts:
    return batches.run(app.extensions["engine"], stop)


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
            _remind,
            alone=True,
            tried=lambda engine, _: reminders.is_open(engine),
        ),
        Job(
            "sending",
            "Envío de correos",
            15 * SECOND,
            10 * MINUTE,
            _send,
            tried=sending.was_tried,
        ),
        Job("batches", "Lotes de entidades", 15 * SECOND, 10 * MINUTE, _go_on),
        Job(
            "links",
            "Enlaces en los sitios de las entidades",
            5 * MINUTE,
            HOUR,
            links.run,
            alone=True,
        ),
        Job(
            "nightly",
            "Mantenimiento de la noche",
            5 * MINUTE,
            26 * HOUR,
            nightly.run,
            alone=True,
            is_due=nightly.is_due,
        ),
    )
}
