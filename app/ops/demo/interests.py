"""Interest acts and planned visits of the demo's entities."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import PostHolder, Register, Visit
from app.register.facts.values import Visitor
from app.register.interest_acts import acts
from app.register.interest_acts.acts import Act
from app.register.registers import roster
from app.register.visits import planned
from app.register.visits.planned import Plan

#: One act in this many was not declared by its visitor; one in this many is corrected.
OMITTED, CORRECTED = 4, 5
#: Motive of a visit → the decision that its act seeks, and the matter.
SOUGHT = {
    "Pide cambiar una ordenanza": (
        "Que se modifique una ordenanza",
        "Horario de carga y descarga en el mercado",
    ),
    "Propone una concesión": (
        "Que se otorgue una concesión",
        "Estacionamientos junto a la plaza",
    ),
    "Pide una licencia": ("Que se otorgue una licencia", "Licencia de funcionamiento de un taller"),
}


def record_act(session: Session, register: Register, visit: Visit, by: int) -> None:
    """Record the interest act of a visit, if acts are enabled and a decision-maker is visited."""
    if visit.motive not in SOUGHT or register.interest_acts_at is None:
        return
    holders = roster.in_office(session, register, visit.visit_on)
    if not holders or visit.visit_on < calendar.lima_day(register.interest_acts_at):
        return
    same = [holder for holder in holders if holder.full_name == visit.official_name]
    decision, matter = SOUGHT[visit.motive]
    third = visit.visitor_kind != "self"
    said = Act(
        **acts.moment_and_actor(visit),
        decision_maker_id=(same or holders)[0].id,
        interest_of="third" if third else "own",
        third_name=visit.visitor_entity,
        third_ruc=visit.visitor_entity_ruc,
        decision_sought=decision,
        matter=matter,
        documents="Carta de presentación" if third else "",
        place=" · ".join(part for part in (visit.site, visit.place) if part),
        declared=visit.id % OMITTED != 0,
    )
    row = acts.record(
        session, register, said, submission=f"demo-{visit.id}", actor_id=by, visit=visit
    )
    if visit.id % CORRECTED == 0:
        acts.correct(
            session,
            register,
            row,
            Act(**(vars(said) | {"documents": "Carta de presentación y un plano"})),
            reason="Faltaba un documento de los que entregó.",
            seen=1,
            submission=f"demo-{visit.id}-again",
            actor_id=by,
        )


def expect(session: Session, register: Register, official: PostHolder, by: int) -> None:
    """Plan the visits that an office expects: one later today, and a meeting outside tomorrow."""
    later = calendar.now() + timedelta(hours=1)
    tomorrow = calendar.now() + timedelta(days=1)
    for place, (moment, outside) in enumerate(((later, False), (tomorrow, True))):
        wanted = Plan(
            visitor=Visitor("Díaz Muestra Julia Persona", "DNI", f"0000140{place}"),
            official_id=official.id,
            category="interests" if outside else "work",
            motive="Propone una concesión" if outside else "Coordinación de un convenio",
            site=planned.ELSEWHERE if outside else official.site,
            place="Cámara de Comercio de Ejemplo" if outside else "Oficina 201",
            expected_at=moment.replace(second=0, microsecond=0),
            outside=outside,
        )
        submission = f"demo-{calendar.today()}-{place}"
        planned.plan(session, register, wanted, submission=submission, actor_id=by)
