"""Changes of the catalogue and RUCs while others act: at once, killed, changed since, no right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import select

from app.base.models import Entity, Grant, LogEntry
from app.cases.entities import rucs
from app.onboarding.batches import doing
from app.onboarding.batches.kinds import catalogue
from app.onboarding.batches.kinds.catalogue import acts
from tests.app.onboarding.batches.batched import (
    batch_of,
    entities,
    entity_of,
    rows_of,
)
from tests.app.onboarding.batches.test_batches_catalogue import (
    NORM,
    OTHER_RUC,
    RUC,
    bring_changes,
    bring_rucs,
    change,
    manager,
    new,
)
from tests.app.onboarding.batches.tried import number_of, results, work
from tests.app.together import killed, together
from tests.app.walk import Walk
from tests.pages import CheckingClient

NAMES = ("Una", "Dos", "Tres")


@dataclass(frozen=True)
class Trial:
    """A file of one kind over three entities: its upload, and how many entities it changed."""

    bring: Callable[[CheckingClient, Sequence[str]], str]
    done: Callable[[Entity], bool]


def given(client: CheckingClient, codes: Sequence[str]) -> str:
    """Upload RUCs, the same for all."""
    return bring_rucs(client, *((code, RUC) for code in codes))


def changed(action: str, **values: str) -> Callable[[CheckingClient, Sequence[str]], str]:
    """Return the upload of one change for each of the entities."""

    def upload(client: CheckingClient, codes: Sequence[str]) -> str:
        return bring_changes(client, *(change(action, code, **values) for code in codes))

    return upload


TRIALS = {
    "renaming": Trial(changed("renombrar", name="Nombre Nuevo"), lambda one: "Nuevo" in one.name),
    "merger": Trial(
        changed("fusionar", successor="E90004"), lambda one: one.successor_id is not None
    ),
    "extinction": Trial(changed("extinguir"), lambda one: one.extinct_on is not None),
    "ruc": Trial(given, lambda one: one.ruc == RUC),
}
EVERY = pytest.mark.parametrize("trial", TRIALS.values(), ids=TRIALS)
CREATION = tuple(new(name) for name in NAMES)


def agreed(walk: Walk, place: str, count: int = 3) -> None:
    """Confirm a batch with no row done yet."""
    assert walk.commit(doing.confirm, number_of(place), count, walk.people["superuser"])


def count_done(walk: Walk, trial: Trial) -> int:
    """Return how many of the three entities are changed."""
    return sum(trial.done(entity_of(walk, f"E9000{number}")) for number in (1, 2, 3))


def entries(walk: Walk) -> int:
    """Return how often the log says that an entity was changed or ended."""
    kinds = ("entity.changed", "entity.extinguished")
    return len(walk.all(select(LogEntry).where(LogEntry.kind.in_(kinds))))


@pytest.mark.nightly
@pytest.mark.postgresql
@EVERY
def test_two_at_once_change_each_entity_once(walk: Walk, trial: Trial):
    wanted, client = entities(walk, 4)[:3], manager(walk)
    places = [trial.bring(client, wanted) for _ in range(2)]
    for place in places:
        agreed(walk, place)
    together(*(lambda place=place: work(walk, place) for place in places))
    pairs = zip(*(results(walk, place) for place in places), strict=True)
    assert [sorted(pair) for pair in pairs] == [["done", "same"]] * 3
    assert (count_done(walk, trial), entries(walk)) == (3, 3)
    absorbed = {entity_of(walk, code).name for code in wanted}
    if trial is TRIALS["merger"]:
        assert set(entity_of(walk, "E90004").former) == absorbed


@pytest.mark.nightly
@EVERY
@pytest.mark.parametrize(("when", "number"), [("after_flush", 4), ("before_commit", 2)])
def test_a_killed_worker_leaves_each_entity_changed_or_untouched(
    walk: Walk, trial: Trial, when: str, number: int
):
    wanted, client = entities(walk, 4)[:3], manager(walk)
    place = trial.bring(client, wanted)
    agreed(walk, place)
    assert killed(walk.app, lambda: work(walk, place), when, number)
    assert count_done(walk, trial) == results(walk, place).count("done") == entries(walk) < 3
    work(walk, place)
    assert results(walk, place) == ["done"] * 3
    assert (count_done(walk, trial), entries(walk)) == (3, 3)
    assert batch_of(walk, number_of(place)).state == "done"


@pytest.mark.nightly
@EVERY
def test_a_set_of_which_half_changed_since_is_done_for_the_rest(walk: Walk, trial: Trial):
    wanted, client = entities(walk, 4)[:3], manager(walk)
    place = trial.bring(client, wanted)
    agreed(walk, place)
    with walk.writing() as session:
        found = session.scalars(select(Entity).where(Entity.code.in_(wanted[:2])))
        for one, ended in zip(found.all(), (True, False), strict=True):
            one.active = False
            one.extinct_on, one.extinct_norm = (date(2026, 1, 1), NORM) if ended else (None, "")
    work(walk, place)
    messages = " ".join(row.message for row in rows_of(walk, place)[:2])
    assert results(walk, place)[2] == "done"
    if trial is TRIALS["renaming"] or trial is TRIALS["ruc"]:
        assert results(walk, place)[:2] == ["refused", "refused"]
        assert "desactivada en el catálogo" in messages
    else:  # one that is deactivated only may still be ended by a norm
        assert results(walk, place)[:2] == ["same", "done"]
        assert "Ya consta que se extinguió" in messages


@pytest.mark.nightly
@EVERY
def test_who_lost_the_right_since_the_confirmation_changes_nothing(walk: Walk, trial: Trial):
    wanted, client = entities(walk, 4)[:3], manager(walk)
    place = trial.bring(client, wanted)
    agreed(walk, place)
    with walk.writing() as session:
        own = select(Grant).where(Grant.user_id == walk.people["superuser"])
        for grant in session.scalars(own):
            session.delete(grant)
    work(walk, place)
    assert results(walk, place) == ["refused"] * 3
    assert {row.message for row in rows_of(walk, place)} == {doing.MAY_NO_MORE}
    assert (count_done(walk, trial), entries(walk)) == (0, 0)


def created(walk: Walk) -> list[str]:
    """Return the codes of the entities that CREATION makes."""
    query = select(Entity.code).where(Entity.name.in_(NAMES)).order_by(Entity.code)
    return walk.all(query)


@pytest.mark.nightly
@pytest.mark.postgresql
def test_two_at_once_create_each_entity_once(walk: Walk):
    client = manager(walk)
    places = [bring_changes(client, *CREATION), bring_changes(client, *reversed(CREATION))]
    for place in places:
        agreed(walk, place)
    together(*(lambda place=place: work(walk, place) for place in places))
    found = [result for place in places for result in results(walk, place)]
    assert sorted(found) == ["done"] * 3 + ["refused"] * 3
    assert created(walk) == ["E90002", "E90003", "E90004"]


@pytest.mark.nightly
@pytest.mark.parametrize(("when", "number"), [("after_flush", 4), ("before_commit", 2)])
def test_a_killed_worker_creates_each_entity_once(walk: Walk, when: str, number: int):
    client = manager(walk)
    place = bring_changes(client, *CREATION)
    agreed(walk, place)
    assert killed(walk.app, lambda: work(walk, place), when, number)
    assert len(created(walk)) == results(walk, place).count("done") < 3
    work(walk, place)
    assert results(walk, place) == ["done"] * 3
    assert created(walk) == ["E90002", "E90003", "E90004"]


def test_a_single_row_reads_its_ruc_and_its_namesakes_only(walk: Walk):
    """Not the whole catalogue: a batch of 2,000 rows would read it 2,000 times."""
    entities(walk, 9, ruc=OTHER_RUC)
    client = manager(walk)
    batch = batch_of(walk, number_of(bring_rucs(client, ("E90001", RUC))))
    given = acts.absent({"name": "ÚNICA", "ruc": OTHER_RUC})
    twin = acts.absent({"name": "Única", "code": "E90300", "ruc": RUC})
    with walk.writing() as session:
        twin.index()
        session.add(twin)
        session.flush()
        assert list(rucs.holders(session, {RUC})) == [RUC]
        with walk.statements() as sent:
            data = {"action": "create", "name": given.name}
            (plan,) = catalogue.ENTITY_CHANGES.judge(session, batch, [(given, data)])
        assert "Ya hay una entidad con ese nombre y lugar: E90300." in plan.message
        reading = [one for one in sent if "FROM entity" in one]
        assert len(reading) == 3
        assert all("entity.code IN" in one or "ruc IN" in one or "LIKE" in one for one in reading)
        with walk.statements() as sent:
            catalogue.RUCS.judge(session, batch, [(twin, {"ruc": OTHER_RUC})])
        assert all("ruc IN" in one for one in sent if "FROM entity" in one)
