"""Every form of a page refuses each wrong field at that field, and shows what was typed in it.

The forms are found through the table of access: a new page is covered without a line here, unless
its form stands on another page (`SHOWN_AT`) or needs a state that the installation lacks
(`ELSEWHERE`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from wtforms import Form
from wtforms.form import BaseForm

from app.base.models import Base
from tests.app.cast import open_session
from tests.app.people.house import House, house
from tests.app.people.rules import RULES
from tests.app.posted import CHOICES, Shown, Values, form_of, refused
from tests.pages import CheckingClient

#: Address of a form → the page that shows it.
SHOWN_AT = {
    "/cuenta/clave": "/cuenta",
    "/cuenta/contacto": "/cuenta",
    "/personas/{user}/correo": "/personas/{user}",
    "/personas/{user}/funciones": "/personas/{user}",
}
#: Forms that accept any text, and pages of steps (see `tests/forms/test_pages.py`).
NEVER_REFUSED = {
    "/buscar",
    "/coordinadores",
    "/entidades/cartas",
    "/entidades/E90001/convalidar/designation/motivo",
    "/tareas/{authority_task}/{page}",
    "/tareas/{divided_task}/repartir/{divided_file}",
}
#: Fields that do not apply while the choice that they depend on is wrong; and the code of a paper,
#: of which only the beginning is read.
DEPENDENT = {"code", "visitors-0-entity", "visitors-0-entity_ruc", "exit-date", "exit-time"}
#: A text, and a choice that nobody offers; None is one that is offered.
WRONG, TOO_LONG, BLANK = ("x\u202e", "nada"), ("1" * 10_001, None), ("", "")
#: Address of a form → the fields that may be left blank while the others are.
MAY_BE_BLANK = {
    "/cuenta/contacto": "phone",
    "/encargos/{authority_task}": "told-time",
    "/entidades/E90001/pedidos/{requested}": "working_days comment",
    "/sesiones/nueva": "link",
    "/sesiones/{session}/cambiar": "link",
    "/recordatorios/retenidos": "entity stage region day until_on",
    "/recordatorios/{reminder}/silenciar": "until_on",
    "/calendario/nuevo": "region entity",
    "/entidades/E90001/contactos/mesa-de-partes": "email phone authority",
    "/entidades/E90001/documentos": "surnames",
    "/personas/nueva": "entity_code reason",
    "/personas/{user}/funciones": "entity_code reason",
    "/catalogo/E90001": (
        "acronym ruc sector ubigeo department address website phone contact_email active"
    ),
    "/entidades/E90001/tareas/{held_task}/constancia": "presented_at-time",
    "/propuestas/{proposal}": "comment",
    "/entidades/E90001/devoluciones/{return_asked}": "element comment",
    "/entidades/E90001/consultas/{question}": "blocks",
    "/entidades/E90001/notas": "mentions",
    "/incidentes-de-datos/nuevo": "known_at-time document",
    "/entidades/E90001/incidentes-de-datos/nuevo": "known_at-time document",
    "/incidentes-de-datos/{breach}": "at-time",
    "/incidentes-de-datos/{platform_breach}": "at-time",
    "/registro/E90001/produccion/ajustes": "address",
    "/registro/E90001/demo/ajustes": "address",
    "/reglas/1/corregir": "source second_hand",
    "/mandatos/nuevo": "ubigeo source",
    "/mandatos/{mandate}/corregir": "ubigeo source",
    "/registro/E90001/produccion": (
        "visitors-0-entity visitors-0-entity_ruc site place "
        "entry_on entry_hour exit_hour observation"
    ),
    "/registro/E90001/demo": (
        "visitors-0-entity visitors-0-entity_ruc site place "
        "entry_on entry_hour exit_hour observation"
    ),
    "/registro/E90001/produccion/cierre": "exits-0-hour exits-0-unknown",
    "/registro/E90001/produccion/visitas/{visit}/corregir": (
        "document_number visitor_entity visitor_entity_ruc site "
        "place entry-time exit-date exit-time observation"
    ),
    "/registro/E90001/produccion/reservada": (
        "entry-time exit-date exit-time visitor_name document_type document_number observation"
    ),
    "/registro/E90001/produccion/cortes/{outage}/terminar": "to_at-time",
    "/registro/E90001/produccion/cortes": "from_at-time to_at-date to_at-time note",
    "/registro/E90001/produccion/no-registrables": (
        "orientation query payment procedure support minor"
    ),
    "/registro/E90001/produccion/agenda/nueva": (
        "document_type document_number entity entity_ruc place"
    ),
    "/registro/E90001/produccion/agenda/{planned}/llegada": "official on hour observation",
    "/registro/E90001/produccion/actos/nuevo": (
        "hour document_type document_number third_name third_ruc documents planned"
    ),
    "/registro/E90001/produccion/actos/{act}/corregir": "third_name third_ruc documents",
    "/registro/E90001/produccion/importar/{past_import}/columnas": (
        "entry exit document_type document_number visitor_kind visitor_entity visitor_entity_ruc "
        "official unit post category motive site place observation visitor_surnames "
        "visitor_surname_2 document recorded_on state code entity entity_ruc"
    ),
    "/derechos/pedir": "visit entity for_minor detail",
    "/calendario/2026/nombre": "name norm",
}
#: Forms that this installation does not show; the tests of their pages refuse something in each.
ELSEWHERE = {
    "administration.breaches.forms.ListForm",
    "administration.catalogue.duplicates.Which",
    "administration.rehearsals.forms.BatchForm",
    "administration.rehearsals.forms.BatchReason",
    "administration.users.forms.FactorReason",
    "cases.papers.issued.number_form.NumberForm",
    "onboarding.batches.kinds.acts.assigning.AssignForm",
    "onboarding.batches.kinds.acts.extending.ExtendForm",
    "onboarding.batches.kinds.acts.giving.GiveForm",
    "onboarding.batches.kinds.acts.noting.NoteForm",
    "onboarding.batches.kinds.acts.reasons.ReasonForm",
    "onboarding.batches.kinds.acts.seating.SessionForm",
    "onboarding.batches.kinds.elected.authorities.SourceForm",
    "onboarding.batches.kinds.elected.proclaimed.ListForm",
    "onboarding.batches.kinds.validating.validations.GroundForm",
    "onboarding.case_admin.certificates.SignedForm",
    "onboarding.case_admin.pages.ExtendForm",
    "onboarding.case_admin.validation.ReasonForm",
    "onboarding.correcting.returns.RequestForm",
    "onboarding.induction_sessions.attendance.fixing.ReasonForm",
    "onboarding.induction_sessions.attendance.posted.ListForm",
    "onboarding.induction_sessions.attendance.posted.SheetForm",
    "onboarding.tasks.exceptions.more_time.MoreTimeForm",
    "onboarding.tasks.inbox.assigning.GiveForm",
    "onboarding.tasks.inbox.view_pages.ViewForm",
    "people.accounts.forms.AddPasskey",
    "people.accounts.forms.Codes",
    "people.accounts.forms.FactorCode",
    "people.accounts.forms.FirstFactor",
    "people.accounts.forms.PasskeyName",
    "people.accounts.forms.SetUpFactor",
    "register.desk.entry.rows.Rowed",
    "register.desk.personal_data.suppression.DecisionForm",
    "register.desk.settings.pages.DocumentsForm",
    "register.desk.settings.pages.ExportForm",
    "register.desk.settings.statements.DemoStatement",
    "register.desk.settings.statements.ProductionStatement",
    "register.desk.settings.statements.Statement",
}


@pytest.fixture
def refusing(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Return the classes of the forms that refused something, without "app."."""
    seen: set[str] = set()
    validate = BaseForm.validate

    def noted(form: BaseForm, *given: Any, **more: Any) -> bool:
        is_valid: bool = validate(form, *given, **more)
        if form.errors:
            seen.add(name_of(type(form)))
        return is_valid

    monkeypatch.setattr(BaseForm, "validate", noted)
    return seen


