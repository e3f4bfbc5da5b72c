"""The pictures of the manual and of the README, taken of pages as invented people see them.

`make pictures` (python -m tests.browser.pictures) writes them all. Steps are drawn with the first
example of their folder. Other pages are those of a small demo whose entities first get invented
names. Each picture stores the text that is on it, by which a test finds stale ones: bytes differ
from one browser to the next.
"""

from __future__ import annotations

import io
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

from PIL import Image, PngImagePlugin
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, db, files
from app.base.config import shipped
from app.base.files import Owner
from app.base.models import Entity, ProcessInstance, Task, User
from app.cases import papers, records
from app.cases.case import Case
from app.onboarding import batches
from app.onboarding.tasks.loading import TaskPage
from app.ops.demo import answers, documents
from app.people import access
from app.web.security_headers import CONTENT_SECURITY_POLICY
from forms import steps
from tests import browsers, programs
from tests.browser.demo_site import NOW, DemoSite, filled, opened, opened_in
from tests.forms.drawn import draw
from tests.forms.filled import fill, given_of, values_of

README = shipped.MANUAL.parent / "pictures"
MANUAL = shipped.MANUAL / "imagenes"
#: Pixels of the screen per pixel of the page: sharp on phones, and still small.
SHARPNESS = 1.5
COLOURS = 96
TO_THE_TOP = (
    "one => scrollTo({top: one.getBoundingClientRect().top + scrollY, behavior: 'instant'})"
)
#: All text that is entirely in the picture, and what is typed or chosen, each with its lower edge.
SAID = """
() => {
  const UNSEEN = "option, textarea, .govuk-visually-hidden, .govuk-skip-link";
  const lines = [], put = (rect, text) => {
    const words = text.replace(/\\s+/g, " ").trim();
    if (words && rect.width > 1 && rect.height > 1 && rect.top >= 0 && rect.bottom <= innerHeight)
      lines.push([Math.round(rect.bottom), words]);
  };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = new Range();
  while (walk.nextNode()) {
    const of = walk.currentNode.parentElement;
    if (!of.checkVisibility({visibilityProperty: true}) || of.closest(UNSEEN)) continue;
    range.selectNodeContents(walk.currentNode);
    put(range.getBoundingClientRect(), walk.currentNode.data);
  }
  for (const one of document.querySelectorAll("input:not([type=hidden]), textarea"))
    put(one.getBoundingClientRect(), `${one.value} ${one.checked || ""}`);
  for (const one of document.querySelectorAll("select"))
    put(one.getBoundingClientRect(), one.selectedOptions[0]?.text ?? "");
  return lines;
}
"""
#: Distance from the lower edge (pixels) within which another browser may cut text off.
EDGE = 40
WIDTH = 1024
WIDE = 1280


@dataclass(frozen=True)
class Scene:
    """A picture: its page, its reader, and words that must be on it."""

    file: Path
    says: str
    role: str = ""
    """The role of the reader; "" for the public."""
    path: str | Callable[[Session, int], str] = "/"
    """Its address, or a function that returns it for a user id."""
    under_way: str = ""
    """Instead of the role, a step that is open in the demo. The reader is a user who may answer
    it; the page is the step itself, unless there is a path."""
    step: str = ""
    """Instead of a page of the demo: the example of a step, and its page number."""
    page: int = 0
    days: int = 0
    """Days after the day of the demo."""
    at: str = ""
    """The element at the upper edge, if not the top of the page."""
    height: int = 720
    width: int = WIDTH


def half_way(session: Session, _: int) -> str:
    """Return the page of an entity that tries its demo register."""
    return str(opened_in(session, "run_demo_test").entity.url)


def own(session: Session, user_id: int) -> str:
    """Return the page of a user's entity."""
    return str(session.get_one(User, user_id).grants[0].entity.url)


