"""The state of the installation: for its users, for monitors, for Prometheus."""

from __future__ import annotations

import json
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from app import create_app
from app.base import calendar, db
from app.base.models import Incident, JobRun, Mail
from app.cases import notices
from app.ops.health import WAITING
from app.ops.worker import JOBS, standing
from app.ops.worker.turns import turn
from tests.app.together import together
from tests.app.walk import Walk
from tests.conftest import Clock
from tests.pages import CheckingClient

pytestmark = pytest.mark.postgresql

TOKEN = "a-word-for-monitors"


def work(app: Flask) -> None:
    """Run every job once."""
    for job in JOBS.values():
        turn(app, job)


def health(app: Flask) -> tuple[int, dict[str, Any]]:
    """Return the status and the JSON of /salud without a sign-in."""
    answer = app.test_client().get("/salud")
    assert answer.mimetype == "application/json"
    return answer.status_code, json.loads(answer.data)


# /salud ----------------------------------------------------------------------------------------


@pytest.mark.nightly("servers")
def test_an_installation_says_to_anyone_that_it_is_well_while_its_worker_shows_life(
    walk: Walk, clock: Clock
):
    assert health(walk.app)[0] == 503, "none ever ran"
    work(walk.app)
    status, answer = health(walk.app)
    assert status == 200
    assert (answer["alive"], answer["database"], answer["stuck"]) == (True, True, [])
    assert answer["jobs"]["tick"] == {
        "seen_at": clock.moment.isoformat(),
        "late": False,
        "failed": False,
    }
    assert set(answer["waiting"]) == set(WAITING)
    clock.forward(minutes=1)
    assert health(walk.app)[0] == 200
    clock.forward(seconds=1)
    status, answer = health(walk.app)
    assert (status, answer["jobs"]["tick"]["late"]) == (503, False)
    assert answer["stuck"] == ["no worker has shown life for a minute"]


@pytest.mark.nightly("servers")
def test_a_failed_job_is_reported_the_page_has_its_detail_and_the_service_stays_up(
    walk: Walk, clock: Clock
):
    work(walk.app)
    with walk.writing() as session:
        run = session.get_one(JobRun, "reminders")
        run.error, run.failed_at = "KeyError: 'persona@example.pe'", clock.moment
    status, answer = health(walk.app)
    assert (status, answer["jobs"]["reminders"]["failed"]) == (200, True)
    assert "example.pe" not in json.dumps(answer)
    page = walk.browser("sip").get("/estado").text
    assert "«Recordatorios» falló la última vez" in page
    assert "KeyError: &#39;persona@example.pe&#39;" in page


@pytest.mark.nightly("servers")
def test_what_waits_is_counted(walk: Walk, clock: Clock):
    walk.begin()
    work(walk.app)
    before = health(walk.app)[1]["waiting"]
    with walk.writing() as session:
        row = walk.instance(session)
        row.wake_at = clock.moment
        session.add(
            Incident(
                instance_id=row.id, element="x", name="x", traceback="", happened_at=clock.moment
            )
        )
        notices.put(session, "answer_received", "1")
        for state in ("waiting", "failed", "bounced"):
            session.add(a_mail(clock, state))
    after = health(walk.app)[1]["waiting"]
    more = {name for name, count in after.items() if count > before[name]}
    assert more == {
        "timers_due", "incidents", "notices", "mails_waiting", "mails_failed", "mails_bounced",
    }  # fmt: skip


def a_mail(clock: Clock, state: str = "waiting", **values: Any) -> Mail:
    """Return a mail of the outbox."""
    return Mail(
        message_id=f"<{state}@zaguan>", kind="activation", to="persona@example.pe", subject="x",
        body="x", created_at=clock.moment, state=state, **values,
    )  # fmt: skip


def test_overdue_mails_are_stuck_unless_their_server_requested_a_delay(walk: Walk, clock: Clock):
    walk.add(a_mail(clock))
    clock.forward(hours=2)
    assert stuck_kinds(walk.app) >= {"mails_late"}
    with walk.writing() as session:
        mail = session.scalars(select(Mail)).one()
        mail.next_try_at = db.clock(session) + timedelta(hours=1)
    assert "mails_late" not in stuck_kinds(walk.app)


def test_a_digest_of_the_evening_is_not_late_before_the_hours_of_sending(walk: Walk, clock: Clock):
    clock.forward(hours=9)  # five in the afternoon
    mail = a_mail(clock)
    mail.kind = "digest"
    walk.add(mail)
    clock.forward(hours=13)
    assert "mails_late" not in stuck_kinds(walk.app), "six in the morning"
    clock.forward(hours=4)
    assert "mails_late" in stuck_kinds(walk.app), "two hours into the hours of sending"


def stuck_kinds(app: Flask) -> set[str]:
    """Return the kinds of stuck work."""
    with app.app_context(), db.open_session(app.extensions["engine"]) as session:
        return {finding.kind for finding in standing.read(session).stuck}


@pytest.mark.nightly("servers")
def test_health_holds_no_personal_data(walk: Walk):
    walk.begin()
    work(walk.app)
    text = walk.app.test_client().get("/salud").text
    secrets = [mail.to for mail in walk.all(select(Mail))]
    assert secrets
    for secret in (*secrets, "40000021", "Ejemplo", walk.app.config["SECRET_KEY"], "postgresql"):
        assert secret not in text


