"""Lists of proclaimed authorities: what a list begins, and what its rows are refused for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from app.base.models import BatchRow, Entity, ProcessInstance
from app.cases import records
from app.cases.records import mandate
from app.onboarding import batches
from app.onboarding.batches.kind import Refused
from app.onboarding.tasks.loading import TaskPage
from app.people import access
from forms.records import Proclaimed
from forms.shapes.decision_makers import invented_posts
from tests.app import cast
from tests.app.onboarding.batches.batched import bring, confirm, text
from tests.app.onboarding.mandates.ended import (
    ENDS,
    LAST_DAY,
    MONDAY,
    NEW_YEAR,
    OTHER,
    Ended,
    continuing,
    day,
)
from tests.app.walk import CODE, Walk
from tests.conftest import Clock

pytestmark = pytest.mark.nightly

NEW = "/entidades/lotes/nuevo/proclamados"
SOURCE = "Lista de ejemplo del 15/12/2026"
HEADINGS = ("Código", "Nombres", "Apellidos", "Cargo")
STEP = "register_authority_change"
NAMED = {"given_names": "Rosa Persona", "surnames": "Ejemplo", "post": "Alcaldesa"}


@pytest.fixture
def ended(walk: Walk, clock: Clock) -> Ended:
    """Return two entities whose mandate ends this month."""
    return Ended(walk, clock)


def check(ended: Ended, *rows: tuple[str, dict[str, str]], ends_on: date = ENDS) -> int:
    """Store the dry run of a list: code and changed names of each row. Return its number."""
    with ended.writing() as session:
        known = {one.code: one for one in session.scalars(select(Entity))}
        chosen = [(known[code], NAMED | changed) for code, changed in rows or ((CODE, {}),)]
        data = {"source": SOURCE, "ends_on": ends_on.isoformat()}
        by = ended.people["sip"]
        dry_run = batches.check_rows(session, batches.PROCLAIMED, chosen, by, data)
        return batches.store(session, dry_run).id


def rows_of(ended: Ended, number: int) -> list[BatchRow]:
    """Return the rows of a batch."""
    query = select(BatchRow).where(BatchRow.batch_id == number).order_by(BatchRow.number)
    return ended.all(query)


def plan(ended: Ended, code: str = CODE, /, ends_on: date = ENDS, **changed: str) -> list[str]:
    """Return plan and message of the only row of a list."""
    (row,) = rows_of(ended, check(ended, (code, changed), ends_on=ends_on))
    return [row.plan, row.message]


def begin(ended: Ended, **changed: str) -> None:
    """Confirm a list, and let the worker do it on New Year's Day."""
    ended.confirm(check(ended, (CODE, changed)))
    work(ended)


def work(ended: Ended) -> None:
    """Let the worker do what is due on New Year's Day."""
    ended.clock.set(NEW_YEAR)
    with ended.app.app_context():
        ended.work()


def filled(ended: Ended, change: int) -> dict[str, str]:
    """Return what the step of a change is filled with."""
    with ended.reading() as session:
        task = ended.find(session, STEP, change)
        user = access.find_person(session, "DNI", "40000011")
        return dict(TaskPage.of(session, task.id, user).pairs)


def authority_of(ended: Ended) -> dict[str, Any]:
    """Return the recorded authority of the first entity."""
    with ended.reading() as session:
        entity = cast.entity_of(session)
        return dict(records.of_entities(session, "authority", [entity.id])[entity.id])


# What a list begins -----------------------------------------------------------------------------


def test_an_uploaded_list_begins_a_change_whose_step_names_the_proclaimed_person(ended: Ended):
    client = ended.browser("sip")
    content = text([CODE, *NAMED.values()], ["E99999", *NAMED.values()], headings=HEADINGS)
    place = bring(client, content, "lista.csv", NEW, source=SOURCE, from_on="01/01/2027")
    page = client.get(place).text
    assert "Rosa Persona Ejemplo (Alcaldesa)" in page
    assert "No hay ninguna entidad con el código E99999" in page
    assert "el cambio de autoridad de 1\xa0entidad." in page
    assert "El lote empieza solo el 1 de enero de 2027" in confirm(client, place, 1)
    ended.clock.set(LAST_DAY)
    with ended.app.app_context():
        ended.work()
    assert ended.changes() == {}
    work(ended)
    (change,) = ended.changes().values()
    assert filled(ended, change) == {
        "authority-document_type": "DNI",
        "authority-given_names": "Rosa Persona",
        "authority-surnames": "Ejemplo",
        "authority-post": "Alcaldesa",
        "authority-since_on": "01/01/2027",
    }
    (ticket,) = ended.tickets()
    assert day(ticket.valid_from_at) == day(MONDAY)
    assert ended.code_of() in ended.mails("authority_code")[-1].body
    ended.clock.set(MONDAY)
    task = ended.task(STEP, change)
    page = ended.browser("preparer").get(f"/tareas/{task.id}/respuesta").text
    assert "Persona proclamada" in page
    assert 'value="Rosa Persona"' in page
    assert SOURCE in page


