"""Lists of proclaimed authorities: what a list begins, and what its rows are refused for."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select

from app.base.models import Batch, ProcessInstance
from app.cases import records
from app.cases.records import mandate
from app.onboarding import batches
from app.onboarding.tasks.loading import TaskPage
from app.people import access
from forms.records import Proclaimed
from forms.shapes.decision_makers import invented_posts
from tests.app import cast
from tests.app.onboarding.batches.batched import bring, confirm
from tests.app.onboarding.batches.proclaimed_lists import (
    HEADINGS,
    MIRAFLORES,
    NEW,
    SAN_ISIDRO,
    SOURCE,
    authority_of,
    check,
    listed,
    midnight,
    name_of,
    place_districts,
    plans,
    row,
    rows_of,
    workbook,
)
from tests.app.onboarding.mandates.ended import (
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

STEP, REVIEW = "register_authority_change", "review_authority_change"


@pytest.fixture
def ended(walk: Walk, clock: Clock) -> Ended:
    """Return two districts whose mandate ends this month."""
    found = Ended(walk, clock)
    place_districts(found)
    return found


def begin(ended: Ended, *rows: list[str]) -> int:
    """Confirm a list, and let the worker do it on New Year's Day. Return its number."""
    number = check(ended, listed(*rows))
    ended.confirm(number)
    work(ended)
    return number


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


def instance_of(ended: Ended, process: str) -> int:
    """Return the only instance of a process."""
    query = select(ProcessInstance.id).where(ProcessInstance.process == process)
    return ended.one(query)


# What a list begins -----------------------------------------------------------------------------


def test_an_uploaded_list_begins_a_change_whose_step_names_the_proclaimed_person(ended: Ended):
    client = ended.browser("sip")
    place = bring(client, listed(row()), "lista.csv", NEW, source=SOURCE)
    page = client.get(place).text
    assert "Rosa Persona De la Cruz Ejemplo (Alcalde distrital), del 1 de enero de 2027" in page
    assert "el cambio de autoridad de 1\xa0entidad." in page
    assert "El lote empieza solo el 1 de enero de 2027" in confirm(client, place, 1)
    ended.clock.set(LAST_DAY)
    with ended.app.app_context():
        ended.work()
    assert ended.changes() == {}
    work(ended)
    change = ended.changes()[CODE]
    (ticket,) = ended.tickets()
    assert day(ticket.valid_from_at) == day(MONDAY)
    assert ended.code_of() in ended.mails("authority_code")[-1].body
    ended.clock.set(MONDAY)
    task = ended.task(STEP, change)
    page = ended.browser("preparer").get(f"/tareas/{task.id}/respuesta").text
    assert "Persona proclamada" in page
    assert 'value="Rosa Persona"' in page
    assert SOURCE in page


def test_the_step_is_filled_with_names_and_period_and_without_a_document(ended: Ended):
    begin(ended, row())
    assert filled(ended, ended.changes()[CODE]) == {
        "authority-document_type": "DNI",
        "authority-given_names": "Rosa Persona",
        "authority-surnames": "De la Cruz Ejemplo",
        "authority-post": "Alcalde distrital",
        "authority-since_on": "01/01/2027",
    }


def test_a_change_that_no_list_named_is_filled_with_nothing(ended: Ended):
    ended.begin_year()
    assert filled(ended, ended.changes()[CODE]) == {}


def test_a_plan_and_a_list_of_the_same_day_begin_each_change_once(ended: Ended):
    plan = ended.freeze(CODE)
    number = check(ended, listed(row(), row(SAN_ISIDRO, given="LUIS PERSONA")))
    later = ended.freeze(OTHER)
    for batch in (plan, number, later):
        ended.confirm(batch)
    work(ended)
    changes = ended.changes()
    assert set(changes) == {CODE, OTHER}
    assert filled(ended, changes[CODE])["authority-given_names"] == "Rosa Persona"
    assert [(one.result, one.message) for one in rows_of(ended, number)] == [
        (
            "done",
            "Se agregó a su cambio de autoridad el nombre de Rosa Persona De la Cruz Ejemplo.",
        ),
        ("done", "Comenzó. Su código va a mesadepartes.e90003@example.pe."),
    ]
    assert rows_of(ended, later)[0].result == "same"
    page = ended.browser("sip").get(f"/entidades/{CODE}/historial").text
    assert "quién será la autoridad, del 1 de enero de 2027 al 31 de diciembre de 2030" in page


def test_a_list_adopts_a_change_that_is_open_already(ended: Ended):
    change = ended.begin("change_authority", CODE)
    begin(ended, row())
    assert ended.changes() == {CODE: change}
    (end,) = [one for one in ended.ends() if one.instance_id is not None]
    assert end.instance_id == change
    assert ended.code_of()
    assert filled(ended, change)["authority-given_names"] == "Rosa Persona"


