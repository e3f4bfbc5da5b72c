"""The pictures of the manual and of the README, taken of the pages as invented people see them.

`make pictures` (python -m tests.browser.pictures) writes them all; a test takes each, too. Steps
are drawn with the first example of their folder, other pages are those of a small demo whose
entities get invented names first.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import access, batches, db
from app.manual import FOLDER
from app.models import Entity, ProcessInstance, Task, User
from app.security_headers import CONTENT_SECURITY_POLICY
from forms import steps
from forms.shapes.loading import invented_roster
from tests import browsers
from tests.browser.house import NOW, House, opened
from tests.forms.drawn import draw
from tests.forms.filled import fill, given_of, values_of

README = FOLDER.parent / "pictures"
MANUAL = FOLDER / "imagenes"
#: Pixels of the screen per pixel of the page: sharp on phones, and still small.
SHARPNESS = 1.5
COLOURS = 96
TO_THE_TOP = (
    "one => scrollTo({top: one.getBoundingClientRect().top + scrollY, behavior: 'instant'})"
)
WIDTH = 1024
WIDE = 1280


@dataclass(frozen=True)
class Scene:
    """A picture: of what, by whom, and words that must be on it."""

    file: Path
    says: str
    role: str = ""
    """Whose page it is; "" for everybody's."""
    path: str | Callable[[Session, int], str] = "/"
    """Its address, or what finds it, for a person by id."""
    under_way: str = ""
    """Instead of both, a step that is open in the demo, as somebody sees it who may answer it."""
    step: str = ""
    """The step that is drawn instead, which of its pages, and what it reads beside its example."""
    page: int = 0
    given: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""
    """What stands at the upper edge, where that is not the page's own."""
    height: int = 720
    width: int = WIDTH


def opened_in(session: Session, step: str) -> Task:
    """An open task of a step."""
    asked = select(Task).where(Task.step == step, Task.state == "open")
    return session.scalars(asked.order_by(Task.id).limit(1)).one()


def half_way(session: Session, _: int) -> str:
    """The page of an entity that tries its demo register."""
    return str(opened_in(session, "run_demo_test").entity.url)


def own(session: Session, user_id: int) -> str:
    """The page of a person's entity."""
    return str(session.get_one(User, user_id).grants[0].entity.url)


def checked(session: Session, user_id: int) -> str:
    """A batch that is to be confirmed: a start of some entities, those under way among them."""
    some = session.scalars(select(Entity).order_by(Entity.name, Entity.id).limit(6)).all()
    ours = session.scalars(select(Entity).join(ProcessInstance).distinct().limit(3)).all()
    batch = batches.from_list(session, batches.START, [*some, *ours], user_id)
    session.commit()
    return f"/entidades/lotes/{batch.id}"


def of_manual(name: str, says: str, **more: Any) -> Scene:
    return Scene(MANUAL / f"{name}.png", says, **more)


def designated() -> dict[str, Any]:
    """What a review of a designation has before it: the example of the designation."""
    step = steps()["designate_administrator"]
    said = values_of(step, step.accepts[0])
    administrator = {"holder": said["administrator"], "alternate": said["alternate"]}
    return {
        "entity": said["entity"],
        "authority": said["authority"],
        "administrator": administrator,
        "roster": invented_roster(),
    }


SCENES: tuple[Scene, ...] = (
    Scene(
        README / "administrator.png",
        "¿Qué sigue?",
        role="administrator",
        path=own,
        width=WIDE,
        height=900,
    ),
    Scene(README / "register.png", "Visitas publicadas", path="/visitas", width=WIDE, height=900),
    of_manual("pendientes", "Mis pendientes", role="administrator", path="/pendientes", height=440),
    of_manual("paso", "Página 2 de 5", step="designate_administrator", page=1, height=900),
    of_manual(
        "mi-entidad",
        "¿Dónde está?",
        role="administrator",
        path=own,
        height=900,
    ),
    of_manual("designacion", "Página 1 de 5", step="designate_administrator", height=900),
    of_manual(
        "personal", "Elabora la relación", step="list_personnel", at="[id=roster-title]", height=900
    ),
    of_manual("sesion", "Elige la fecha", step="choose_thematic_session", height=900),
    of_manual("capacitacion", "Programa la capacitación", step="plan_training", height=900),
    of_manual("prueba", "Qué hay y qué falta", under_way="run_demo_test", height=900),
    of_manual("salida", "Prepara la salida en vivo", step="load_production_personnel", height=900),
    of_manual("mesa", "Registrar ingreso", role="operator", height=800, width=WIDE),
    of_manual("hoy", "Hoy", role="sip", width=WIDE, height=900),
    of_manual("programa", "Programa", role="sip", path="/programa", height=1000, width=WIDE),
    of_manual("lote", "Fila por fila", role="sip", path=checked, height=900, width=WIDE),
    of_manual("entidades", "Entidades", role="sip", path="/entidades", height=800, width=WIDE),
    of_manual(
        "entidad",
        "¿Dónde está?",
        role="sip",
        path=half_way,
        height=1000,
        width=WIDE,
    ),
    of_manual(
        "revision",
        "Revisa la designación",
        step="review_designation",
        given=designated(),
        height=1000,
    ),
    of_manual("llamada", "Llama a la entidad", step="call_entity", height=900),
    of_manual("oficio", "Firma el oficio", step="sign_letter", height=900),
)


