"""The form of an interest act: decision-maker, actor, decision sought, and place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar, formatting
from app.base.models import InterestAct, PlannedVisit, Register, Visit
from app.register.desk.entry.namesakes import MOST, NamesakeField, meant
from app.register.desk.entry.rows import Rowed
from app.register.desk.forms import ReasonField, SubmissionField, judge_document
from app.register.facts.values import Visitor
from app.register.interest_acts import acts
from app.register.interest_acts.acts import INTERESTS, LIMITS, Act
from app.register.registers import roster
from app.register.visits import planned
from forms.fields import (
    ChoiceField,
    DateField,
    LongTextField,
    NameField,
    RucField,
    SelectOneField,
    TextField,
    TimeField,
)
from forms.fields.identifiers import DOCUMENT_TYPES

#: The values that an act takes from its visit, if it is attached to one.
OF_THE_VISIT = ("on", "hour", "actor_name", "document_type", "document_number", "where", "planned")
#: Fields that are stored as typed, as `InterestAct` names them.
TEXTS = ("actor_name", "third_name", "third_ruc", "decision_sought", "matter", "documents", "place")


class ActForm(Rowed):
    """An act alone, one attached to a visit, or the correction of either."""

    SIDE_BY_SIDE = (
        ("on", "hour"),
        ("document_type", "document_number"),
        ("third_name", "third_ruc"),
    )

    submission = SubmissionField()
    on = DateField("Fecha del acto", hint="Día/mes/año", needed="Escribe la fecha del acto.")
    hour = TimeField("Hora (opcional)", hint="De 00:00 a 23:59")
    holder = TextField(
        "Funcionario con capacidad de decisión pública",
        hint="Letras de su nombre, su cargo o su unidad. Tiene que ocupar el cargo ese día.",
        needed="Escribe quién decide.",
        limit=500,
        render_kw={"autocomplete": "off"},
    )
    holder_id = NamesakeField("Elige a la persona")
    actor_name = NameField(
        "Quién gestiona el interés",
        hint="Primero los apellidos.",
        needed="Escribe quién gestiona el interés.",
        limit=LIMITS["actor_name"],
        render_kw={"autocomplete": "off"},
    )
    document_type = SelectOneField("Documento", DOCUMENT_TYPES, default="DNI")
    document_number = TextField(
        "Número de documento (opcional)", limit=30, render_kw={"autocomplete": "off"}
    )
    interest_of = ChoiceField(
        "En interés de quién",
        tuple(INTERESTS.items()),
        needed="Elige en interés de quién.",
    )
    third_name = TextField(
        "Tercero que representa",
        hint="Solo si es en interés de un tercero.",
        needed="Escribe a quién representa.",
        when=("interest_of", "third"),
        limit=LIMITS["third_name"],
    )
    third_ruc = RucField("RUC del tercero (opcional)", entity=False)
    decision_sought = TextField(
        "Decisión que se busca",
        hint="Por ejemplo: que se apruebe una norma, que se otorgue una licencia.",
        needed="Escribe qué decisión se busca.",
        limit=LIMITS["decision_sought"],
    )
    matter = LongTextField(
        "Materia",
        hint="De qué se trató.",
        needed="Escribe la materia.",
        limit=LIMITS["matter"],
        render_kw={"rows": 3},
    )
    documents = LongTextField(
        "Documentos que entregó (opcional)",
        hint="Uno por línea: qué es y de qué fecha.",
        limit=LIMITS["documents"],
        render_kw={"rows": 3},
    )
    where = ChoiceField(
        "Dónde fue",
        (
            ("inside", "En un local de la entidad"),
            (
                "outside",
                "Fuera de los locales de la entidad",
                {"hint": "Solo si se programó antes en la agenda."},
            ),
        ),
        needed="Elige dónde fue.",
        default="inside",
    )
    planned = SelectOneField(
        "Reunión programada en la agenda",
        needed="Elige la reunión de la agenda: fuera de los locales tenía que programarse antes.",
        when=("where", "outside"),
    )
    place = TextField("Lugar", needed="Escribe el lugar.", limit=LIMITS["place"])
    declared = ChoiceField(
        "Quién lo declara",
        (
            ("yes", "El visitante lo declaró"),
            (
                "no",
                "El visitante no lo declaró: se registra la omisión",
                {"hint": "Su página pública lo dirá así."},
            ),
        ),
        needed="Elige si el visitante lo declaró.",
        default="yes",
    )
    reason = ReasonField("Por qué lo corriges", hint="Queda en el historial, a la vista de todos.")

    def __init__(
        self,
        session: Session,
        register: Register,
        given: Any = None,
        *,
        visit: Visit | None = None,
        act: InterestAct | None = None,
        sees_reserved: bool = False,
    ) -> None:
        self.session, self.register, self.visit, self.act = session, register, visit, act
        #: The meeting outside the premises that the visit was, if it was planned as one.
        self.meeting = visit and session.scalar(
            select(PlannedVisit).where(PlannedVisit.visit_id == visit.id, PlannedVisit.outside)
        )
        self.chosen = ""
        self.sees_reserved = sees_reserved
        super().__init__(given, data=self._said())
        self.planned.choices = [("", "Elige una"), *self._meetings()]
        if act is None:
            del self.reason
        if visit is not None:
            for name in OF_THE_VISIT:
                del self[name]

    def _meetings(self) -> list[tuple[str, str]]:
        """Return meetings outside the premises in the agenda, and the one of the act."""
        rows = planned.outside_of(self.session, self.register, with_reserved=self.sees_reserved)
        said = self.act.planned_visit_id if self.act else None
        if said is not None and said not in {row.id for row in rows}:
            rows.append(self.session.get_one(PlannedVisit, said))
        return [(str(row.id), named(row)) for row in rows]

    def _said(self) -> Mapping[str, Any]:
        """Return the initial values: the values of the act, or those that its visit suggests."""
        if self.act is not None:
            return _as_fields(self.act)
        if self.visit is None:
            return {}
        visit = self.visit
        holders = roster.in_office(self.session, self.register, visit.visit_on)
        same = [holder for holder in holders if holder.full_name == visit.official_name]
        return {
            "holder": roster.label(same[0]) if len(same) == 1 else "",
            "interest_of": None if visit.visitor_kind == "self" else "third",
            "third_name": visit.visitor_entity,
            "third_ruc": visit.visitor_entity_ruc,
            "decision_sought": "",
            "matter": visit.motive,
            "place": " · ".join(filter(None, (visit.site, visit.place))),
        }

    @property
    def day(self) -> date | None:
        """The day of the act."""
        if self.visit is not None:
            return self.visit.visit_on
        day: date | None = self.on.data
        return day

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields, the number against its kind, and the holder on that day."""
        good = bool(super().validate(extra_validators))
        if "document_number" in self:
            good = judge_document(self.document_type, self.document_number) and good
        if self.day is not None and self.holder.data and not self.holder.errors:
            self.chosen = self._holder(self.day)
        return good and bool(self.chosen)

    def _holder(self, day: date) -> str:
        act, typed = self.act, self.holder.data or ""
        if act is not None and day == act.held_on and typed == label_of(act):
            return str(act.decision_maker_id)
        found = roster.matching(self.session, self.register, day, typed)[: MOST + 1]
        offered = [(str(one.id), roster.label(one)) for one in found]
        nobody = "Nadie con esas palabras estaba ese día en la relación de la entidad. Revísalas."
        return meant(self.holder, self.holder_id, offered, nobody)

    def said(self) -> Act:
        """Return the act; of a valid form."""
        third = self.interest_of.data == "third"
        typed = {name: self[name].data or "" for name in TEXTS if name in self}
        typed |= {} if third else {"third_name": "", "third_ruc": ""}
        return Act(
            **{
                "decision_maker_id": int(self.chosen),
                "interest_of": self.interest_of.data or "",
                "declared": self.declared.data == "yes",
                **self._moment_and_place(),
                **typed,
            }
        )

    def _moment_and_place(self) -> dict[str, Any]:
        if self.visit is not None:
            meeting = self.meeting.id if self.meeting else None
            return acts.moment_and_actor(self.visit) | {"planned_visit_id": meeting}
        on, hour = self.on.data, self.hour.data
        outside = self.where.data == "outside"
        return {
            "held_on": on,
            "held_at": self._at(on, hour),
            "document_type": self.document_type.data or "DNI",
            "document_number": self.document_number.data or "",
            "planned_visit_id": int(self.planned.data) if outside else None,
        }

    def _at(self, on: Any, hour: Any) -> datetime | None:
        """Return the typed moment; to the second as it stood, if its minute was not changed."""
        if hour is None:
            return None
        typed = calendar.at_hour(on, hour)
        there = self.act.held_at if self.act else None
        return there if there and there.replace(second=0, microsecond=0) == typed else typed


def _as_fields(act: InterestAct) -> dict[str, Any]:
    local = act.held_at.astimezone(calendar.LIMA) if act.held_at else None
    return {
        **{name: getattr(act, name) for name in TEXTS},
        "on": act.held_on,
        "hour": local.time() if local else None,
        "holder": label_of(act),
        "document_type": act.document_type,
        "document_number": act.document_number,
        "interest_of": act.interest_of,
        "where": "outside" if act.planned_visit_id else "inside",
        "planned": str(act.planned_visit_id or ""),
        "declared": "yes" if act.declared else "no",
    }


def label_of(act: InterestAct) -> str:
    """Return the decision-maker as the form shows it before it is changed."""
    return " · ".join(filter(None, (act.holder_name, act.holder_post, act.holder_unit)))


def named(row: PlannedVisit) -> str:
    """Return a planned meeting as a list offers it."""
    visitor: Visitor = planned.visitor_of(row)
    return f"{formatting.moment(row.expected_at)}: {visitor.name}, con {row.official.full_name}"
