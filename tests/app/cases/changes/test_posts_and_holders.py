"""A holder of a post is one row: the list, the desk and the relation agree on each day."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import PostHolder, Register
from app.cases import records
from app.cases.case import Case
from app.register.registers import environments, roster
from app.register.visits import officials
from forms.records import Post
from tests.app.cases.changes import changing
from tests.app.cases.changes.changing import BUYER, MAYOR, ROSTER
from tests.app.walk import Walk

pytestmark = pytest.mark.postgresql

NEXT = {
    "document_type": "DNI",
    "document_number": "00000777",
    "given_names": "Nueva Persona",
    "surnames": "Ejemplo Siguiente",
}


@pytest.fixture
def live(walk: Walk) -> Walk:
    """Return an entity in production with public decision-makers."""
    return changing.live(walk)


def register_of(session: Session, live: Walk) -> Register:
    """Return the production register."""
    found = environments.find(session, live.instance(session).entity, "production")
    assert found is not None
    return found


def at_desk(live: Walk, person: dict[str, str]) -> list[str]:
    """Return the posts in which the desk finds a person today, by name."""
    with live.reading() as session:
        register = register_of(session, live)
        typed = f"{person['surnames']} {person['given_names']}"
        found = officials.matching(session, register, typed, calendar.today())
        number = person["document_number"]
        return [one.post for one in found if one.document_number == number]


def public(live: Walk) -> list[str]:
    """Return the document numbers of the decision-makers of today, in order."""
    with live.reading() as session:
        register = register_of(session, live)
        found = roster.in_office(session, register, calendar.today())
        return sorted(one.document_number for one in found)


def file_relation(live: Walk, *changed: dict[str, str]) -> None:
    """Accept a relation of the roster's people and these."""
    with live.writing() as session:
        row = live.instance(session)
        case = Case(session, row.entity, row)
        records.roster.write(case, [*ROSTER, *changed])
        records.roster.renew_production(case)


def of_relation(holder: dict[str, str], **changed: str) -> dict[str, str]:
    """Return a row of the relation of a decision-maker."""
    names = ("document_type", "document_number", "given_names", "surnames", "post", "unit")
    more = {"site": "", "email": "", "profile": "decision_maker", "movement": "alta"}
    return {name: holder[name] for name in names} | more | changed


def test_a_new_holder_is_at_the_desk_and_in_the_relation_and_the_former_is_not(live: Walk):
    assert at_desk(live, MAYOR) == [MAYOR["post"]]
    today = calendar.today()
    left = MAYOR | {"to_on": (today - timedelta(days=1)).isoformat()}
    came = MAYOR | NEXT | {"from_on": today.isoformat()}
    with live.writing() as session:
        row = live.instance(session)
        records.decisions.amend(
            Case(session, row.entity, row), [cast("Post", left), cast("Post", came)], []
        )
    assert at_desk(live, NEXT) == [MAYOR["post"]]
    assert at_desk(live, MAYOR) == []
    assert public(live) == changing.numbers(NEXT, BUYER)
    relation = changing.roster(live)
    assert relation[NEXT["document_number"]][0] == "alta"
    assert relation[MAYOR["document_number"]][0] == "baja"


@pytest.mark.parametrize("words", [{}, {"post": "Titular de la entidad", "unit": "Despacho"}])
def test_a_decision_maker_of_the_relation_has_one_row_in_whatever_words(live: Walk, words):
    file_relation(live, of_relation(MAYOR, **words))
    of_person = select(PostHolder.post).where(
        PostHolder.document_number == MAYOR["document_number"]
    )
    assert live.all(of_person) == [MAYOR["post"]]
    assert at_desk(live, MAYOR) == [MAYOR["post"]]


def test_a_baja_of_the_relation_ends_the_post_in_the_list(live: Walk):
    file_relation(live, of_relation(MAYOR, movement="baja"))
    ends = {number: end for _, number, end in changing.holders(live)}
    assert ends[MAYOR["document_number"]] == calendar.today().isoformat()
    with live.reading() as session:
        row = live.instance(session)
        posts = records.read(Case(session, row.entity, row), "decision_makers")
    listed = {post["document_number"]: post["to_on"] for post in posts}
    assert listed == ends


def test_a_decision_maker_missing_in_the_relation_stays(live: Walk):
    file_relation(live)
    assert public(live) == changing.numbers(MAYOR, BUYER)
    assert at_desk(live, MAYOR) == [MAYOR["post"]]
