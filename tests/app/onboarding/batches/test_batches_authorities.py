"""The import of new authorities: who is replaced, what moves with them, what is refused."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from app.base.models import ProcessInstance, Task
from app.cases import processes, records
from app.people import access
from app.people.access import find_person
from tests.app import cast
from tests.app.onboarding.batches.batched import bring, confirm, rows_of, text
from tests.app.together import killed, together
from tests.app.walk import CODE, Walk

pytestmark = pytest.mark.nightly

NEW = "/entidades/lotes/nuevo/autoridades"
SOURCE = "Resolución 0123-2026-JNE"
HEADINGS = (
    "Código",
    "Tipo de documento",
    "Número de documento",
    "Nombres",
    "Apellidos",
    "Cargo",
    "Correo electrónico",
    "Ejerce el cargo desde",
)
OTHER = "E90003"


def row(code: str = CODE, number: str = "00000777", **changed: str) -> list[str]:
    """Return a row of a file of authorities."""
    cells = {
        "type": "DNI",
        "number": number,
        "given": "Rosa Persona",
        "surnames": "Díaz Ejemplo",
        "post": "Alcaldesa",
        "email": "",
        "since": "01/03/2026",
    } | changed
    return [code, *cells.values()]


def bring_rows(walk: Walk, *rows: list[str], by: str = "sip", source: str = SOURCE) -> str:
    """Upload the rows; return the address of their batch."""
    content = text(*rows, headings=HEADINGS)
    return bring(walk.browser(by), content, "autoridades.csv", NEW, source=source)


def authority_of(walk: Walk, code: str = CODE) -> dict[str, str]:
    """Return the authority in the records."""
    with walk.reading() as session:
        entity = cast.entity_of(session, code)
        found: dict[str, str] = records.of_entities(session, "authority", [entity.id])[entity.id]
        return found


def changes_of(walk: Walk) -> list[ProcessInstance]:
    """Return all changes of authority, in order."""
    query = select(ProcessInstance).where(ProcessInstance.process == "change_authority")
    return walk.all(query.order_by(ProcessInstance.id))


@pytest.fixture
def begun(walk: Walk) -> Walk:
    """Return two entities whose designation is done, on Monday 2 March 2026."""
    walk.begin_at("training")
    walk.begin_at("training", OTHER)
    return walk


def test_an_import_moves_authorities_accounts_and_tasks_as_the_process_does(begun: Walk):
    rows = [row(email="rosa.diaz@example.pe"), row(OTHER, "00000778", given="Luis Persona")]
    for code in (CODE, OTHER):
        begun.open_production(code)
    place = bring_rows(begun, *rows)
    page = begun.browser("sip").get(place).text
    assert "Vas a registrar la nueva autoridad de 2\xa0entidades." in page
    before = authority_of(begun)
    assert f"Reemplaza a {before['given_names']} {before['surnames']}." in page
    assert "Rosa Persona Díaz Ejemplo (Alcaldesa)" in page
    assert changes_of(begun) == []
    page = confirm(begun.browser("sip"), place, 2)
    assert "Se registró a Rosa Persona Díaz Ejemplo (Alcaldesa), desde el 1 de marzo" in page
    assert authority_of(begun)["document_number"] == "00000777"
    assert authority_of(begun, OTHER)["given_names"] == "Luis Persona"
    for change in changes_of(begun):
        assert change.status == "ended"
        begun.assert_consistent(change.id)
    assert begun.has_role("00000777", "authority")
    assert not begun.has_role(before["document_number"], "authority")
    begun.tick()
    with begun.reading() as session:
        upkeep = session.scalars(select(Task).where(Task.process == "upkeep"))
        assert {task.entity.code for task in upkeep} == {CODE, OTHER}


def test_the_log_says_who_imported_it_and_from_which_document(begun: Walk):
    confirm(begun.browser("sip"), bring_rows(begun, row()), 1)
    (entry,) = [
        one for one in begun.entries("task.completed") if one.data["imported_from"] == SOURCE
    ]
    assert entry.actor_id == begun.people["sip"]
    page = begun.browser("sip").get(f"/entidades/{CODE}/historial").text
    assert f"Persona Ejemplo 021, por importación ({SOURCE})" in page
    said = begun.record("authority_change", changes_of(begun)[0].id)
    assert said["ground"] == SOURCE


def test_document_numbers_are_only_in_the_record(begun: Walk):
    place = bring_rows(begun, row(email="rosa.diaz@example.pe"), row(OTHER, "1234"))
    client = begun.browser("sip")
    for page in (client.get(place).text, client.get(f"{place}/informe.csv").text):
        assert "00000777" not in page
        assert "1234" not in page.partition("<main")[2]
    confirm(client, place, 1)
    done, _ = rows_of(begun, place)
    assert "00000777" not in str(done.data)
    assert "rosa.diaz" not in str(done.data)
    assert all("00000777" not in str(entry.data) for entry in begun.entries("task.completed"))


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        (row(number=""), "Escribe el número de documento"),
        (row(number="1234567890"), "8 dígitos"),
        (row(given=""), "Escribe los nombres"),
        (row(surnames="Qu1spe"), "solo letras"),
        (row(post=""), "Escribe el cargo"),
        (row(email="rosa@"), "correo"),
        (row(since="31/02/2026"), "día/mes/año"),
        (row(since="01/01/2027"), "Registra el cambio cuando ocurra"),
        (row(since=""), "Escribe desde cuándo ejerce el cargo"),
        (row(type="Libreta"), "opciones"),
        (row("E99999"), "No hay ninguna entidad con el código E99999"),
    ],
)
def test_a_row_is_judged_as_the_steps_page_would(begun: Walk, cells: list[str], sentence: str):
    place = bring_rows(begun, cells, row(OTHER, "00000778"))
    wrong, good = rows_of(begun, place)
    assert (wrong.plan, good.plan) == ("refused", "do")
    assert sentence in wrong.message
    confirm(begun.browser("sip"), place, 1)
    assert [change.entity_id for change in changes_of(begun)] == [good.entity_id]


def test_wrong_rows_do_not_stop_the_others(begun: Walk):
    rows = [row(), row(), row("E00000"), row(OTHER, "00000778"), row(OTHER, "x")]
    place = bring_rows(begun, *rows)
    assert [one.plan for one in rows_of(begun, place)] == [
        "do", "refused", "refused", "do", "refused"
    ]  # fmt: skip
    confirm(begun.browser("sip"), place, 2)
    assert len(changes_of(begun)) == 2


def test_the_same_file_twice_and_who_is_authority_already_change_nothing(begun: Walk):
    confirm(begun.browser("sip"), bring_rows(begun, row()), 1)
    again = bring_rows(begun, row())
    other = bring_rows(begun, row(post="Alcaldesa provincial"))
    for place, sentence in ((again, "este mismo archivo"), (other, "Ya es la máxima autoridad")):
        (one,) = rows_of(begun, place)
        assert one.plan == "same"
        assert sentence in one.message
        answer = begun.browser("sip").post(f"{place}/confirmar", data={"cuantas": 1})
        assert answer.status_code == 422
    assert len(changes_of(begun)) == 1


def test_an_open_change_is_reported_and_completed(begun: Walk):
    change = begun.begin("change_authority")
    begun.draft("register_authority_change", instance=change)
    place = bring_rows(begun, row())
    assert "Completa el cambio que ya estaba abierto." in rows_of(begun, place)[0].message
    confirm(begun.browser("sip"), place, 1)
    assert [one.id for one in changes_of(begun)] == [change]
    assert begun.row(change).status == "ended"
    assert authority_of(begun)["document_number"] == "00000777"


def test_a_refused_row_has_a_reason(begun: Walk):
    with begun.writing() as session:
        entity = cast.entity_of(session, OTHER)
        change = processes.start(session, entity, "change_authority", None)
        processes.suspend(session, change.id, "Por la prueba", begun.people["sip"])
    begun.begin(code="E90004")
    confirm(begun.browser("sip"), bring_rows(begun, row()), 1)
    older = row(number="00000779", since="01/02/2026")
    messages = [one.message for one in rows_of(
        begun, bring_rows(begun, older, row(OTHER), row("E90004")))]  # fmt: skip
    assert "posterior, el 1 de marzo de 2026" in messages[0]
    assert "suspendido" in messages[1]
    assert "va en la designación" in messages[2]


@pytest.mark.postgresql
def test_an_authority_replaced_meanwhile_is_not_replaced_again(begun: Walk):
    one, two = bring_rows(begun, row()), bring_rows(begun, row(post="Alcaldesa (e)"))
    first, second = begun.browser("sip"), begun.browser("sip")
    answers = together(
        lambda: first.post(f"{one}/confirmar", data={"cuantas": 1}),
        lambda: second.post(f"{two}/confirmar", data={"cuantas": 1}),
    )
    assert [answer.status_code for answer in answers] == [303, 303]
    results = sorted(rows_of(begun, place)[0].result for place in (one, two))
    assert results in (["done", "same"], ["done", "refused"])
    assert len(changes_of(begun)) == 1


def test_a_killed_import_continues_where_it_stopped(begun: Walk):
    place = bring_rows(begun, row(), row(OTHER, "00000778"))
    client = begun.browser("sip")
    killed(
        begun.app,
        lambda: client.post(f"{place}/confirmar", data={"cuantas": 2}),
        "before_commit",
        number=3,
    )
    client.post(f"{place}/seguir")
    assert [one.result for one in rows_of(begun, place)] == ["done", "done"]
    assert len(changes_of(begun)) == 2


def test_an_authority_without_an_address_leaves_a_code_where_nobody_prepares(begun: Walk):
    with begun.writing() as session:
        entity = cast.entity_of(session)
        preparer = find_person(session, "DNI", "40000011")
        assert preparer is not None
        access.revoke(session, preparer, "preparer", entity, None)
    confirm(begun.browser("sip"), bring_rows(begun, row()), 1)
    assert begun.mails("activation")[-1].to == "mesadepartes.e90001@example.pe"


def test_the_source_is_required_and_the_template_can_be_read(begun: Walk):
    client = begun.browser("sip")
    content = text(row(), headings=HEADINGS)
    answer = client.post(NEW, data={"file": (io.BytesIO(content), "a.csv"), "source": ""})
    assert answer.status_code == 422
    assert "Escribe de qué documento sale la lista." in answer.text
    template = client.get(f"{NEW}/plantilla.xlsx").data
    answer = client.post(NEW, data={"file": (io.BytesIO(template), "a.xlsx"), "source": SOURCE})
    assert "no tiene ninguna fila" in answer.text
