"""What setup does with the version that came with the code."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Deployment, PutIntoForce, VersionOffer
from app.cases.processes import versions
from app.ops import setup
from tests.app.cases.processes.test_versions import in_force, label, offered
from tests.app.together import together
from tests.app.walk import Walk, texts
from tests.conftest import Clock

pytestmark = pytest.mark.nightly


@pytest.fixture
def author(walk: Walk) -> int:
    """Return the id of a person who puts versions into force."""
    return walk.person("40000051", "superuser")


def take(walk: Walk) -> int:
    """Do as setup does. Return the id of the version in force."""
    return walk.commit(versions.take_from_code).id


def test_setup_replaces_what_came_with_the_code(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, clock: Clock
):
    first = take(walk)
    clock.forward(hours=1)
    monkeypatch.setattr(versions.deploying, "read_folder", lambda _: label())
    second = take(walk)
    assert first != second == in_force(walk)
    with walk.reading() as session:
        assert versions.came_with_code(session, session.get_one(Deployment, second))
        *_, put = session.scalars(select(PutIntoForce).order_by(PutIntoForce.id))
        assert (put.by_id, put.reason) == (None, "Vino con Zaguán")


@pytest.mark.postgresql
def test_setup_does_not_replace_what_a_person_puts_into_force_at_that_moment(
    walk: Walk, author: int, monkeypatch: pytest.MonkeyPatch
):
    take(walk)
    own, put = offered(walk, label("Lista propia")), threading.Event()
    came_with_code = versions.came_with_code

    def slowly(session: Session, deployment: Deployment) -> bool:
        found = came_with_code(session, deployment)
        put.wait(2)
        return found

    def by_person() -> None:
        walk.commit(versions.put_into_force, own, reason="Nuevo nombre.", actor_id=author)
        put.set()

    monkeypatch.setattr(versions.deploying, "came_with_code", slowly)
    monkeypatch.setattr(versions.deploying, "read_folder", lambda _: label())
    results = together(lambda: take(walk), by_person)
    assert not [one for one in results if isinstance(one, Exception)], results
    assert in_force(walk) == own


def test_setup_only_offers_where_a_person_put_another_version_into_force(
    walk: Walk, author: int, monkeypatch: pytest.MonkeyPatch, clock: Clock, capsys
):
    own = offered(walk, label("Lista propia"))
    walk.commit(versions.put_into_force, own, reason="Nuevo nombre.", actor_id=author)
    monkeypatch.setattr(versions.deploying, "read_folder", lambda _: label())
    setup.prepare(walk.app)
    assert in_force(walk) == own
    assert "did not come with the code" in capsys.readouterr().out
    of_code = walk.one(select(VersionOffer.deployment_id).where(VersionOffer.source == "code"))
    clock.forward(hours=1)
    walk.commit(versions.put_into_force, of_code, reason="La del sistema.", actor_id=author)
    assert take(walk) == of_code, "and the next release replaces it again"
    clock.forward(hours=1)
    monkeypatch.setattr(versions.deploying, "read_folder", lambda _: texts())
    assert take(walk) not in (own, of_code)
