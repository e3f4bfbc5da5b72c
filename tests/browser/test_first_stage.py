"""The first stage in a real browser: from the two codes to the administrator's account.

Scripts are off, so nothing here needs one. Sign-in and the reception use the keyboard alone. A
sample of the pages is examined, error pages included; where all tests run on both databases, every
page is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pikepdf
import pytest
from flask import Flask

from app.base import db
from app.cases.papers.preflight import examining
from forms import steps
from forms.fields import documents
from forms.fields.personnel import COLUMNS
from forms.fields.roster import cells_of
from forms.papers import title_of
from forms.shapes.filing_examples import roster
from tests.app import cast
from tests.app.walk import deploy, example_pairs
from tests.browser.examined import Examiner
from tests.browser.visitor import Visitor
from tests.conftest import Clock

SIP, GESTOR = "40000021", "40000029"
PREPARER = "40000031"
ENTITY = "Municipalidad Distrital de Ejemplo 1"
TITLES = {
    "oficio_designacion": "Oficio de designación",
    "sip_rvl_001": "Formato SIP-RVL-001",
    "sip_rvl_002": "Formato SIP-RVL-002",
}

#: A paper is downloaded by a link or, where that issues it, by a button.
DOWNLOADS = "a, button.text-button"

Enter = Callable[[], Visitor]


@pytest.fixture
def enter(
    app: Flask,
    clock: Clock,
    live_server: str,
    browser: Any,
    examiner: Examiner,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Enter]:
    """Let new visitors in, to an installation with an entity that has not been called yet.

    Nothing is looked for in what they upload.
    """
    monkeypatch.setattr(examining, "read", documents.read_apart)
    with app.app_context():
        session = db.session()
        deploy(session)
        cast.entity(session)
        cast.person(session, SIP, "sip")
        cast.person(session, GESTOR, "superuser")
        for number, role in (("40000022", "sgtd"), ("40000023", "secretary")):
            cast.person(
                session, number, role
            )  # no implementation may begin without this coordinator
        session.commit()
    visitors: list[Visitor] = []

    def let_in() -> Visitor:
        visitors.append(Visitor(browser, live_server, examiner))
        return visitors[-1]

    yield let_in
    for visitor in visitors:
        visitor.context.close()


@pytest.mark.nightly
def test_the_first_stage_runs_in_a_browser_without_scripts(enter, clock, tmp_path):
    sip, entity, gestor = enter(), enter(), enter()
    sip.signs_in(SIP, cast.PASSWORD)
    gestor.signs_in(GESTOR, cast.PASSWORD)
    code = starts_the_implementation(sip, gestor)
    activates(entity, code)
    address = designates(entity)
    lists_the_personnel(entity)
    signs_and_presents(entity, tmp_path)

    clock.forward(hours=2)
    records_an_observed_reception_by_keyboard(sip)
    clock.forward(hours=2)
    corrects(entity, tmp_path, "Se folió la relación.")
    clock.forward(hours=2)
    records_the_reception(sip)
    observes(sip)
    clock.forward(hours=2)
    corrects(entity, tmp_path, "Se corrigió el cargo.")
    clock.forward(hours=2)
    gives_conformity(sip)
    administrator = enter()
    opens_the_account(administrator, newest_mail(gestor, "Abre tu cuenta en Zaguán", address))


# The acts, in their order ------------------------------------------------------------------------


def starts_the_implementation(sip: Visitor, gestor: Visitor) -> str:
    """Start the implementation as a coordinator, from the list of entities. Return the activation
    code of the mail.
    """
    sip.follows("Entidades")
    sip.writes("Nombre, sigla, RUC o código", "ejemplo")
    sip.presses("Buscar")
    sip.follows("Buscar en todos los estados")
    sip.page.get_by_label(f"Elegir {ENTITY}").check()
    sip.page.get_by_label("Qué hacer con las elegidas").select_option("inicio")
    sip.presses("Continuar")
    sip.presses("Confirmar")
    body = newest_mail(gestor, f"Código de activación de {ENTITY}")
    found = re.search(r"Código de activación:\s+(\S+)", body)
    assert found
    return found[1]


def newest_mail(reader: Visitor, subject: str, to: str = "") -> str:
    """Return the text of the newest mail of a subject (to an address), from the list of mails."""
    reader.goes("/correos")
    if to:
        reader.writes("Persona, dirección o asunto", to)
        reader.presses("Buscar")
    reader.follows(subject)
    reader.presses("Ver el correo")
    return str(reader.page.locator(".letter").inner_text())


def activates(entity: Visitor, code: str) -> None:
    """Become the preparer with the codes. The page comes back at first."""
    entity.goes("/")
    entity.follows("Inicia la implementación de tu entidad")
    entity.follows("Ingresar los códigos")
    entity.presses("Activar mi entidad")
    entity.sees_what_is_wrong("Escribe el código de la entidad", "Código de la entidad")
    entity.writes("Código de la entidad", "e90001")
    entity.writes("Código de activación", code.replace("-", " ").lower())
    entity.writes("Número de documento", PREPARER)
    entity.writes("Nombres", "Preparadora")
    entity.writes("Apellidos", "Ejemplo Muestra")
    entity.writes("Correo electrónico", "preparadora@example.pe")
    entity.writes("Contraseña", cast.PASSWORD)
    entity.presses("Activar mi entidad")
    entity.reads(f"Ya puedes preparar la designación de {ENTITY}")
    entity.follows("Designa al administrador del registro")


def designates(entity: Visitor) -> str:
    """Designate page by page, with an error, and with a pause between two pages. Return the
    administrator's address.
    """
    step = steps()["designate_administrator"]
    pairs = example_pairs(step.id, step.accepts[0].given)
    entity.fills([*pairs, ("entity-name", ENTITY), ("entity-ruc", "20999999991")])
    entity.presses("Guardar y continuar")
    entity.sees_what_is_wrong("último dígito", "RUC")
    entity.fills([("entity-ruc", dict(pairs)["entity-ruc"])])
    entity.presses("Guardar y continuar")
    assert entity.page.url.endswith("/autoridad")

    entity.writes("Nombres", "Autoridad Persona")
    entity.presses("Guardar borrador")
    entity.reads("Guardamos tu borrador")
    entity.clicks(entity.page.get_by_role("button", name="Salir"))
    entity.signs_in(PREPARER, cast.PASSWORD)
    entity.follows("Designa al administrador del registro")
    entity.follows("La máxima autoridad")
    assert entity.page.get_by_label("Nombres").input_value() == "Autoridad Persona"
    for _ in range(12):
        if entity.heading == "Revisa tus respuestas":
            break
        entity.fills(pairs)
        entity.presses("Guardar y continuar")
    assert entity.heading == "Revisa tus respuestas"
    entity.follows("Cambiar «La entidad»")
    entity.presses("Guardar y volver a la revisión")
    entity.page.go_back()
    entity.page.go_back()
    entity.presses("Terminar la designación")
    return dict(pairs)["administrator-email"]


def lists_the_personnel(entity: Visitor) -> None:
    """Paste a table with a bad row and correct it."""
    step = steps()["list_personnel"]
    rows = roster(step.accepts[0].given, Random(1))
    rows[1] = rows[1] | {"document_number": "123"}
    table = [[column.label for column in COLUMNS], *(cells_of(row) for row in rows)]
    assert entity.heading == step.form.heading
    entity.writes("O pega aquí la tabla", "\n".join("\t".join(line) for line in table))
    entity.presses("Agregar lo pegado")
    entity.reads("1 dato por corregir")
    entity.presses("Terminar la relación")
    entity.sees_what_is_wrong("Fila 2", "Relación de personal")
    entity.clicks(entity.page.get_by_role("button", name=re.compile("^Cambiar a .* fila 2$")))
    entity.writes("Número de documento", "40000032")
    entity.presses("Guardar los cambios")
    entity.presses("Terminar la relación")


def signs_and_presents(entity: Visitor, folder: Path) -> None:
    """Download the documents, upload them signed one by one, register the presentation."""
    assert entity.heading == "Firma y presenta la designación"
    for kind, title in TITLES.items():
        place = entity.page.locator("main li", has_text=title)
        uploads(entity, kind, signed(downloaded(entity, place), folder))
    entity.presses("Guardar y continuar")
    entity.reads("Secretaría de Integridad Pública de la Presidencia del Consejo de Ministros")
    assert not entity.page.locator(".govuk-error-message").count(), "a fault before any answer"
    presents(entity, "2026-0001", "02/03/2026", "8:30")
    entity.presses("Guardar y continuar")
    entity.reads("Este botón no presenta nada")
    entity.presses("Registrar la presentación")
    entity.reads("Registramos tu respuesta")
    entity.reads("En mesa de partes")
    entity.goes("/pendientes")
    entity.reads("No tienes nada pendiente")


def records_an_observed_reception_by_keyboard(sip: Visitor) -> None:
    """Record the observation of the mesa de partes, without a mouse."""
    sip.goes("/pendientes")
    sip.tabs_to("Registra la recepción")
    sip.hits("Enter")
    sip.tabs_to("La mesa de partes la recibió")
    sip.page.keyboard.press("ArrowDown")
    sip.tabs_to("Continuar")
    sip.hits("Enter")
    sip.tabs_to("Documento observado")
    sip.types_choice("Formato SIP-RVL-002")
    sip.tabs_to("Observación")
    sip.types("Falta foliar la relación.")
    sip.tabs_to("Continuar")
    sip.hits("Enter")
    sip.tabs_to("Registrar la recepción")
    sip.hits("Enter")
    sip.reads("Registramos tu respuesta: Registrar la recepción")


def corrects(entity: Visitor, folder: Path, answer: str) -> None:
    """Answer each point, sign the changed document again, present."""
    entity.goes("/pendientes")
    entity.follows("Subsana la designación")
    entity.reads("Por qué volvió a ti")
    entity.presses("Guardar y continuar")
    entity.sees_what_is_wrong("Responde a esta observación", "Respuesta")
    entity.writes("Respuesta", answer)
    while "presentar" not in entity.page.url:
        entity.presses("Guardar y continuar")
    touched = entity.page.locator("main li", has_text="Cambia: fírmalo otra vez")
    title = touched.locator(DOWNLOADS).first.inner_text()
    kind = next(kind for kind, name in TITLES.items() if name == title)
    uploads(entity, kind, signed(downloaded(entity, touched), folder))
    presents(entity, "2026-0002", "02/03/2026", "10:15")
    entity.presses("Guardar y continuar")
    entity.presses("Enviar la subsanación")
    entity.reads("Registramos tu respuesta")
    entity.goes("/pendientes")
    entity.reads("No tienes nada pendiente")


def records_the_reception(sip: Visitor) -> None:
    """Record that the mesa de partes has received the presentation."""
    sip.goes("/pendientes")
    sip.follows("Registra la recepción")
    sip.page.get_by_label("La mesa de partes la recibió").check()
    sip.presses("Continuar")
    sip.writes("Número de expediente (CUT)", "CUT-2026-000123")
    sip.fills([("received_at-date", "02/03/2026"), ("received_at-time", "12:30")])
    sip.presses("Continuar")
    sip.presses("Registrar la recepción")


def observes(sip: Visitor) -> None:
    """Reach the decision by keyboard without passing the paper; observe a page of the format."""
    sip.goes("/pendientes")
    sip.follows("Revisa la designación")
    sip.page.locator("main").focus()
    sip.tabs_to("Ir a la decisión", 1)
    sip.page.keyboard.press("Enter")
    sip.tabs_to("Dar conformidad", 1)
    sip.presses("Continuar")
    sip.sees_what_is_wrong("Elige el resultado", "Dar conformidad")
    sip.presses("Observar Formato SIP-RVL-001, página 1")
    assert sip.page.get_by_label("Observar", exact=True).is_checked()
    sip.writes("Observación", "El cargo no es el de la norma.")
    sip.presses("Continuar")
    sip.reads("Sigue: Subsanar la designación")
    sip.reads("Plazo legal de 2 días hábiles: corre desde la notificación")
    sip.presses("Registrar la revisión")


def gives_conformity(sip: Visitor) -> None:
    """Accept at the second review."""
    sip.goes("/pendientes")
    sip.follows("Revisa la designación")
    sip.reads("Se corrigió el cargo.")
    sip.page.get_by_label("Dar conformidad").check()
    sip.presses("Continuar")
    sip.reads("Qué pasa si lo confirmas")
    sip.presses("Registrar la revisión")


def opens_the_account(administrator: Visitor, body: str) -> None:
    """Accept the invitation: answering uses it up, opening does not. The next stage waits."""
    link = re.search(r"/invitacion/\S+", body)
    assert link
    administrator.goes(link[0])
    administrator.goes(link[0])  # opening it twice does no harm
    administrator.writes("Contraseña nueva", cast.NEW_PASSWORD)
    administrator.presses("Guardar contraseña")
    administrator.reads("¿Dónde está?")
    administrator.reads("Administrador del RVL")
    administrator.reads("Elegir la sesión de inducción temática")
    again = administrator.page.request.get(link[0])
    assert again.status == 410


# Documents -----------------------------------------------------------------------------------


def downloaded(entity: Visitor, place: Any) -> bytes:
    """Return the bytes of the document that a link or a button downloads."""
    with entity.page.expect_download() as waiting:
        place.locator(DOWNLOADS).first.click()
    return Path(waiting.value.path()).read_bytes()


def signed(paper: bytes, folder: Path) -> Path:
    """Return a file with the signed document: the same pages, other bytes."""
    target = folder / f"firmado-{len(list(folder.iterdir()))}.pdf"
    with pikepdf.open(io.BytesIO(paper)) as pdf:
        assert len(pdf.pages) >= 1
        pdf.docinfo["/Subject"] = "Firmado a mano y escaneado"
        pdf.save(target)
    return target


def uploads(entity: Visitor, kind: str, file: Path) -> None:
    """Upload one signed document by the button next to it."""
    field = f"signed_{kind}"
    old = entity.page.locator(f'[value="drop:{field}"]')
    if old.count():
        entity.clicks(old)
    entity.page.locator(f'[name="{field}"]').set_input_files(file)
    entity.clicks(entity.page.locator(f'[value="upload:{field}"]'))
    entity.reads(title_of(kind, is_signed=True))


def presents(entity: Visitor, number: str, day: str, hour: str) -> None:
    """Copy the data of the constancia."""
    entity.writes("Número de la constancia", number)
    entity.fills([("presented_at-date", day), ("presented_at-time", hour)])
