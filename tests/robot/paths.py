"""Stretches of the path that several stories go."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.robot import registers
from tests.robot.story import PEOPLE, Story

#: When no published session suits.
WISH = {"wish_days": ["0", "2"], "wish_hours": "morning"}


def comes_in(story: Story) -> None:
    """A coordinator starts, and the preparer brings the code that was printed."""
    code = story.starts()
    story.activates(code)


def designates(story: Story, keeps: Iterable[str] = ()) -> None:
    """The preparer designates, lists the personnel, and presents the signed papers.

    What `keeps` names stays as the page has it.
    """
    people: dict[str, Any] = {
        name: PEOPLE[name] for name in ("administrator", "alternate", "authority")
    }
    story.does("preparer", "designate_administrator", keeps=keeps, **people)
    story.does("preparer", "list_personnel")
    story.does("preparer", "file_designation")


def is_accepted(story: Story) -> None:
    """The designation is received and accepted; its people come in."""
    story.does("sip", "record_reception")
    story.does("sip", "review_designation")
    for role in ("administrator", "authority"):
        story.accepts_invitation(role)


def to_the_training(story: Story) -> None:
    """From the start to the first step of the training."""
    comes_in(story)
    designates(story)
    is_accepted(story)
    goes_to_the_inductions(story)


def goes_to_the_inductions(story: Story) -> None:
    """Both sessions are asked for, set and attended."""
    for topic, role in (("thematic", "sip"), ("technical", "sgtd")):
        story.does("administrator", f"choose_{topic}_session", "none_suits", **WISH)
        story.does(role, f"schedule_{topic}_induction")
    finishes_induction(story)


def finishes_induction(story: Story) -> None:
    """The sessions that are set take place, and the personnel is loaded."""
    if story.is_ahead("record_technical_induction"):
        story.waits_for("record_technical_induction")
        story.does("sgtd", "record_technical_induction")
    story.does("administrator", "load_demo_personnel")
    story.waits_for("record_thematic_induction")
    story.does("sip", "record_thematic_induction")


def trains(story: Story) -> None:
    """The training is planned, held and reported."""
    story.does("administrator", "plan_training")
    story.waits_for("report_training")
    story.does("administrator", "report_training")


def designates_anew(story: Story) -> None:
    """Another administrator is designated, with two papers, and accepted."""
    story.does("preparer", "designate_administrator", administrator=PEOPLE["new_administrator"])
    story.does("preparer", "file_designation")
    story.days(4)
    story.does("sip", "record_reception")
    story.does("sip", "review_designation")


def goes_live(story: Story) -> None:
    """The production is loaded, its day comes, and it is confirmed."""
    story.does("administrator", "load_production_personnel")
    story.page("administrator").says("En espera de fecha")
    story.waits_for("confirm_production")
    story.opens("sgtd", "confirm_production").says("Todavía no hay ninguna visita publicada")
    registers.goes_live(story)
    story.opens("sgtd", "confirm_production").says("Publicó una visita del", "Registro en Zaguán")
    story.does("sgtd", "confirm_production")
