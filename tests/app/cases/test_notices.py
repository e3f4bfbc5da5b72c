"""Notices: what a coordinator finds in *Mis pendientes* in addition to steps."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app.base import calendar
from app.base.models import Absence, Entity, Notice, Task
from app.cases import notices
from app.people import access
from app.people import notices as people_notices
from tests.app import cast
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

#: The data of each kind of notice, and its line.
SAID: dict[str, tuple[dict[str, Any], str]] = {
    "address_dead": (
        {"address": "a@example.pe", "person": "Persona Ejemplo", "said": "550 no such user"},
        "Persona Ejemplo, a@example.pe. El servidor respondió: 550 no such user",
    ),
    "verify_contact": ({"address": "a@example.pe", "person": "", "said": ""}, "a@example.pe"),
    "answer_received": ({"person": "b@example.pe", "incoming_id": 7}, "b@example.pe"),
    "complaint": ({"person": "Persona Ejemplo", "incoming_id": 8}, "Persona Ejemplo"),
    "extension_asked": (
        {"person": "Persona Ejemplo", "working_days": 1, "name": "Un paso", "request": 3},
        "Persona Ejemplo pide 1 día hábil más para «Un paso»",
    ),
    "notify_on_paper": (
        {"reason": "bounced", "address": "a@example.pe", "name": "Un paso"},
        "«Un paso»: no se pudo entregar el correo a a@example.pe",
    ),
    "upkeep_lapsed": ({}, "Pasaron 60 días hábiles y la entidad no respondió"),
    "ruc_to_confirm": (
        {"others": ["Municipalidad de Muestra (Lima)", "Municipalidad de Ejemplo (Cusco)"]},
        "Su RUC también es de Municipalidad de Muestra (Lima) y Municipalidad de Ejemplo (Cusco)",
    ),
    "redesignation_advised": (
        {},
        "La nueva autoridad dice que el administrador ya no trabaja en la entidad",
    ),
    "question_mail": ({"person": "c@example.pe", "question": 9}, "c@example.pe"),
    "receipt_corrected": (
        {"number": "2026-7"},
        "El número o la hora; ahora es la constancia 2026-7",
    ),
    "version_corrected": (
        {"number": "2026-7"},
        "Reemplazará a lo presentado con la constancia 2026-7",
    ),
    "return_asked": (
        {"person": "Ana Ejemplo", "name": "Designar", "element": "x", "reason": "Una prueba"},
        "Ana Ejemplo pide que le devuelvas «Designar» para corregir",
    ),
    "nobody_left": (
        {"lane": "administrator"},
        "Nadie puede responder los pasos de: Administrador del RVL",
    ),
    "departure_announced": (
        {"person": "Persona Ejemplo", "from_on": "2026-12-01", "heir": "Otra Muestra"},
        "Persona Ejemplo, desde el 1 de diciembre de 2026: sigue Otra Muestra",
    ),
    "link_ends": (
        {"person": "Persona Ejemplo", "until_on": "2026-12-31"},
        "El vínculo de Persona Ejemplo termina el 31 de diciembre de 2026: propón una nueva "
        "designación",
    ),
    "change_unplanned": (
        {"ends_on": "2026-12-31"},
        "Su mandato terminó el 31 de diciembre de 2026, y el cambio que ya tenía abierto acabó sin "
        "otra autoridad",
    ),
    "authority_continues": (
        {"until_on": "2027-06-30"},
        "Su autoridad continúa hasta el 30 de junio de 2027: si anulas su cambio, recupera su "
        "cargo",
    ),
    "certificate_to_sign": (
        {"case": 5, "number": "0013-2026-PCM/SIP", "why": "la anterior se anuló"},
        "Constancia N.º 0013-2026-PCM/SIP: la anterior se anuló",
    ),
    "month_unread": (
        {"month": "2026-10-01"},
        "Ningún correo llega a la entidad para las cifras de octubre de 2026",
    ),
}
#: The page of each.
WHERE = {
    "address_dead": "/entidades/E90001/contactos",
    "verify_contact": "/entidades/E90001/contactos",
    "answer_received": "/correos/recibidos/7",
    "complaint": "/correos/recibidos/8",
    "extension_asked": "/entidades/E90001/pedidos/3",
    "notify_on_paper": "/entidades/E90001/tareas/",
    "upkeep_lapsed": "/entidades/E90001",
    "ruc_to_confirm": "/entidades/E90001/ruc",
    "redesignation_advised": "/entidades/E90001",
    "question_mail": "/entidades/E90001/consultas/9",
    "receipt_corrected": "/entidades/E90001",
    "version_corrected": "/entidades/E90001",
    "return_asked": "/entidades/E90001/devoluciones/",
    "nobody_left": "/entidades/E90001",
    "departure_announced": "/entidades/E90001",
    "link_ends": "/entidades/E90001",
    "change_unplanned": "/mandatos/plan?dia=2026-12-31",
    "authority_continues": "/entidades/E90001",
    "certificate_to_sign": "/entidades/E90001/procesos/5/constancia/firmada",
    "month_unread": "/entidades/E90001/registro",
}

#: Notices about a step.
OF_TASKS = {"notify_on_paper", "return_asked"}
#: Notices that no act ends.
BY_HAND = {
    "receipt_corrected",
    "version_corrected",
    "upkeep_lapsed",
    "redesignation_advised",
    "departure_announced",
    "link_ends",
    "change_unplanned",
    "authority_continues",
    "month_unread",
}


def put(walk: Walk, kind: str, key: str = "1", role: str = "", code: str = CODE) -> int:
    """Put a notice about an entity (none for an empty code); return its id."""
    with walk.writing() as session:
        entity = session.scalars(select(Entity).where(Entity.code == code)).one_or_none()
        task = session.scalars(select(Task)).first() if kind in OF_TASKS else None
        notices.put(session, kind, key, role=role, entity=entity, task=task, **SAID[kind][0])
        return session.scalars(
            select(Notice.id).where(Notice.kind == kind, Notice.key == key)
        ).one()


def in_charge(walk: Walk, **people: int | None) -> None:
    """Set the coordinators of the entity: sip=…, sgtd=…"""
    with walk.writing() as session:
        entity = cast.entity_of(session)
        for role, user_id in people.items():
            setattr(entity, f"{role}_coordinator_id", user_id)


def inbox(walk: Walk, who: str = "sip") -> str:
    """Return a user's *Mis pendientes*, with plain spaces."""
    return walk.browser(who).get("/pendientes").text.replace("\N{NO-BREAK SPACE}", " ")


