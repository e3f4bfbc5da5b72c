"""People and numbers that the database knows are named before an answer is confirmed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Address, Grant, ProcessInstance, Record, User
from app.cases.case import Case
from app.onboarding.unusual import numbers, people
from app.people import access
from tests.app import cast
from tests.app.walk import Walk

ANOTHER_NAME = {"given_names": "Rosa Inventada", "surnames": "Otra Muestra"}


def granted(walk: Walk, number: str) -> list[str]:
    """Return what is unusual once the holder of a DNI is made an operator of the case's entity."""
    with walk.writing() as session:
        row = walk.instance(session)
        user = access.find_person(session, "DNI", number)
        assert user is not None
        made = access.grant(session, user, "operator", row.entity, None)
        session.flush()
        assert isinstance(made, Grant)
        return list(people.of_grants(Case(session, row.entity, row), [made]))


@pytest.mark.nightly
def test_a_function_in_another_entity_or_in_the_pcm_is_named(walk: Walk):
    walk.begin()
    walk.person("40000061", "operator", "E90002")
    (said,) = granted(walk, "40000061")
    assert "ya tiene una función en Municipalidad" in said
    (said,) = granted(walk, "40000022")
    assert said.endswith("ya tiene una función en la PCM.")


def test_a_document_of_an_account_with_another_name_is_named(begun: Walk):
    with begun.writing() as session:
        row = begun.instance(session)
        begun.write_designation(Case(session, row.entity, row))
        designated = session.scalars(select(Record).where(Record.name == "administrator")).one()
        number = designated.data["holder"]["document_number"]
        session.add(
            User(
                document_type="DNI",
                document_number=number,
                created_at=calendar.now(),
                **ANOTHER_NAME,
            )
        )
        name = f"{designated.data['holder']['given_names']} "
    (said,) = granted(begun, number)
    assert said.startswith(f"El DNI de {name}")
    assert said.endswith("ya es de la cuenta de Rosa Inventada Otra Muestra.")


def test_ones_own_account_is_nothing_unusual(begun: Walk):
    assert granted(begun, "40000013") == []


def test_addresses_that_receive_no_mail_are_named(walk: Walk):
    row = {"given_names": "Ana", "surnames": "Muestra", "document_type": "DNI"}
    row |= {"document_number": "00000101"}
    rows = [row | {"email": f"{number}@example.pe"} for number in range(8)] + [row | {"email": ""}]
    with walk.writing() as session:
        assert list(people.of_roster(session, rows)) == []
        for number in range(7):
            dead = {"address": f"{number}@example.pe", "dead_at": calendar.now()}
            session.add(Address(**dead))
        session.flush()
        (said,) = people.of_roster(session, rows)
    assert said.startswith("No reciben correos las direcciones de Ana Muestra, ")
    assert said.endswith(" y 2 más.")


def test_a_person_of_a_roster_with_the_document_of_another_account_is_named(walk: Walk):
    own = {"given_names": "Ana", "surnames": "Núñez Ejemplo", "email": ""}
    own |= {"document_type": "DNI", "document_number": "00000101"}
    other = own | {"document_number": "00000102", "given_names": "Beto"}
    with walk.writing() as session:
        for row, names in (
            (own, {"given_names": "ANA", "surnames": "Nunez Ejemplo"}),
            (other, ANOTHER_NAME),
        ):
            document = {key: row[key] for key in ("document_type", "document_number")}
            session.add(User(created_at=calendar.now(), **document, **names))
        session.flush()
        said = list(people.of_roster(session, [own, other]))
    assert said == ["Ya es de la cuenta de otra persona el documento de Beto Núñez Ejemplo."]


def test_a_number_of_another_constancia_is_named(walk: Walk):
    first, other = walk.begin(), walk.begin(code="E90002")
    with walk.writing() as session:
        made = []
        for instance_id, name in ((other, "certificate"), (first, "certificate"), (first, "call")):
            row = session.get_one(ProcessInstance, instance_id)
            record = Record(
                entity_id=row.entity_id,
                instance_id=instance_id,
                name=name,
                data={"number": "0012-2026"},
                at=calendar.now(),
            )
            session.add(record)
            made.append(record)
        session.flush()
        case = Case(session, row.entity, row)
        place = cast.entity_of(session, "E90002")
        assert list(numbers.of(case, made[1:])) == [
            f"El número 0012-2026 ya es de una constancia de {place.name}."
        ]
        made[0].data = {"number": "1"}
        session.flush()
        assert list(numbers.of(case, made[1:])) == []
