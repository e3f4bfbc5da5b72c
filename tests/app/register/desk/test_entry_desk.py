"""Entries at the desk: recorded once, or refused with an error at the field."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from app.base import calendar
from app.base.models import Outage, PostHolder
from app.register.visits import personnel, writing
from tests.app.posted import refused
from tests.app.register.desk.desks import DEMO, DESK, enter, faults, filled, message, rows, value
from tests.app.together import meeting, together
from tests.app.visited import PERSONNEL, SITE, Visited, lima

# Recorded entries -----------------------------------------------------------------------------


def test_an_entry_is_recorded_with_what_the_form_says(visited: Visited):
    represented = {"kind": "private", "entity": "Ficticia S.A.C.", "entity_ruc": "20131370301"}
    answer = enter(visited, filled(represented))
    assert answer.status_code == 303
    [row] = rows(visited)
    assert (row.visitor_name, row.document_type, row.document_number) == (
        "Quispe Inventada Ana",
        "DNI",
        "00000501",
    )
    assert (row.visitor_kind, row.visitor_entity) == ("private", "Ficticia S.A.C.")
    assert row.visitor_entity_ruc == "20131370301"
    assert (row.official_name, row.official_post) == ("Rojas Ejemplo Jorge", "Jefe")
    assert (row.category, row.motive) == ("work", "Coordinación de un convenio")
    assert (row.site, row.place) == (SITE, "Oficina 201")
    assert row.entry_at == calendar.now()
    assert row.recorded_by_id == visited.people["operator"]
    assert answer.location == f"{DESK}?ingreso={row.code}"
    page = visited.browser("operator").get(answer.location)
    assert message(page) == "Ingreso registrado: Quispe Inventada Ana, 08:00."
    assert "Dentro ahora: 1" in page.text


def test_a_visit_on_interests_leads_to_its_act_where_acts_are_recorded(visited: Visited):
    desk = visited.browser("operator")
    for enabled in (False, True):
        with visited.writing() as session:
            visited.register(session).interest_acts_at = calendar.now() if enabled else None
        answer = desk.post(DESK, data=filled(category="interests"))
        code = answer.location.rpartition("=")[2]
        page = desk.get(answer.location).text
        assert f'href="{DESK}/visitas/{code}"' in page
        assert (f'href="{DESK}/actos/nuevo?visita={code}"' in page) is enabled


def test_the_entity_of_a_visitor_who_represents_nobody_is_not_stored(visited: Visited):
    enter(visited, filled({"kind": "self", "entity": "Ficticia", "entity_ruc": "1"}))
    enter(visited, filled({"kind": "private", "entity": "X", "entity_ruc": "10000005016"}))
    stored = [
        (row.visitor_kind, row.visitor_entity, row.visitor_entity_ruc) for row in rows(visited)
    ]
    assert stored == [("self", "", ""), ("private", "X", "10000005016")]


def test_a_group_is_recorded_with_one_form(visited: Visited):
    first = {"kind": "private", "entity": "Ficticia S.A.C."}
    second = {"document_number": "00000502", "given_names": "Luis", "kind": "same"}
    third = {"document_number": "00000503", "given_names": "Rosa", "kind": "self"}
    blank = {"document_number": "", "surnames": "", "given_names": "", "kind": "same"}
    answer = enter(visited, filled(first, second, third, blank))
    found = rows(visited)
    assert [row.visitor_entity for row in found] == ["Ficticia S.A.C.", "Ficticia S.A.C.", ""]
    assert len({row.group_code for row in found}) == 1
    page = visited.browser("operator").get(answer.location)
    assert (
        message(page) == "Ingreso registrado: Quispe Inventada Ana y de 2\xa0personas más, 08:00."
    )


@pytest.mark.nightly
def test_a_row_is_added_and_removed_without_javascript(visited: Visited):
    desk = visited.browser("operator")
    [tag] = [one for one in desk.get(DESK).text.split("<input") if "autofocus" in one]
    assert 'name="visitors-0-document_number"' in tag.partition(">")[0]
    page = desk.post(DESK, data=filled(action="add"))
    assert page.status_code == 200
    assert value(page, "visitors-1-document_number") == ""
    assert value(page, "visitors-0-surnames") == "Quispe Inventada"
    page = desk.post(DESK, data=filled({}, {"given_names": "Luis"}, action="remove:visitors-0"))
    assert value(page, "visitors-0-surnames") is None
    assert value(page, "visitors-1-given_names") == "Luis"
    assert rows(visited) == []


@pytest.mark.nightly
def test_a_group_has_at_most_twenty_visitors(visited: Visited):
    group = [{"document_number": f"000005{n:02}"} for n in range(1, 22)]
    answer = enter(visited, filled(*group))
    assert answer.status_code == 422
    assert "Registra hasta 20 visitantes en un solo envío." in faults(answer).values()
    assert enter(visited, filled(*group[:20])).status_code == 303
    assert len(rows(visited)) == 20
    page = visited.browser("operator").post(DESK, data=filled(*group[:20], action="add"))
    assert value(page, "visitors-20-document_number") is None


# No entry is recorded twice -------------------------------------------------------------------


def test_a_form_that_was_taken_back_and_changed_is_another_visit(visited: Visited):
    data = filled()
    enter(visited, data)
    enter(visited, data | {"visitors-0-document_number": "00000777"})
    assert [row.document_number for row in rows(visited)] == ["00000501", "00000777"]


@pytest.mark.postgresql
def test_a_form_that_is_sent_twice_at_once_is_one_visit(
    visited: Visited, monkeypatch: pytest.MonkeyPatch
):
    # When they write, both have found no earlier submission.
    monkeypatch.setattr(writing, "add_all", meeting(writing.add_all, 2, 1))
    data = filled()
    desks = [visited.browser("operator"), visited.browser("operator2")]
    answers = together(*(lambda d=d: d.post(DESK, data=data) for d in desks))
    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location
    assert len(rows(visited)) == 1


# Refused entries ------------------------------------------------------------------------------

VISITOR = "visitors-0-"
REFUSED = [
    ({VISITOR + "document_number": "1234567"}, VISITOR + "document_number", "8 dígitos"),
    ({VISITOR + "document_number": "123456789"}, VISITOR + "document_number", "verificador"),
    ({VISITOR + "document_number": "00000000"}, VISITOR + "document_number", "solo ceros"),
    ({VISITOR + "surnames": "=HYPERLINK(1)"}, VISITOR + "surnames", "solo letras"),
    ({VISITOR + "kind": "private"}, VISITOR + "entity", "Escribe el nombre de la entidad"),
    (
        {VISITOR + "kind": "private", VISITOR + "entity": "X", VISITOR + "entity_ruc": "123"},
        VISITOR + "entity_ruc",
        "11 dígitos",
    ),
    ({"official": "zzz"}, "official", "Nadie con ese nombre ocupa un cargo ese día"),
    ({"official": "ro"}, "official", "Escribe al menos tres letras"),
    ({"entry_on": "03/03/2026"}, "entry_on", "El ingreso no puede ser después de hoy."),
    ({"entry_hour": "08:01"}, "entry_hour", "El ingreso no puede ser después de ahora."),
    ({"entry_on": "01/03/2026"}, "entry_hour", "Escribe la hora de ingreso de ese día."),
    (
        {"entry_hour": "07:30", "exit_hour": "07:10"},
        "exit_hour",
        "La salida no puede ser antes del ingreso.",
    ),
    (
        {"entry_on": "01/03/2026", "entry_hour": "07:30"},
        "observation",
        "Se registra fuera de tiempo",
    ),
]


@pytest.mark.nightly
def test_an_impossible_value_is_refused_at_its_field(visited: Visited, subtests: pytest.Subtests):
    wrong_length = [("CE", "12345678"), ("PASAPORTE", "X123"), ("PASAPORTE", "X" * 13)]
    document = VISITOR + "document_number"
    for kind, number in wrong_length:
        answer = enter(visited, filled({"document_type": kind, "document_number": number}))
        assert list(refused(answer)) == [document]
    for changed, place, said in REFUSED:
        with subtests.test(said, changed=changed):
            assert said in refused(enter(visited, filled(**changed)))[place]
    assert rows(visited) == []


def test_text_that_looks_dangerous_is_stored_unchanged(visited: Visited):
    for text in ["=HYPERLINK(1)", "+51", "<b>&amp;</b>", "@SUM(A1)", "-1 «ñ» ’"]:
        assert enter(visited, filled(motive=text, place=text)).status_code == 303
        row = rows(visited)[-1]
        assert (row.motive, row.place) == (text, text)


def test_a_document_is_taken_as_it_is_typed_or_scanned(visited: Visited):
    for kind, typed, stored in [
        ("DNI", "10117410-2", "10117410"),
        ("DNI", "101174102", "10117410"),
        ("DNI", " 1011 7410 g", "10117410"),
        ("CE", "ab1234567", "AB1234567"),
        ("PASAPORTE", "xa-12345", "XA12345"),
    ]:
        enter(visited, filled({"document_type": kind, "document_number": typed}))
        row = rows(visited)[-1]
        assert (row.document_type, row.document_number) == (kind, stored)


def test_minors_doubles_and_real_documents_in_a_demo_are_not_stored(visited: Visited):
    answer = enter(visited, filled({"document_type": "MENOR", "given_names": "Inventadita"}))
    assert answer.status_code == 422
    assert "Las personas menores de edad no se registran" in answer.text
    assert f'href="{DESK}/no-registrables"' in answer.text
    assert "Inventadita" not in answer.text
    assert "00000501" not in answer.text
    answer = enter(visited, filled({}, {"given_names": "Luis"}))
    assert faults(answer) == {"visitors-1-document_number": "Este documento ya está en el grupo."}
    group = filled({}, {"document_number": "41234567"})
    answer = visited.browser("operator").post(DEMO, data=group)
    assert list(faults(answer)) == ["visitors-1-document_number"]
    assert "inventados" in faults(answer)["visitors-1-document_number"]
    assert rows(visited) == []


# Late -----------------------------------------------------------------------------------------


def test_a_late_entry_has_the_chosen_observation_or_that_of_the_outage(visited: Visited):
    late = {"entry_on": "01/03/2026", "entry_hour": "07:30", "exit_hour": "8:05"}
    enter(visited, filled(**late, observation="late"))
    [row] = rows(visited)
    assert row.observation == "late"
    assert row.visit_on == date(2026, 3, 1)
    assert row.entry_at == lima("2026-03-01 07:30")
    assert row.exit_at == lima("2026-03-01 08:05")
    with visited.writing() as session:
        session.add(
            Outage(
                register_id=visited.register(session).id,
                from_at=lima("2026-03-01 07:00"),
                to_at=lima("2026-03-01 12:00"),
                cause="external",
                declared_at=calendar.now(),
            )
        )
    enter(visited, filled(entry_on="01/03/2026", entry_hour="07:30"))
    assert rows(visited)[-1].observation == "outage_external"


# Officials ------------------------------------------------------------------------------------


def test_officials_are_offered_by_three_letters(visited: Visited):
    desk = visited.browser("operator")

    def offered(typed: str) -> list[str]:
        found = desk.get(f"{DESK}/funcionarios", query_string={"q": typed}).get_json()
        return [one["label"] for one in found["found"]]

    assert offered("GÁR") == ["Gárate Ficticia Lucía · Gerenta · Obras - Estudios"]
    assert offered("obras gerenta") == ["Gárate Ficticia Lucía · Gerenta · Obras - Estudios"]
    assert offered("ga") == offered("100%") == []


def test_an_official_who_left_is_neither_offered_nor_taken(visited: Visited):
    with visited.writing() as session:
        register = visited.register(session)
        gone_id = visited.official(session, "Rojas")
        left = [row for row in PERSONNEL if not row["surnames"].startswith("Rojas")]
        personnel.receive(session, register, left, calendar.today() - timedelta(days=10))
    desk = visited.browser("operator")
    assert desk.get(f"{DESK}/funcionarios?q=rojas").json == {"found": []}
    answer = enter(visited, filled(official_id=str(gone_id)))
    said = "Rojas Ejemplo Jorge dejó el cargo el 20 de febrero de 2026: elige a otra persona."
    assert faults(answer) == {"official": said}
    assert rows(visited) == []


@pytest.mark.nightly
def test_of_several_with_the_same_letters_one_is_chosen(visited: Visited):
    with visited.writing() as session:
        of_demo = visited.official(session, "Mamani", "demo")
    enter(visited, filled(official="roj", official_id=str(of_demo)))
    assert rows(visited)[-1].official_name == "Rojas Ejemplo Jorge"
    answer = enter(visited, filled(official="muestra ficticia ejemplo"))
    assert "Nadie con ese nombre" in faults(answer)["official"]
    answer = enter(visited, filled(official="mue"))
    assert answer.status_code == 303
    with visited.writing() as session:
        twin = {"document_number": "00000499", "surnames": "Rojas Ejemplo", "given_names": "Rita"}
        register = visited.register(session)
        personnel.receive(session, register, [*PERSONNEL, PERSONNEL[1] | twin], date(2026, 2, 1))
        rita = session.scalars(select(PostHolder.id).where(PostHolder.given_names == "Rita")).one()
    answer = enter(visited, filled(official="rojas"))
    assert "Hay más de una persona" in faults(answer)["official"]
    assert f'name="official_id" id="official_id-{rita}"' in answer.text
    assert enter(visited, filled(official="rojas", official_id=str(rita))).status_code == 303
    assert rows(visited)[-1].official_name == "Rojas Ejemplo Rita"


# The page of the desk -------------------------------------------------------------------------


def test_the_site_that_was_used_last_is_chosen_beforehand(visited: Visited):
    with visited.writing() as session:
        second = PERSONNEL[0] | {"site": "Anexo", "document_number": "00000498"}
        personnel.receive(
            session, visited.register(session), [*PERSONNEL, second], date(2026, 2, 1)
        )
    desk = visited.browser("operator")
    assert "Elige la sede." in faults(desk.post(DESK, data=filled(site=""))).values()
    assert '<option value="">Elige una' in desk.get(DESK).text
    assert desk.post(DESK, data=filled(site="Anexo")).status_code == 303
    assert '<option value="Anexo" selected>' in desk.get(DESK).text


def test_an_operator_begins_at_the_desk_of_the_entity(visited: Visited):
    desk = visited.browser("operator")
    assert desk.get("/").location == DESK
    assert f'<a class="menu__link" href="{DESK}" aria-current="page">' in desk.get(DESK).text
    page = visited.browser("administrator").get("/entidades/E90001/registro").text
    assert f'href="{DESK}"' in page
    assert f'href="{DEMO}"' in page
    assert f'case-now__button" href="{DESK}"' in desk.get("/entidades/E90001").text
    preparer = visited.browser("preparer").get("/entidades/E90001/registro").text
    assert f'href="{DESK}"' not in preparer
    name = "Municipalidad Distrital de Nuestra Señora de los Desamparados de Ejemplo"
    for acronym, in_menu in (("MDNSD", ">MDNSD</a>"), ("", ">Mi entidad</a>")):
        with visited.writing() as session:
            ours = visited.register(session).entity
            ours.name, ours.acronym = name, acronym
        menu = desk.get(DESK).text.partition('<nav class="menu"')[2].partition("</nav>")[0]
        assert in_menu in menu
        assert name not in menu
    with visited.writing() as session:
        personnel.receive(session, visited.register(session), [], date(2026, 2, 1))
    assert "Todavía no hay personal a quien visitar" in desk.get(DESK).text
