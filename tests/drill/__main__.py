"""`python -m tests.drill [machines] [entities] [days]`: fill, let time pass, kill workers, report.

`machines`: through pgbouncer, with files in a bucket, and the faults of `tests.drill.machines`.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import time
from contextlib import nullcontext, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app import create_app
from app.base import calendar, db
from app.base.models import Deployment, Mail, Task
from app.cases import processes
from app.cases.reminders import Planned
from app.onboarding.tasks.loading import TaskPage
from app.ops.demo import answers
from app.people import access
from tests.databases import PostgreSQL, settings_of
from tests.drill import stage, verdict
from tests.drill.crew import Crew
from tests.drill.machines import Machines
from tests.drill.post_office import PostOffice

ENTITIES, DAYS, SEED = 2_125, 14, 20260713
#: Speed of the drill's clock relative to the real one: two weeks in ten minutes.
PACE = 2_016
#: Real seconds between two answers, and the longest wait for the last mails to go out.
BETWEEN_ANSWERS, PATIENCE = 10, 300
#: Real seconds until the faults of several machines begin.
TROUBLE_AFTER = 60


def main(entities: int = ENTITIES, days: int = DAYS, *, several: bool = False) -> int:
    """Run the drill. Return 0 if every mail arrived, once, as forecast."""
    secret = secrets.token_hex(32)
    with tempfile.TemporaryDirectory(prefix="zaguan-drill-") as folder:
        place = Path(folder)
        server = PostgreSQL(place)
        try:
            server.make_template()
            url, data = server.create(), place / "data"
            say(f"filling {entities} entities …")
            stage.fill(url, data, secret, entities, SEED)
            settings = {**settings_of(url), "DATA": data, "SECRET_KEY": secret}
            if not several:
                return run(settings, days)
            with Machines(server, url, place) as machines:
                machines.take_files_of(data)
                return run(settings | machines.settings, days, machines)
        finally:
            calendar.use_clock(None)
            server.close()


def run(settings: dict[str, Any], days: int, machines: Machines | None = None) -> int:
    """Run the drill on a filled database."""
    app = create_app(settings)
    until = calendar.end_of(stage.BEGINS_ON + timedelta(days=days - 3)) - timedelta(hours=6)
    calendar.use_clock(stage.begins_at)
    with app.app_context(), db.open_session(app.extensions["engine"], writes=False) as session:
        working_days = calendar.calendar_of(session, None).between(
            stage.BEGINS_ON - timedelta(days=1), calendar.lima_day(until)
        )
        forecast = verdict.forecast_of(session, stage.BEGINS_ON, working_days)
    say(f"{len(forecast)} reminders are forecast for {working_days} working days")
    environment = {
        **{f"ZAGUAN_{name}": str(value) for name, value in settings.items()},
        "ZAGUAN_CLOCK": f"{stage.begins_at().isoformat()}*{PACE}",
        "ZAGUAN_CLOCK_ORIGIN": datetime.now(UTC).isoformat(),
        "ZAGUAN_SMTP_HOST": "127.0.0.1",
        "ZAGUAN_SMTP_SECURITY": "none",
        "ZAGUAN_MAIL_PER_MINUTE": "10000",
        "ZAGUAN_PAGES_PER_MINUTE": "0",
    }
    os.environ.update(environment)
    calendar.use_clock(calendar.clock_from_environment())
    with PostOffice(SEED) as office:
        environment["ZAGUAN_SMTP_PORT"] = str(office.port)
        log = settings["DATA"] / "workers.log"
        trouble = machines.in_trouble(app, TROUBLE_AFTER) if machines else nullcontext()
        with Crew(environment, log, SEED) as crew, trouble as archivist:
            answered = let_time_pass(app, until)
            rest = drain(app, until)
        faults = archivist.verdict() if archivist else []
        say(archivist.report(faults) if archivist else "one machine")
        code = report(app, forecast, office, crew, (answered, rest), until)
        return 1 if faults else code


def let_time_pass(app: Flask, until: datetime) -> int:
    """Wait until the drill's end; now and then answer a step. Return the number of answers."""
    random, answered, shown = Random(SEED), 0, 0
    while calendar.now() < until:
        time.sleep(BETWEEN_ANSWERS)
        with suppress(OperationalError):  # the database restarts: the next one is answered
            answered += answer_one(app, random)
        shown += 1
        if shown % 6 == 0:
            say(f"{calendar.now().astimezone(calendar.LIMA):%d %B, %H:%M} …")
    return answered