def test_a_plan_and_a_list_of_the_same_day_begin_each_change_once(ended: Ended):
    numbers = (
        ended.freeze(CODE),
        check(ended, (CODE, {}), (OTHER, {"given_names": "Luis Persona"})),
        ended.freeze(OTHER),
    )
    for batch in numbers:
        ended.confirm(batch)
    work(ended)
    changes = ended.changes()
    assert set(changes) == {CODE, OTHER}
    assert filled(ended, changes[CODE])["authority-given_names"] == "Rosa Persona"
    assert [(one.result, one.message) for one in rows_of(ended, numbers[1])] == [
        ("done", "Se agregó a su cambio de autoridad el nombre de Rosa Persona Ejemplo."),
        ("done", "Comenzó. Su código va a mesadepartes.e90003@example.pe."),
    ]
    assert rows_of(ended, numbers[2])[0].result == "same"
    page = ended.browser("sip").get(f"/entidades/{CODE}/historial").text
    assert "quién será la autoridad, desde el 1 de enero de 2027" in page


def test_an_open_change_gets_the_name_and_no_second_one_begins(ended: Ended):
    change = ended.begin("change_authority", CODE)
    assert "se le agrega el nombre" in plan(ended)[1]
    begin(ended)
    assert ended.changes() == {CODE: change}
    assert [one.instance_id for one in ended.ends() if one.instance_id] == [change]
    assert ended.code_of()
    assert filled(ended, change)["authority-given_names"] == "Rosa Persona"


def test_a_corrected_list_replaces_the_name_and_begins_nothing_again(ended: Ended):
    begin(ended)
    assert plan(ended) == ["same", "Su cambio de autoridad ya comenzó, con este nombre."]
    begin(ended, given_names="Rosalía Persona")
    assert filled(ended, ended.changes()[CODE])["authority-given_names"] == "Rosalía Persona"


def test_who_was_re_elected_has_a_new_period_and_no_change(ended: Ended):
    before = authority_of(ended)
    names = {name: before[name] for name in ("given_names", "surnames")}
    documents = {name: before[name] for name in ("document_type", "document_number")}
    mayor = invented_posts()[0] | documents | names
    with ended.writing() as session:
        entity = cast.entity_of(session)
        mandate.write_list(session, entity, [mayor])
    ended.open_production()
    number = check(ended, (CODE, names))
    assert rows_of(ended, number)[0].message.startswith("Fue reelegida")
    other = ended.freeze(CODE)
    ended.confirm(number)
    ended.confirm(other)
    work(ended)
    assert ended.changes() == {}
    upkeep = ended.one(select(ProcessInstance.id).where(ProcessInstance.process == "upkeep"))
    assert ended.open_steps(upkeep) == ["confirm_register"]
    assert authority_of(ended) == before | {"since_on": "2027-01-01"}
    assert [one.message for one in rows_of(ended, other)] == ["Ya registró a su nueva autoridad."]
    page = ended.browser("sip").get(f"/entidades/{CODE}/historial").text
    assert "La autoridad fue reelegida: su periodo empieza el 1 de enero de 2027" in page
    with ended.reading() as session:
        entity = cast.entity_of(session)
        posts = records.of_entities(session, "decision_makers", [entity.id])[entity.id]
    assert [(post["from_on"], post["to_on"]) for post in posts] == [
        (mayor["from_on"], "2026-12-31"),
        ("2027-01-01", ""),
    ]


def test_a_name_for_a_period_that_has_not_begun_fills_no_step(ended: Ended):
    change = ended.begin("change_authority", CODE)
    with ended.writing() as session:
        said: Proclaimed = {**NAMED, "from_on": "2027-01-01", "source": SOURCE}  # type: ignore[typeddict-item]
        mandate.proclaim(session, cast.entity_of(session), said, None)
    assert filled(ended, change) == {}
    ended.clock.set(NEW_YEAR)
    assert filled(ended, change)["authority-given_names"] == "Rosa Persona"


# What rows are refused for ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"given_names": ""}, "nombres"),
        ({"surnames": "QU1SPE"}, "letras"),
        ({"post": "Q" * 151}, "150"),
    ],
)
def test_a_row_that_the_step_would_refuse_is_refused(changed: dict[str, str], sentence: str):
    assert batches.PROCLAIMED.read(NAMED) == NAMED
    with pytest.raises(Refused, match=sentence):
        batches.PROCLAIMED.read(NAMED | changed)


def test_rows_that_contradict_what_is_recorded_are_refused_or_not_needed(ended: Ended):
    assert plan(ended, ends_on=date(2026, 5, 31)) == [
        "refused",
        "Según la tabla de mandatos, el suyo no termina el 31 de mayo de 2026.",
    ]
    with ended.writing() as session:
        one, other = ended.entities(session, [CODE, OTHER])
        other.ubigeo = "150122"
        session.add(continuing(other.kind, "150122"))
        mandate.renew(session, one, date(2027, 1, 1), None)
        cast.entity(session, "E90009", ubigeo="150101", kind="municipalidad_provincial")
    before = authority_of(ended)
    names = {name: before[name] for name in ("given_names", "surnames")}
    assert plan(ended, **names) == ["same", "Ya figura en el cargo desde el 1 de enero de 2027."]
    found = plan(ended)
    assert found[0] == "refused"
    assert f"es {names['given_names']} {names['surnames']}" in found[1]
    assert plan(ended, OTHER) == [
        "refused",
        "Su autoridad continúa hasta el 30 de junio de 2027 (Resolución de ejemplo).",
    ]
    assert plan(ended, "E90009") == [
        "refused",
        "Todavía no tiene una autoridad registrada: la dirá su designación.",
    ]
    with ended.writing() as session:
        ended.entities(session, [CODE])[0].active = False
    assert plan(ended) == ["refused", "La entidad está desactivada en el catálogo."]
