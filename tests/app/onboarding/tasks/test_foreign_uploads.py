"""Every page that takes a table refuses a file that breaks its reader, with a message."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from werkzeug.datastructures import FileStorage
from werkzeug.test import stream_encode_multipart

from app.base import db
from app.onboarding.batches.kinds.validating import other_sheets
from forms.fields import isolated
from forms.fields.tables import Unreadable
from tests.app.cases.changes import changing
from tests.app.onboarding.batches import brought_state
from tests.app.onboarding.batches.batched import NEW as CONTACTS
from tests.app.onboarding.batches.brought_state import WHY
from tests.app.onboarding.tasks.test_task_page import paste
from tests.app.register.desk.test_register_settings import OTHER, PRODUCTION
from tests.app.register.importing import past_imports
from tests.app.visited import Visited
from tests.app.walk import Walk, sample_pdf
from tests.foreign_files import BOMBS, xlsx
from tests.pages import CheckingClient

pytestmark = pytest.mark.nightly

#: One bomb per format and per way to break its reader.
SENT = ("espacios.ods", "filas.ods", "risas.xlsx", "compartidos.xlsx", "cortado.xlsx", "linea.csv")
#: Past visits come as .xls, too.
PAST = (*SENT, "esquina.xls", "cortado.xls")


@pytest.fixture
def listing(walk: Walk) -> Walk:
    """Return a case at the step that takes the roster."""
    walk.begin()
    walk.answer("designate_administrator")
    return walk


def roster(walk: Walk, content: bytes, name: str):
    return paste(walk, "", **{"roster-file": FileStorage(io.BytesIO(content), name)})


def post(client: CheckingClient, address: str, data: dict[str, Any]):
    """Post a form whose files stay in memory."""
    body, length, boundary = stream_encode_multipart(data, use_tempfile=False)
    with body:
        return client.post(
            address,
            input_stream=body,
            content_length=length,
            content_type=f"multipart/form-data; boundary={boundary}",
        )


def contacts(walk: Walk, content: bytes, name: str):
    upload = FileStorage(io.BytesIO(content), name)
    return post(walk.browser("sip"), CONTACTS, {"file": upload})


def states(walk: Walk, content: bytes, name: str):
    ground = {"reason": WHY, "document": FileStorage(io.BytesIO(sample_pdf()), "sustento.pdf")}
    data = ground | {"file": FileStorage(io.BytesIO(content), name)}
    return post(walk.browser("sip"), brought_state.NEW, data)


def test_a_cell_that_no_page_can_show_breaks_no_page(listing: Walk):
    lines = [
        ["Tipo de documento", "Número de documento", "Nombres"],
        ["DNI", "40000078", "_xD800_"],
    ]
    assert roster(listing, xlsx(lines), "a.xlsx").status_code in (303, 422)
    task = listing.task("list_personnel").id
    page = listing.browser("preparer").get(f"/tareas/{task}", follow_redirects=True)
    assert page.status_code == 200
    assert "40000078" in page.text


@pytest.mark.parametrize("name", SENT)
@pytest.mark.parametrize("send", [roster, contacts, states], ids=lambda send: send.__name__)
def test_a_bomb_in_a_case_or_a_batch_is_refused(listing: Walk, send: Callable, name: str):
    answer = send(listing, BOMBS[name](), name)
    assert answer.status_code == 422
    assert "El archivo" in answer.text or "No pudimos leer" in answer.text


@pytest.mark.parametrize("name", PAST)
def test_a_bomb_among_past_visits_or_in_an_export_is_refused(visited: Visited, name: str):
    content = BOMBS[name]()
    manager = visited.browser("administrator")
    assert past_imports.upload(visited, content, name).status_code == 422
    manager.post(PRODUCTION, data=OTHER)
    upload = FileStorage(io.BytesIO(content), name)
    answer = post(manager, PRODUCTION, {"act": "export", "export": upload})
    assert answer.status_code == 422
    assert "El archivo" in answer.text or "No pudimos leer" in answer.text


@pytest.mark.parametrize("name", [name for name in SENT if not name.endswith(".csv")])
def test_a_bomb_on_another_sheet_is_refused(name: str):
    with pytest.raises(Unreadable):
        other_sheets.read(BOMBS[name]())


@pytest.fixture
def written(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the kinds of the files that are read, each while another transaction writes."""
    read, written = isolated._read, []

    def writing_meanwhile(*given):
        with walk.app.app_context(), db.writing(walk.app) as session:
            session.execute(text("update entity set phone = phone"))
            written.append(given[1]["kind"])
        return read(*given)

    monkeypatch.setattr(isolated, "_read", writing_meanwhile)
    return written


def test_others_write_while_a_document_and_a_table_are_read(listing: Walk, written: list[str]):
    roster(listing, b"DNI;Nombres\n00000101;Ana\n", "lista.csv")
    states(listing, b"x;y\n", "estado.csv")
    listing.answer("list_personnel")
    task_id = listing.task("file_designation").id
    field = "signed_oficio_designacion"
    data = {field: (io.BytesIO(sample_pdf()), "firmado.pdf"), "action": f"upload:{field}"}
    listing.browser("preparer").post(f"/tareas/{task_id}/firmar", data=data)
    assert written == ["text", "pdf", "text", "pdf"]


def test_others_write_while_a_table_of_sites_is_read(walk: Walk, written: list[str]):
    instance = changing.live(walk).begin("change_personnel")
    address = f"/tareas/{walk.task(changing.STEP, instance).id}/personal"
    sites = FileStorage(io.BytesIO(b"sede;se crea;Sede Norte\n"), "sedes.csv")
    data = {"pasted_places-file": sites, "action": "upload:pasted_places"}
    browser = walk.browser("administrator")
    assert post(browser, address, data).status_code == 303
    assert "Sede Norte" in browser.get(address).text
    assert written == ["text"]
