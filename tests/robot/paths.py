"""Parts of the path that several stories share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.robot import registers
from tests.robot.story import PEOPLE, Story

#: Availability of an entity that no published session suits.
WISH = {"wish_days": ["0", "2"], "wish_hours": "morning"}


def comes_in(story: Story) -> None:
    """Start as a coordinator, and enter the printed code as the preparer."""
    code = story.starts()
    story.activates(code)


def designates(story: Story, keeps: Iterable[str] = ()) -> None:
    """Designate, list the personnel, and present the signed documents, as the preparer.

    Fields named in `keeps` stay as the page has them.
    """
    types(story, keeps)
    story.does("preparer", "file_designation")


def types(story: Story, keeps: Iterable[str] = ()) -> None:
    """Designate and list the personnel, as the preparer; then the papers are made."""
    people: dict[str, Any] = {
        name: PEOPLE[name] for name in ("administrator", "alternate", "authority")
    }
    story.does("preparer", "designate_administrator", keeps=keeps, **people)
    story.does("preparer", "list_personnel")


def corrects(story: Story, way: str) -> None:
    """Go back to the list of the personnel by a way on the entity's page, as the preparer."""
    page = story.people["preparer"].go(story.page("preparer").link(way))
    form = page.form("place")
    form.fill("place", "list_personnel/personal")
    form.press().says("Por qué volvió a ti", "Lo que escribiste se conserva")
    assert story.open_steps() == ["list_personnel"]
    story.does("preparer", "list_personnel")


def is_accepted(story: Story) -> None:
    """Receive and accept the designation; its people come in."""
    story.does("sip", "record_reception")
    story.does("sip", "review_designation")
    for role in ("administrator", "authority"):
        story.accepts_invitation(role)


def to_the_training(story: Story) -> None:
    """Go from the start to the first step of the training."""
    comes_in(story)
    designates(story)
    is_accepted(story)
    goes_to_the_inductions(story)


def goes_to_the_inductions(story: Story) -> None:
    """Request, schedule and attend both sessions."""
    for topic, role in (("thematic", "sip"), ("technical", "sgtd")):
        story.does("administrator", f"choose_{topic}_session", "none_suits", **WISH)
        story.does(role, f"schedule_{topic}_induction")
    finishes_induction(story)


def finishes_induction(story: Story) -> None:
    """Hold the scheduled sessions, and load the personnel."""
    if story.is_ahead("record_technical_induction"):
        story.waits_for("record_technical_induction")
        story.does("sgtd", "record_technical_induction")
    story.does("administrator", "load_demo_personnel")
    story.waits_for("record_thematic_induction")
    story.does("sip", "record_thematic_induction")


def trains(story: Story) -> None:
    """Plan, hold and report the training."""
    story.does("administrator", "plan_training")
    story.waits_for("report_training")
    story.does("administrator", "report_training")


def designates_anew(story: Story) -> None:
    """Designate another administrator, with two documents, and accept the designation."""
    story.does("preparer", "designate_administrator", administrator=PEOPLE["new_administrator"])
    story.does("preparer", "file_designation")
    story.days(4)
    story.does("sip", "record_reception")
    story.does("sip", "review_designation")


def goes_live(story: Story) -> None:
    """Load the production, reach its day, and confirm it."""
    story.does("administrator", "load_production_personnel")
    story.page("administrator").says("En espera de fecha")
    story.waits_for("confirm_production")
    story.opens("sgtd", "confirm_production").says("Todavía no hay ninguna visita publicada")
    registers.goes_live(story)
    story.opens("sgtd", "confirm_production").says("Publicó una visita del", "Registro en Zaguán")
    story.does("sgtd", "confirm_production")