def test_a_corrected_list_replaces_the_name_and_begins_nothing_again(ended: Ended):
    begin(ended, row())
    assert plans(ended, row(party="OTRO")) == [
        ("same", "Su cambio de autoridad ya comenzó, con este nombre.")
    ]
    number = check(ended, listed(row(given="ROSALÍA PERSONA")))
    ended.confirm(number)
    work(ended)
    change = ended.changes()[CODE]
    assert filled(ended, change)["authority-given_names"] == "Rosalía Persona"


def test_who_was_re_elected_has_a_new_period_and_no_change(ended: Ended):
    before = authority_of(ended)
    mayor = invented_posts()[0] | {
        name: before[name]
        for name in ("document_type", "document_number", "given_names", "surnames")
    }
    with ended.writing() as session:
        entity = cast.entity_of(session)
        mandate.write_list(session, entity, [mayor])
    ended.open_production()
    number = check(ended, listed(row(**name_of(before))))
    assert rows_of(ended, number)[0].message.startswith("Fue reelegida")
    plan = ended.freeze(CODE)
    ended.confirm(number)
    ended.confirm(plan)
    work(ended)
    assert ended.changes() == {}
    assert ended.open_steps(instance_of(ended, "upkeep")) == ["confirm_register"]
    assert authority_of(ended) == before | {"since_on": "2027-01-01"}
    assert [one.message for one in rows_of(ended, plan)] == ["Ya registró a su nueva autoridad."]
    page = ended.browser("sip").get(f"/entidades/{CODE}/historial").text
    assert "La autoridad fue reelegida: su periodo empieza el 1 de enero de 2027" in page
    with ended.reading() as session:
        entity = cast.entity_of(session)
        posts = records.of_entities(session, "decision_makers", [entity.id])[entity.id]
    assert [(post["from_on"], post["to_on"]) for post in posts] == [
        (mayor["from_on"], "2026-12-31"),
        ("2027-01-01", ""),
    ]


# What rows are refused for ----------------------------------------------------------------------


WRONG_PLACES = (
    ({"ubigeo": "990101", "district": ""}, "No conocemos el ubigeo 990101"),
    ({"ubigeo": "150101"}, "es de Iquitos, Maynas, Loreto, y la fila dice Miraflores, Lima"),
    ({"ubigeo": "", "district": ""}, "Falta el ubigeo"),
    ({"ubigeo": "140122", "district": ""}, "no hay una municipalidad distrital de"),
    ({"post": ""}, "Falta el cargo"),
)


def test_a_row_of_a_wrong_place_is_refused_and_does_not_stop_the_others(ended: Ended):
    wrong = [row(**changed) for changed, _ in WRONG_PLACES]
    found = plans(ended, *wrong, row(), row(), row(SAN_ISIDRO, first="QU1SPE"))
    for (plan, message), (_, sentence) in zip(found, WRONG_PLACES, strict=False):
        assert plan == "refused"
        assert sentence in message
    assert [plan for plan, _ in found[len(wrong) :]] == ["do", "refused", "refused"]
    assert found[-2][1] == "Repite la entidad de la fila 7."
    assert "No se entienden los apellidos" in found[-1][1]


def test_a_row_of_another_period_than_the_mandate_is_refused(ended: Ended):
    assert plans(ended, row(to="31/12/2028")) == [
        (
            "refused",
            "El periodo de la lista termina el 31 de diciembre de 2028; según la tabla de "
            "mandatos, el 31 de diciembre de 2030.",
        )
    ]
    later, _ = plans(ended, row(**{"from": "01/12/2026"}), row(SAN_ISIDRO))
    assert later[0] == "refused"
    assert "va en otro archivo" in later[1]


def test_a_list_of_another_day_is_refused_row_by_row(ended: Ended):
    days = {"from": "01/06/2026", "to": "31/12/2026"}
    assert plans(ended, row(**days))[0][0] == "refused"
    assert "no termina el 31 de mayo de 2026" in plans(ended, row(**days))[0][1]


def test_two_mayors_of_one_district_are_both_refused_by_name(ended: Ended):
    rows = (row(), row(given="LUIS PERSONA"), row(SAN_ISIDRO))
    one, two, other = plans(ended, *rows)
    assert one == two
    assert one[0] == "refused"
    assert "Rosa Persona De la Cruz Ejemplo (fila 2)" in one[1]
    assert "Luis Persona De la Cruz Ejemplo (fila 3)" in one[1]
    assert other[0] == "do"
    many = [row(given=given) for given in ("ANA", "LUIS", "ROSA", "JULIA", "RAÚL", "Á" * 300)]
    message = plans(ended, *many)[-1][1]
    assert "(fila 4) y 3\xa0personas más. Deja solo" in message
    assert len(message) < 500


