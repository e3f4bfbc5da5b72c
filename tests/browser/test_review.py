"""A whole review in a real browser without scripts: by keyboard alone, and with a mouse on a phone.

A second presentation of a roster with many rows, which another entity presents too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.base import calendar
from app.base.models import Filing, ProcessInstance
from forms.shapes.change_examples import OPERATORS
from tests.app.walk import Walk, sample_pdf
from tests.browser.examined import NARROW, Examiner
from tests.browser.visitor import FOCUSED, Visitor, sign_in
from tests.conftest import Clock

STEP = "review_personnel"
STEPS = ("update_personnel", "file_personnel", "record_personnel_reception")
OBSERVED = "El cargo no es el que figura en el cuadro de la entidad."
#: The number of rows that were accepted; of these, the first are gone and every third has changed.
MANY, GONE = 150, 3
WANTED = 75
LETTERS = str.maketrans("0123456789", "abcdefghij")
#: Whether a heading is in the window, and nothing covers its upper edge.
IN_VIEW = """
id => {
  const one = document.getElementById(id), {left, top, bottom} = one.getBoundingClientRect();
  const above = document.elementFromPoint(left + 4, top + 1);
  return top >= 0 && bottom <= window.innerHeight && one.contains(above);
}
"""


def surnames(number: int) -> str:
    """Return surnames of which the second one has a letter for each digit of a number."""
    return f"Ejemplo {f'{number:03}'.translate(LETTERS).capitalize()}"


#: The row's number in the presentation, after those that are gone.
ROW = f"Fila {WANTED - GONE}: Persona {surnames(WANTED)}"


def row(number: int, post: str = "Recepcionista") -> dict[str, str]:
    """Return a row of the roster, whose person has the number in their surname."""
    names = {"given_names": "Persona", "surnames": surnames(number), "post": post}
    return OPERATORS[0] | names | {"document_number": f"{70_000_000 + number}"}


def changed(_: list[Any]) -> list[dict[str, str]]:
    """Return the rows of the second paper."""
    return [
        row(number, "Jefa de mesa" if number % 3 == 0 else "Recepcionista")
        for number in range(GONE + 1, MANY + 3)
    ]


@pytest.fixture
def walk(app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Walk:
    """Return two cases whose second SIP-RVL-002 is under review, after an accepted one."""
    monkeypatch.setattr("app.cases.papers.render", lambda *_: sample_pdf())
    made = Walk(app)
    for code in ("E90001", "E90002"):
        instance = made.begin_at("resubmission", code)
        if code != "E90001":
            made.people["administrator"] = made.person("40000042", "administrator", code)
        accept_a_roster(made, instance)
        clock.forward(hours=1)
        for step in STEPS:
            made.answer(step, instance=instance)
        made.change_roster(changed, instance)
    observe_before(made)
    return made


def observe_before(walk: Walk) -> None:
    """Let the SGTD observe the roster of a third case."""
    walk.people["administrator"] = walk.person("40000043", "administrator", "E90003")
    instance = walk.begin_at("resubmission", "E90003")
    for step in STEPS:
        walk.answer(step, instance=instance)
    walk.answer(STEP, "observed", instance=instance)
    with walk.writing() as session:
        filing = session.scalars(select(Filing).where(Filing.instance_id == instance)).one()
        filing.observations = [one | {"text": OBSERVED} for one in filing.observations]


def accept_a_roster(walk: Walk, instance: int) -> None:
    walk.change_roster(lambda _: [row(number) for number in range(1, MANY + 1)], instance)
    with walk.writing() as session:
        session.add(
            Filing(
                entity_id=session.get_one(ProcessInstance, instance).entity_id,
                instance_id=instance,
                kind="designation",
                number=f"1-{instance}",
                presented_at=calendar.now(),
                signed={"sip_rvl_002": "x"},
                result="accepted",
                closed_at=calendar.now() + timedelta(minutes=1),
            )
        )


@pytest.fixture
def reviewer(walk: Walk, live_server: str, browser: Any, examiner: Examiner) -> Iterator[Visitor]:
    """Yield a coordinator of the SGTD who has signed in."""
    visitor = Visitor(browser, live_server, examiner)
    sign_in(visitor.context, walk.browser("sgtd"), live_server)
    yield visitor
    visitor.context.close()


@pytest.mark.guard("a journey in a browser: a review")
def test_a_review_by_keyboard_alone_and_the_next_one_on_a_phone(walk: Walk, reviewer: Visitor):
    reviewer.goes("/pendientes")
    skips_to_the_content(reviewer)
    reviewer.tabs_to("Revisa la relación de personal")
    reviewer.hits("Enter")
    finds_a_changed_row(reviewer)
    observes_it_as_before(reviewer)
    confirms(reviewer)
    first, second = (walk.task(STEP, instance) for instance in (walk.id, walk.id + 1))
    assert (first.state, second.state) == ("completed", "open")
    assert observed(walk, first.instance_id) == [("row", ROW, OBSERVED)]

    reviewer.tabs_to("Siguiente: ")
    reviewer.hits("Enter")
    assert f"/tareas/{second.id}/" in reviewer.page.url
    decides_on_a_phone(reviewer)
    assert observed(walk, second.instance_id) == [
        ("row", f"Ya no está: Persona {surnames(GONE)}", "¿Por qué no está?")
    ]


# The acts, in their order ------------------------------------------------------------------------


def skips_to_the_content(reviewer: Visitor) -> None:
    """Use the first link of the page."""
    reviewer.tabs_to("Saltar al contenido", 1)
    reviewer.page.keyboard.press("Enter")


def finds_a_changed_row(reviewer: Visitor) -> None:
    """Go to the rows that changed, past the paper, and from there to one of them by a search."""
    skips_to_the_content(reviewer)
    reviewer.tabs_to("La relación", 2)
    reviewer.page.keyboard.press("Enter")
    assert reviewer.page.evaluate(IN_VIEW, "la-relacion")
    reviewer.tabs_to("2 nuevas", 2)
    reviewer.hits("Enter")
    skips_to_the_content(reviewer)
    reviewer.tabs_to("Cambiaron", 4)
    reviewer.hits("Enter")
    reviewer.reads("49 filas")
    skips_to_the_content(reviewer)
    reviewer.tabs_to("Nombre, cargo, unidad o sede", 5)
    reviewer.types(surnames(WANTED).lower())
    reviewer.hits("Enter")
    reviewer.reads("1 fila")
    skips_to_the_content(reviewer)
    reviewer.tabs_to(f"Observar la fila {WANTED - GONE}, {surnames(WANTED)}, Persona", 8)
    reviewer.hits("Enter")


def observes_it_as_before(reviewer: Visitor) -> None:
    """Insert an earlier text into the observation, which has the focus."""
    reviewer.reads(ROW)
    assert reviewer.page.evaluate(FOCUSED).startswith("Observación")
    assert reviewer.page.get_by_label("Observar", exact=True).is_checked()
    reviewer.tabs_to("Lo que ya observaste", 1)
    reviewer.types_choice(OBSERVED[:8])
    reviewer.tabs_to("Insertar", 1)
    reviewer.hits("Enter")
    assert reviewer.page.evaluate(FOCUSED).startswith("Observación")
    reviewer.tabs_to("Continuar", 12)
    reviewer.hits("Enter")


def confirms(reviewer: Visitor) -> None:
    """Read what follows, and send."""
    for words in ("Revisa tus respuestas", ROW, OBSERVED, "Qué pasa si lo confirmas"):
        reviewer.reads(words)
    skips_to_the_content(reviewer)
    reviewer.tabs_to("Registrar la revisión")
    reviewer.hits("Enter")
    reviewer.reads("Registramos tu respuesta")
    reviewer.reads("(queda 1)")
    skips_to_the_content(reviewer)


def decides_on_a_phone(reviewer: Visitor) -> None:
    """Reach the decision at 360 px past the paper; then decide with taps alone."""
    reviewer.page.set_viewport_size({"width": NARROW, "height": 640})
    assert not reviewer.page.evaluate(IN_VIEW, "tu-decision")
    skips_to_the_content(reviewer)
    reviewer.tabs_to("Ir a la decisión", 1)
    reviewer.page.keyboard.press("Enter")
    assert reviewer.page.evaluate(IN_VIEW, "tu-decision")
    reviewer.tabs_to("Dar conformidad", 1)

    name = f"Observar Ya no está: Persona {surnames(GONE)}"
    reviewer.presses(name)
    assert reviewer.page.get_by_label("Observar", exact=True).is_checked()
    reviewer.writes("Observación", "¿Por qué no está?")
    reviewer.presses("Continuar")
    reviewer.reads("Qué pasa si lo confirmas")
    reviewer.presses("Registrar la revisión")
    reviewer.reads("Registramos tu respuesta")


def observed(walk: Walk, instance: int) -> list[tuple[str, str, str]]:
    """Return the kind, the place and the text of each observation of the newest presentation."""
    newest = select(Filing).where(Filing.instance_id == instance).order_by(Filing.id.desc())
    filing = walk.one(newest.limit(1))
    return [(one["target_kind"], one["target"], one["text"]) for one in filing.observations]
