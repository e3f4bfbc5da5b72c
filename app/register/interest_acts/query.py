"""The search of public interest acts: its parameters, and the public columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, contains_eager

from app.base.formatting import plain
from app.base.models import Entity, InterestAct, PlannedVisit, Register, Visit, entities
from app.register.search.query import LONGEST, MOST_WORDS, TOO_MANY_WORDS, words_typed
from app.register.visits import attached_acts

PER_PAGE = 50
#: URL value → whether annulled acts are wanted.
STATES: Mapping[str, bool] = {"vigentes": False, "anulados": True}


def is_public_act() -> ColumnElement[bool]:
    """Return the condition that an act is public: of production, and not of a hidden visit."""
    hidden = attached_acts.is_of_a_visit(
        or_(Visit.audience != "public", Visit.state == "suppressed")
    )
    return and_(InterestAct.audience == "public", ~hidden)


@dataclass(frozen=True)
class Question:
    """A query for acts: words of the act, words (or code) of its entity, annulled or not, and a
    place.

    `before` is the last act of the page before: its day and its row. `faults`: wrong parameters by
    name, each with a sentence.
    """

    typed: str = ""
    entity: str = ""
    annulled: bool = False
    before: tuple[date, int] | None = None
    faults: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Question:
        """Read a query from an address: q, entidad, estado, antes."""
        faults: dict[str, str] = {}
        typed = words_typed(" ".join(args.get("q", "").split()), faults)
        entity = " ".join(args.get("entidad", "").split())[:LONGEST]
        if len(plain(entity).split()) > MOST_WORDS:
            faults["entidad"] = TOO_MANY_WORDS
        state = args.get("estado", "") or "vigentes"
        if state not in STATES:
            faults["estado"] = "Elige vigentes o anulados."
        return cls(
            typed=typed,
            entity=entity,
            annulled=STATES.get(state, False),
            before=_place(args.get("antes", "")),
            faults=faults,
        )

    @property
    def params(self) -> dict[str, str]:
        """Return the parameters for an address, without empty ones and without the page."""
        said = {
            "q": self.typed,
            "entidad": self.entity,
            "estado": "anulados" if self.annulled else "",
        }
        return {name: value for name, value in said.items() if value}


def _place(text: str) -> tuple[date, int] | None:
    """Read a place in the list as `place_of` writes it; None for any other text."""
    day, _, number = text.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) <= 10):
        return None
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None


def place_of(act: InterestAct) -> str:
    """Return the place of an act in the list, for the address of the next page."""
    return f"{act.held_on.isoformat()}.{act.id}"


def matching(question: Question, entity: Entity | None = None) -> Select[InterestAct]:
    """Select the public acts of a query, newest first; of one entity if one is given."""
    rows = (
        select(InterestAct)
        .join(Register, Register.id == InterestAct.register_id)
        .join(Entity, Entity.id == Register.entity_id)
        .options(contains_eager(InterestAct.register).contains_eager(Register.entity))
        .where(InterestAct.newest, is_public_act())
        .order_by(InterestAct.held_on.desc(), InterestAct.id.desc())
    )
    is_annulled = InterestAct.act == "annulment"
    rows = rows.where(is_annulled if question.annulled else ~is_annulled)
    for word in plain(question.typed).split():
        rows = rows.where(InterestAct.search_text.contains(word, autoescape=True))
    if entity is not None:
        rows = rows.where(Entity.id == entity.id)
    return rows.where(entities.matching(question.entity))


def page(
    session: Session, question: Question, entity: Entity | None = None
) -> tuple[Sequence[InterestAct], str]:
    """Return a page of acts, and where the next page begins ("" for none)."""
    query = matching(question, entity)
    if question.before is not None:
        day, number = question.before
        same_day = and_(InterestAct.held_on == day, InterestAct.id < number)
        query = query.where(or_(InterestAct.held_on < day, same_day))
    rows = session.scalars(query.limit(PER_PAGE + 1)).all()
    more = len(rows) > PER_PAGE
    shown = rows[:PER_PAGE]
    return shown, place_of(shown[-1]) if more else ""


def public_act(session: Session, code: str) -> InterestAct | None:
    """Return the newest version of a public act."""
    return session.scalar(
        select(InterestAct).where(InterestAct.code == code, InterestAct.newest, is_public_act())
    )


def visit_of_act(session: Session, code: str) -> Visit | None:
    """Return the visit of an act, or the visit that its planned meeting became; None without."""
    act = session.scalar(select(InterestAct).where(InterestAct.code == code, InterestAct.newest))
    if act is None:
        return None
    if act.visit is not None:
        return act.visit
    meeting = session.get(PlannedVisit, act.planned_visit_id) if act.planned_visit_id else None
    return session.get(Visit, meeting.visit_id) if meeting and meeting.visit_id else None
