"""Actions of an entity's people in its registers, over HTTP: trying the demo, and going live."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

from sqlalchemy import select

from app.base import calendar, formatting
from app.base.models import PostHolder, Register
from app.cases.records import roster
from app.register.facts.values import PATHS
from app.register.visits import demo_script
from app.register.visits.demo_script import Line
from tests.robot.browsing import PASSWORD, Page, Visitor, local
from tests.robot.story import Story

#: The initial category of the script's line that is to be corrected.
WRONG = "other"


def operators(story: Story) -> list[Visitor]:
    """Return the operators of the roster, each in a separate browser.

    They come in by invitation.
    """
    if "operator" not in story.people:
        with story.reading() as session:
            listed = roster.operators(story.onboarding(session))
        for number, person in enumerate(listed[:2]):
            name = "operator" if number == 0 else f"operator{number + 1}"
            story.people[name] = _comes_in(story, person["email"], person["document_number"])
    return [who for name, who in story.people.items() if name.startswith("operator")]


def _comes_in(story: Story, email: str, document: str) -> Visitor:
    """Open an operator's invitation. An invitation of weeks ago has expired, so a new one is
    requested.
    """
    visitor = Visitor(story.app, document)
    page = visitor.look(_invitation(story, email))
    if page.response.status_code == 410:
        page.button("Enviarme una invitación nueva").says("Revisa tu correo")
        page = visitor.go(_invitation(story, email))
    form = page.form("new_password")
    form.fill("new_password", PASSWORD)
    page = form.press()
    assert not page.errors, page.errors
    return visitor


def _invitation(story: Story, email: str) -> str:
    body = story.mail("Abre tu cuenta", to=email, reader="superuser")
    return local(re.findall(r"http://localhost/invitacion/\S+", body)[0])


def tries_the_demo(story: Story, most: int = len(demo_script.LINES)) -> None:
    """Record visits of the script at the desk of the demo, as its operators: all of them, with the
    further acts of the script.
    """
    first, *others = operators(story)
    for line in demo_script.LINES[:most]:
        who = others[0] if others and line.task == "second" else first
        if _is_recorded(story, line):
            continue
        if line.task == "late":
            yesterday = calendar.today() - timedelta(days=1)
            enters(story, who, "demo", line, on=yesterday)
        else:
            enters(story, who, "demo", line)
            leaves(story, who, "demo", line)
        if line.task == "correct":
            corrects(story, who, line)
    if most == len(demo_script.LINES):
        looks_at_the_demo(story)
        page = first.go(f"/registro/{story.code}/demo/cartilla")
        assert "Falta" not in page.text, page.text


def _is_recorded(story: Story, line: Line) -> bool:
    page = story.people["operator"].go(f"/registro/{story.code}/demo/cartilla")
    row = page.tree.xpath(f"//tr[.//*[contains(., '{line.visitor.document_number}')]]")[0]
    return "Falta registrarla" not in row.text_content()


def enters(story: Story, who: Visitor, env: str, line: Line, *, on: date | None = None) -> Page:
    """Record an entry at the desk. An entry of a past day has its hours and the observation."""
    form = who.go(f"/registro/{story.code}/{env}").form("visitors-0-document_number")
    visitor = line.visitor
    for name, value in (
        ("document_type", visitor.document_type),
        ("document_number", visitor.document_number),
        ("surnames", line.surnames),
        ("given_names", line.given_names),
        ("kind", visitor.kind),
        ("entity", visitor.entity),
        ("entity_ruc", visitor.entity_ruc),
    ):
        form.fill(f"visitors-0-{name}", value)
    official = _some_official(story, env)
    form.fill("official", official.surnames)
    form.values["official_id"] = str(official.id)  # as choosing from the list does
    form.fill("category", WRONG if line.task == "correct" else line.category)
    form.fill("motive", line.motive)
    if on is not None:
        form.fill("entry_on", formatting.short_day(on))
        form.fill("entry_hour", "10:00")
        form.fill("exit_hour", "10:30")
        form.fill("observation", "late")
    page = form.press()
    assert not page.errors, f"{page}: {page.errors}"
    return page.says(f"Ingreso registrado: {visitor.name}")


def _some_official(story: Story, env: str) -> PostHolder:
    """Return an official who can be visited there."""
    found: PostHolder = story.ask(
        select(PostHolder)
        .join(Register, Register.id == PostHolder.register_id)
        .where(
            Register.entity_id == story.id,
            Register.environment == PATHS[env],
            PostHolder.to_on.is_(None),
            PostHolder.profile == "visited_official",
        )
        .order_by(PostHolder.id)
        .limit(1)
    )
    return found


def leaves(story: Story, who: Visitor, env: str, line: Line) -> Page:
    """Record an exit, by the button in the list of visitors inside."""
    page = who.go(f"/registro/{story.code}/{env}")
    return page.button(f"Registrar salida de {line.visitor.name}").says(
        f"Salida registrada: {line.visitor.name}"
    )


def corrects(story: Story, who: Visitor, line: Line) -> None:
    """Correct the category of a visit."""
    page = who.go(f"/registro/{story.code}/demo/visitas")
    page = who.go(page.link(line.visitor.name))
    form = who.go(page.link("Corregir")).form("reason")
    form.fill("category", line.category)
    form.fill("reason", "La categoría era otra.")
    page = form.press()
    assert not page.errors, f"{page}: {page.errors}"


def looks_at_the_demo(story: Story) -> None:
    """Search and download as the public would, as the administrator."""
    who = story.people["administrator"]
    name = demo_script.LINES[0].surnames
    who.go(f"/demo/{story.code}/visitas?q={name.replace(' ', '+')}").says(name)
    rows = list(csv.reader(io.StringIO(who.download(f"/demo/{story.code}/visitas.csv").decode())))
    assert len(rows) == 1 + len(demo_script.LINES)


def goes_live(story: Story) -> None:
    """Record the first visit of the production's register."""
    (who, *_), line = operators(story), demo_script.LINES[0]
    enters(story, who, "produccion", line)
    leaves(story, who, "produccion", line)
