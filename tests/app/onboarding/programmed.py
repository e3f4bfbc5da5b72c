"""An invented installation with entities everywhere on the path, made of rows alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.definitions import definition_of, in_force
from app.base.models import Entity, Holding, NonWorkingDay, ProcessInstance, Task
from app.onboarding.entity_list.filters import STAGES
from app.onboarding.programme.cases import PLACES
from app.people import access
from tests.app import cast
from tests.app.conftest import FRIDAY_EVENING
from tests.app.walk import Walk
from workflows.definition import Definition

REGIONS = ("Lima", "Cusco", "Áncash", "Callao", "Madre de Dios", "")
SECTORS = ("GOBIERNOS MUNICIPALES", "SALUD", "EDUCACION", "")
PARTIES = (
    "entity", "entity", "sip", "sgtd", "secretary", "both", "date", "mesa_de_partes", "suspended",
)  # fmt: skip


class Programmed(Walk):
    """The walk's installation with a programme, as of a Friday evening."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        with self.reading() as session:
            if session.scalar(select(Entity.id).where(Entity.code == "E70001")):
                return
            definition = definition_of(in_force(session))
        before = calendar.use_clock(lambda: FRIDAY_EVENING)
        try:
            Programme(self, definition).fill(77)
        finally:
            calendar.use_clock(before)


class Programme:
    """Fills the installation of a walk; `now` is some months after the first began."""

    def __init__(self, walk: Walk, definition: Definition, seed: int = 5) -> None:
        self.walk, self.definition = walk, definition
        self.random = Random(seed)
        self.made = 0
        with walk.writing() as session:
            other = cast.person(session, "40000031", "sip").id
            self.sips = (walk.people["sip"], other, None)
            self.sgtds = (walk.people["sgtd"], walk.people["sip"], None)
            for on, scope, place in (
                (date(2026, 1, 8), "national", ""),
                (date(2026, 1, 14), "region", "Cusco"),
                (date(2026, 2, 5), "entity", "E70003"),
            ):
                session.add(NonWorkingDay(on=on, scope=scope, place=place, norm="De ejemplo"))

    def fill(self, count: int) -> None:
        """Add entities, in turn at each place of the path."""
        with self.walk.writing() as session:
            for _ in range(count):
                self.add(session, PLACES[self.made % len(PLACES)])

    def add(self, session: Session, place: str) -> Entity:
        """Add an entity at a place; some had another onboarding as well, some are not active."""
        random, self.made = self.random, self.made + 1
        level = random.choice(("nacional", "regional", "local"))
        entity = cast.entity(
            session,
            f"E7{self.made:04}",
            level=level,
            department="" if level == "nacional" else random.choice(REGIONS[:-1]),
            sector=random.choice(SECTORS),
            sip_coordinator_id=random.choice(self.sips),
            sgtd_coordinator_id=random.choice(self.sgtds),
            active=self.made % 17 != 0,
        )
        if place != PLACES[0]:
            if self.made % 6 == 0:
                self._path(session, entity, "anulado")
            row = self._path(session, entity, place)
            if self.made % 5 == 0:
                self._side_processes(session, row)
        return entity

    def _path(self, session: Session, entity: Entity, place: str) -> ProcessInstance:
        random, now = self.random, calendar.now()
        reached = STAGES.index(place) if place in STAGES else len(STAGES) - 1
        if place in ("anulado", "no-corresponde"):
            reached = random.randrange(len(STAGES)) if place == "anulado" else 0
        validated = {s: {"reason": "x"} for s in STAGES[:reached] if random.random() < 0.2}
        if place == "terminado" and random.random() < 0.3:
            validated[STAGES[-1]] = {"reason": "x"}
        begins = now - timedelta(days=random.randrange(20, 160), hours=random.randrange(24))
        course = self._course(begins, now, reached, validated)
        over = place in PLACES[-3:]
        ended = course[-1][2] if over else None
        suspended = not over and random.random() < 0.2
        row = ProcessInstance(
            entity=entity, deployment_id=1, process="onboarding", state=b"", validated=validated,
            status=("cancelled" if place == "anulado" else "ended" if over else
                    "suspended" if suspended else "running"),
            stage="" if over and place != "anulado" else STAGES[reached],
            holder="" if over else "suspended" if suspended else random.choice(PARTIES[:8]),
            holder_since_at=None if over else course[-1][2],
            started_at=begins, ended_at=ended,
            end_name={"anulado": "Anulado", "no-corresponde": "No corresponde"}.get(
                place, "Implementación concluida" if over else ""
            ),
        )  # fmt: skip
        session.add(row)
        session.flush()
        for stage, since, until in course:
            session.add(
                Holding(instance_id=row.id, stage=stage, party=random.choice(PARTIES),
                        since_at=since, until_at=until)
            )  # fmt: skip
        self._tasks(session, row, course, is_open=not over)
        session.flush()
        return row

    def _course(
        self, begins: datetime, now: datetime, reached: int, validated: dict[str, Any]
    ) -> list[tuple[str, datetime, datetime]]:
        """Return stages and times without a gap.

        Some stages come back; validated ones may be skipped.
        """
        stages: list[str] = []
        for number, stage in enumerate(STAGES[: reached + 1]):
            if stage in validated and self.random.random() < 0.5:
                continue
            stages += [stage] * self.random.randrange(1, 4)
            if number and self.random.random() < 0.2 and STAGES[number - 1] not in validated:
                stages += [STAGES[number - 1], stage]
        stages = stages or [STAGES[reached]]
        span = (now - begins) * (0.5 + self.random.random() / 2)
        cuts = sorted(self.random.random() for _ in range(len(stages) - 1))
        moments = [begins + span * part for part in (0, *cuts, 1)]
        return [
            (stage, since, until)
            for stage, (since, until) in zip(stages, pairwise(moments), strict=True)
            if since < until
        ]

    def _tasks(
        self,
        session: Session,
        row: ProcessInstance,
        course: list[tuple[str, datetime, datetime]],
        *,
        is_open: bool,
    ) -> None:
        by_stage = {
            stage: [task for task in self.definition.user_tasks.values() if task.process == stage]
            for stage in STAGES
        }
        for number, (stage, since, until) in enumerate(course):
            drawn = self.random.choice(by_stage[stage])
            state = self.random.choice(("completed", "completed", "completed", "cancelled"))
            self._task(session, row, drawn, f"{row.id}-{number}", since, until, state)
        if is_open:
            for number, drawn in enumerate(self.random.sample(by_stage[row.stage], 2)):
                self._task(session, row, drawn, f"{row.id}-o{number}", course[-1][2], None, "open")

    def _side_processes(self, session: Session, row: ProcessInstance) -> None:
        """Add a follow-up, which is a side process."""
        drawn = next(t for t in self.definition.user_tasks.values() if t.process == "follow_up")
        self._task(session, row, drawn, f"{row.id}-beside", row.started_at, None, "open")

    def _task(
        self, session: Session, row: ProcessInstance, drawn: Any, key: str,
        since: datetime, until: datetime | None, state: str,
    ) -> None:  # fmt: skip
        session.add(
            Task(
                instance_id=row.id, entity_id=row.entity_id, engine_id=key, step=drawn.id,
                name=drawn.name, role=access.LANES[drawn.lane], process=drawn.process,
                stage=row.stage, state=state, opened_at=since, closed_at=until,
            )
        )  # fmt: skip