def test_who_is_in_office_already_needs_nothing_and_a_contradiction_is_refused(ended: Ended):
    with ended.writing() as session:
        entity = cast.entity_of(session)
        mandate.renew(session, entity, date(2027, 1, 1), None)
    before = authority_of(ended)
    assert plans(ended, row(**name_of(before))) == [
        ("same", "Ya figura en el cargo desde el 1 de enero de 2027.")
    ]
    ((plan, message),) = plans(ended, row())
    assert plan == "refused"
    assert f"es {before['given_names']} {before['surnames']}" in message


def test_an_open_change_gets_the_name_and_no_second_one_begins(ended: Ended):
    change = ended.begin("change_authority", CODE)
    assert "se le agrega el nombre" in plans(ended, row())[0][1]
    begin(ended, row())
    assert ended.changes() == {CODE: change}
    assert filled(ended, change)["authority-surnames"] == "De la Cruz Ejemplo"


def test_a_name_for_a_period_that_has_not_begun_fills_no_step(ended: Ended):
    change = ended.begin("change_authority", CODE)
    with ended.writing() as session:
        entity = cast.entity_of(session)
        said = Proclaimed(
            given_names="Rosa",
            surnames="Ejemplo",
            post="Alcaldesa",
            from_on="2027-01-01",
            to_on="2030-12-31",
            source=SOURCE,
        )
        mandate.proclaim(session, entity, said, None)
    assert filled(ended, change) == {}
    ended.clock.set(NEW_YEAR)
    assert filled(ended, change)["authority-given_names"] == "Rosa"


def test_a_place_where_the_authority_continues_is_refused_with_the_reason(ended: Ended):
    with ended.writing() as session:
        session.add(continuing("municipalidad_distrital", MIRAFLORES[1]))
    assert plans(ended, row()) == [
        ("refused", "Su autoridad continúa hasta el 30 de junio de 2027 (Resolución de ejemplo).")
    ]


def test_an_entity_without_an_authority_or_inactive_is_refused(ended: Ended):
    with ended.writing() as session:
        cast.entity(session, "E90009", ubigeo="150101", kind="municipalidad_provincial")
        ended.entities(session, [CODE])[0].active = False
    provincial = row(post="ALCALDE PROVINCIAL", ubigeo="140101", district="")
    assert [message for _, message in plans(ended, row(), provincial)] == [
        "La entidad está desactivada en el catálogo.",
        "Todavía no tiene una autoridad registrada: la dirá su designación.",
    ]


# What a list lacks, and what it has besides -----------------------------------------------------


def test_entities_that_a_list_lacks_are_named_and_nothing_begins_for_them(ended: Ended):
    number = begin(ended, row())
    assert set(ended.changes()) == {CODE}
    client = ended.browser("sip")
    page = client.get(f"/entidades/lotes/{number}").text
    assert "El mandato de 1\xa0entidad más termina ese día, y la lista no la nombra" in page
    assert page.count("Municipalidad Distrital de Ejemplo 3") == 1
    report = client.get(f"/entidades/lotes/{number}/informe.csv").text
    assert f",{OTHER},Municipalidad Distrital de Ejemplo 3,No está en el archivo,," in report


def test_other_posts_are_passed_over_and_counted(ended: Ended):
    posts = ("REGIDOR DISTRITAL", "Regidor Distrital", "VICEGOBERNADOR REGIONAL")
    number = check(ended, listed(row(), *(row(post=post, first="") for post in posts)))
    assert len(rows_of(ended, number)) == 1
    page = ended.browser("sip").get(f"/entidades/lotes/{number}").text
    assert "3\xa0filas que no son de este lote" in page
    assert "regidor distrital (2), vicegobernador regional (1)." in page


def test_a_list_without_any_mayor_or_governor_is_refused(ended: Ended):
    content = listed(row(post="REGIDOR DISTRITAL"))
    with pytest.raises(batches.table.Unreadable, match="ninguna fila que corresponda"):
        check(ended, content)


def test_a_workbook_of_the_other_edition_with_days_and_without_codes_is_read(ended: Ended):
    headings = tuple(
        f"TX{name}" if not name.startswith("FE") else name for name in HEADINGS if name != "UBIGEO"
    )
    days = {"from": midnight(date(2027, 1, 1)), "to": midnight(date(2030, 12, 31))}
    number = check(ended, workbook(row(**days)[:-1], headings=headings), "lista.xlsx")
    (found,) = rows_of(ended, number)
    assert (found.plan, found.data["to_on"]) == ("do", "2030-12-31")
    assert ended.get(Batch, number).data["begins_on"] == "2027-01-01"
