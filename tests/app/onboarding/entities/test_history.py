"""The history of an entity: its filters, and the sentences of its entries."""

from __future__ import annotations

import re

import pytest

from app.base import audit_log
from app.cases import processes, reminders
from app.cases.history.event import GROUPS
from tests.app.walk import Walk
from tests.conftest import Clock

pytestmark = pytest.mark.postgresql

HISTORY = "/entidades/E90001/historial"


def lines(walk: Walk, **filters: str) -> list[str]:
    """Return the lines of the history for some filters, the newest first."""
    answer = walk.browser("sip").get(HISTORY, query_string=filters)
    assert answer.status_code == 200
    return re.findall(r'<span class="history__text">([^<]*)', answer.text)


def test_the_history_is_narrowed_by_kind_of_act_and_by_person_or_system(begun: Walk):
    begun.answer("designate_administrator")
    assert lines(begun, acto="pasos")[:2] == [
        "Se abrió el paso: Elaborar la relación de personal (SIP-RVL-002)",
        "Se respondió el paso: Designar al administrador (SIP-RVL-001)",
    ]
    assert "Se inició el proceso: Implementación" in lines(begun, acto="etapas")
    assert all("paso" not in line for line in lines(begun, acto="etapas"))
    everything = len(lines(begun))
    assert sum(len(lines(begun, acto=group)) for group in GROUPS) == everything
    person = str(begun.people["preparer"])
    answered = "Se respondió el paso: Designar al administrador (SIP-RVL-001)"
    assert answered in lines(begun, persona=person)
    assert answered not in lines(begun, persona=str(begun.people["sip"]))
    assert answered not in lines(begun, persona="sistema")


@pytest.mark.nightly
def test_the_history_is_narrowed_by_days(begun: Walk, clock: Clock):
    clock.forward(days=3)
    begun.answer("designate_administrator")
    clock.forward(days=3)
    begun.answer("list_personnel")
    assert "Se inició el proceso: Implementación" in lines(begun, hasta="2/3/2026")
    assert lines(begun, desde="5/3/2026", hasta="5/3/2026") == lines(
        begun, desde="2026-03-05", hasta="05/03/2026"
    )
    between = lines(begun, desde="3/3/2026", hasta="7/3/2026")
    assert "Se respondió el paso: Designar al administrador (SIP-RVL-001)" in between
    assert not [line for line in between if "Se respondió el paso: Elaborar" in line]


@pytest.mark.nightly
def test_the_history_is_narrowed_by_process_and_stage(filed: Walk):
    filed.answer("record_reception", "received")
    filed.answer("review_designation", "accepted")
    other = filed.begin("change_authority")
    assert len(lines(filed, proceso=str(other))) == 2
    first = lines(filed, etapa="designation")
    assert "Empezó la etapa: Designación del administrador" in first
    assert "El sistema hizo: Emitir los documentos de la designación" in first
    assert "Empezó la etapa: Inducción temática y técnica" not in first
    second = lines(filed, etapa="induction")
    assert "Se abrió el paso: Elegir la sesión de inducción temática" in second
    assert not set(first) & set(second)
    assert lines(filed, etapa="induction", proceso=str(other)) == []


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
def test_an_unknown_filter_gets_a_message(begun: Walk, filters: str, message: str):
    answer = begun.browser("sip").get(f"{HISTORY}?hasta=5/3/2026&{filters}")
    assert answer.status_code == 400
    assert message in answer.text
    assert "history__entry" not in answer.text
    assert 'value="5/3/2026"' in answer.text


@pytest.mark.parametrize("number", ["0", "dos", "9" * 5000])
def test_a_page_that_does_not_exist_is_refused(begun: Walk, number: str):
    assert begun.browser("sip").get(HISTORY, query_string={"pagina": number}).status_code == 400


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"desde": "ayer"}, "Escribe la fecha como día/mes/año"),
        ({"hasta": "31/2/2026"}, "Escribe la fecha como día/mes/año"),
        ({"desde": "5/3/2026", "hasta": "4/3/2026"}, "La segunda fecha va después de la primera."),
    ],
)
def test_an_invalid_day_gets_a_message_at_its_field(begun: Walk, filters, message):
    answer = begun.browser("sip").get(HISTORY, query_string=filters)
    assert answer.status_code == 400
    assert message in answer.text
    assert "history__entry" not in answer.text


def test_a_process_of_another_entity_is_refused(walk: Walk):
    walk.begin()
    other = walk.begin(code="E90002")
    answer = walk.browser("sip").get(HISTORY, query_string={"proceso": str(other)})
    assert answer.status_code == 400
    assert "history__entry" not in answer.text


def test_old_and_new_values_are_shown_and_a_natural_persons_ruc_is_masked(begun: Walk):
    with begun.writing() as session:
        row = begun.instance(session)
        changed = {"ruc": ["", "10400000999"], "phone": ["", "01 000 0000"]}
        audit_log.write(
            session, "entity.changed", actor_id=None, entity_id=row.entity_id, changed=changed
        )
    shown = " ".join(begun.browser("sip").get(HISTORY).text.split())
    assert "teléfono: (vacío) → 01 000 0000" in shown
    assert "10400000999" not in shown


def test_a_persons_number_in_a_reason_is_masked_for_every_reader(begun: Walk):
    reason = "Lo pide el señor con DNI 45678901 y RUC 10456789012; RUC 20456789012, exp. 45678901."
    with begun.app.app_context(), begun.writing() as session:
        processes.suspend(session, begun.id, reason, begun.people["sip"])
        entity_id = begun.instance(session).entity_id
        subject, to = "Carta al DNI 45678901", "a@example.pe"
        audit_log.write(
            session, "mail.discarded", actor_id=None, entity_id=entity_id, subject=subject, to=to
        )
    message = "Lo pide el señor con DNI *****901 y RUC ********012; RUC 20456789012, exp. 45678901."
    auditor = begun.browser_of(begun.person("40000031", "auditor"))
    for client, path in (
        (begun.browser("sip"), HISTORY),
        (begun.browser("administrator"), HISTORY),
        (begun.browser("sip"), "/entidades/E90001"),
        (auditor, HISTORY),
        (auditor, "/registro-de-cambios"),
    ):
        shown = client.get(path).text
        assert message in shown, path
        assert "DNI 45678901" not in shown
        assert "Carta al DNI *****901" in shown


def test_it_is_masked_where_reminders_are_held_too(begun: Walk):
    reason, by = "Viaja el DNI 45678901", begun.people["sip"]
    with begun.app.app_context(), begun.writing() as session:
        reminders.holds.hold(session, "entity", "E90001", until_on=None, reason=reason, by_id=by)
    for path in ("/recordatorios/retenidos", HISTORY):
        shown = begun.browser("sip").get(path).text
        assert "Viaja el DNI *****901" in shown
        assert "45678901" not in shown
