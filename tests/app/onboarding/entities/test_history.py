"""The history of an entity: its filters, and the sentences of its entries."""

from __future__ import annotations

import re

import pytest

from app.base import audit_log
from app.cases import processes, reminders
from app.cases.history.event import GROUPS
from tests.app.cases.status.status_texts import file_designation
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql

HISTORY = "/entidades/E90001/historial"


def lines(walk: Walk, **filters: str) -> list[str]:
    """Return the lines of the history for some filters, the newest first."""
    answer = walk.browser("sip").get(HISTORY, query_string=filters)
    assert answer.status_code == 200
    return re.findall(r'<span class="history__text">([^<]*)', answer.text)


def test_the_history_is_narrowed_by_kind_of_act(walk: Walk):
    walk.begin()
    walk.answer("designate_administrator")
    assert lines(walk, acto="pasos")[:2] == [
        "Se abrió el paso: Elaborar la relación de personal (SIP-RVL-002)",
        "Se respondió el paso: Designar al administrador (SIP-RVL-001)",
    ]
    assert "Se inició el proceso: Implementación" in lines(walk, acto="etapas")
    assert all("paso" not in line for line in lines(walk, acto="etapas"))
    everything = len(lines(walk))
    assert sum(len(lines(walk, acto=group)) for group in GROUPS) == everything


def test_the_history_is_narrowed_by_person_or_system(walk: Walk):
    walk.begin()
    walk.answer("designate_administrator")
    person = str(walk.people["preparer"])
    answered = "Se respondió el paso: Designar al administrador (SIP-RVL-001)"
    assert answered in lines(walk, persona=person)
    assert answered not in lines(walk, persona=str(walk.people["sip"]))
    assert answered not in lines(walk, persona="sistema")


def test_the_history_is_narrowed_by_days(walk: Walk, clock: Clock):
    walk.begin()
    clock.forward(days=3)
    walk.answer("designate_administrator")
    clock.forward(days=3)
    walk.answer("list_personnel")
    assert "Se inició el proceso: Implementación" in lines(walk, hasta="2/3/2026")
    assert lines(walk, desde="5/3/2026", hasta="5/3/2026") == lines(
        walk, desde="2026-03-05", hasta="05/03/2026"
    )
    between = lines(walk, desde="3/3/2026", hasta="7/3/2026")
    assert "Se respondió el paso: Designar al administrador (SIP-RVL-001)" in between
    assert not [line for line in between if "Se respondió el paso: Elaborar" in line]


def test_the_history_is_narrowed_by_process_and_stage(walk: Walk):
    walk.begin()
    file_designation(walk)
    walk.answer("record_reception", "received")
    walk.answer("review_designation", "accepted")
    other = walk.begin("change_authority")
    assert len(lines(walk, proceso=str(other))) == 2
    first = lines(walk, etapa="designation")
    assert "Empezó la etapa: Designación del administrador" in first
    assert "El sistema hizo: Emitir los documentos de la designación" in first
    assert "Empezó la etapa: Inducción temática y técnica" not in first
    second = lines(walk, etapa="induction")
    assert "Se abrió el paso: Elegir la sesión de inducción temática" in second
    assert not set(first) & set(second)
    assert lines(walk, etapa="induction", proceso=str(other)) == []


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ("acto=nada", "Elige de la lista qué pasó."),
        ("persona=999999", "Elige una persona de la lista."),
        ("persona=x", "Elige una persona de la lista."),
        ("proceso=999999", "Elige un proceso de la lista."),
        ("etapa=nada", "Elige una etapa de la lista."),
        ("etapa=nada&pagina=99", "Elige una etapa de la lista."),
        ("acto=pasos&acto=datos", "El filtro «acto» está más de una vez: deja uno solo."),
        ("foo=1", "No existe el filtro «foo»."),
    ],
)
def test_an_unknown_filter_gets_a_message(walk: Walk, filters: str, message: str):
    walk.begin()
    answer = walk.browser("sip").get(f"{HISTORY}?hasta=5/3/2026&{filters}")
    assert answer.status_code == 400
    assert message in answer.text
    assert "history__entry" not in answer.text
    assert 'value="5/3/2026"' in answer.text


@pytest.mark.parametrize("number", ["0", "dos", "9" * 5000])
def test_a_page_that_does_not_exist_is_refused(walk: Walk, number: str):
    walk.begin()
    assert walk.browser("sip").get(HISTORY, query_string={"pagina": number}).status_code == 400


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"desde": "ayer"}, "Escribe la fecha como día/mes/año"),
        ({"hasta": "31/2/2026"}, "Escribe la fecha como día/mes/año"),
        ({"desde": "5/3/2026", "hasta": "4/3/2026"}, "La segunda fecha va después de la primera."),
    ],
)
def test_an_invalid_day_gets_a_message_at_its_field(walk: Walk, filters, message):
    walk.begin()
    answer = walk.browser("sip").get(HISTORY, query_string=filters)
    assert answer.status_code == 400
    assert message in answer.text
    assert "history__entry" not in answer.text


def test_a_process_of_another_entity_is_refused(walk: Walk):
    walk.begin()
    other = walk.begin(code="E90002")
    answer = walk.browser("sip").get(HISTORY, query_string={"proceso": str(other)})
    assert answer.status_code == 400
    assert "history__entry" not in answer.text


def test_old_and_new_values_are_shown_and_a_natural_persons_ruc_is_masked(walk: Walk):
    walk.begin()
    with walk.writing() as session:
        row = walk.instance(session)
        changed = {"ruc": ["", "10400000999"], "phone": ["", "01 000 0000"]}
        audit_log.write(
            session, "entity.changed", actor_id=None, entity_id=row.entity_id, changed=changed
        )
    shown = " ".join(walk.browser("sip").get(HISTORY).text.split())
    assert "teléfono: (vacío) → 01 000 0000" in shown
    assert "10400000999" not in shown


def test_a_persons_number_in_a_reason_is_masked_for_every_reader(walk: Walk):
    walk.begin()
    reason = "Lo pide el señor con DNI 45678901 y RUC 10456789012; RUC 20456789012, exp. 45678901."
    with walk.app.app_context(), walk.writing() as session:
        processes.suspend(session, walk.id, reason, walk.people["sip"])
        entity_id = walk.instance(session).entity_id
        subject, to = "Carta al DNI 45678901", "a@example.pe"
        audit_log.write(
            session, "mail.discarded", actor_id=None, entity_id=entity_id, subject=subject, to=to
        )
    message = "Lo pide el señor con DNI *****901 y RUC ********012; RUC 20456789012, exp. 45678901."
    auditor = walk.browser_of(walk.person("40000031", "auditor"))
    for client, path in (
        (walk.browser("sip"), HISTORY),
        (walk.browser("administrator"), HISTORY),
        (walk.browser("sip"), "/entidades/E90001"),
        (auditor, HISTORY),
        (auditor, "/registro-de-cambios"),
    ):
        shown = client.get(path).text
        assert message in shown, path
        assert "DNI 45678901" not in shown
        assert "Carta al DNI *****901" in shown


def test_it_is_masked_where_reminders_are_held_too(walk: Walk):
    walk.begin()
    reason, by = "Viaja el DNI 45678901", walk.people["sip"]
    with walk.app.app_context():
        walk.commit(
            reminders.holds.hold, "entity", "E90001", until_on=None, reason=reason, by_id=by
        )
    for path in ("/recordatorios/retenidos", HISTORY):
        shown = walk.browser("sip").get(path).text
        assert "Viaja el DNI *****901" in shown
        assert "45678901" not in shown
