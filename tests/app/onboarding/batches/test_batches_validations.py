"""*Convalidar etapa* for many: the effects of a file of today's state, its gaps and repetitions."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import files
from app.base.models import Entity, FileUse, PostHolder, ProcessInstance, Register
from app.cases import processes
from app.onboarding.batches import VALIDATIONS
from app.onboarding.batches.kinds.validating import other_sheets
from app.people import access
from forms.fields.personnel import COLUMNS as PERSONNEL
from forms.fields.tables import Unreadable
from tests.app.onboarding.batches.batched import (
    confirm,
    confirm_by_two,
    entities,
    plans_of,
    rows_of,
)
from tests.app.onboarding.batches.brought_state import (
    NEW,
    POST,
    POST_HEADINGS,
    WHY,
    bring_state,
    ground,
    roster,
    state,
    workbook,
)
from tests.app.together import killed, together
from tests.app.walk import CODE, Walk, sample_pdf
from tests.robot.browsing import openable

pytestmark = pytest.mark.nightly

TICKED = "/entidades/lotes/elegidas/convalidacion"
LIST = f"{TICKED}/todas"
SENT = {"enviado": "1"}
STAGES = ("designation induction training demo_test resubmission production interest_acts").split()


def onboarding(walk: Walk, code: str = CODE) -> ProcessInstance:
    """Return the entity's onboarding."""
    entity = walk.one(select(Entity).where(Entity.code == code))
    query = select(ProcessInstance).where(
        ProcessInstance.entity_id == entity.id, ProcessInstance.process == "onboarding"
    )
    return walk.one(query)


def read(walk: Walk, name: str) -> Any:
    """Return a record of the walk's entity."""
    return walk.record(name, onboarding(walk).id)


def confirm_alone(walk: Walk, place: str, count: int) -> str:
    """Confirm a batch whose stages the SIP reviews. Return its page."""
    return confirm(walk.browser("sip"), place, count)


# By a file --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 8))
def test_an_entity_starts_and_reaches_its_stage_and_can_continue(walk: Walk, number: int):
    content = workbook(state(stage=str(number)), personnel=roster(), posts=[[CODE, *POST]])
    place = bring_state(walk, content)
    ((plan, sentence),) = plans_of(walk, place)
    assert plan == "do", sentence
    assert sentence.startswith("Se inicia y se convalida: ")
    others = number > STAGES.index("demo_test")
    assert ("Hay etapas que revisa la SGTD" in walk.browser("sip").get(place).text) == others
    assert sentence.endswith("La implementación termina.") == (number == 7)
    page = (confirm_by_two if others else confirm_alone)(walk, place, 1)
    assert "Se inició y se convalidó" in page, page
    assert (WHY in page, f"{place}/sustento.pdf" in page) == (True, True)
    answer = walk.browser("sgtd").get(f"{place}/sustento.pdf", buffered=True)
    assert answer.data == sample_pdf()
    row = onboarding(walk)
    assert list(row.validated) == STAGES[:number]
    assert all(one["reason"] == f"{WHY} (Oficio 0123-2026)" for one in row.validated.values())
    assert (row.status, row.stage) == (
        ("ended", "") if number == 7 else ("running", STAGES[number])
    )
    assert number == 7 or walk.open_steps(row.id)
    assert walk.all(select(PostHolder.post).where(PostHolder.decides)) == (
        ["Alcaldesa"] if number == 7 else []
    )
    walk.assert_consistent(row.id)
    assert walk.incidents() == []


def test_a_row_stores_people_accounts_roster_registers_and_the_day_of_going_live(walk: Walk):
    content = workbook(state(stage="Puesta en producción"), personnel=roster())
    confirm_by_two(walk, bring_state(walk, content), 1)
    for role, number in (
        ("preparer", "00000704"),
        ("administrator", "00000702"),
        ("alternate", "00000703"),
        ("operator", "00000705"),
    ):
        assert walk.has_role(number, role), role
    assert read(walk, "authority")["document_number"] == "00000701"
    assert len(read(walk, "roster")) == 2
    assert read(walk, "production")["go_live_on"] == "2026-01-05"
    assert sum(read(walk, "production_register")["people"].values()) == 2
    kinds = walk.all(select(Register.environment))
    assert sorted(kinds) == ["demo", "production"]
    uses = walk.all(select(FileUse).where(FileUse.paper == "validation_ground"))
    assert [files.title_of(use) for use in uses] == ["Sustento de convalidación"]
    assert onboarding(walk).validated["production"]["document"] == uses[0].id
    answer = walk.browser("sip").get(f"/archivos/{uses[0].id}")
    answer.close()  # a sent file stays open until then
    assert answer.status_code == 200


