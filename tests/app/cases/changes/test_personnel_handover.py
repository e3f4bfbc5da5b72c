"""Who leaves by a change of personnel hands over open steps, and an operator who can act stays."""

from __future__ import annotations

import pytest

from app.base import calendar
from app.cases.records.personnel_change import ChangedMeanwhile
from app.people import access
from tests.app import cast
from tests.app.administration.away import stranded
from tests.app.administration.test_handover import histories, mails_sent
from tests.app.cases.changes import changing
from tests.app.cases.changes.changing import FIRST, NEW, SECOND, change, leaving
from tests.app.walk import Walk

pytestmark = pytest.mark.nightly

PREPARER, ADMINISTRATOR, ALTERNATE = (
    {"document_type": "DNI", "document_number": number}
    for number in ("40000011", "40000012", "40000013")
)


@pytest.fixture
def live(walk: Walk) -> Walk:
    return changing.live(walk)


def cannot_act(walk: Walk, person: dict[str, str], how: str) -> None:
    """Close the account of an operator, or take the role."""
    with walk.writing() as session:
        user = access.find_person(session, "DNI", person["document_number"])
        assert user is not None
        if how == "without the role":
            entity = cast.entity_of(session)
            access.revoke(session, user, "operator", entity, None)
        else:
            user.active = False
            user.suspended_at = calendar.now() if how == "suspended" else None


def taken_by_the_alternate(walk: Walk) -> int:
    """Begin a process whose step the alternate took; return it."""
    cycle = walk.begin("upkeep")
    with walk.writing() as session:
        task = walk.find(session, "confirm_register", cycle)
        task.assignee_id = walk.people["alternate"]
    return cycle


# Steps ------------------------------------------------------------------------------------------


def test_the_heir_of_a_step_gets_a_mail_and_the_history_says_so(live: Walk):
    cycle = taken_by_the_alternate(live)
    change(live, {"leaving": [leaving(ALTERNATE)]})
    task = live.task("confirm_register", cycle)
    assert task.assignee_id is None
    mails = mails_sent(live)
    assert list(mails) == ["persona.012@example.pe"]
    assert f"/tareas/{task.id}\n" in mails["persona.012@example.pe"]
    assert histories(live) == [
        "1\xa0paso abierto de Persona Ejemplo 013 sigue con Persona Ejemplo 012"
    ]


def test_where_nobody_prepares_any_more_the_coordinator_gets_a_mail(live: Walk):
    change(live, {"leaving": [leaving(PREPARER)]})
    mails = mails_sent(live)
    assert list(mails) == ["persona.021@example.pe"]
    assert "código de activación" in mails["persona.021@example.pe"]
    assert "no queda quien responda" in histories(live)[-1]
    assert stranded(live) == []


def test_who_leaves_in_the_same_change_is_no_heir(live: Walk):
    with live.writing() as session:
        entity = cast.entity_of(session)
        user = access.find_person(session, "DNI", FIRST["document_number"])
        assert user is not None
        access.grant(session, user, "alternate", entity, None)
    cycle = taken_by_the_alternate(live)
    change(live, {"leaving": [leaving(ALTERNATE), leaving(FIRST)]})
    assert list(mails_sent(live)) == ["persona.012@example.pe"]
    assert live.task("confirm_register", cycle).assignee_id is None


def test_a_closed_account_has_nothing_to_hand_over(live: Walk):
    cannot_act(live, ALTERNATE, "suspended")
    change(live, {"leaving": [leaving(ALTERNATE)]})
    assert mails_sent(live) == {}
    assert histories(live) == []


# Operators --------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["deactivated", "suspended", "without the role"])
def test_an_operator_who_cannot_act_is_not_the_one_who_stays(live: Walk, how: str):
    cannot_act(live, SECOND, how)
    one = live.begin("change_personnel")
    with pytest.raises(AssertionError, match="No cuenta quien tiene la cuenta desactivada"):
        changing.send(live, one, {"leaving": [leaving(FIRST)]})
    with pytest.raises(ChangedMeanwhile):
        changing.write(live, one, [FIRST])
    changing.send(live, one, {"leaving": [leaving(FIRST)], "rows": [NEW]})
    assert NEW["document_number"] in changing.operators(live)


def test_while_no_operator_can_act_other_changes_are_possible(live: Walk):
    for one in (FIRST, SECOND):
        cannot_act(live, one, "deactivated")
    visited = NEW | {"profile": "visited_official"}
    change(live, {"rows": [visited], "leaving": [leaving(FIRST)]})
    assert changing.roster(live)[FIRST["document_number"]][0] == "baja"
    assert NEW["document_number"] in changing.officials(live)
