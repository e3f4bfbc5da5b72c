"""Invitations: a guest's calendar always shows the meetings that the case plans."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Mail, Meeting, User
from app.cases import processes
from app.mailroom.sending.invitation import calendar_part
from app.ops.worker import nightly
from app.people import access, addresses
from tests.app import cast
from tests.app.onboarding.seats import (
    cancel,
    change,
    choose,
    invitation,
    invitations,
    publish,
    published,
    seat,
)
from tests.app.walk import Walk
from tests.conftest import Clock

ADMINISTRATOR, ALTERNATE = "persona.012@example.pe", "persona.013@example.pe"
COORDINATOR = "persona.021@example.pe"


def news(walk: Walk) -> list[tuple[str, str, int]]:
    """Return the method, recipients and sequence of each."""
    return [(invitation(m)["method"], m.to, invitation(m)["sequence"]) for m in invitations(walk)]


def to_both(method: str, sequence: int) -> list[tuple[str, str, int]]:
    """Return the news that administrator and alternate get alike."""
    return [(method, ADMINISTRATOR, sequence), (method, ALTERNATE, sequence)]


def calendars(mails: Iterable[Mail]) -> dict[str, dict[str, Any]]:
    """Return each reader's calendar after these mails: address → UID → event.

    Written from RFC 5546: the newest sequence wins, a cancellation removes the event.
    """
    shown: dict[str, dict[str, Any]] = {}
    latest: dict[tuple[str, str], int] = {}
    for mail in mails:
        _, text = calendar_part(mail)
        parsed = icalendar.Calendar.from_ical(text)
        (event,) = parsed.walk("VEVENT")
        uid, sequence = str(event["uid"]), int(str(event["sequence"]))
        assert sequence >= latest.get((mail.to, uid), 0)
        latest[mail.to, uid] = sequence
        mine = shown.setdefault(mail.to, {})
        if parsed["method"] == "CANCEL":
            assert uid in mine, "nothing was there to be taken away"
            del mine[uid]
        else:
            mine[uid] = event
    return shown


def begins(event: Any) -> datetime:
    """Return when an event of a calendar begins."""
    moment: datetime = event["dtstart"].dt
    assert str(event["dtstart"].params["TZID"]) == "America/Lima"
    return moment.astimezone(UTC)


def shown(walk: Walk, address: str) -> list[datetime]:
    """Return when the events of a reader's calendar begin."""
    events = calendars(invitations(walk)).get(address, {})
    return sorted(begins(event) for event in events.values())


@pytest.fixture
def seated(walk: Walk) -> int:
    """Return a session on MONDAY in which the walk's case has a seat."""
    return seat(walk)


MONDAY = datetime(2026, 3, 9, 13, tzinfo=UTC)


def choose_another(walk: Walk) -> datetime:
    """Publish another session and choose it; return when it begins."""
    at = MONDAY + timedelta(days=3)
    walk.commit(publish, "thematic", at=at)
    assert choose(walk, walk.id, walk.people["administrator"]) == "seated"
    return at


# Inductions -----------------------------------------------------------------------------------


@pytest.mark.nightly
def test_who_runs_the_register_is_invited_to_the_session_that_was_chosen(walk: Walk, seated: int):
    assert news(walk) == to_both("REQUEST", 0)
    assert shown(walk, ADMINISTRATOR) == shown(walk, ALTERNATE) == [MONDAY]
    mail = invitations(walk)[0]
    assert mail.subject == (
        "Te invitamos: Inducción temática · Registro de Visitas en Línea, 9 de marzo de 2026, 08:00"
    )
    assert "Cuándo: 9 de marzo de 2026, 08:00 (hora de Lima), 60 minutos" in mail.body
    assert "Dónde: Auditorio de ejemplo" in mail.body
    assert len({invitation(m)["uid"] for m in invitations(walk)}) == 1
    (entry,) = walk.entries("meeting.invited")
    assert entry.data["guests"] == 2


def test_a_session_that_the_secretariat_sets_is_one_too(walk: Walk):
    walk.begin_at("induction")
    walk.answer("choose_technical_session", "none_suits")
    assert invitations(walk) == []
    walk.answer("schedule_technical_induction")
    at = walk.waiting()["technical_session_arrives"]
    assert shown(walk, ADMINISTRATOR) == shown(walk, ALTERNATE) == [at]


@pytest.mark.nightly
def test_where_nothing_changed_nothing_is_sent(walk: Walk, seated: int):
    before = len(invitations(walk))
    walk.answer("choose_technical_session", "none_suits")
    walk.act(processes.suspend, "Lo pidió la entidad")
    walk.act(processes.resume, "Lo pidió la entidad")
    assert anew(walk) == 1
    assert len(invitations(walk)) == before


