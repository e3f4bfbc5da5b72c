"""The form of a correction: all facts of a visit, compared with the stored ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import Visit
from app.register.desk.entry.form import sites
from app.register.desk.entry.rows import Rowed
from app.register.desk.entry.visited_person import find_official, official_field, which_official
from app.register.desk.fact_fields import correction_field
from app.register.desk.forms import ReasonField
from app.register.facts.declared import BY_NAME, CORRECTABLE, LIMITS
from app.register.facts.values import (
    CHOSEN,
    OBSERVATIONS,
    VISITOR_KINDS,
    Refused,
)
from forms.fields import (
    ChoiceField,
    MomentField,
    NameField,
    RucField,
    SelectOneField,
    TextField,
    add_error,
)
from forms.fields.identifiers import DOCUMENT_TYPES, read_document

OTHERS = ("OTROS", "Otro documento")
REPRESENTING = ("visitor_kind", ("public", "private"))
EXITS = (
    ("left", "Salió, y se sabe a qué hora"),
    ("unknown", "Salida no registrada", {"hint": "Nadie sabe a qué hora salió."}),
    ("inside", "Todavía no sale"),
)
#: Facts whose field holds a text, and those whose field is a choice.
TEXTS = tuple(
    name for name in CORRECTABLE if BY_NAME[name].kind == "text" and name != "document_type"
)
CHOICES = ("document_type", *(name for name in CORRECTABLE if BY_NAME[name].kind == "word"))


class VisitForm(Rowed):
    """All that `recording.correct` can change, and why."""

    document_type = SelectOneField("Tipo de documento", needed="Elige el tipo de documento.")
    document_number = TextField(
        "Número de documento",
        limit=30,
        render_kw={"autocomplete": "off", "class": "govuk-input--width-20"},
    )
    visitor_name = NameField(
        "Apellidos y nombres",
        hint="Primero los apellidos.",
        needed="Escribe sus apellidos y nombres.",
        limit=LIMITS["visitor_name"],
    )
    visitor_kind = ChoiceField(
        "Viene como", tuple(VISITOR_KINDS.items()), needed="Elige a nombre de quién viene."
    )
    visitor_entity = TextField(
        "Entidad que representa",
        needed="Escribe la entidad que representa.",
        when=REPRESENTING,
        limit=LIMITS["visitor_entity"],
    )
    visitor_entity_ruc = RucField("RUC de la entidad (opcional)", entity=False)
    official = official_field("Funcionario visitado", needed="Escribe a quién visita.")
    official_id = which_official()
    category = correction_field("category")
    motive = correction_field("motive")
    site = SelectOneField("Sede")
    place = correction_field("place")
    entry = MomentField("Ingreso")
    exit_state = ChoiceField("Salida", EXITS, needed="Elige qué se sabe de la salida.")
    exit = MomentField(
        "Hora de la salida",
        needed="Escribe el día y la hora de la salida.",
        when=("exit_state", "left"),
    )
    observation = SelectOneField("Observación")
    reason = ReasonField(
        "Por qué lo corriges",
        hint="Queda en el historial de la visita, a la vista de todos.",
        needed="Escribe por qué lo corriges.",
    )

    def __init__(self, session: Session, visit: Visit, formdata: Any = None) -> None:
        self.session, self.visit = session, visit
        super().__init__(formdata, data=_said(visit))
        if visit.visit_on < calendar.today():
            self.exit_state.choices = [*EXITS[:2], ("inside", "Falta registrarla")]
        if visit.audience == "reserved":
            self.reason.description = "Queda en el historial de la visita, que no se publica."
        kinds = (*DOCUMENT_TYPES, OTHERS) if visit.document_type == "OTROS" else DOCUMENT_TYPES
        known = {kind for kind, _ in kinds}
        more = () if visit.document_type in known else ((visit.document_type, "Sin documento"),)
        self.document_type.choices = (*more, *kinds)
        offered = CHOSEN.keys() | {visit.observation}
        self.observation.choices = [
            ("", "Sin observación"),
            *((one, name) for one, name in OBSERVATIONS.items() if one in offered),
        ]
        then = sites(session, visit.register, visit.visit_on)
        names = sorted({*then, *((visit.site,) if visit.site else ())})
        self.site.choices = [("", "Sin sede"), *((name, name) for name in names)]

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields. Unchanged values are accepted even if they break today's rules."""
        super().validate(extra_validators)
        same_kind = self.visitor_kind.data == self.visit.visitor_kind
        for name in TEXTS:
            if self._untouched(name) and (same_kind or name != "visitor_entity"):
                self[name].errors = []
        self._judge_document()
        if self.exit_state.data != "left":
            _let_be(self.exit)
        if not self.visit.entry_at and not self.entry.form["time"].data:
            _let_be(self.entry)  # of an imported visit that has a day alone
        if self.visit.entry_at and not self.entry.moment and not self.entry.errors:
            add_error(self.entry, "Escribe el día y la hora del ingreso.")
        return not self.errors

    def _untouched(self, name: str) -> bool:
        sent = self[name].raw_data or [""]
        return bool(str(sent[0]).strip() == getattr(self.visit, name).strip())

    def _judge_document(self) -> None:
        if self.document_type.errors:
            return
        same = self.document_type.data == self.visit.document_type
        if self.document_number.errors or (same and self._untouched("document_number")):
            return
        kind = self.document_type.data or ""
        number, fault = read_document(kind, self.document_number.data or "")
        self.document_number.data = number
        if not number:
            add_error(self.document_number, "Escribe el número de documento.")
        elif kind != "OTROS" and fault:
            add_error(self.document_number, fault)

    def values(self) -> dict[str, Any]:
        """Return the values for `recording.correct`; of a valid form. Raises Refused."""
        found: dict[str, Any] = {name: self._text(name) for name in TEXTS}
        found |= {name: self[name].data or "" for name in CHOICES}
        if self.visitor_kind.data == "self" and self.visit.visitor_kind != "self":
            found |= {"visitor_entity": "", "visitor_entity_ruc": ""}
        found["entry_at"] = _same_minute(self.entry.moment, self.visit.entry_at)
        left = self.exit_state.data == "left"
        found["exit_at"] = _same_minute(self.exit.moment, self.visit.exit_at) if left else None
        found["official_id"] = self._official_id(found["entry_at"])
        return found

    def _text(self, name: str) -> str:
        return str(getattr(self.visit, name) if self._untouched(name) else self[name].data or "")

    def _official_id(self, entry_at: datetime | None) -> int | None:
        if self.official.data == label_of(self.visit):
            return self.visit.official_id
        day = calendar.lima_day(entry_at) if entry_at else self.visit.visit_on
        found = find_official(self, self.session, self.visit.register, day)
        if found is None:
            raise Refused("", "")
        return found


def label_of(visit: Visit) -> str:
    """Return the visited official as the form shows it before it is changed."""
    parts = (visit.official_name, visit.official_post, visit.official_unit)
    return " ".join(" · ".join(filter(None, parts)).split())


def _let_be(field: MomentField) -> None:
    for part in field.form:
        part.errors = []


def _said(visit: Visit) -> Mapping[str, Any]:
    return {
        **{name: getattr(visit, name) for name in (*TEXTS, *CHOICES)},
        "official": label_of(visit),
        "entry": _parts(visit.entry_at) or {"date": visit.visit_on},
        "exit": _parts(visit.exit_at) or {"date": visit.visit_on},
    }


def _parts(moment: datetime | None) -> dict[str, Any]:
    if moment is None:
        return {}
    local = moment.astimezone(calendar.LIMA)
    return {"date": local.date(), "time": local.time()}


def _same_minute(typed: datetime | None, there: datetime | None) -> datetime | None:
    """Return the typed moment; to the second as it stood, if its minute was not changed."""
    if typed and there and typed == there.replace(second=0, microsecond=0):
        return there
    return typed