def answer_one(app: Flask, random: Random) -> bool:
    """Answer a step, as a user would."""
    with app.app_context(), db.writing(app) as session:
        tasks = session.scalars(
            select(Task).where(
                Task.state == "open",
                Task.role.in_(("sip", "sgtd")),
                Task.step.in_(("record_reception", "review_training", "approve_demo_test")),
            )
        ).all()
        if not tasks:
            return False
        task = random.choice(tasks)
        user = access.recipients(session, task.role, task.entity)[0]
        try:
            task_page = TaskPage.of(session, task.id, user)
            wanted = {"record_reception": "received"}.get(task.step, "accepted")
            answers.write(task_page, answers.values_for(task_page, wanted, random))
            answers.send(task_page)
        except (processes.TaskTaken, processes.TermLapsed):
            session.rollback()
            return False
    return True


def drain(app: Flask, until: datetime) -> int:
    """Let the mails of the drill go out. Return how many still wait at the time limit."""
    given_up = time.monotonic() + PATIENCE
    while True:
        with db.open_session(app.extensions["engine"], writes=False) as session:
            waiting = session.scalar(
                select(func.count()).where(Mail.state == "waiting", Mail.created_at <= until)
            )
        if not waiting or time.monotonic() > given_up:
            return waiting or 0
        time.sleep(2)


def report(
    app: Flask,
    forecast: dict[verdict.Row, Planned],
    office: PostOffice,
    crew: Crew,
    people: tuple[int, int],
    until: datetime,
) -> int:
    """Print the results; the last line is the verdict."""
    engine = app.extensions["engine"]
    with app.app_context(), db.open_session(engine) as session:
        assert session.scalar(select(func.count(Deployment.id))) == 1
        ledger = verdict.ledger_of(session, until)
        still = verdict.undisturbed(session, stage.begins_at(), until)
        off = verdict.differences(forecast, ledger, still, office.deliveries)
        late = verdict.late(forecast, ledger, still)
        untrue = verdict.notified_after_the_answer(session, office.deliveries)
        found = verdict.verdict(session, office.deliveries, crew.kills, until)
        drifted = verdict.drifted(session)
    say(f"{people[0]} steps answered, {len(crew.kills)} workers killed, {crew.gone} gone")
    say(f"the post office: {dict(office.fates)}; {people[1]} mails still wait")
    counts = ", ".join(f"{len(rows)} {name}" for name, rows in off.items())
    counts += f"; {late} a day or more late"
    say(f"ledger: {len(ledger)} rows; of {len(still)} tasks that nobody moved: {counts}")
    say(f"{untrue} mails named only steps already answered; {len(drifted)} clocks drifted")
    for row in (*(row for rows in off.values() for row in rows[:5]), *drifted[:5]):
        say(f"  {row}")
    if crew.gone:
        say(f"the workers' last words:\n{crew.last_words()}")
    say(str(found))
    if "ZAGUAN_FILES" in crew.environment:  # without a database nothing is written on its day
        return 0 if found.is_good and not (untrue or drifted) else 1
    good = found.is_good and not (any(off.values()) or untrue or drifted or crew.gone)
    return 0 if good else 1


def say(text: str) -> None:
    """Print the progress."""
    print(text, flush=True)


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "machines"]
    sys.exit(main(*map(int, words), several="machines" in sys.argv[1:]))
