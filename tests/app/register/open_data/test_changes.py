"""The feed for mirrors: every settled change, also removals, and none missed."""

from __future__ import annotations

import json
import secrets
import threading
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from app.base import calendar, db
from app.base.models import Feed, LogEntry, Visit
from app.ops import setup
from app.register.facts import shapes
from app.register.facts.values import Refused
from app.register.visits import recording, reserved
from app.register.visits.reserved import Authorisation
from tests.app.visited import Visited
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql

FEED = "/datos/cambios.json"
BECAUSE = Authorisation("Gerenta de la prueba", "Ley 27378", date(2026, 12, 31))


def get(visited: Visited, query: str = "") -> dict[str, Any]:
    with visited.browser().get(f"{FEED}?{query}") as answer:
        assert answer.status_code == 200, answer.get_data(as_text=True)
        said: dict[str, Any] = json.loads(answer.data)
    return said


class Mirror:
    """A copy of the register that follows its changes."""

    def __init__(self, visited: Visited, since: str = "") -> None:
        self.visited = visited
        self.visits: dict[str, dict[str, Any]] = {}
        self.since = since
        self.cursor = ""

    def follow(self, limit: int = 1000) -> int:
        """Apply all changes available now. Return how many."""
        taken, more = 0, True
        while more:
            place = f"cursor={self.cursor}" if self.cursor else f"updated_since={self.since}"
            page = get(self.visited, f"{place}&limite={limit}")
            for change in page["cambios"]:
                if change.get("retirado"):
                    self.visits.pop(change["codigo"], None)
                else:
                    self.visits[change["codigo"]] = change
            taken += len(page["cambios"])
            self.cursor, more = page["cursor"], page["hay_mas"]
        return taken


def register(visited: Visited) -> dict[str, dict[str, Any]]:
    """Return what the register publishes, including annulled visits."""
    with visited.reading() as session:
        query = shapes.select_of(shapes.OPEN, full=False)
        rows = session.execute(query.where(Visit.audience == "public", Visit.state != "suppressed"))
        return {
            row["codigo"]: dict(row) | {"fecha_visita": row["fecha_visita"].isoformat()}
            for row in rows.mappings()
        }


def change(visited: Visited, visit_id: int, what: str) -> None:
    """Change a visit; a refusal of the register is ignored."""
    with visited.writing() as session:
        visit = db.locked(session, Visit, visit_id)
        try:
            if what == "correct":
                recording.correct(
                    session,
                    visit,
                    reason="Error",
                    actor_id=None,
                    seen=visit.versions,
                    motive=secrets.token_hex(4),
                )
            elif what == "leave":
                recording.leave(session, visit, actor_id=None)
            elif what == "annul":
                recording.annul(session, visit, reason="Error", actor_id=None)
            elif what == "reserve":
                reserved.reserve(session, visit, BECAUSE, actor_id=None)
            else:
                reserved.lift(session, visit, reason="Ya no hace falta", actor_id=None)
        except Refused:
            session.rollback()


# One at a time ---------------------------------------------------------------------------------


def test_a_change_is_the_visit_as_it_stands(visited: Visited):
    visit_id = visited.visit()
    mirror = Mirror(visited)
    assert mirror.follow() == 1
    change(visited, visit_id, "correct")
    assert mirror.follow() == 1
    assert mirror.visits == register(visited)
    assert mirror.follow() == 0
    [said] = mirror.visits.values()
    assert list(said) == [column.name for column in shapes.OPEN]
    assert said["documento_numero"] == "*****501"
    change(visited, visit_id, "annul")
    mirror.follow()
    assert [said["estado"] for said in mirror.visits.values()] == ["anulada"]


@pytest.mark.nightly
def test_a_visit_that_is_no_longer_public_leaves_a_tombstone(visited: Visited, clock: Clock):
    visit_id = visited.visit(name="Ya no se dice")
    code = visited.row(visit_id).code
    clock.forward(minutes=5)
    change(visited, visit_id, "reserve")
    page = get(visited)
    assert page["cambios"] == [
        {
            "codigo": code,
            "retirado": True,
            "modificado": "2026-03-02T08:05:00-05:00",
            "motivo": "reservada",
        }
    ]
    change(visited, visit_id, "lift")
    assert get(visited)["cambios"][0]["visitante"] == "Ya no se dice"
    visited.execute(update(Visit).values(state="suppressed"))
    assert get(visited)["cambios"][0]["motivo"] == "suprimida"
    assert "Ya no se dice" not in str(get(visited))