def test_missing_data_is_reported_and_nothing_starts(walk: Walk):
    bare = {"code": CODE, "stage": "6"}
    place = bring_state(walk, workbook(bare))
    ((plan, sentence),) = plans_of(walk, place)
    assert plan == "refused"
    assert sentence.startswith("Falta o está mal: Datos de la entidad: Escribe el RUC")
    assert sentence.endswith("datos más, que están en el informe.")
    more = int(sentence.split("Y faltan ")[1].split(" ")[0])
    report = walk.browser("sip").get(f"{place}/informe.csv").text
    assert "en el informe" not in report
    assert report.count("Escribe") + report.count("Elige") >= more
    assert "conocimientos de informática" in report
    answer = walk.browser("sip").post(f"{place}/confirmar", data={"cuantas": 1})
    assert answer.status_code == 422
    assert walk.all(select(ProcessInstance)) == []


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"stage": ""}, "Falta la etapa cumplida"),
        ({"stage": "8"}, "de 1 a 7"),
        ({"stage": "Mudanza"}, "de 1 a 7"),
        ({"ruc": "20131312950"}, "RUC"),
        ({"administrator_document_number": "12"}, "Administrador titular: "),
        ({"alternate_document_number": "00000702"}, "otra persona"),
        ({"administrator_informatics_how": ""}, "conocimientos de informática"),
        ({"preparer_email": ""}, "Responsable de la designación: Escribe el correo"),
        ({"code": "E99999"}, "No hay ninguna entidad"),
        ({"stage": "6", "go_live_on": "31/02/2026"}, "día/mes/año"),
        ({"stage": "6", "officer_email": ""}, "Oficial de Datos Personales: Escribe el correo"),
    ],
)
def test_a_wrong_row_has_a_reason_and_the_others_are_done(
    walk: Walk, changed: dict[str, str], sentence: str
):
    entities(walk, 2)
    rows = [state() | changed, state("E90002", administrator_document_number="00000802")]
    place = bring_state(walk, workbook(*rows, personnel=[*roster(), *roster("E90002", "00000805")]))
    wrong, good = rows_of(walk, place)
    assert (wrong.plan, good.plan) == ("refused", "do"), good.message
    assert sentence in wrong.message
    confirm_by_two(walk, place, 1)
    assert onboarding(walk, "E90002").stage == "resubmission"


def test_personnel_without_operators_names_its_entity(walk: Walk):
    place = bring_state(walk, workbook(state(), personnel=roster()[:1]))
    ((plan, sentence),) = plans_of(walk, place)
    assert plan == "refused"
    assert "Falta al menos un operador de alta" in sentence


def test_an_entity_under_way_continues_from_its_stage(walk: Walk):
    instance = walk.begin_at("training")
    place = bring_state(walk, workbook({"code": CODE, "stage": "4"}))
    assert plans_of(walk, place) == [
        ("do", "Se convalida: Capacitación del personal y Prueba en el ambiente demo.")
    ]
    confirm_by_two(walk, place, 1)
    assert walk.row(instance).stage == "resubmission"
    walk.assert_consistent(instance)


def test_a_repeated_file_and_a_completed_stage_change_nothing(walk: Walk):
    content, client = workbook(state(), personnel=roster()), walk.browser("sip")
    place = bring_state(walk, content)
    confirm_by_two(walk, place, 1)
    (row,) = rows_of(walk, place)
    for text in (client.get(place).text, client.get(f"{place}/informe.csv").text, str(row.data)):
        assert "0000070" not in text, "document numbers are neither shown nor stored in the batch"
    before = walk.log(onboarding(walk).id)
    assert [plan for plan, _ in plans_of(walk, bring_state(walk, content))] == ["same"]
    again = bring_state(walk, workbook(state(stage="2"), personnel=roster()))
    assert plans_of(walk, again) == [("same", "Ya cumplió esa etapa.")]
    assert walk.log(onboarding(walk).id) == before