def with_a_certificate(session: Session, user_id: int) -> str:
    """Return the first page of the Despacho when an entity's certificate is to be signed."""
    case = opened_in(session, "define_decision_makers").instance_id
    open_there = select(Task).where(Task.instance_id == case, Task.state == "open")
    while (task := session.scalars(open_there).one()).role != "secretary":
        answered_by = access.recipients(session, task.role, task.entity)[0]
        task_page = TaskPage.of(session, task.id, answered_by)
        answers.write(task_page, answers.values_for(task_page, "", Random(1)))
        answers.send(TaskPage.of(session, task.id, answered_by))
        session.flush()
    session.commit()
    return "/"


def presented(session: Session, user_id: int) -> str:
    """Return the review of a designation whose papers have the invented name of its entity."""
    task = opened_in(session, "review_designation")
    case = Case(session, task.entity, task.instance, user_id, task)
    filing = records.filing.open_filing(case)
    assert filing is not None
    owner = Owner(task.entity_id, task.instance_id, task.id, user_id)
    signed = {}
    for kind in filing.signed:
        paper = papers.issue(case, kind)
        content, pages = documents.signed(files.path_of(paper.sha256).read_bytes())
        stream = io.BytesIO(content)
        use = files.keep(
            session, stream, media_type=papers.MEDIA_TYPE, owner=owner, paper=kind, pages=pages
        )
        signed[kind] = use.id
    filing.signed = signed
    session.commit()
    return f"/tareas/{task.id}"


def checked(session: Session, user_id: int) -> str:
    """Return a batch to confirm: a start of some entities, those under way among them."""
    some = session.scalars(select(Entity).order_by(Entity.name, Entity.id).limit(6)).all()
    ours = session.scalars(select(Entity).join(ProcessInstance).distinct().limit(3)).all()
    batch = batches.from_list(session, batches.START, [*some, *ours], user_id)
    session.commit()
    return f"/entidades/lotes/{batch.id}"


def of_manual(name: str, says: str, **more: Any) -> Scene:
    return Scene(MANUAL / f"{name}.png", says, **more)


def of_readme(name: str, says: str, **more: Any) -> Scene:
    return Scene(README / f"{name}.png", says, **{"width": WIDE, "height": 800, **more})


SCENES: tuple[Scene, ...] = (
    of_readme("administrator", "¿Qué sigue?", under_way="run_demo_test", path=own, height=900),
    of_readme("register", "Visitas publicadas", path="/visitas", at=".list-head", height=640),
    of_readme("authority", "Etapa 1 de 7", under_way="list_personnel", path=own),
    of_readme("superuser", "Hoy", role="superuser"),
    of_readme("auditor", "Hoy", role="auditor", height=440),
    of_manual(
        "pendientes", "Mis pendientes", under_way="run_demo_test", path="/pendientes", height=440
    ),
    of_manual("paso", "Página 2 de 5", step="designate_administrator", page=1, height=900),
    of_manual(
        "mi-entidad",
        "¿Dónde está?",
        under_way="run_demo_test",
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
    of_manual("hoy", "con atraso", role="sgtd", days=3, width=WIDE, height=900),
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
        under_way="review_designation",
        path=presented,
        height=1100,
        width=WIDE,
    ),
    of_manual("llamada", "Llama a la entidad", step="call_entity", height=900),
    of_readme("secretary", "te espera", role="secretary", path=with_a_certificate),
    of_manual(
        "constancia",
        "La constancia y el expediente",
        under_way="sign_certificate",
        height=1100,
        width=WIDE,
    ),
)


def take(scene: Scene, site: DemoSite, browser: Any) -> bytes:
    """Return the picture as a small PNG. Raises AssertionError for an unexpected page."""
    before = calendar.use_clock(lambda: NOW + timedelta(days=scene.days))
    try:
        return _take(scene, site, browser)
    finally:
        calendar.use_clock(before)


