"""Versions of the process in the installation of the table of rules."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base.models import Deployment
from app.cases import processes
from app.cases.processes import versions
from tests.app.walk import texts


def longer_term() -> dict[str, str]:
    """Return the project's diagrams and tables with a day more for a step of the designation."""
    old = 'deadlines_file_designation_days">\n          <text>5'
    terms = texts()["deadlines.dmn"]
    assert old in terms
    return {**texts(), "deadlines.dmn": terms.replace(old, old[:-1] + "6")}


def other_words() -> dict[str, str]:
    """Return the project's diagrams and tables with another name of a step."""
    old, drawn = 'name="Revisar la designación"', texts()["designation.bpmn"]
    assert old in drawn
    return {**texts(), "designation.bpmn": drawn.replace(old, 'name="Examinar la designación"')}


def deployed(session: Session) -> dict[str, str]:
    """Put a former version and then the project's into force; return their addresses."""
    former = processes.deploy(session, other_words())
    current = processes.deploy(session)
    return {"version": current.hash[:12], "former": former.hash[:12]}


def proposed(session: Session, by_id: int) -> dict[str, str]:
    """Propose the former version; return the number of the proposal."""
    former = session.scalars(select(Deployment).order_by(Deployment.id).limit(1)).one()
    proposal = versions.propose(session, former.id, reason="Vuelve el plazo.", actor_id=by_id)
    return {"proposal": str(proposal.id)}


def without_interest_acts() -> dict[str, str]:
    """Return the texts without the step that enables the interest acts; others need its record."""
    changed, step = dict(texts()), "enable_interest_acts"
    into, out = f"{step}_again_to_{step}", f"{step}_to_open_interest_acts"
    for file, pattern, text in (
        ("interest_acts.bpmn", rf'<bpmn:userTask id="{step}".*?</bpmn:userTask>', ""),
        ("interest_acts.bpmn", rf"<bpmn:flowNodeRef>{step}</bpmn:flowNodeRef>", ""),
        ("interest_acts.bpmn", rf'<bpmn:sequenceFlow id="{out}"[^>]*/>', ""),
        ("interest_acts.bpmn", rf'<bpmndi:BPMNShape id="{step}_di".*?</bpmndi:BPMNShape>', ""),
        ("interest_acts.bpmn", rf'<bpmndi:BPMNEdge id="{out}_di".*?</bpmndi:BPMNEdge>', ""),
        ("interest_acts.bpmn", f'targetRef="{step}"', 'targetRef="open_interest_acts"'),
        ("interest_acts.bpmn", f"<bpmn:incoming>{out}<", f"<bpmn:incoming>{into}<"),
        ("deadlines.dmn", rf'<rule id="deadlines_{step}">.*?</rule>', ""),
    ):
        changed[file], count = re.subn(pattern, text, changed[file], flags=re.DOTALL)
        assert count == 1, pattern
    return changed