def test_a_row_that_fails_halfway_is_rolled_back(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    real = processes.validate_stage

    def fails(session, instance_id, stage, **others):
        if stage == "demo_test":
            raise processes.Refused("No se puede por la prueba.")
        real(session, instance_id, stage, **others)

    monkeypatch.setattr(processes, "validate_stage", fails)
    place = bring_state(walk, workbook(state(), personnel=roster()))
    assert "No se puede por la prueba." in confirm_by_two(walk, place, 1)
    assert walk.all(select(ProcessInstance)) == []
    assert walk.read(access.find_person, "DNI", "00000702") is None


def test_a_killed_import_continues_where_it_stopped(walk: Walk):
    entities(walk, 2)
    rows = [
        state(stage="3"),
        state("E90002", stage="3", administrator_document_number="00000802"),
    ]
    people = [*roster(), *roster("E90002", "00000805")]
    place = bring_state(walk, workbook(*rows, personnel=people))
    client = walk.browser("sip")
    killed(
        walk.app,
        lambda: client.post(f"{place}/confirmar", data={"cuantas": 2}),
        "before_commit",
        number=3,
    )
    client.post(f"{place}/seguir")
    assert [row.result for row in rows_of(walk, place)] == ["done", "done"]
    assert [onboarding(walk, code).stage for code in (CODE, "E90002")] == ["demo_test"] * 2


@pytest.mark.postgresql
def test_two_files_for_one_entity_at_once_validate_it_once(walk: Walk):
    one = bring_state(walk, workbook(state(stage="3"), personnel=roster()))
    two = bring_state(walk, workbook(state(reference="Oficio 2", stage="3"), personnel=roster()))
    first, second = walk.browser("sip"), walk.browser("sip")
    together(
        lambda: first.post(f"{one}/confirmar", data={"cuantas": 1}),
        lambda: second.post(f"{two}/confirmar", data={"cuantas": 1}),
    )
    results = sorted(rows_of(walk, place)[0].result for place in (one, two))
    assert results in (["done", "same"], ["done", "refused"])
    row = onboarding(walk)
    assert walk.log(row.id).count("stage.validated") == 3
    walk.assert_consistent(row.id)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"reason": ""}, "Escribe el motivo"),
        ({"document": (b"", "")}, "Sube el documento"),
        ({"document": (b"no es", "a.pdf")}, "no es un PDF"),
    ],
)
def test_reason_and_document_are_required(walk: Walk, fields: dict[str, Any], sentence: str):
    # The client closes the files that it sends, so each test opens its own file.
    fields = {name: openable(value) for name, value in fields.items()}
    data = {"file": (io.BytesIO(workbook(state())), "estado.xlsx")} | ground() | fields
    answer = walk.browser("sip").post(NEW, data=data)
    assert answer.status_code == 422
    assert sentence in answer.text


def test_the_template_has_all_sheets(walk: Walk):
    content = walk.browser("sip").get(f"{NEW}/plantilla.xlsx").data
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert {"Entidades", "Personal", "Cargos"} <= set(book.sheet_names)
    for sheet, headings in (
        ("Personal", ["Código", *(column.label for column in PERSONNEL)]),
        ("Cargos", ["Código", *POST_HEADINGS]),
    ):
        assert book.get_sheet_by_name(sheet).to_python()[0] == headings
    assert other_sheets.read(content) == {}


def test_columns_of_posts_are_found_by_name():
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        page = book.add_worksheet("Cargos")
        page.write_row(0, 0, ["Fundamento", "Código", *reversed(POST_HEADINGS[3:]), "Cargo"])
        page.write_row(1, 0, [POST[2], CODE, *reversed(POST[3:]), POST[0]])
    expected = "\t".join([POST[0], "", *POST[2:]])
    assert other_sheets.read(target.getvalue()) == {CODE: {"posts": expected}}


def test_a_sheet_that_is_missing_or_holds_no_person_is_reported():
    assert other_sheets.read(workbook(state())) == {}
    with pytest.raises(Unreadable, match="Hoja «Personal», entidad E90001: No encontramos"):
        other_sheets.read(workbook(state(), personnel=[[CODE, ""]]))


# By a list --------------------------------------------------------------------------------------


