"""A visit whose first version is older than one of today's facts."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from app.base import calendar, db
from app.base.models import Visit, VisitVersion
from app.register.facts.declared import FACTS
from app.register.visits import history, reserved, writing
from tests.app.visited import Visited, lima
from tests.databases import behind_the_back

#: Fact → its value in a correction, and how the history shows it. Any text does for the others.
CORRECTED: dict[str, tuple[Any, str]] = {
    "state": ("annulled", "anulada"),
    "audience": ("reserved", "reservada"),
    "visit_on": (lima("2026-02-27 09:00").date(), "27 de febrero de 2026"),
    "entry_at": (lima("2026-03-02 07:15"), "07:15"),
    "exit_at": (lima("2026-03-02 07:55"), "07:55"),
    "exit_state": ("left", "07:55"),
    "visitor_name": ("Huamán Ficticio Luis", "Huamán Ficticio Luis"),
    "document_type": ("CE", "CE"),
    "document_number": ("00000777", "*****777"),
    "visitor_kind": ("private", "Entidad privada"),
    "visitor_entity": ("Empresa Inventada", "Empresa Inventada"),
    "visitor_entity_ruc": ("20131370301", "20131370301"),
    "official_name": ("Gárate Ficticia Lucía", "Gárate Ficticia Lucía"),
    "official_unit": ("Obras", "Obras"),
    "official_post": ("Gerenta", "Gerenta"),
    "category": ("services", "Provisión de servicios"),
    "motive": ("Entrega de equipos", "Entrega de equipos"),
    "site": ("Local del mercado", "Local del mercado"),
    "place": ("Oficina 305", "Oficina 305"),
    "observation": ("late", "Registro extemporáneo"),
    "norm_version": ("Directiva de la prueba", "Directiva de la prueba"),
    "source": ("own_system", "Sistema propio de la entidad"),
}
#: Values that a valid row needs together with them.
ALONG: dict[str, dict[str, Any]] = {
    "visit_on": {"entry_at": None},
    "exit_at": {"exit_state": "left"},
    "exit_state": {"exit_at": lima("2026-03-02 07:55")},
}


def without(visited: Visited, visit_id: int, name: str) -> None:
    """Remove a fact from the first version, as if it had been written before the fact existed."""
    with behind_the_back(visited.app) as session:
        first = session.scalars(
            select(VisitVersion).where(VisitVersion.visit_id == visit_id, VisitVersion.number == 1)
        ).one()
        assert first.subject is not None
        holder, facts = (
            (first, first.facts) if name in FACTS else (first.subject, first.subject.data)
        )
        del facts[name]
        flag_modified(holder, "facts" if name in FACTS else "data")


def changed(visited: Visited, visit_id: int, values: dict[str, Any]) -> None:
    with visited.writing() as session:
        visit = db.locked(session, Visit, visit_id)
        writing.change(
            session,
            visit,
            act="correction",
            at=calendar.now(),
            by_id=visited.people["operator"],
            reason="Faltaba",
            **values,
        )


@pytest.mark.parametrize("name", [name for line in history.FIELDS for name in line.names])
def test_the_first_value_of_a_fact_younger_than_the_visit_is_a_difference(
    visited: Visited, name: str
):
    made = visited.visit(ago=60)
    value, said = CORRECTED.get(name, ("Texto de prueba", "Texto de prueba"))
    without(visited, made, name)
    changed(visited, made, {name: value, **ALONG.get(name, {})})
    with visited.reading() as session:
        visit = session.get_one(Visit, made)
        versions = history.versions_of(session, visit)
        desk = history.changes(session, versions)[1].differences
        public = history.public_changes(session, versions, "La entidad")[-1].differences
        code = visit.code
    assert said in " ".join(one.new for one in desk)
    assert all(one.old and one.old != one.new for one in desk)
    if name == "audience":
        return  # a reserved visit has no public history
    assert public == desk
    page = " ".join(unescape(visited.browser().get(f"/visita/{code}").text).split())
    _, _, since = page.partition("Corrección")
    for one in desk:
        assert one.label in since
        assert one.old in since
        assert one.new in since


def test_a_reservation_is_hidden_though_the_first_version_knows_no_audience(visited: Visited):
    made = visited.visit()
    without(visited, made, "audience")
    who = visited.people["administrator"]
    with visited.writing() as session:
        visit = session.get_one(Visit, made)
        until = calendar.today() + timedelta(days=30)
        granted = reserved.Authorisation("Funcionaria", "Norma de la prueba", until)
        reserved.reserve(session, visit, granted, actor_id=who)
    with visited.writing() as session:
        reserved.lift(session, session.get_one(Visit, made), reason="Terminó", actor_id=who)
    page = visited.browser().get(f"/visita/{visited.row(made).code}").text
    assert history.WAS_RESERVED in page
    assert "Norma de la prueba" not in page


def test_what_was_suppressed_is_no_difference(visited: Visited):
    made = visited.visit()
    changed(visited, made, {"visitor_name": "Huamán Ficticio Luis", "site": "Local del mercado"})
    with behind_the_back(visited.app) as session:
        first = session.scalars(
            select(VisitVersion).where(VisitVersion.visit_id == made, VisitVersion.number == 1)
        ).one()
        session.delete(first.subject)
    with visited.reading() as session:
        versions = history.versions_of(session, session.get_one(Visit, made))
        labels = [one.label for one in history.changes(session, versions)[1].differences]
    assert labels == ["Sede"]
