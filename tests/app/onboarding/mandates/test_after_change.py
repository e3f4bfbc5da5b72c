"""After a change of authority has ended: its code, and the roles of who came in with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.base.models import Notice, PlannedStart, PostHolder
from app.cases import processes
from app.people import access
from tests.app.onboarding.batches.batched import confirm
from tests.app.onboarding.batches.test_batches_authorities import bring_rows, row
from tests.app.onboarding.mandates.ended import ENDS, MONDAY, NEW_YEAR, Ended
from tests.app.onboarding.mandates.test_day import (
    MANAGER,
    MAYOR,
    NEWCOMER,
    REVIEW,
    STEP,
    activate,
    begun_and_activated,
    declared,
    holders,
    publish,
    the_authority,
)
from tests.app.walk import CODE, PARTS

pytestmark = pytest.mark.nightly

PREPARER = PARTS["preparer"][0]
BEARER = NEWCOMER
#: When a change that nobody answered has lapsed.
LAPSED = MONDAY + timedelta(days=130)


def cancel(ended: Ended, change: int) -> None:
    """Cancel a change, as a coordinator."""
    ended.act(processes.cancel, "Se inició por error.", on=change)


def lapse(ended: Ended) -> None:
    """Let the time of a change pass."""
    ended.clock.set(LAPSED)
    with ended.app.app_context():
        ended.tick()
        ended.work()


def accept(ended: Ended, change: int) -> None:
    """Declare a change as the preparer of before, and accept it as a coordinator."""
    ended.answer(STEP, "declared", instance=change, by="preparer")
    ended.answer(REVIEW, "accepted", instance=change)


@pytest.mark.parametrize("how", ["accepted", "lapsed", "cancelled"])
@pytest.mark.postgresql
def test_the_code_of_a_change_is_void_once_the_change_has_ended(ended: Ended, how: str):
    the_authority(ended)
    ended.begin_year()
    ended.clock.set(MONDAY)
    secret, change = ended.code_of(), ended.changes()[CODE]
    if how == "accepted":
        accept(ended, change)
    elif how == "lapsed":
        lapse(ended)
    else:
        cancel(ended, change)
    assert ended.row(change).ended_at is not None
    answer = activate(ended, secret, BEARER)
    assert answer.status_code == 422
    page = " ".join(answer.text.split())
    assert "el cambio de autoridad para el que se emitió terminó" in page
    with ended.reading() as session:
        ticket = access.tickets.find(session, "activation", secret)
        assert ticket is not None
        assert ticket.void
    assert not ended.has_role(BEARER, "preparer")


def test_who_came_in_with_the_code_of_a_cancelled_change_has_no_role(ended: Ended):
    the_authority(ended)
    change = begun_and_activated(ended)
    assert ended.has_role(BEARER, "preparer")
    cancel(ended, change)
    assert not ended.has_role(BEARER, "preparer")
    assert ended.has_role(PREPARER, "preparer"), "who was there before stays"


def test_where_an_observed_change_lapses_its_bearer_and_the_former_preparer_have_no_role(
    ended: Ended,
):
    before = the_authority(ended)
    ended.answer(REVIEW, "observed", instance=declared(ended))
    assert ended.has_role(BEARER, "preparer")
    lapse(ended)
    for number, role in ((BEARER, "preparer"), (PREPARER, "preparer"), (before, "authority")):
        assert not ended.has_role(number, role)
    again = ended.code_of()
    assert activate(ended, again, "00000882").status_code == 303, "another code went out"
    lapse(ended)
    assert ended.has_role("00000882", "preparer"), "who came in since then stays"
    with ended.reading() as session:
        stranded = access.vacancies.stranded(session)
        assert CODE not in {task.entity.code for task in stranded}


def test_a_change_started_by_a_person_after_the_mandate_wants_the_credential_too(ended: Ended):
    with ended.app.app_context():
        ended.clock.set(NEW_YEAR)
        ended.work()
    ended.clock.set(MONDAY)
    ended.browser("preparer").post(f"/entidades/{CODE}/iniciar/cambio-de-autoridad")
    assert ended.record("mandate_end", ended.changes()[CODE])["ends_on"] == ENDS.isoformat()


def test_a_list_of_authorities_completes_the_change_and_its_authority_takes_office(ended: Ended):
    publish(ended, MAYOR, MANAGER)
    begun(ended)
    secret = ended.code_of()
    place = bring_rows(ended, row(since="01/01/2027", post="Alcaldesa"))
    confirm(ended.browser("sip"), place, 1)
    assert holders(ended) == {
        "Alcaldesa Mamani Muestra": ENDS,
        "Gerenta municipal Rojas Ejemplo": None,
        "Alcaldesa Díaz Ejemplo": None,
    }
    assert activate(ended, secret).status_code == 422
    assert planned(ended) == ["upkeep"]
    found = ended.record("to_confirm")
    labels = [label.partition(" · ")[2] for label in found["holders"]]
    assert f"{MANAGER['post']}, {MANAGER['unit']}" in labels, "the list did not ask"


def test_a_list_adds_no_second_titular(ended: Ended):
    publish(ended, MAYOR, MAYOR | {"from_on": "2027-01-01", "document_number": "00000777"})
    begun(ended)
    place = bring_rows(ended, row(since="01/01/2027", post="Alcaldesa"))
    confirm(ended.browser("sip"), place, 1)
    open_ = select(PostHolder).where(PostHolder.to_on.is_(None), PostHolder.decides)
    assert [one.document_number for one in ended.all(open_)] == ["00000777"]


# The confirmation that follows -------------------------------------------------------------------


def planned(ended: Ended) -> list[str]:
    """Return the processes that are about to begin."""
    return sorted(ended.all(select(PlannedStart.process)))


def test_in_mid_path_no_confirmation_of_a_register_follows(ended: Ended):
    accept(ended, begun(ended))
    assert planned(ended) == []


def test_where_nobody_could_confirm_the_register_another_administrator_is_designated(
    ended: Ended,
):
    ended.open_production()
    ended.leave("administrator", "alternate")
    accept(ended, begun(ended))
    assert planned(ended) == ["redesignation", "upkeep"]
    ended.tick()
    with ended.reading() as session:
        stranded = access.vacancies.stranded(session)
        assert CODE not in {task.entity.code for task in stranded}
        kinds = set(session.scalars(select(Notice.kind).where(Notice.done_at.is_(None))))
    assert "nobody_left" in kinds
    assert planned(ended) == ["upkeep"], "it waits until a user can answer"


def begun(ended: Ended) -> int:
    """Go to the first working day after the mandate; return the change of the first entity."""
    ended.begin_year()
    ended.clock.set(MONDAY)
    return ended.changes()[CODE]