def test_a_visit_that_was_never_public_is_not_mentioned(visited: Visited):
    visited.visit("demo")
    with visited.writing() as session:
        reserved.enter(
            session,
            visited.register(session),
            visited.entry(session),
            BECAUSE,
            submission="reserved",
            actor_id=None,
        )
    assert get(visited)["cambios"] == []


def test_pages_follow_each_other_without_a_gap(visited: Visited):
    for ago in range(7):
        visited.visit(ago=ago)
    mirror = Mirror(visited)
    assert mirror.follow(limit=2) == 7
    assert mirror.visits == register(visited)


def test_a_mirror_can_start_at_a_moment(visited: Visited, clock: Clock):
    visited.visit(name="Antes")
    clock.forward(hours=5)
    moment = calendar.now()
    clock.forward(minutes=1)
    visited.visit(name="Después")
    for since in (moment.isoformat(), moment.astimezone(calendar.LIMA).isoformat()):
        mirror = Mirror(visited, since.replace("+", "%2B"))
        mirror.follow()
        assert [said["visitante"] for said in mirror.visits.values()] == ["Después"]
    mirror = Mirror(visited, "2026-03-02")
    assert mirror.follow() == 2
    assert Mirror(visited, "2026-03-04").follow() == 0


def test_a_transaction_that_ends_late_is_not_missed(visited: Visited):
    """Transactions that committed first wait for one that began earlier: it is not missed."""
    on_postgresql = visited.engine.dialect.name == "postgresql"
    visited.visit(name="Primera")
    mirror = Mirror(visited)
    mirror.follow()
    late = db.open_session(visited.engine)
    with visited.app.app_context():
        recording.enter(
            late,
            visited.register(late),
            [visited.entry(late, name="Tarde")],
            submission="late",
            actor_id=None,
        )
        if on_postgresql:  # on SQLite nobody else writes meanwhile
            visited.visit(name="Rápida")
        assert mirror.follow() == 0
        late.commit()
    late.close()
    assert mirror.follow() == (2 if on_postgresql else 1)
    assert mirror.visits == register(visited)


def test_mirrors_start_again_when_the_masking_rule_changes(visited: Visited, clock: Clock):
    visited.visit()
    mirror = Mirror(visited)
    mirror.follow()
    for days, value in ((0, "full"), (1, "masked")):
        visited.publish_numbers(calendar.today() + timedelta(days=days), value)
    with visited.browser().get(f"{FEED}?cursor={mirror.cursor}") as answer:
        assert answer.status_code == 410
    whole = Mirror(visited)
    whole.follow()
    assert [said["documento_numero"] for said in whole.visits.values()] == ["00000501"]
    clock.forward(days=1)
    with visited.browser().get(f"{FEED}?cursor={whole.cursor}") as answer:
        assert answer.status_code == 410
    again = Mirror(visited)
    again.follow()
    assert again.visits == register(visited)


@pytest.mark.nightly
def test_a_database_that_was_copied_by_other_means_is_noticed_at_setup(visited: Visited):
    """On PostgreSQL its numbers may be ahead: mirrors would get nothing until they are reached."""
    on_postgresql = visited.engine.dialect.name == "postgresql"
    visited.visit()
    before = get(visited)
    setup.prepare(visited.app)
    assert get(visited) == before
    visited.execute(update(Visit).values(changed_in=10**12))
    assert len(get(visited)["cambios"]) == (0 if on_postgresql else 1)
    setup.prepare(visited.app)
    assert len(get(visited)["cambios"]) == 1
    assert (get(visited)["epoca"] != before["epoca"]) == on_postgresql
    with visited.reading() as session:
        entries = session.query(LogEntry).filter_by(kind="protection.restored").count()
    assert entries == (1 if on_postgresql else 0)


