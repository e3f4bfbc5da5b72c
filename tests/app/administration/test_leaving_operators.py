"""*Dejo la función* of people who are operators too: the last one stays, the others are bajas."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.administration.leaving.acts import CannotLeave
from app.administration.users import changes
from app.administration.users.departures import NobodyLeft
from app.base import calendar
from app.base.models import PostHolder
from app.cases.papers import handover_sheets
from app.people import access
from tests.app.administration.away import in_days, more
from tests.app.administration.test_leaving import PAGE, announce, give, roles, turn, withdraw
from tests.app.cases.changes import changing
from tests.app.cases.changes.changing import FIRST, NEW, SECOND, change, leaving
from tests.app.walk import CODE, Walk, sample_pdf
from tests.conftest import Clock

NUMBER = "40000012"


@pytest.fixture
def begun(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Return a case whose administrator is the only operator; sheets are blank pages."""
    monkeypatch.setattr(handover_sheets, "render", lambda *_: sample_pdf())
    walk.begin_at("training")
    give(walk, "operator")
    return walk


@pytest.mark.nightly
def test_the_only_operator_does_not_leave_everything(begun: Walk):
    with pytest.raises(CannotLeave, match="Eres el único operador: agrega antes a otro") as refused:
        announce(begun, 3, everything=True)
    assert refused.value.field == "others"
    data = {"from_on": f"{in_days(0):%d/%m/%Y}", "heir": "nobody", "others": "all"}
    answer = begun.browser("administrator").post(PAGE, data=data)
    assert answer.status_code == 422
    assert "Eres el único operador: agrega antes a otro." in answer.text
    assert roles(begun) == {"administrator", "operator"}
    assert announce(begun, 3), "the function alone may be left"


def test_an_operator_whose_account_is_closed_does_not_count(begun: Walk):
    more(begun, "operator", "40000014", "operator", CODE)
    with begun.writing() as session:
        access.holders(session, "operator", begun.row().entity_id)[-1].active = False
    with pytest.raises(CannotLeave, match="único operador"):
        announce(begun, 3, everything=True)


def test_of_two_operators_who_leave_everything_the_second_is_refused(begun: Walk):
    give(begun, "operator", who="alternate")
    assert announce(begun, 3, everything=True)
    with pytest.raises(CannotLeave, match="único operador"):
        announce(begun, 9, who="alternate", everything=True)


@pytest.mark.nightly
def test_from_the_day_the_roster_says_baja(walk: Walk, clock: Clock, monkeypatch):
    monkeypatch.setattr(handover_sheets, "render", lambda *_: sample_pdf())
    changing.live(walk)
    change(walk, {"rows": [NEW | {"document_number": NUMBER}]})
    first = calendar.today()
    announce(walk, 3, "alternate", everything=True)
    assert changing.roster(walk)[NUMBER][0] == "alta"
    clock.forward(days=3)
    others = [number for number in changing.officials(walk) if number != NUMBER]
    assert turn(walk) == 1
    assert roles(walk) == set()
    movements = {number: movement for number, (movement, _) in changing.roster(walk).items()}
    assert movements.pop(NUMBER) == "baja"
    assert set(movements.values()) == {"alta"}, "nobody else is touched"
    assert changing.officials(walk) == others
    with walk.reading() as session:
        last = session.scalars(select(PostHolder.to_on).where(PostHolder.document_number == NUMBER))
        assert last.one() == first + timedelta(days=2)


@pytest.mark.nightly
def test_who_leaves_the_function_alone_goes_on_as_operator(walk: Walk, clock: Clock, monkeypatch):
    monkeypatch.setattr(handover_sheets, "render", lambda *_: sample_pdf())
    changing.live(walk)
    change(walk, {"rows": [NEW | {"document_number": NUMBER}]})
    announce(walk, 1, "alternate")
    clock.forward(days=1)
    turn(walk)
    assert changing.roster(walk)[NUMBER][0] == "alta"
    assert NUMBER in changing.operators(walk)


@pytest.mark.nightly
def test_the_other_operator_does_not_leave_before_the_day(walk: Walk):
    changing.live(walk)
    change(walk, {"rows": [NEW | {"document_number": NUMBER}]})
    announce(walk, 3, "alternate", everything=True)
    gone = {"leaving": [leaving(FIRST), leaving(SECOND)]}
    begun = walk.begin("change_personnel")
    with pytest.raises(AssertionError, match="ni quien anotó que deja sus funciones"):
        changing.send(walk, begun, gone)
    assert withdraw(walk)
    changing.send(walk, begun, gone)
    assert changing.operators(walk) == [NUMBER]


@pytest.mark.nightly
def test_the_superuser_does_not_end_the_last_operator_of_an_open_register(walk: Walk):
    changing.live(walk)

    def end(row: dict[str, str], how: str) -> None:
        with walk.writing() as session:
            user = access.find_person(session, "DNI", row["document_number"])
            assert user is not None
            held = next((one for one in user.grants if one.role == "operator"), None)
            if how == "deactivate":
                changes.deactivate(session, user, walk.people["sip"])
            else:
                assert held is not None
                changes.take_role(session, user, held, walk.people["sip"])

    end(SECOND, "deactivate")
    for how in ("deactivate", "take"):
        with pytest.raises(NobodyLeft, match="es el único operador en actividad"):
            end(FIRST, how)
    change(walk, {"rows": [NEW]})
    end(FIRST, "take")
    assert changing.operators(walk) == [NEW["document_number"]]


def test_without_an_open_register_the_last_operator_may_go(begun: Walk):
    with begun.writing() as session:
        [user] = access.holders(session, "operator", begun.row().entity_id)
        held = next(one for one in user.grants if one.role == "operator")
        changes.take_role(session, user, held, begun.people["sip"])
    assert roles(begun) == {"administrator"}