def away(tmp_path: Path, url: str) -> Flask:
    """Return an application whose database does not exist."""
    made = create_app(
        {"DATA": tmp_path, "SECRET_KEY": "x" * 32, "DATABASE_URL": url, "TESTING": True,
         "METRICS_TOKEN": TOKEN}
    )  # fmt: skip
    made.test_client_class = CheckingClient
    return made


@pytest.mark.nightly("servers")
def test_without_a_database_it_says_so_and_does_not_fail(tmp_path: Path):
    for url in (
        "postgresql+psycopg://nobody@127.0.0.1:1/nothing",
        f"sqlite:///{tmp_path / 'empty.db'}",
        f"sqlite:///{tmp_path}",
    ):
        app = away(tmp_path, url)
        assert health(app) == (503, {"alive": True, "database": False}), url
        figures = app.test_client().get("/metricas", headers=bearer(TOKEN)).text
        assert "zaguan_database_up 0.0" in figures
        app.extensions["engine"].dispose()


def test_health_does_not_wait_for_a_database_that_never_answers(tmp_path: Path):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        port = silent.getsockname()[1]
        app = away(tmp_path, f"postgresql+psycopg://nobody@127.0.0.1:{port}/nothing")
        (answer,) = together(lambda: health(app)[0])
        assert answer == 503


# /metricas -------------------------------------------------------------------------------------


def bearer(token: str) -> dict[str, str]:
    """Return the header that contains a token."""
    return {"Authorization": f"Bearer {token}"}


def test_the_figures_require_the_token(walk: Walk):
    client = walk.app.test_client()
    assert client.get("/metricas", headers=bearer("")).status_code == 404, "none was configured"
    walk.app.config["METRICS_TOKEN"] = TOKEN
    for headers in ({}, bearer("another"), bearer(""), {"Authorization": TOKEN}, bearer("ñ")):
        assert client.get("/metricas", headers=headers).status_code == 404, headers
    assert walk.browser("sip").get("/metricas").status_code == 404
    assert client.get("/metricas", headers=bearer(TOKEN)).status_code == 200


@pytest.mark.nightly("servers")
def test_the_figures_are_those_of_the_database(walk: Walk, clock: Clock):
    work(walk.app)
    walk.app.config["METRICS_TOKEN"] = TOKEN
    walk.add(a_mail(clock))
    clock.forward(minutes=6)
    answer = walk.app.test_client().get("/metricas", headers=bearer(TOKEN))
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    assert found["zaguan_database_up",] == 1
    assert found["zaguan_waiting", "mails_waiting"] == 1
    assert found["zaguan_job_late", "tick"] == 1
    assert found["zaguan_job_late", "nightly"] == 0
    assert found["zaguan_stuck", "tick", "job_late"] == 1
    seen = (clock.moment - timedelta(minutes=6)).timestamp()
    assert found["zaguan_job_seen_timestamp_seconds", "tick"] == seen


# /estado ---------------------------------------------------------------------------------------


@pytest.mark.nightly("servers")
def test_the_page_shows_in_spanish_what_runs_and_what_waits(walk: Walk):
    client = walk.browser("sip")
    page = client.get("/estado").text
    assert "no da señales" in page
    assert "Todavía no" in page
    work(walk.app)
    page = client.get("/estado").text
    assert "nada está detenido" in page
    for job in JOBS.values():
        assert job.title in page
    for words, _ in WAITING.values():
        assert words in page


@pytest.mark.nightly("servers")
def test_an_address_other_than_the_public_one_is_shown_with_what_it_means(walk: Walk):
    client = walk.browser("sip")
    assert "La dirección de la plataforma" not in client.get("/estado").text
    assert health(walk.app)[1]["as_public_address"] is True
    walk.app.config["PUBLIC_URL"] = "https://zaguan.example.pe"
    page = client.get("/estado").text
    assert "localhost" in page
    assert "https://zaguan.example.pe" in page
    assert health(walk.app)[1]["as_public_address"] is False


def test_every_kind_of_waiting_work_has_its_text():
    assert list(WAITING) == list(standing._waiting(calendar.now()))


# zaguan status ---------------------------------------------------------------------------------


@pytest.mark.nightly("servers")
def test_the_command_reports_the_same(walk: Walk, clock: Clock):
    with walk.reading() as session:
        status = str(standing.read(session))
    assert "tick       never" in status
    work(walk.app)
    clock.forward(minutes=3)
    with walk.reading() as session:
        status = str(standing.read(session))
    assert "tick       3 min ago: nothing to do" in status


def test_elapsed_time_is_rounded_by_its_size():
    for passed, words in [
        ({"seconds": 0}, "0 s"),
        ({"seconds": 119}, "119 s"),
        ({"minutes": 2}, "2 min"),
        ({"hours": 47}, "47 h"),
        ({"days": 2}, "2 days"),
        ({"seconds": -5}, "0 s"),
    ]:
        assert standing._ago(timedelta(**passed)) == words