def test_a_wrong_request_is_answered_as_a_problem(visited: Visited):
    for query in [
        "cursor=nada",
        "cursor=00000000-1",
        "cursor=%F0%9F%98%80",
        "cursor=00000000--5-1",
        f"cursor=00000000-{'9' * 40}-1",
        "updated_since=ayer",
        "updated_since=2026-03-02T08:00:00",
        "updated_since=0001-01-01",
        "updated_since=9999-12-31",
        "updated_since=2026-02-30",
        "limite=0",
        "limite=1001",
        "limite=-1",
        "limite=mil",
        "limite=１０",
        "limite=0000019999",
    ]:
        with visited.browser().get(f"{FEED}?{query}") as answer:
            assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
            assert json.loads(answer.data)["detail"]


def test_a_place_after_the_newest_change_is_refused_in_the_one_sequence(visited: Visited):
    assert get(visited)["cambios"] == []
    visited.visit()
    page = get(visited)
    assert get(visited, f"cursor={page['cursor']}")["cambios"] == []
    name, changed_in, visit_id = page["cursor"].split("-")
    for beyond in (
        f"{name}-{changed_in}-{int(visit_id) + 1}",
        f"{name}-{int(changed_in) + 1}-{visit_id}",
    ):
        with visited.browser().get(f"{FEED}?cursor={beyond}") as answer:
            assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert visited.all(select(Feed.epoch)) == [page["epoca"]]


# While many write ------------------------------------------------------------------------------

ACTS = ("correct", "leave", "annul", "reserve", "lift")
WRITERS, ROUNDS = 4, 8


class Writer(threading.Thread):
    """A desk that records and changes visits; errors are collected for the test."""

    def __init__(self, visited: Visited, seed: int, ids: list[int]) -> None:
        super().__init__()
        self.visited, self.random, self.ids = visited, Random(seed), ids
        self.fault: Exception | None = None

    def run(self) -> None:
        try:
            for number in range(ROUNDS):
                self.ids.append(self.visited.visit(name=f"Inventada {self.name} {number}"))
                for what in self.random.sample(ACTS, 2):
                    change(self.visited, self.random.choice(self.ids), what)
        except Exception as fault:  # noqa: BLE001 - the test raises it
            self.fault = fault


class Slow(threading.Thread):
    """A user whose transactions take their number early and end late."""

    def __init__(self, visited: Visited, over: threading.Event) -> None:
        super().__init__()
        self.visited, self.over = visited, over
        self.made = 0

    def run(self) -> None:
        while not self.over.is_set():
            with self.visited.writing() as session:
                recording.enter(
                    session,
                    self.visited.register(session),
                    [self.visited.entry(session, name=f"Lenta {self.made}")],
                    submission=secrets.token_hex(8),
                    actor_id=None,
                )
                self.over.wait(0.05)
            self.made += 1
            self.over.wait(0.15)  # on SQLite this lets other writers in


@pytest.mark.guard("many write while a mirror follows")
def test_a_mirror_that_follows_while_many_write_equals_the_register(visited: Visited):
    mirror, over = Mirror(visited), threading.Event()
    ids = [visited.visit(name="La primera")]
    writers = [Writer(visited, seed, ids) for seed in range(WRITERS)]
    slow = Slow(visited, over)
    for thread in (*writers, slow):
        thread.start()
    turns = 0
    while any(writer.is_alive() for writer in writers):
        mirror.follow(limit=5)
        turns += 1
    over.set()
    for thread in (*writers, slow):
        thread.join()
    assert [writer.fault for writer in writers] == [None] * WRITERS
    mirror.follow(limit=5)
    assert turns > 1
    assert slow.made
    there = register(visited)
    assert len(ids) == 1 + WRITERS * ROUNDS
    assert {said["estado"] for said in there.values()} == {"vigente", "anulada"}
    assert len(there) < len(ids) + slow.made  # some were reserved
    assert mirror.visits == there


@pytest.mark.nightly
def test_a_mirror_that_follows_by_time_misses_nothing(visited: Visited, clock: Clock):
    copy: dict[str, dict[str, Any]] = {}
    since = calendar.now()
    for _ in range(3):
        visit_id = visited.visit()
        clock.forward(minutes=20)
        change(visited, visit_id, "correct")
        page = get(visited, f"updated_since={since.isoformat().replace('+', '%2B')}")
        copy |= {said["codigo"]: said for said in page["cambios"]}
        since = calendar.now() - timedelta(seconds=1)
        clock.forward(hours=3)
    assert copy == register(visited)