def test_all_that_match_a_filter_are_validated_with_their_records(walk: Walk):
    here, there = walk.begin_at("training"), walk.begin_at("demo_test", "E90003")
    walk.begin(code="E90004")
    client = walk.browser("sip")
    chosen = {"acto": "convalidacion", "todas": "1"}
    page = client.post("/entidades/lotes/elegidas?q=ejemplo&estado=todos", data=chosen).text
    assert f'action="{LIST}?q=ejemplo&amp;estado=todos"' in page
    assert "3\xa0entidades elegidas" in page
    answer = client.post(
        f"{LIST}?q=ejemplo&estado=todos", data=SENT | {"stage": "demo_test"} | ground()
    )
    assert answer.status_code == 303, answer.text
    plans = plans_of(walk, answer.location)
    assert [plan for plan, _ in plans] == ["do", "do", "refused"]
    assert "Escribe el RUC" in plans[2][1]
    confirm_by_two(walk, answer.location, 2)
    assert walk.row(here).stage == walk.row(there).stage == "resubmission"
    assert walk.row(here).validated["demo_test"]["reason"] == WHY


def test_a_batch_is_not_confirmed_past_its_proposal(walk: Walk):
    place = bring_state(walk, workbook(state(), personnel=roster()))
    confirm(walk.browser("sip"), place, 1)
    answer = walk.browser("sgtd").post(f"{place}/confirmar", data={"cuantas": 1})
    assert answer.location.startswith("/propuestas/")
    assert walk.all(select(ProcessInstance)) == []
    walk.browser("sgtd").post(answer.location, data={"answer": "confirm"})
    page = walk.browser("sip").get(place).text
    assert ("Persona Ejemplo 021" in page, "Persona Ejemplo 022" in page) == (True, True)


def test_only_ticked_entities_are_validated(walk: Walk):
    here, there = walk.begin_at("training"), walk.begin_at("training", "E90003")
    client = walk.browser("sip")
    page = client.post(TICKED, data={"codigo": ["E90003"]}).text
    assert "1\xa0entidad elegida" in page
    assert 'name="codigo" value="E90003"' in page
    data = SENT | {"codigo": ["E90003"], "stage": "training"} | ground()
    answer = client.post(TICKED, data=data)
    confirm(client, answer.location, 1)
    assert (walk.row(here).stage, walk.row(there).stage) == ("training", "demo_test")


def test_nothing_ticked_and_an_unknown_filter_choose_no_entity(begun: Walk):
    client = begun.browser("sip")
    assert client.post(f"{TICKED}?q=ejemplo", data={}).status_code == 303
    assert client.get(f"{LIST}?nivel=galactico").status_code == 303
    wrong = client.post(LIST, data=SENT | {"stage": "mudanza"} | ground())
    assert wrong.status_code == 422
    assert "Todavía no hay lotes" in client.get("/entidades/lotes").text


def test_the_whole_catalogue_is_judged_without_blocking_others(
    walk: Walk, monkeypatch: pytest.MonkeyPatch
):
    known = entities(walk, 2200)
    for code in known[1:30]:
        walk.begin(code=code)  # so that they have no more data than the others
    judge = VALIDATIONS.judge
    queries: list[str] = []

    def judging(session: Session, *given: Any) -> Any:
        with walk.writing() as other:  # SQLite lets one in at a time
            other.scalars(select(Entity).where(Entity.code == known[0])).one().acronym = "X"
        with walk.statements() as sent:
            plans = judge(session, *given)
        queries.extend(sent)
        return plans

    monkeypatch.setattr(VALIDATIONS, "judge", judging)
    answer = walk.browser("sip").post(
        f"{LIST}?estado=todos", data=SENT | {"stage": "designation"} | ground()
    )
    assert answer.status_code == 303, answer.text
    plans = plans_of(walk, answer.location)
    assert len(plans) >= 2200
    assert {plan for plan, _ in plans} == {"refused"}
    assert len(queries) < 60, "no query per entity"


def test_more_rows_than_a_dry_run_takes_are_refused(walk: Walk, monkeypatch: pytest.MonkeyPatch):
    entities(walk, 3)
    monkeypatch.setattr(VALIDATIONS, "most", 2)
    client = walk.browser("sip")
    answer = client.get(f"{LIST}?estado=todos", follow_redirects=True)
    assert "Son 3 y se revisan hasta 2 a la vez" in answer.text
    rows = [state(), state("E90002"), state("E90003")]
    data = {"file": (io.BytesIO(workbook(*rows)), "estado.xlsx")} | ground()
    answer = client.post(NEW, data=data)
    assert answer.status_code == 422
    assert "se leen hasta 2 filas" in answer.text
