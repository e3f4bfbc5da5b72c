"""A row of another entity, or of another user, is not found under any address of `rules.py`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from flask import Flask
from sqlalchemy import select

from app.base import db
from app.base.models import Entity
from app.web import errors
from tests.app.cast import person, signed_in
from tests.app.people import things_of_registers
from tests.app.people.house import House, house
from tests.app.people.rules import ANY_USER, RULES, STAFF

#: The roles of people of an entity.
HERE = STAFF | {"operator"}
#: Value in an address that stands under another row → that row and one to which it does not belong.
UNDER: Mapping[str, tuple[str, str]] = {
    "absence_of_staff": ("staff", "user"),
    "divided_file": ("divided_task", "filing_task"),
    "grant": ("user", "staff"),
    "rehearsal": ("former", "version"),
    "sign_in_of_another": ("user", "staff"),
}
#: Values of no entity and of no single user, by the reason.
COMMON: Mapping[str, str] = {
    "the PCM has one of it for all entities": (
        "baseline begun decreed domain mandate material platform_breach seated session"
    ),
    "coordinators of the PCM act for all entities": (
        "barred_task batch demo_task hold incoming letters mail notice_of_sgtd reminder "
        "secretary_task sgtd_task signing_task sip_task review_task waiting"
    ),
    "the superuser has one process for all": "former proposal version",
    "a coordinator's, and `rules.py` asks for it as another one": "saved_view",
}
#: Values whose unknown ones get a sentence instead of 404.
UNKNOWN_LEADS_ON = {"decreed", "domain", "hold", "page", "proposal"}


@pytest.mark.guard("every address of a row is asked by those who may open it elsewhere")
def test_a_row_of_another_is_not_found(
    app: Flask, clock: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "render_template", lambda *_, **__: "")  # as others test it
    app.config["PAGES_PER_MINUTE"] = 0
    built = house(app)
    settle(app, built)
    tried, found = set(), []
    for name, role, method, path in requests(built):
        tried.add(name)
        answer = built.clients[role].open(path, method=method)
        if answer.status_code != 404:
            found.append(f"{method} {path} as {role}: {answer.status_code}")
    assert found == []
    limited = {
        name for line, roles in RULES.items() if set() < roles < ANY_USER for name in names(line)
    }
    assert limited - tried == {name for names_ in COMMON.values() for name in names_.split()}


def requests(built: House) -> Iterator[tuple[str, str, str, str]]:
    """Yield value, role, method and path of each request for a row that is another's.

    The row stays where it is; the user has the same role in another entity, or the address names
    one to which the row does not belong. Pages of an entity count as its rows, without a value.
    """
    for line, roles in RULES.items():
        method, _, address = line.partition(" ")
        elsewhere = address.replace("E90001", "E90002")
        for role in roles & HERE if elsewhere != address and roles < ANY_USER else ():
            yield "", f"there {role}", method, address.format(**built.ids | built.own[role])
        for name in names(line) if roles < ANY_USER else ():
            for role in sorted(roles):
                values = built.ids | built.own[role]
                parent, other = UNDER.get(name, ("", ""))
                if f"{{{parent}}}" in address:
                    yield name, role, method, address.format(**values | {parent: values[other]})
                if role in HERE:
                    yield name, f"there {role}", method, elsewhere.format(**values)
                elif elsewhere != address:
                    yield name, role, method, elsewhere.format(**values)
        for role in sorted(roles)[:1]:
            for path in of_nobody(address, built.ids | built.own[role]):
                yield "", role, method, path


def of_nobody(address: str, values: Mapping[str, str]) -> Iterator[str]:
    """Yield the address with an entity or a row that does not exist, or of the other register."""
    if "E90001" in address:
        yield address.replace("E90001", "E99999").format(**values)
    for name in names(address):
        if name not in UNKNOWN_LEADS_ON:
            yield address.format(**values | {name: "999999"})
        if f"demo_{name}" in values and "/produccion/" in address:
            yield address.format(**values | {name: values[f"demo_{name}"]})


def names(line: str) -> list[str]:
    """Return the names of the values in an address."""
    return re.findall(r"\{(\w+)\}", line)


def settle(app: Flask, built: House) -> None:
    """Open registers in the other entity, and add its people: "there" and the name of a role."""
    with app.app_context():
        session = db.session()
        there = session.scalars(select(Entity).where(Entity.code == "E90002")).one()
        things_of_registers.registers(session, there)
        users = {
            f"there {role}": person(session, f"4300000{number}", role, there).document_number
            for number, role in enumerate(sorted(HERE))
        }
        session.commit()
    built.clients.update({role: signed_in(app, number) for role, number in users.items()})
