"""The main path over HTTP while the process changes: the case moves between its episodes.

Each move goes through the pages: a rehearsal, its table, a batch, the worker. The drawn ids,
conditions and days of follow-ups differ in each version; steps, terms and words are the same, so
what people see must not change.
"""

from __future__ import annotations

import pytest
from flask import Flask
from lxml import etree
from sqlalchemy import select

from app.base import db
from app.base.models import ProcessInstance
from app.cases import custody, processes
from app.ops.worker import JOBS
from app.ops.worker.turns import turn
from tests import test_onboarding as episodes
from tests.app.walk import texts
from tests.robot import paths
from tests.robot.story import Story
from tests.test_onboarding import begin as begin
from tests.workflows.migration import alterations

CHANGES = (
    alterations.rename_gateways,
    alterations.say_conditions_twice,
    alterations.move_follow_ups,
)


def version(number: int) -> dict[str, str]:
    """Return the diagrams with one kind of change in all; the number makes each another one."""
    changed = dict(texts())
    for name, text in changed.items():
        if name.endswith(".bpmn"):
            root = etree.fromstring(text.encode())
            CHANGES[number % len(CHANGES)](root)
            root.set("exporterVersion", str(number))
            changed[name] = etree.tostring(root, encoding="unicode")
    return changed


class Mover:
    """Puts one version after another into force, and moves the case of a story to each."""

    def __init__(self, app: Flask, story: Story) -> None:
        self.app, self.story, self.number = app, story, 0

    def __call__(self) -> None:
        """Move the case by the pages of the Gestor; steps and days stay."""
        self.number += 1
        with self.app.app_context(), db.writing(self.app) as session:
            deployment = processes.deploy(session, version(self.number))
            wanted, short = deployment.id, deployment.hash[:12]
        before = self._tasks()
        gestor = self.story.people["superuser"]
        address = f"/proceso/versiones/{short}/ensayo"
        gestor.go(address).button("Ensayar").says("Empezó el ensayo")
        self._works()
        page = gestor.go(address).says("Qué pasaría")
        page = gestor.go(page.link("Preparar un lote")).button("Mover")
        page.says("El lote está en marcha")
        self._works()
        gestor.go(address).says("Lote 1: terminado")
        assert self._on() == {wanted}
        assert self._tasks() == before
        assert not self._days_differ()

    def _works(self) -> None:
        turn(self.app, JOBS["migrations"])

    def _tasks(self) -> list[tuple[int, str, object]]:
        rows = [self.story.task_of(step) for step in self.story.open_steps]
        return [(row.id, row.engine_id, row.due_at) for row in rows]

    def _on(self) -> set[int]:
        running = ProcessInstance.ended_at.is_(None)
        return set(self.story.all(select(ProcessInstance.deployment_id).where(running)))

    def _days_differ(self) -> bool:
        """Return whether the clocks differ when they are counted again from the log."""
        with self.app.app_context(), db.writing(self.app) as session:
            ids = custody.all_onboardings(session)
            rows = [session.get_one(ProcessInstance, key) for key in ids]
            return any(custody.rebuild(session, row) for row in rows)


@pytest.mark.slow_by_nature("the whole path, on the pages of all its people, with seven moves")
def test_a_municipality_goes_its_whole_path_on_eight_versions(
    app: Flask, begin: episodes.Begin
) -> None:
    story = begin("E00275")
    move = Mover(app, story)
    episodes.comes_in_by_the_code_that_was_mailed(story)
    move()
    episodes.the_mesa_de_partes_observes_and_then_the_sip(story)
    move()
    episodes.a_correction_lapses_and_the_draft_survives(story)
    episodes.it_is_corrected_before_it_is_presented(story)
    move()
    episodes.a_corrected_version_replaces_the_presentation(story)
    episodes.the_second_presentation_is_accepted(story)
    episodes.documents_are_masked_until_a_purpose_is_given(story)
    move()
    episodes.nobody_comes_to_the_induction_the_first_time(story)
    episodes.the_training_is_observed_once(story)
    move()
    episodes.the_demo_test_fails_once(story)
    move()
    episodes.the_resubmission_is_observed(story)
    paths.goes_live(story)
    move()
    episodes.the_constancia_is_signed(story)