def test_every_kind_has_a_text_and_a_page(walk: Walk):
    assert SAID.keys() == notices.KINDS.keys() == people_notices.KINDS
    walk.begin()  # a notice on paper is about a step
    for kind in SAID:
        put(walk, kind)
    page = inbox(walk)
    for kind, (_, said) in SAID.items():
        assert notices.KINDS[kind].asks in page
        assert said in page, kind
        assert f'href="{WHERE[kind]}' in page, kind


def test_a_notice_is_not_put_up_twice_while_it_waits(walk: Walk):
    first = put(walk, "upkeep_lapsed")
    assert put(walk, "upkeep_lapsed") == first
    with walk.writing() as session:
        notices.take_down(session, "upkeep_lapsed", "1", walk.people["sip"])
        notices.put(session, "upkeep_lapsed", "1")
        assert session.scalar(select(func.count()).select_from(Notice)) == 2
        with pytest.raises(KeyError):
            notices.put(session, "no_such_kind", "1")


# Recipients -----------------------------------------------------------------------------------


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("role", "readers"),
    [("sip", {"sip"}), ("sgtd", {"sgtd"}), ("", {"sip", "sgtd"})],
)
def test_a_notice_is_for_the_coordinators_of_its_role(walk: Walk, role: str, readers: set[str]):
    put(walk, "nobody_left", role=role)
    for who in ("sip", "sgtd", "secretary", "preparer", "administrator"):
        assert ("Buscar quién responda" in inbox(walk, who)) == (who in readers), who


@pytest.mark.nightly
def test_of_an_entity_in_somebodys_charge_it_is_that_ones(walk: Walk):
    walk.people["another"] = walk.person("40000031", "sip")
    put(walk, "nobody_left", role="sip")
    assert "Buscar quién responda" in inbox(walk, "another"), "nobody is in charge"
    in_charge(walk, sip=walk.people["sip"])
    assert "Buscar quién responda" in inbox(walk, "sip")
    assert "Buscar quién responda" not in inbox(walk, "another")


