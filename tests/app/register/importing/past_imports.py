"""Import of past visits in tests, and its results."""

from __future__ import annotations

from sqlalchemy import func, select

from app.base.models import Visit
from tests.app.posted import form_of
from tests.app.register.importing.past_files import row
from tests.app.uploads import with_file
from tests.app.visited import CODE, Visited

PATH = f"/registro/{CODE}/produccion/importar"
FOUR = [
    row(),
    row(Visitante="HUAMÁN INVENTADO LUIS", Hora_Salida=""),
    row(Visitante="", Motivo="Otros"),
    row(Visitante="SALAS INVENTADA EVA", Hora_Ingreso="09:40"),
]


def upload(visited: Visited, content: bytes, name: str = "visitas.csv", path: str = PATH):
    """Send a file to be checked. Return the answer."""
    sent = with_file(content, name, source="own_system")
    return visited.browser("administrator").post(path, **sent)


def named(visited: Visited, content: bytes, name: str = "visitas.csv", **columns: str):
    """Send a file and its columns: those that the page proposes, and these. Return the answer."""
    answer = upload(visited, content, name)
    assert answer.status_code == 303, answer.text
    browser, place = visited.browser("administrator"), answer.location
    shown = form_of(browser.get(place).text, place, place)
    assert shown is not None
    return browser.post(place, data=shown.values() | columns)


def checked(visited: Visited, content: bytes, name: str = "visitas.csv", **columns: str) -> str:
    """Return the address of the report of an accepted file."""
    answer = named(visited, content, name, **columns)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def imported(visited: Visited, content: bytes, name: str = "visitas.csv") -> str:
    """Return the page after a file was checked and confirmed."""
    address = checked(visited, content, name)
    browser = visited.browser("administrator")
    answer = browser.post(f"{address}/confirmar")
    assert answer.status_code == 303, answer.text
    return str(browser.get(address).text)


def visits(visited: Visited) -> list[Visit]:
    with visited.reading() as session:
        found = list(session.scalars(select(Visit).order_by(Visit.rank)))
        session.expunge_all()
        return found


def amount(visited: Visited, model: type) -> int:
    return visited.one(select(func.count()).select_from(model)) or 0
