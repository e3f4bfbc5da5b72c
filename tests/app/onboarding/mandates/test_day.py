"""The day on which mandates end: rosters, the code, and how long earlier accesses last."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pypdfium2
import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import (
    Entity,
    Notice,
    PostHolder,
    ProcessInstance,
    Record,
)
from app.cases import processes, records, service_tasks
from app.cases.case import Case
from app.cases.records import mandate
from app.cases.reminders.people import People
from app.people.access import find_person
from app.register.registers import environments
from app.register.visits import personnel
from forms.shapes.decision_makers import holder_label, invented_posts
from tests.app import cast
from tests.app.onboarding.entities.test_activation import newcomer
from tests.app.onboarding.mandates.ended import (
    ENDS,
    LAST_DAY,
    MONDAY,
    NEW_YEAR,
    OTHER,
    Ended,
)
from tests.app.walk import CODE
from tests.pages import CheckingClient

pytestmark = pytest.mark.nightly

STEP, REVIEW = "register_authority_change", "review_authority_change"
MAYOR, BUYER = invented_posts()
MANAGER = BUYER | {"ground": "manager", "post": "Gerenta municipal"}
STAND_IN = MAYOR | {
    "document_number": "00000902",
    "surnames": "Encargada Ejemplo",
    "capacity": "acting",
    "resolution": "RA 12-2026",
    "to_on": "2026-12-20",
}
NEWCOMER = "00000881"


def publish(ended: Ended, *posts: dict[str, str]) -> None:
    """Publish the list of decision-makers of the first entity."""
    with ended.writing() as session:
        entity = cast.entity_of(session)
        register = environments.open_register(session, entity, "production", None)
        mandate.write_list(session, entity, posts)
        personnel.receive_decision_makers(session, register, posts, calendar.today())


def holders(ended: Ended) -> dict[str, date | None]:
    """Return the last day of each holder of a post, by surname."""
    with ended.reading() as session:
        rows = session.scalars(select(PostHolder).where(PostHolder.decides).order_by(PostHolder.id))
        return {f"{row.post} {row.surnames}": row.to_on for row in rows}


def activate(ended: Ended, secret: str, number: str = NEWCOMER):
    """Type the codes of the first entity, as a new person."""
    return ended.app.test_client().post(
        "/activar",
        data=newcomer(
            activation_code=secret,
            document_number=number,
            surnames="Nueva Ejemplo",
            email=f"nueva.{number[-3:]}@example.pe",
        ),
    )


def work(ended: Ended, moment) -> None:
    """Let the worker do what is due at a moment."""
    ended.clock.set(moment)
    with ended.app.app_context():
        ended.work()


# The rosters ------------------------------------------------------------------------------------


def test_the_elected_leave_the_rosters_on_their_last_day_and_trusted_posts_stay(ended: Ended):
    publish(ended, MAYOR, MANAGER)
    work(ended, LAST_DAY - timedelta(days=1))
    assert set(holders(ended).values()) == {None}
    work(ended, LAST_DAY)
    assert holders(ended) == {
        "Alcaldesa Mamani Muestra": ENDS,
        "Gerenta municipal Rojas Ejemplo": None,
    }
    ended.clock.set(NEW_YEAR)
    page = ended.app.test_client().get(f"/decisores/{CODE}").text
    assert page.index("Anteriores (1)") < page.index("Mamani Muestra")
    lists = select(Record.data).where(Record.name == "decision_makers").order_by(Record.id)
    assert [post["to_on"] for post in ended.all(lists)[-1]] == [ENDS.isoformat(), ""]


def test_the_elected_of_an_inactive_entity_leave_the_rosters_and_nobody_is_notified(ended: Ended):
    publish(ended, MAYOR)
    with ended.writing() as session:
        cast.entity_of(session).active = False
    work(ended, LAST_DAY)
    assert set(holders(ended).values()) == {ENDS}
    with ended.reading() as session:
        (other,) = ended.entities(session, [OTHER])
        assert {mail.entity_id for mail in ended.mails("mandate_ends")} == {other.id}


def list_personnel(ended: Ended, *people: dict[str, str]) -> None:
    """Accept the SIP-RVL-002 of the first entity."""
    rows = [
        {"email": "", "profile": "decision_maker", "movement": "alta", "site": "Sede"}
        | {
            name: one[name]
            for name in (*personnel.PERSON, "post", "unit", "given_names", "surnames")
        }
        for one in people
    ]
    with ended.writing() as session:
        entity = cast.entity_of(session)
        register = environments.find(session, entity, "production")
        assert register is not None
        personnel.receive(session, register, rows, calendar.today())
        records.write(case_of(session, entity), "roster", rows)


def case_of(session, entity: Entity) -> Case:
    """Return the only case of an entity."""
    began = select(ProcessInstance).where(ProcessInstance.entity_id == entity.id)
    return Case(session, entity, session.scalars(began).one())


def listed(ended: Ended) -> list[tuple[str, date | None, str]]:
    """Return each official: surnames, last day, and movement in the newest SIP-RVL-002."""
    with ended.reading() as session:
        entity = cast.entity_of(session)
        newest = records.read(case_of(session, entity), "roster")
        officials = session.scalars(select(PostHolder).order_by(PostHolder.id))
        return [
            (one.surnames, one.to_on, row["movement"])
            for one, row in zip(officials, newest, strict=True)
        ]


# Ahead ------------------------------------------------------------------------------------------


def test_the_office_and_the_people_are_notified_once_from_thirty_working_days_before(
    ended: Ended,
):
    def notices() -> list[str]:
        return sorted(mail.to for mail in ended.mails("mandate_ends"))

    work(ended, LAST_DAY - timedelta(days=60))
    assert notices() == []
    work(ended, LAST_DAY - timedelta(days=30))
    sent = notices()
    assert f"mesadepartes.{CODE.lower()}@example.pe" in sent
    assert len(sent) == len(set(sent)) > 4
    work(ended, LAST_DAY)
    assert notices() == sent


def test_the_sheet_of_the_transfer_is_offered_and_is_one_page_without_numbers(ended: Ended):
    client = ended.browser("administrator")
    assert "Ficha para la transferencia (PDF)" in client.get(f"/entidades/{CODE}/acciones").text
    answer = client.get(f"/entidades/{CODE}/ficha-de-transferencia.pdf")
    assert answer.mimetype == "application/pdf"
    with pypdfium2.PdfDocument(answer.data) as paper:
        assert len(paper) == 1
        said = paper[0].get_textpage().get_text_range()
    for text in ("transferencia de gestión", "31 de diciembre de 2026", "Administrador del RVL"):
        assert text in said
    assert not re.search(r"\d{8}", said)
    ended.clock.set(LAST_DAY - timedelta(days=90))
    client = ended.browser("administrator")
    assert client.get(f"/entidades/{CODE}/ficha-de-transferencia.pdf").status_code == 404


# The code ---------------------------------------------------------------------------------------


def test_a_code_entered_on_new_years_day_says_kindly_from_when_it_is_valid(ended: Ended):
    ended.begin_year()
    secret = ended.code_of()
    answer = activate(ended, secret)
    assert answer.status_code == 422
    assert "vale desde el lunes 4 de enero de 2027, el primer día hábil" in answer.text
    ended.clock.set(MONDAY)
    assert activate(ended, secret).status_code == 303
    assert ended.has_role(NEWCOMER, "preparer")


def test_the_earlier_authority_keeps_its_access_until_a_coordinator_has_looked(ended: Ended):
    before = the_authority(ended)
    change = declared(ended)
    assert ended.open_steps(change) == [REVIEW]
    assert ended.has_role(before, "authority")
    ended.answer(REVIEW, "accepted", instance=change)
    assert ended.row(change).status == "ended"
    assert not ended.has_role(before, "authority")
    browser = ended.app.test_client()
    assert isinstance(browser, CheckingClient)
    assert cast.sign_in(browser, before).status_code == 422, "who left cannot sign in"


def test_after_five_working_days_the_change_counts_without_a_look(ended: Ended):
    before = the_authority(ended)
    change = declared(ended)
    ended.clock.set(MONDAY + timedelta(days=7))
    ended.tick()
    assert ended.has_role(before, "authority")
    ended.clock.set(MONDAY + timedelta(days=8))
    ended.tick()
    assert ended.row(change).status == "ended"
    assert not ended.has_role(before, "authority")


def test_an_observed_change_comes_back_and_takes_no_access(ended: Ended):
    before = the_authority(ended)
    change = declared(ended)
    ended.answer(REVIEW, "observed", instance=change)
    assert ended.open_steps(change) == [STEP]
    assert ended.has_role(before, "authority")
    assert ended.has_role(NEWCOMER, "preparer")


def test_an_administrator_who_left_and_posts_that_were_left_are_seen_to(ended: Ended):
    publish(ended, MAYOR, MANAGER, STAND_IN)
    left = holder_label(MANAGER)
    change = begun_and_activated(ended)
    after = MAYOR | {"document_number": "00000901", "surnames": "Nueva Ejemplo"}
    names = ("document_type", "document_number", "given_names", "surnames", "post")
    with ended.writing() as session:
        row = session.get_one(ProcessInstance, change)
        said = {
            "after": {name: after[name] for name in names} | {"email": ""},
            "since_on": "2027-01-01",
            "administrator_stays": "no",
            "left": [left],
        }
        case = Case(session, row.entity, row)
        records.write(case, "authority_change", said)
        service_tasks.perform("move_authority_tasks", case, processes.definition_of(row.deployment))
    assert holders(ended) == {
        "Alcaldesa Mamani Muestra": ENDS,
        "Gerenta municipal Rojas Ejemplo": ENDS,
        "Alcaldesa Encargada Ejemplo": date(2026, 12, 20),
        "Alcaldesa Nueva Ejemplo": None,
    }
    newcomers = select(PostHolder.capacity).where(PostHolder.surnames == "Nueva Ejemplo")
    assert ended.all(newcomers) == ["titular"]
    kinds = ended.all(select(Notice.kind).where(Notice.done_at.is_(None)))
    assert "redesignation_advised" in kinds


# Reminders --------------------------------------------------------------------------------------


def test_each_office_gets_its_code_and_who_came_with_it_the_reminders(ended: Ended):
    ended.begin_year()
    assert sorted(mail.to for mail in ended.mails("authority_code")) == [
        f"mesadepartes.{code.lower()}@example.pe" for code in (CODE, OTHER)
    ]
    change = ended.changes()[CODE]

    def reminded() -> set[str]:
        with ended.reading() as session:
            task = ended.find(session, STEP, change)
            people = People(session, [task.entity])
            found = people.recipients(task, ("lane", "alternate", "authority"), calendar.today())
            return {one.address for one in found}

    assert reminded() == {f"mesadepartes.{CODE.lower()}@example.pe"}
    ended.clock.set(MONDAY)
    activate(ended, ended.code_of())
    assert reminded() == {"nueva.881@example.pe"}


def the_authority(ended: Ended) -> str:
    """Give the first entity an authority with an account; return the document number."""
    number = "40000077"
    ended.person(number, "authority", CODE)
    return number


def begun_and_activated(ended: Ended) -> int:
    """Go to Monday; a new person enters with the code. Return the instance."""
    ended.begin_year()
    ended.clock.set(MONDAY)
    assert activate(ended, ended.code_of()).status_code == 303
    return ended.changes()[CODE]


def declared(ended: Ended) -> int:
    """Go to Monday; the bearer of the code declares the change. Return its instance."""
    change = begun_and_activated(ended)
    with ended.reading() as session:
        newcomer = find_person(session, "DNI", NEWCOMER)
        assert newcomer is not None
        ended.people["newcomer"] = newcomer.id
    ended.answer(STEP, "declared", instance=change, by="newcomer")
    return change
