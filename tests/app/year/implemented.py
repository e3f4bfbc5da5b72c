"""An entity whose implementation has ended: its people, its register and its list of posts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Entity, Mail, ProcessInstance, User
from app.cases import records
from app.cases.case import Case
from app.people import access
from app.register.registers import environments, mandates
from app.register.visits import personnel
from forms.shapes.decision_makers import invented_posts
from forms.shapes.filing_examples import ADMINISTRATOR
from forms.shapes.loading import invented_roster
from tests.app import cast
from tests.app.cases.changes import changing
from tests.app.walk import PARTS, Walk

#: The day on which its constancia is signed.
COMPLETED = date(2026, 3, 27)
NAME = "Municipalidad Distrital de Villa Ejemplo"
MAYOR, BUYER = invented_posts()
FIRST, SECOND = (
    row | {"given_names": given_names, "surnames": surnames, "email": email}
    for row, (given_names, surnames, email) in zip(
        (row for row in invented_roster(operators=2) if row["profile"] == "operator"),
        (
            ("Rocío", "Campos Inventada", "operadora.uno@example.pe"),
            ("Joel", "Ríos Inventado", "operador.dos@example.pe"),
        ),
        strict=True,
    )
)


def _person(number: str, given_names: str, surnames: str, email: str) -> dict[str, str]:
    return {
        "document_type": "DNI",
        "document_number": number,
        "given_names": given_names,
        "surnames": surnames,
        "email": f"{email}@example.pe",
    }


#: Role → document, names and address, clearly invented.
PEOPLE: Mapping[str, Mapping[str, str]] = {
    "preparer": _person(PARTS["preparer"][0], "Paula", "Quispe Ejemplo", "secretaria"),
    "administrator": _person(
        PARTS["administrator"][0], "Ana", "Benites Ficticia", "administradora"
    ),
    "alternate": _person(PARTS["alternate"][0], "Alberto", "Lazo Muestra", "alterno"),
    "sip": _person(PARTS["sip"][0], "Carla", "Salas Muestra", "coordinadora.sip"),
    "sgtd": _person(PARTS["sgtd"][0], "César", "Luna Muestra", "coordinador.sgtd"),
    "secretary": _person(PARTS["secretary"][0], "Sonia", "Prado Muestra", "despacho"),
    "authority": _person(
        MAYOR["document_number"], MAYOR["given_names"], MAYOR["surnames"], "alcaldesa"
    ),
    "operator": FIRST,
    "operator2": SECOND,
}
#: The roster: the operators, and an official who is visited.
ROSTER = [FIRST, SECOND] + [
    row for row in invented_roster(operators=2) if row["profile"] == "visited_official"
]


class Implemented(Walk):
    """An installation with one entity, whose constancia was signed on a Friday of March 2026."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        with self.reading() as session:
            settled = session.scalars(select(ProcessInstance.id)).first()
        if settled is not None:
            self.id = settled
        else:
            before = calendar.use_clock(lambda: calendar.at_hour(COMPLETED, time(9)))
            try:
                self._settle()
            finally:
                calendar.use_clock(before)
        numbers = {user.document_number: user.id for user in self.all(select(User))}
        self.people = {role: numbers[one["document_number"]] for role, one in PEOPLE.items()}

    def _settle(self) -> None:
        with self.writing() as session:
            mandates.load(session)
            entity = cast.entity_of(session)
            entity.name, entity.district = NAME, "Villa Ejemplo"
            entity.contact_email = "mesadepartes@example.pe"
            entity.sip_coordinator_id = self.people["sip"]
            entity.sgtd_coordinator_id = self.people["sgtd"]
            entity.index()
            _rename(session)
            _open_account(session, "authority", entity)
        self.begin_at("interest_acts")
        self.commit(self._open_register)
        self.answer("enable_interest_acts")
        changing.send(self, self.id, {"posts": [MAYOR, BUYER]}, "define_decision_makers")
        for step in (
            "approve_decision_makers",
            "train_decision_makers",
            "close_onboarding",
            "sign_certificate",
        ):
            self.answer(step)
        with self.writing() as session:  # the story begins with an empty outbox
            session.execute(update(Mail).values(state="sent", sent_at=calendar.now()))

    def write_designation(self, case: Case) -> None:
        """Write the records of a designation of the people of this story."""
        post = {"post": "Alcaldesa", "since_on": MAYOR["from_on"]}
        records.write(case, "authority", {**PEOPLE["authority"], **post})
        designated: dict[str, Any] = {
            role: ADMINISTRATOR[place] | PEOPLE[role]
            for role, place in (("administrator", "holder"), ("alternate", "alternate"))
        }
        holder, alternate = designated["administrator"], designated["alternate"]
        said = {**ADMINISTRATOR, "holder": holder, "alternate": alternate}
        records.write(case, "administrator", said)

    def _open_register(self, session: Session) -> None:
        row = session.get_one(ProcessInstance, self.id)
        case = Case(session, row.entity, row)
        records.roster.write(case, ROSTER)
        register = environments.open_register(session, row.entity, "production", None)
        personnel.receive(session, register, ROSTER, COMPLETED)
        records.roster.seat_operators(case)
        for role in ("operator", "operator2"):
            user = access.find_person(session, "DNI", PEOPLE[role]["document_number"])
            assert user is not None
            user.password_hash = cast.password_hash()


def _rename(session: Session) -> None:
    """Give the people of a walk the names and addresses of this story."""
    for one in PEOPLE.values():
        user = access.find_person(session, "DNI", one["document_number"])
        if user is not None:
            user.given_names, user.surnames = one["given_names"], one["surnames"]
            user.email = one["email"]


def _open_account(session: Session, role: str, entity: Entity) -> None:
    cast.person(session, PEOPLE[role]["document_number"], role, entity)
    _rename(session)