def take(scene: Scene, house: House, browser: Any) -> bytes:
    """The picture as a small PNG. Raises AssertionError where the page is not what it should be."""
    context = browser.new_context(
        base_url=house.address,
        locale="es-PE",
        timezone_id="America/Lima",
        viewport={"width": scene.width, "height": scene.height},
        device_scale_factor=SHARPNESS,
    )
    page = context.new_page()
    if scene.step:
        show_drawn(scene, house, page)
    else:
        somebody, path = reached(scene, house)
        if somebody:
            context.add_cookies([house.cookie(somebody)])
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{scene.file.name}: {path} answers {answer.status}"
    page.evaluate("document.fonts.ready.then(() => document.activeElement.blur())")
    if scene.at:
        page.locator(scene.at).first.evaluate(TO_THE_TOP)
    assert scene.says in page.locator("body").inner_text(), f"{scene.file.name}: not on the page"
    shot = page.screenshot()
    context.close()
    return smaller(shot)


def reached(scene: Scene, house: House) -> tuple[int, str]:
    """Who looks, by id (0 for everybody), and at which address."""
    somebody = house.somebody(scene.role) if scene.role else 0
    with house.app.app_context():
        session = db.session()
        if scene.under_way:
            task = opened_in(session, scene.under_way)
            people = access.recipients(session, task.role, task.entity)
            return people[0].id, f"/tareas/{task.id}"
        return somebody, scene.path if isinstance(scene.path, str) else scene.path(
            session, somebody
        )


def show_drawn(scene: Scene, house: House, page: Any) -> None:
    """Lays out a step with its folder's first example, under an address of the house."""
    step = steps()[scene.step]
    example = step.accepts[0]
    form = fill(step, values_of(step, example), example.given)
    shown = form.screens()[scene.page]
    given = {**given_of(step, example.given), **scene.given}
    task = SimpleNamespace(due_in=4, due_on=NOW.date() + timedelta(days=6), due_kind="práctica")
    html = draw(house.app, step, form, shown, given, task)
    html = re.sub(r"\b\d{4}(\d{4})\b(?=[<\"])", r"0000\1", html)  # numbers that nobody has
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    }
    url = f"{house.address}/tareas/1/{shown.key}"
    page.route(url, lambda route: route.fulfill(body=html, headers=headers))
    page.goto(url)


def smaller(shot: bytes) -> bytes:
    """The picture with a palette, which a page of text needs no more than."""
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    image = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    kept = io.BytesIO()
    image.save(kept, "PNG", optimize=True)
    return kept.getvalue()


def rename(house: House) -> None:
    """Gives all entities invented names: what the pictures tell of them is invented."""
    with house.app.app_context():
        session = db.session()
        for number, entity in enumerate(session.scalars(select(Entity).order_by(Entity.id)), 1):
            kind, found, _ = entity.name.partition(" de ")
            entity.name = f"{kind if found else 'Organismo'} de Ejemplo {number}"
            entity.acronym = ""
        session.commit()


def all_of(house: House, browser: Any) -> Iterator[tuple[Scene, bytes]]:
    """Every picture."""
    rename(house)
    for scene in SCENES:
        yield scene, take(scene, house, browser)


def main() -> None:
    """Writes them, and says of each how large it is."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=browsers.find(), args=list(browsers.ARGUMENTS)
        )
        with opened(f"sqlite:///{folder}/pictures.db", Path(folder)) as house:
            for scene, picture in all_of(house, chromium):
                scene.file.parent.mkdir(exist_ok=True)
                scene.file.write_bytes(picture)
                sys.stdout.write(f"{scene.file.name}: {len(picture) // 1000} kB\n")
        chromium.close()


if __name__ == "__main__":
    main()