def test_who_stands_in_for_the_coordinator_in_charge_gets_them(walk: Walk):
    walk.people["another"] = walk.person("40000031", "sip")
    put(walk, "nobody_left", role="sip")
    in_charge(walk, sip=walk.people["sip"])
    today = calendar.today()
    walk.add(
        Absence(
            user_id=walk.people["sip"],
            substitute_id=walk.people["another"],
            from_on=today,
            until_on=today,
            created_at=calendar.now(),
        )
    )
    assert "Buscar quién responda" in inbox(walk, "another")


@pytest.mark.nightly
def test_who_coordinates_for_both_gets_no_notice_of_a_role_that_is_anothers_here(walk: Walk):
    walk.people["both"] = walk.person("40000031", "sip")
    with walk.writing() as session:
        access.grant(session, walk.user(session, "both"), "sgtd", None, None)
    in_charge(walk, sip=walk.people["sip"], sgtd=walk.people["both"])
    put(walk, "nobody_left", role="sip")
    assert "Buscar quién responda" not in inbox(walk, "both")
    put(walk, "upkeep_lapsed", role="sgtd")
    assert "sin confirmar" in inbox(walk, "both")


# Done -----------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_what_nothing_else_takes_down_is_seen_to_by_hand(walk: Walk):
    number = put(walk, "upkeep_lapsed", role="sip")
    assert f"/avisos/{number}/atendido" in inbox(walk)
    assert walk.browser("sgtd").post(f"/avisos/{number}/atendido").status_code == 404
    assert walk.browser("preparer").post(f"/avisos/{number}/atendido").status_code == 404
    client = walk.browser("sip")
    assert client.post(f"/avisos/{number}/atendido").location == "/pendientes"
    assert "sin confirmar" not in client.get("/pendientes").text
    assert client.post(f"/avisos/{number}/atendido").status_code == 404
    row = walk.get(Notice, number)
    assert (row.done_at, row.done_by_id) == (calendar.now(), walk.people["sip"])


@pytest.mark.parametrize("kind", sorted(SAID.keys() - BY_HAND))
def test_what_is_dealt_with_elsewhere_has_no_button(begun: Walk, kind: str):
    number = put(begun, kind)
    assert "/atendido" not in inbox(begun)
    assert begun.browser("sip").post(f"/avisos/{number}/atendido").status_code == 404


def test_what_is_about_no_entity_can_be_seen_to_where_it_has_no_page(walk: Walk):
    number = put(walk, "address_dead", code="")
    assert f"/avisos/{number}/atendido" in inbox(walk)
    assert walk.browser("sip").post(f"/avisos/{number}/atendido").status_code == 303


def test_the_button_takes_no_forged_request(walk: Walk):
    number = put(walk, "upkeep_lapsed")
    walk.app.config["WTF_CSRF_ENABLED"] = True
    assert walk.browser("sip").post(f"/avisos/{number}/atendido").status_code == 400
    assert walk.get(Notice, number).done_at is None


# Many -----------------------------------------------------------------------------------------


@pytest.mark.nightly
def test_the_newest_fifty_are_shown_and_all_are_counted_in_as_many_statements(begun: Walk):
    client = begun.browser("sip")
    put(begun, "nobody_left", "0")
    client.get("/pendientes")
    with begun.statements() as few:
        client.get("/pendientes")
    with begun.writing() as session:
        for number in range(70):
            entity = Entity(
                code=f"E8{number:04}", name=f"Otra {number:02}", level="local", kind="x"
            )
            entity.index()
            session.add(entity)
            session.flush()
            notices.put(session, "nobody_left", f"{number}", entity=entity, lane="authority")
    with begun.statements() as many:
        page = client.get("/pendientes").text
    assert len(many) == len(few), many
    assert '<span class="menu__count">70</span>' in page
    assert page.count("Buscar quién responda") == 50
    assert "Otra 69" in page
    assert "Otra 19" not in page
    assert "Avisos" not in client.get("/pendientes?lista=mias").text


@pytest.mark.nightly
def test_an_unanswered_cycle_puts_a_notice_for_its_coordinator(walk: Walk, clock: Clock):
    walk.begin_at("interest_acts")
    walk.open_production()
    cycle = walk.begin("upkeep")
    clock.forward(days=100)
    walk.tick()
    assert walk.row(cycle).end_name == "Sin confirmar"
    assert "La actualización quedó sin confirmar" in inbox(walk)
    assert "sin confirmar" not in inbox(walk, "sgtd")