def name_of(kind: type[Any]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}".removeprefix("app.")


def kinds_of(form: type[Any]) -> Iterator[type[Any]]:
    """Yield the classes of forms that the application's pages define."""
    for kind in form.__subclasses__():
        if kind.__module__.startswith("app."):
            yield kind
        yield from kinds_of(kind)


def row_counts(app: Flask) -> list[int]:
    """Return the number of rows of each table, read at once."""
    tables = Base.metadata.sorted_tables
    with open_session(app) as session:
        counts = [select(func.count()).select_from(t).scalar_subquery() for t in tables]
        return list(session.execute(select(*counts)).one())


def forms_shown(built: House) -> Iterator[tuple[str, str, CheckingClient, Shown]]:
    """Yield address in the table, path, client, and the form that a page shows that client."""
    for line, roles in RULES.items():
        method, _, address = line.partition(" ")
        if method != "POST" or not roles or address in NEVER_REFUSED:
            continue
        role = "anonymous" if "anonymous" in roles else min(roles)
        page = built.ask(role, f"GET {SHOWN_AT.get(address, address)}")
        path = address.format(**(built.ids | built.own[role]))
        if page.status_code == 200 and page.mimetype == "text/html":
            form = form_of(page.text, path, path)
            if form is not None:
                yield address, path, built.clients[role], form


def refuse(client: CheckingClient, path: str, sent: Values) -> tuple[Shown, set[str]]:
    """Send a form that is refused; return it as it is shown again, and its refused inputs."""
    answer = client.post(path, data=sent)
    at = tuple(f"{place}-" for place in refused(answer))
    form = form_of(answer.text, path, path)
    assert form is not None
    return form, {name for name in form.inputs if f"{name}-".startswith(at)}


@pytest.mark.guard("every form of the product is sent three times")
def test_every_form_refuses_each_field_and_shows_what_was_typed(
    app: Flask, clock: object, refusing: set[str], subtests: pytest.Subtests
) -> None:
    built = house(app)
    for address, path, client, form in forms_shown(built):
        before = row_counts(app)
        with subtests.test(address, of="wrong fields"):
            sent = form.filled(*WRONG)
            again, at = refuse(client, path, sent)
            refusable = {*form.texts, *form.names("radio", "select")}
            assert refusable - at <= DEPENDENT
            assert again.differing(sent, form.texts) <= DEPENDENT
            assert again.unlabelled() == []
        with subtests.test(address, of="texts that are too long"):
            sent = form.filled(*TOO_LONG)
            if form.texts:  # otherwise all is well
                again, at = refuse(client, path, sent)
                assert set(form.texts) - at <= DEPENDENT
                assert again.differing(sent, [*form.texts, *form.names(*CHOICES)]) <= {"code"}
        with subtests.test(address, of="blank fields"):
            optional = set(MAY_BE_BLANK.get(address, "").split())
            if optional < form.visible:
                _, at = refuse(client, path, form.filled(*BLANK))
                assert form.visible - at == optional
        with subtests.test(address, of="what is stored"):
            assert row_counts(app) == before
    assert {name_of(kind) for kind in kinds_of(Form)} - refusing == ELSEWHERE