def _take(scene: Scene, site: DemoSite, browser: Any) -> bytes:
    context = browser.new_context(
        base_url=site.address,
        locale="es-PE",
        timezone_id="America/Lima",
        viewport={"width": scene.width, "height": scene.height},
        device_scale_factor=SHARPNESS,
    )
    page = context.new_page()
    if scene.step:
        show_drawn(scene, site, page)
    else:
        user_id, path = reader_and_path(scene, site)
        if user_id:
            context.add_cookies([site.cookie(user_id)])
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, f"{scene.file.name}: {path} answers {answer.status}"
    page.evaluate("document.fonts.ready.then(() => document.activeElement.blur())")
    if scene.at:
        page.locator(scene.at).first.evaluate(TO_THE_TOP)
    assert scene.says in page.locator("body").inner_text(), f"{scene.file.name}: not on the page"
    said, shot = page.evaluate(SAID), page.screenshot()
    context.close()
    return smaller(shot, said)


def reader_and_path(scene: Scene, site: DemoSite) -> tuple[int, str]:
    """Return the reader's id (0 for the public) and the address."""
    user_id = site.person_with(scene.role) if scene.role else 0
    with site.app.app_context():
        session = db.session()
        if scene.under_way:
            task = opened_in(session, scene.under_way)
            people = access.recipients(session, task.role, task.entity)
            user_id = people[0].id
            path = f"/tareas/{task.id}" if scene.path == "/" else scene.path
        else:
            path = scene.path
        return user_id, path if isinstance(path, str) else path(session, user_id)


def show_drawn(scene: Scene, site: DemoSite, page: Any) -> None:
    """Lay out a step with its folder's first example, under an address of the installation."""
    step = steps()[scene.step]
    example = step.accepts[0]
    form = fill(step, values_of(step, example), example.given)
    shown = form.screens()[scene.page]
    given = given_of(step, example.given)
    task = SimpleNamespace(due_in=4, due_on=NOW.date() + timedelta(days=6), due_kind="práctica")
    html = draw(site.app, step, form, shown, given, task)
    html = re.sub(r"\b\d{4}(\d{4})\b(?=[<\"])", r"0000\1", html)  # numbers that no record has
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    }
    url = f"{site.address}/tareas/1/{shown.key}"
    page.route(url, lambda route: route.fulfill(body=html, headers=headers))
    page.goto(url)


def smaller(shot: bytes, said: list[tuple[int, str]]) -> bytes:
    """Return the picture with a palette, which is enough for a page of text, and with its text."""
    image = Image.open(io.BytesIO(shot)).convert("RGB")
    image = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    output = io.BytesIO()
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Said", json.dumps(said, ensure_ascii=False), zip=True)
    image.save(output, "PNG", optimize=True, pnginfo=text)
    return output.getvalue()


def differences(committed: bytes, taken: bytes, height: int) -> set[str]:
    """Return the text that is on only one of two pictures of a scene."""
    lines = [
        [tuple(line) for line in json.loads(Image.open(io.BytesIO(one)).info.get("Said", "[]"))]
        for one in (committed, taken)
    ]
    every = [{text for _, text in one} for one in lines]
    inside = [{text for bottom, text in one if bottom < height - EDGE} for one in lines]
    return (inside[0] - every[1]) | (inside[1] - every[0])


def rename(site: DemoSite) -> None:
    """Give all entities invented names: the content of the pictures is invented."""
    with site.app.app_context():
        session = db.session()
        for number, entity in enumerate(session.scalars(select(Entity).order_by(Entity.id)), 1):
            kind, found, _ = entity.name.partition(" de ")
            entity.name = f"{kind if found else 'Organismo'} de Ejemplo {number}"
            entity.acronym = ""
        session.commit()


def all_of(site: DemoSite, browser: Any) -> Iterator[tuple[Scene, bytes]]:
    """Yield every picture."""
    rename(site)
    for scene in SCENES:
        yield scene, take(scene, site, browser)


def main() -> None:
    """Write all pictures, and print the size of each."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=programs.path("chromium"), args=list(browsers.ARGUMENTS)
        )
        filled(Path(folder))
        with opened(Path(folder)) as site:
            for scene, picture in all_of(site, chromium):
                scene.file.parent.mkdir(exist_ok=True)
                scene.file.write_bytes(picture)
                sys.stdout.write(f"{scene.file.name}: {len(picture) // 1000} kB\n")
        chromium.close()


if __name__ == "__main__":
    main()