@pytest.mark.nightly
def test_a_session_that_moves_moves_in_the_calendars(walk: Walk, seated: int):
    change(walk, seated, on="12/03/2026", hour="15:30")
    assert news(walk)[2:] == to_both("REQUEST", 1)
    assert shown(walk, ADMINISTRATOR) == [datetime(2026, 3, 12, 20, 30, tzinfo=UTC)]
    mail = invitations(walk)[-1]
    assert mail.subject.startswith("Cambió: Inducción temática")
    assert "Antes: 9 de marzo de 2026, 08:00" in mail.body
    change(walk, seated, on="12/03/2026", hour="15:30", place="", link="https://sala.example.org/7")
    (event,) = calendars(invitations(walk))[ALTERNATE].values()
    assert (event["sequence"], event["location"]) == (2, "https://sala.example.org/7")
    assert str(event["url"]) == "https://sala.example.org/7"


@pytest.mark.nightly
def test_a_session_that_is_cancelled_leaves_the_calendars_and_another_is_another(
    walk: Walk, seated: int
):
    walk.browser("sip").post(f"/sesiones/{seated}/cancelar")
    assert news(walk)[2:] == to_both("CANCEL", 1)
    assert shown(walk, ADMINISTRATOR) == shown(walk, ALTERNATE) == []
    assert "http://localhost/pendientes" in invitations(walk)[-1].body
    another = choose_another(walk)
    assert news(walk)[4:] == to_both("REQUEST", 0)
    assert shown(walk, ADMINISTRATOR) == [another]
    assert len({invitation(m)["uid"] for m in invitations(walk)}) == 2


def validate(walk: Walk) -> None:
    walk.validate("induction")


def to_designation(walk: Walk) -> None:
    with walk.writing() as session:
        row = walk.row()
        row.validated = {}
        session.merge(row)
        element = "choose_thematic_session"
        processes.send_back(session, walk.id, element, "No puede ese día", walk.people["sip"])


@pytest.mark.nightly
@pytest.mark.parametrize("how", [cancel, validate, to_designation])
def test_what_takes_the_session_away_takes_it_out_of_the_calendars(walk: Walk, seated: int, how):
    how(walk)
    assert shown(walk, ADMINISTRATOR) == shown(walk, ALTERNATE) == []
    assert [one for one in news(walk) if one[0] == "CANCEL"] == to_both("CANCEL", 1)


@pytest.mark.nightly
def test_what_has_begun_stays_in_the_calendars(walk: Walk, seated: int, clock: Clock):
    clock.set(MONDAY)
    walk.tick()
    assert "record_thematic_induction" in walk.open_steps()
    cancel(walk)
    assert shown(walk, ADMINISTRATOR) == [MONDAY]


@pytest.mark.nightly
def test_who_did_not_come_is_invited_to_another_one(walk: Walk, seated: int, clock: Clock):
    clock.set(MONDAY + timedelta(hours=2))
    walk.tick()
    walk.answer("record_thematic_induction", "absent")
    another = choose_another(walk)
    assert shown(walk, ADMINISTRATOR) == [MONDAY, another]


@pytest.mark.nightly
def test_news_that_would_come_too_late_goes_out_at_once(walk: Walk, seated: int, clock: Clock):
    clock.set(MONDAY - timedelta(hours=12))  # Sunday, eight in the evening
    change(walk, seated, on="09/03/2026", hour="11:00")
    assert {(m.kind, m.not_before_at) for m in invitations(walk)[-2:]} == {("meeting_now", None)}
    change(walk, seated, on="09/03/2026", hour="12:00")
    assert {(m.kind, m.not_before_at) for m in invitations(walk)[-2:]} == {("meeting", MONDAY)}
    assert invitations(walk)[-1].body.startswith(invitations(walk)[-3].body[:100])


# Guests ---------------------------------------------------------------------------------------


def anew(walk: Walk) -> int:
    """Run the nightly job for the guests of all future sessions."""
    with walk.app.app_context():
        return nightly.PARTS["meetings_kept"](walk.engine, lambda: False)


@pytest.mark.nightly
def test_a_new_administrator_is_invited_and_the_old_one_no_longer(walk: Walk, seated: int):
    again = walk.begin("redesignation")
    for step in ("designate_administrator", "file_designation"):
        walk.answer(step, instance=again)
    walk.answer("record_reception", "received", instance=again)
    assert len(news(walk)) == 2
    walk.answer("review_designation", "accepted", instance=again)
    with walk.reading() as session:
        place = cast.entity_of(session)
        (holder,) = access.holders(session, "administrator", place)
        alternates = access.holders(session, "alternate", place)
    now = {holder.email, *(user.email for user in alternates)}
    assert ADMINISTRATOR not in now
    for address in now:
        assert shown(walk, address) == [MONDAY]
    assert shown(walk, ADMINISTRATOR) == []
    gone = [mail for mail in invitations(walk) if invitation(mail)["method"] == "CANCEL"]
    assert {mail.to for mail in gone} == {ADMINISTRATOR, ALTERNATE} - now
    assert "sigue en pie" in gone[0].body
    assert invitation(gone[0])["sequence"] == 1


