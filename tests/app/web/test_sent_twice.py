"""Every form acts once, also if its user sends it twice, one after the other or at once.

The forms are found through the table of access: a new act is covered without a line here, unless it
needs a value that no page offers (`TYPED`, `EXAMPLES`), or a state that the installation lacks
(`IDLE`). Steps are in `tests/app/onboarding/tasks`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pytest
from flask import Flask

from tests.app.people.house import House, house
from tests.app.people.rules import RULES
from tests.app.register.importing import past_files
from tests.app.sending import TEXT, Copy, find, post, sent_by, stored, twin
from tests.app.together import together
from tests.conftest import Clock
from tests.pages import CheckingClient

#: What a user types in a field without a value, by its name.
TYPED: Mapping[str, str] = {
    "acronym": "MDE",
    "address": "https://www.entidad.gob.pe",
    "contact": "otra@example.org",
    "contact_email": "otra@example.org",
    "current_password": "una frase de las pruebas",
    "cut_off_on": "02/03/2026",
    "date": "02/03/2026",
    "day": "02/03/2026",
    "document_number": "00000501",
    "email": "otra@example.org",
    "entity": "",
    "entity_code": "E90001",
    "entity_ruc": "",
    "entry_hour": "07:30",
    "entry_on": "02/03/2026",
    "exit_hour": "07:45",
    "from_on": "03/03/2026",
    "hora": "08:00",
    "hour": "07:30",
    "link": "https://example.org",
    "minutes": "60",
    "number": "",
    "official": "Mamani Muestra Carmen · Alcaldesa · Alcaldía",
    "on": "02/03/2026",
    "paper_date": "02/03/2026",
    "paper_number": "045-2026-MDE/A",
    "phone": "999888777",
    "planned": "",
    "proof": "una frase de las pruebas",
    "review_on": "01/06/2026",
    "ruc": "20131312955",
    "seats": "5",
    "since": "02/03/2026",
    "source": "https://example.org",
    "third_name": "",
    "third_ruc": "",
    "time": "07:30",
    "to_on": "05/03/2026",
    "ubigeo": "150101",
    "until_on": "04/03/2026",
    "visit": "",
    "visitor_entity": "",
    "visitor_entity_ruc": "",
    "website": "https://example.org",
    "working_days": "3",
}
#: Address of a form → values that differ from those which its page offers.
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    "/clave": {"document_number": "41000010"},
    "/cuenta/contacto": {"phone": "999888777"},
    "/calendario/nuevo": {"on": "27/07/2027"},
    "/linea-base": {"file": past_files.table([past_files.row()])},
    "/entidades/E90001/procesos/{instance}/constancia/anular": {"number": "0002-2026-PCM/SIP"},
    "/entidades/lotes/elegidas/inicio": {"codigo": "E90002"},
    "/registro/E90001/produccion/importar": {
        "file": b"Fecha de Visita;Visitante;Hora Ingreso\n04/02/2025;Inventada Otra;09:00\n",
    },
    "/registro/E90001/produccion/importar/{past_import}/columnas": {"entity": "", "entity_ruc": ""},
    "/calendario/2026/nombre": {"name": "Año de la Muestra"},
    "/entidades/E90001/contactos/{newcomer}": {"email": "otra@example.org"},
    "/incidentes-de-datos/nuevo": {
        "document": "",
        "from_on": "01/03/2026",
        "until_on": "01/03/2026",
    },
    "/entidades/E90001/incidentes-de-datos/nuevo": {
        "document": "",
        "from_on": "01/03/2026",
        "until_on": "01/03/2026",
    },
    "/incidentes-de-datos/{breach}/personas": {"purpose": TEXT},
    "/incidentes-de-datos/{platform_breach}/personas": {"purpose": TEXT},
    "/incidentes-de-datos/{breach}": {"at-time": "08:00"},
    "/incidentes-de-datos/{platform_breach}": {"at-time": "08:00"},
    "/mandatos/nuevo": {"level": "municipalidad_distrital", "ubigeo": "150102"},
    "/personas/{user}/correo": {"email": "otra@example.org"},
    "/recordatorios/retenidos": {"entity": "E90001"},
    "/registro/E90001/produccion/agenda/nueva": {"on": "03/03/2026"},
    "/registro/E90001/produccion/actos/nuevo": {
        "holder": "Mamani Muestra Carmen · Alcaldesa · Alcaldía",
    },
    "/registro/E90001/produccion/cierre": {"exits-0-hour": ""},
    "/registro/E90001/produccion/ajustes": {"source": "own_system"},
    "/registro/E90001/demo/ajustes": {"source": "own_system"},
    "/sesiones/nueva": {"on": "20/03/2026"},
    "/derechos/pedir": {"visit": "{visit}", "detail": ""},
}
#: Addresses whose form stores nothing here, by the reason.
IDLE: Mapping[str, str] = {
    "it only reads, signs in or out": (
        "/buscar /entidades/lotes/elegidas /firmas/originales /ingresar "
        "/registro/E90001/produccion/visitante /representados /salir /verificar /verificar/{paper} "
        "/visitas/documento"
    ),
    "what it would do is done already, or there is nothing to undo": (
        "/cuenta/calendario/anular /cuenta/teclas "
        "/entidades/E90001/consultas/{question}/puede-seguir "
        "/entidades/E90001/consultas/{question}/reabrir /entidades/E90001/dejo-la-funcion/retirar "
        "/entidades/E90001/iniciar/cambio-de-autoridad "
        "/entidades/E90001/iniciar/cambios-del-personal /entidades/E90001/iniciar/implementacion "
        "/entidades/E90001/iniciar/nueva-designacion "
        "/entidades/E90001/procesos/{instance}/reanudar "
        "/entidades/E90001/procesos/{instance}/reintentar /entidades/lotes/{batch}/confirmar "
        "/entidades/lotes/{batch}/detener /entidades/lotes/{batch}/seguir "
        "/personas/{user}/invitacion /personas/{user}/reactivar "
        "/registro/E90001/produccion/visitas/{visit}/decidir "
        "/registro/E90001/produccion/visitas/{visit}/levantar /tareas/{authority_task}/mas-plazo"
    ),
    "it needs a case, a file, a code or an answer that this installation lacks": (
        "/activar /avisos/recibido/{receipt} /catalogo/E90001/duplicado /correos/direcciones "
        "/correos/recibidos/{incoming}/leido /encargos/{authority_task}/revisar "
        "/encargos/{authority_task}/{page} /entidades/E90001/devoluciones/{return_asked} "
        "/entidades/E90001/lista-de-espera /entidades/E90001/lista-de-espera/salir "
        "/entidades/E90001/personal/{official}/ya-no-trabaja "
        "/entidades/E90001/procesos/{instance}/otra-sesion/thematic /entidades/E90001/ruc "
        "/entidades/E90001/tareas/{authority_task}/ampliar "
        "/entidades/E90001/tareas/{authority_task}/notificar "
        "/entidades/E90001/tareas/{filing_task}/corregir "
        "/entidades/E90001/tareas/{held_task}/constancia "
        "/entidades/E90001/tareas/{held_task}/pedir-devolucion "
        "/entidades/E90001/tareas/{held_task}/version-corregida "
        "/entidades/lotes/elegidas/convalidacion/todas /entidades/lotes/elegidas/encargar "
        "/entidades/lotes/nuevo/autoridades /entidades/lotes/nuevo/contactos "
        "/entidades/lotes/nuevo/convalidacion /entidades/lotes/{letters}/partes/1 /firmas "
        "/firmas/devolver /firmas/registrar /incidentes/correos/{mail}/descartar "
        "/incidentes/correos/{mail}/reintentar /mandatos/plan /pendientes/guardar "
        "/pendientes/vistas/todas /proceso/subir "
        "/proceso/versiones/{former}/ensayo/{rehearsal}/decisiones "
        "/proceso/versiones/{former}/ensayo/{rehearsal}/lotes/1/volver "
        "/proceso/versiones/{former}/ensayo/{rehearsal}/lotes/nuevo "
        "/registro/E90001/produccion/constatacion /registro/E90001/produccion/cortes "
        "/registro/E90001/produccion/dias-sin-visitas /reglas /sesiones/{begun}/asistencia "
        "/sesiones/{begun}/asistencia/corregir /sesiones/{begun}/asistencia/lista "
        "/sesiones/{begun}/lista-de-espera/{waiting} "
        "/tareas/{authority_task}/revisar /tareas/{change_task}/fotografias/support "
        "/tareas/{change_task}/fotografias/support/orden "
        "/tareas/{divided_task}/repartir/{divided_file} /tareas/{sip_task}/dar"
    ),
}
#: Tables that get a row at each sending → addresses, by the reason.
AGAIN: Mapping[str, tuple[str, str]] = {
    "each reading of a document is logged": (
        "log",
        "/buscar/documento /correos/{mail}/mostrar /entidades/E90001/documentos "
        "/incidentes-de-datos/{breach}/personas "
        "/incidentes-de-datos/{platform_breach}/personas /personas/{user}/documento "
        "/registro/E90001/produccion/visitas/{visit}/documento",
    ),
    "each link or code replaces the one before, which lets nobody in": (
        "calendar_address log mail ticket",
        "/clave /cuenta/calendario /entidades/E90001/codigo /invitacion/{invitation}/nueva "
        "/personas/nueva",
    ),
    "each is a list that does nothing until it is confirmed, which counts once": (
        "baseline baseline_name batch batch_row file_use log past_import",
        "/entidades/E90001/carta /entidades/cartas /entidades/lotes/elegidas/inicio "
        "/entidades/lotes/{batch}/cartas /entidades/lotes/{letters}/otra-vez "
        "/linea-base /linea-base/{baseline}/preparar /registro/E90001/produccion/importar "
        "/registro/E90001/produccion/importar/{past_import}/columnas",
    ),
}
PARTS = pytest.mark.parametrize("part", range(4))


def lines(part: int) -> list[str]:
    """Return the addresses of a part of the forms."""
    posts = [line for line, roles in RULES.items() if line.startswith("POST ") and roles]
    return [line.removeprefix("POST ") for line in posts[part::4]]


def acts(
    built: House, copy: Copy, part: int
) -> Iterator[tuple[str, str, CheckingClient, dict[str, Any]]]:
    """Yield address, path, client, and what the form sends, once it is confirmed."""
    for address in sorted(lines(part)):
        roles = RULES[f"POST {address}"]
        role = "anonymous" if "anonymous" in roles else min(roles)
        values = built.ids | built.own[role]
        path, client = address.format(**values), built.clients[role]
        sent = find(client, path, TYPED) | {
            name: value.format(**values) if isinstance(value, str) else value
            for name, value in EXAMPLES.get(address, {}).items()
        }
        answer = post(client, path, sent)
        if answer.status_code == 200 and answer.mimetype == "text/html":
            sent |= sent_by(answer, path, TYPED) or {}
        copy.restore()
        yield address, path, client, sent


def differing(before: dict[str, list[str]], after: dict[str, list[str]], address: str) -> set[str]:
    """Return the tables that changed, without those that an address may change at each sending."""
    allowed = {
        table
        for tables, addresses in AGAIN.values()
        if address in addresses.split()
        for table in tables.split()
    }
    return {name for name in after if after[name] != before[name]} - allowed


@pytest.mark.guard("every act of the product is sent twice")
@PARTS
def test_an_act_that_is_sent_twice_is_done_once(
    app: Flask,
    clock: Clock,
    request: pytest.FixtureRequest,
    subtests: pytest.Subtests,
    part: int,
) -> None:
    app.config["PAGES_PER_MINUTE"] = 0
    built = house(app)
    copy, before, idle = Copy(app, request), stored(app), set()
    for address, path, client, sent in acts(built, copy, part):
        with subtests.test(address):
            first = post(client, path, sent)
            once = stored(app)
            if once == before:
                idle.add(address)
            else:
                assert first.status_code in (200, 303)
            assert post(client, path, sent).status_code < 500
            assert differing(once, stored(app), address) == set()
        copy.restore()
    named = {address for addresses in IDLE.values() for address in addresses.split()}
    assert idle == named & set(lines(part))


@pytest.mark.nightly
@pytest.mark.postgresql
@PARTS
def test_an_act_that_is_sent_twice_at_once_is_done_once(
    app: Flask,
    clock: Clock,
    request: pytest.FixtureRequest,
    subtests: pytest.Subtests,
    part: int,
) -> None:
    app.config["PAGES_PER_MINUTE"] = 0
    built = house(app)
    copy = Copy(app, request)
    for address, path, client, sent in acts(built, copy, part):
        with subtests.test(address):
            post(client, path, sent)
            once = counted(app)
            copy.restore()
            windows = (client, twin(client))
            answers = together(*(partial(post, window, path, sent) for window in windows))
            statuses = {getattr(answer, "status_code", answer) for answer in answers}
            assert statuses <= {200, 303, 400, 404, 409, 410, 422, 503}  # 503: later, please
            assert differing(once, counted(app), address) == set()
        copy.restore()


def counted(app: Flask) -> dict[str, list[str]]:
    """Return the number of rows of each table, like `stored`."""
    return {name: [str(len(found))] for name, found in stored(app).items()}
