"""The main path, over HTTP: real municipalities of the catalogue on their way to the constancia.

Each test is a story. `tests.robot` reads the pages, fills their inputs, uploads real PDFs one by
one and presses the buttons. The days pass on the test's clock, and what is due happens when it is
due.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app.administration import catalogue
from app.base import db
from app.base.config import shipped
from app.cases import processes
from app.cases.processes import migrating
from app.ops import trial_people
from tests.app.cases.processes.migrated import days, edit
from tests.conftest import Clock
from tests.robot import paths, registers
from tests.robot.story import PEOPLE, Story
from tests.robot.variants import VARIANTS, Variant
from workflows.definition import read_folder

Begin = Callable[[str], Story]

ADMINISTRATOR, AUTHORITY, COORDINATOR, PREPARER = (
    PEOPLE[role]["email"] for role in ("administrator", "authority", "coordinator", "preparer")
)
SIP, SGTD = "sip@example.pe", "sgtd@example.pe"


@pytest.fixture
def begin(app: Flask, clock: Clock) -> Begin:
    """Return a function that begins the story of an entity of the whole catalogue."""
    app.config["WTF_CSRF_ENABLED"] = True
    with app.app_context(), db.writing(app) as session:
        processes.deploy(session)
        catalogue.load(session)
        trial_people.open_accounts(session)
    return lambda code: Story(app, clock, code)


@pytest.mark.postgresql
@pytest.mark.guard("the whole path, on the pages of all its people")
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_municipality_goes_from_its_code_to_the_signed_constancia(
    begin: Begin, variant: type[Variant], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = begin("E00275")
    variation = variant(story, tmp_path, monkeypatch)
    for episode in EPISODES:
        if episode.__name__ not in variation.leaves_out:
            episode(story)
            variation.after_an_episode()
    variation.after_all()


def comes_in_by_the_code_that_was_mailed(story: Story) -> None:
    edit = story.people["superuser"].go(f"/catalogo/{story.code}").form("contact_email")
    edit.fill("contact_email", "mesadepartes@example.org")
    edit.press().says("Guardamos los datos de la entidad.")
    assert story.starts() == "", "a code that goes by mail is shown to nobody"
    assert story.stranger.look(f"/entidades/{story.code}").path.startswith("/ingresar")
    story.activates(story.mailed_code("mesadepartes@example.org"))
    story.mail("Código de activación", to="mesadepartes@example.org", reader="superuser")
    story.page("preparer").says("Etapa 1 de 7", "Designar al administrador (SIP-RVL-001)")


def the_mesa_de_partes_observes_and_then_the_sip(story: Story) -> None:
    story.puts_in_charge("coordinator")
    paths.designates(story)
    assert story.notified("record_reception") == {COORDINATOR}, "not all of the SIP"
    story.page("preparer").says("En mesa de partes")
    story.days(1)
    story.does("coordinator", "record_reception", "observed")
    assert story.notified("correct_designation") == {PREPARER}
    assert "No se amplía." in story.mail("Subsana la designación", to=PREPARER)
    story.opens("preparer", "correct_designation").says(
        "Por qué volvió a ti", "La mesa de partes observó la presentación", "Falta la firma"
    )
    story.does("preparer", "correct_designation")
    story.opens("sip", "record_reception").says("La mesa de partes ya observó una vez")
    story.days(1)
    story.does("sip", "record_reception")
    story.does("sip", "review_designation", "observed")
    assert "Se respondió el paso: Revisar la designación (con observaciones)" in story.history()


def a_correction_lapses_and_the_draft_survives(story: Story) -> None:
    preparer = story.people["preparer"]
    page = story.opens("preparer", "correct_designation")
    first = page.path
    data = preparer.go(first.replace("/respuestas", "/entidad")).form("save")
    data.fill("entity-address", "Jirón Corregido 456")
    data.press("save").says("Guardamos tu borrador.")
    story.days(2)
    assert "correct_designation" in story.open_steps(), "the last day of the term is the entity's"
    story.days(1)
    assert story.open_steps() == ["designate_administrator"]
    lapsed = preparer.look(first)
    lapsed.says("El plazo de esta tarea venció")
    assert lapsed.response.status_code == 409
    assert "Venció el plazo del paso: Subsanar la designación" in story.history()
    again = story.opens("preparer", "designate_administrator")
    again.says("Venció el plazo para subsanar", "la obligación continúa")
    assert again.form("save").values["entity-address"] == "Jirón Corregido 456"
    assert story.mails_to(ADMINISTRATOR) == [], (
        "no mail goes out before the designation is accepted"
    )


def it_is_corrected_before_it_is_presented(story: Story) -> None:
    paths.types(story, keeps=("entity",))
    due = story.task_of("file_designation").due_at
    story.days(1)
    paths.corrects(story, "Corregir antes de presentar")
    assert story.task_of("file_designation").due_at == due, "the day to present stays"
    documents = story.page("sip", "archivos")
    documents.says("Sin efecto")
    story.does("preparer", "file_designation")


def a_corrected_version_replaces_the_presentation(story: Story) -> None:
    story.days(1)
    paths.corrects(story, "Presentar una versión corregida")
    assert "record_reception" not in story.open_steps()
    story.does("preparer", "file_designation")
    assert any("prepara una versión corregida" in line for line in story.history())


def the_second_presentation_is_accepted(story: Story) -> None:
    story.does("sip", "record_reception")
    page = story.opens("sip", "review_designation")
    written = page.tree.xpath('//*[contains(text(), "Falta la firma en la primera página")]')
    assert {one.tag for one in written} == {"option"}, "offered as an own text, not filled in"
    page.says("Es una versión corregida: reemplaza a la constancia", "Qué cambió en los datos")
    story.does("sip", "review_designation")
    for role in ("administrator", "alternate", "authority"):
        story.accepts_invitation(role)
    assert story.notified("choose_thematic_session") == {ADMINISTRATOR}
    story.people["preparer"].go("/pendientes").says("No tienes nada pendiente")
    story.page("administrator").says("Etapa 2 de 7", "Conforme")
    history = " ".join(story.history())
    assert "dirección: Calle Ejemplo 123 → Jirón Corregido 456" in history


def documents_are_masked_until_a_purpose_is_given(story: Story) -> None:
    number = PEOPLE["administrator"]["document_number"]
    for role in ("sip", "auditor"):
        story.page(role, "personas").never_says(number)
        assert number not in " ".join(story.history(role))
    ask = story.people["auditor"].go(f"/entidades/{story.code}/documentos").form("purpose")
    ask.fill("purpose", "Verificar la resolución de designación")
    ask.press().says(f"DNI {number}")
    assert any(
        line.startswith("Se consultaron números de documento") and "Verificar la resolución" in line
        for line in story.history()
    )
    paper = story.page("administrator", "archivos").link("Oficio de designación")
    assert story.people["administrator"].download(paper).startswith(b"%PDF-")
    assert story.people["auditor"].look(paper).response.status_code == 404


def nobody_comes_to_the_induction_the_first_time(story: Story) -> None:
    story.publishes("sip", "thematic", "12/03/2026", seats="1")
    story.does("administrator", "choose_thematic_session", "chosen")
    story.people["sip"].go("/sesiones").says("1 de 1 ocupados")
    story.does("administrator", "choose_technical_session", "none_suits", **paths.WISH)
    story.opens("sgtd", "schedule_technical_induction")
    story.does("sgtd", "schedule_technical_induction")
    story.page().says("En espera de fecha")
    story.waits_for("record_thematic_induction")
    story.does("sip", "record_thematic_induction", "absent")
    story.opens("administrator", "choose_thematic_session").says("Por qué volvió a ti")
    assert "Registrar la asistencia a la inducción temática (no asistió)" in " ".join(
        story.history()
    )
    story.publishes("sip", "thematic", "01/04/2026", seats="20")
    story.does("administrator", "choose_thematic_session", "chosen")
    story.people["sip"].go("/sesiones").says("1 de 20 ocupados")
    paths.finishes_induction(story)


def the_process_changes_while_the_training_is_planned(story: Story) -> None:
    story.opens("administrator", "plan_training").says("vence en 10 días hábiles")
    texts = read_folder(shipped.DIAGRAMS)
    days("plan_training", 25)(texts)
    name = 'name="{} la capacitación'
    edit("training.bpmn", name.format("Programar"), name.format("Planificar"))(texts)
    with story.writing() as session:
        case = story.onboarding(session).instance
        begun, new = case.deployment, processes.deploy(session, texts)
        migrating.move_case(session, case.id, new, {}, None, 1)
    story.opens("administrator", "plan_training").says("vence en 25 días hábiles")
    assert "Pasó a otra versión" in " ".join(story.history())
    assert "Planificar la capacitación" in story.task_of("plan_training").name
    assert begun.id != new.id


def the_training_is_observed_once(story: Story) -> None:
    paths.trains(story)
    story.does("sip", "review_training", "observed")
    story.opens("administrator", "report_training").says("Por qué volvió a ti")
    story.does("administrator", "report_training")
    story.does("sip", "review_training")


def the_demo_test_fails_once(story: Story) -> None:
    registers.tries_the_demo(story, 3)
    story.does("administrator", "run_demo_test")
    again = story.opens("administrator", "run_demo_test")
    again.says(
        "Se necesitan 10 visitas con ingreso y salida, y hay 3.", "Falta corregir una visita."
    )
    registers.tries_the_demo(story)
    story.opens("administrator", "run_demo_test").says("La prueba está completa.")
    story.does("administrator", "run_demo_test")
    story.does("administrator", "validate_demo_results")
    assert story.notified("approve_demo_test") == {SGTD}
    story.does("sgtd", "approve_demo_test")


def the_resubmission_is_observed(story: Story) -> None:
    assert story.notified("update_personnel") == {ADMINISTRATOR}
    story.does("administrator", "update_personnel")
    story.does("administrator", "file_personnel")
    story.does("sgtd", "record_personnel_reception")
    story.does("sgtd", "review_personnel", "observed")
    story.opens("administrator", "correct_personnel").says("Por qué volvió a ti", "plazo legal")
    story.does("administrator", "correct_personnel")
    second_look = story.opens("sgtd", "review_personnel")
    second_look.says(
        "Falta la firma en la primera página", "Se corrigió lo observado en el punto 1"
    )
    story.does("sgtd", "review_personnel", "accepted")
    story.page().says("Etapa 6 de 7")


def the_constancia_is_signed(story: Story) -> None:
    settings = f"/registro/{story.code}/produccion/ajustes"
    story.people["administrator"].go(settings).says("Todavía no están habilitados")
    story.does("administrator", "enable_interest_acts")
    story.people["administrator"].go(settings).says("Se registran desde el")
    story.does("administrator", "define_decision_makers")
    assert story.notified("approve_decision_makers") == {PREPARER, AUTHORITY}
    story.does("authority", "approve_decision_makers")
    story.does("administrator", "train_decision_makers")
    story.does("sip", "close_onboarding")
    assert story.notified("sign_certificate") == {COORDINATOR}, "the Despacho gets a weekly summary"
    story.does("secretary", "sign_certificate", "returned")
    again = story.opens("sip", "close_onboarding")
    again.says("El Despacho de la Secretaría devolvió la constancia", "El cargo del administrador")
    story.does("sip", "close_onboarding")
    story.opens("secretary", "sign_certificate")
    paper = story.page("administrator", "archivos").link("Constancia de implementación, sin firmar")
    assert story.people["administrator"].download(paper).startswith(b"%PDF-")
    story.does("secretary", "sign_certificate")
    signed = story.page("administrator", "archivos").link("Constancia de implementación, firmada")
    assert story.people["administrator"].download(signed).startswith(b"%PDF-")
    page = story.page("preparer").says("Implementación concluida", "Nada por ahora")
    assert page.text.count("Conforme") >= 7
    assert "Terminó el proceso: Implementación concluida (Implementación)" in story.history()
    assert story.open_steps() == []
    story.days(70)
    assert story.open_steps() == ["confirm_register"], "ninety days later all is asked again"
    assert story.notified("confirm_register") == {ADMINISTRATOR}


EPISODES = (
    comes_in_by_the_code_that_was_mailed,
    the_mesa_de_partes_observes_and_then_the_sip,
    a_correction_lapses_and_the_draft_survives,
    it_is_corrected_before_it_is_presented,
    a_corrected_version_replaces_the_presentation,
    the_second_presentation_is_accepted,
    documents_are_masked_until_a_purpose_is_given,
    nobody_comes_to_the_induction_the_first_time,
    the_process_changes_while_the_training_is_planned,
    the_training_is_observed_once,
    the_demo_test_fails_once,
    the_resubmission_is_observed,
    paths.goes_live,
    the_constancia_is_signed,
)


@pytest.mark.nightly
def test_an_entity_outside_the_scope_ends_in_no_corresponde(begin: Begin) -> None:
    story = begin("E00300")
    paths.comes_in(story)
    paths.designates(story)
    story.does("sip", "record_reception")
    story.does("sip", "review_designation", "out_of_scope")
    story.page("preparer").says("No corresponde", "Nada por ahora")
    assert "Terminó el proceso: No corresponde (Implementación)" in story.history()
    assert story.mails_to(ADMINISTRATOR) == [], "no account is opened"
    story.days(200)
    assert story.open_steps() == [], "nothing follows, neither calls nor upkeep"
    story.page().button("Iniciar la implementación").says("Se inició: Implementación.")


@pytest.mark.nightly
def test_an_entity_that_loses_its_administrator_goes_on_with_the_new_one(begin: Begin) -> None:
    story = begin("E00320")
    paths.to_the_training(story)
    due = story.task_of("plan_training").due_at
    old = story.people["administrator"]
    story.page("preparer", "acciones").button("Designar a otro administrador").says(
        "Se inició: Nueva designación del administrador."
    )
    story.page("preparer", "acciones").never_says("Designar a otro administrador")
    standing = story.task_of("plan_training")
    assert standing.due_at is None, "the date stands still"
    old.go("/pendientes").says("Plazo detenido", "En espera de fecha")

    paths.designates_anew(story)
    assert story.notified("choose_thematic_session") == {ADMINISTRATOR}
    story.accepts_invitation("new_administrator")
    goes_on = story.task_of("plan_training")
    assert due is not None
    assert goes_on.due_at is not None
    assert goes_on.due_at > due
    assert "Nuevo administrador en funciones" in story.page(part="tareas").text
    old.is_signed_out(f"/tareas/{goes_on.id}")
    old.is_signed_out(f"/entidades/{story.code}")
    history = story.history()
    assert any(line.startswith("El plazo quedó detenido") for line in history)
    assert any(line.startswith("El plazo volvió a correr") for line in history)
    assert "Terminó el rol de Administrador del RVL: Ana Persona Flores Ficticio" in history
    story.does("new_administrator", "plan_training")


@pytest.mark.nightly
def test_stages_are_validated_before_and_during_them(begin: Begin) -> None:
    story = begin("E00340")
    paths.comes_in(story)
    paths.designates(story)
    story.validates("designation")
    story.page().says("Etapa 2 de 7", "Convalidado")
    for role in ("administrator", "authority"):
        story.accepts_invitation(role)
    story.validates("training")
    page = story.page("administrator", "tareas").says("Etapa 2 de 7")
    assert page.text.count("Convalidado") == 2
    paths.goes_to_the_inductions(story)
    assert story.open_steps() == ["run_demo_test"], "the training is skipped"
    story.page().says("Etapa 4 de 7")
    history = story.history()
    assert any("La etapa en curso terminó por convalidación" in line for line in history)
    validated = [line for line in history if line.startswith("Se convalidó la etapa")]
    assert len(validated) == 2
    assert all("La entidad ya la había cumplido" in line for line in validated)


@pytest.mark.nightly
def test_an_entity_whose_authority_changes_goes_on_with_its_path(begin: Begin) -> None:
    story = begin("E00360")
    paths.to_the_training(story)
    story.page("preparer", "acciones").button("Registrar un cambio de autoridad").says("Se inició")
    assert story.notified("register_authority_change") == {PREPARER, AUTHORITY}
    authority = PEOPLE["new_authority"] | {"post": "Alcalde"}
    story.does("preparer", "register_authority_change", authority=authority)
    story.accepts_invitation("new_authority")
    story.people["authority"].is_signed_out(f"/entidades/{story.code}")
    story.days(1)
    assert story.open_steps() == ["plan_training"], "there is no register to confirm yet"
    paths.trains(story)
    story.does("sip", "review_training")
    story.page("new_authority").says("Etapa 4 de 7")


@pytest.mark.nightly
def test_a_sleeping_entity_is_called_and_written_to_three_times(begin: Begin) -> None:
    story = begin("E00380")
    story.starts()
    for letter in range(1, 4):
        for call in range(1, 4):
            story.waits_for("call_entity")
            assert story.notified("call_entity") == {SIP}
            story.does("sip", "call_entity", "not_reached")
            assert ("call_entity" in story.open_steps()) is False, f"call {call} of letter {letter}"
        story.does("sip", "draft_letter")
        assert story.notified("sign_letter") == {SIP}, "the Despacho gets a weekly summary"
        paper = story.page("sip", "archivos").links("/archivos/")[0]
        assert story.people["sip"].download(paper).startswith(b"%PDF-")
        story.does("secretary", "sign_letter")
    story.waits_for("sign_control_notice")
    story.does("secretary", "sign_control_notice")
    story.days(60)
    assert story.open_steps() == ["designate_administrator"], "nobody is called any more"
    story.page().says("Etapa 1 de 7")
    history = story.history()
    assert history.count("Se emitió el documento: Oficio de reiteración") == 3
    assert any("Comunicado al órgano de control" in line for line in history)
    story.activates(story.new_code())
    paths.designates(story)
    assert story.open_steps() == ["record_reception"], "the obligation goes on"