@pytest.mark.nightly
def test_who_stays_hears_nothing_of_guests_who_come_and_go(walk: Walk, seated: int):
    with walk.writing() as session:
        user = walk.user(session, "administrator")
        access.revoke(session, user, "administrator", cast.entity_of(session), None)
    new = walk.person("40000019", "administrator", "E90001")
    anew(walk)
    assert sorted(news(walk)[2:]) == [
        ("CANCEL", ADMINISTRATOR, 1),
        ("REQUEST", "persona.019@example.pe", 1),
    ]
    walk.change(User, new, active=False)
    anew(walk)
    assert news(walk)[4:] == [("CANCEL", "persona.019@example.pe", 2)]
    assert shown(walk, ALTERNATE) == [MONDAY]


@pytest.mark.nightly
def test_another_address_gets_the_invitation_and_the_old_one_loses_it(walk: Walk, seated: int):
    with walk.writing() as session:
        walk.user(session, "administrator").email = "otra@example.pe"
    anew(walk)
    assert shown(walk, ADMINISTRATOR) == []
    assert shown(walk, "otra@example.pe") == [MONDAY]


@pytest.mark.nightly
def test_a_dead_address_is_not_written_to_until_it_is_alive_again(walk: Walk, seated: int):
    with walk.writing() as session:
        addresses.known_of(session, ADMINISTRATOR).dead_at = calendar.now()
    change(walk, seated, place="Otro auditorio")
    assert {to for _, to, _ in news(walk)[2:]} == {ALTERNATE}
    walk.commit(addresses.alive_again, ADMINISTRATOR, None)
    anew(walk)
    assert news(walk)[-1][:2] == ("REQUEST", ADMINISTRATOR)
    (event,) = calendars(invitations(walk))[ADMINISTRATOR].values()
    assert event["location"] == "Otro auditorio"


@pytest.mark.nightly
def test_without_guests_there_is_no_mail(walk: Walk):
    walk.begin_at("induction", code="E90002")
    published(walk, days=7)
    by = walk.person("40000052", "administrator", "E90002")
    walk.change(User, by, email="")
    assert choose(walk, walk.id, by) == "seated"
    assert invitations(walk) == []
    assert walk.entries("meeting.invited") == []


# Training -------------------------------------------------------------------------------------


@pytest.fixture
def trained(walk: Walk) -> None:
    """Prepare a case with a planned training, in charge of a coordinator."""
    walk.begin_at("training")
    with walk.writing() as session:
        cast.entity_of(session).sip_coordinator_id = walk.people["sip"]
    walk.answer("plan_training")


@pytest.mark.nightly
def test_training_sessions_go_to_the_administrators_and_the_coordinator(walk: Walk, trained: None):
    rows = walk.all(select(Meeting).order_by(Meeting.key))
    assert [row.key for row in rows] == [f"training-{n}" for n in range(1, len(rows) + 1)]
    planned = sorted(row.at for row in rows)
    assert all(row.summary.startswith("Capacitación: ") for row in rows)
    assert planned
    for address in (ADMINISTRATOR, ALTERNATE, COORDINATOR):
        assert shown(walk, address) == planned
    assert set(calendars(invitations(walk))) == {ADMINISTRATOR, ALTERNATE, COORDINATOR}


@pytest.mark.nightly
def test_the_sessions_that_are_over_invite_nobody_anew(walk: Walk, trained: None, clock: Clock):
    first, *later = sorted(walk.all(select(Meeting.at)))
    assert later
    before = news(walk)
    clock.set(first + timedelta(minutes=1))
    walk.act(processes.suspend, "Lo pidió la entidad")
    assert news(walk) == before
    assert shown(walk, COORDINATOR) == [first, *later]


@pytest.mark.nightly
def test_a_training_that_is_planned_anew_replaces_the_old_plan(walk: Walk, trained: None):
    walk.act(processes.send_back, "plan_training", "Cambió la sala")
    assert shown(walk, COORDINATOR) == []
    walk.answer("plan_training")
    planned = sorted(walk.all(select(Meeting.at)))
    assert shown(walk, COORDINATOR) == planned


@pytest.mark.nightly
def test_a_session_shows_in_the_history(walk: Walk, seated: int):
    change(walk, seated, place="Otro auditorio")
    page = walk.browser("sip").get("/entidades/E90001/historial").text
    assert "Se invitó a la sesión «Inducción temática · Registro de Visitas en Línea»" in page
    assert "Se avisó el cambio de la sesión" in page
