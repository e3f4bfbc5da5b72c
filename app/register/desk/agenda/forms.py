"""The forms of the agenda: an expected visit, and its arrival at the desk."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, cast

from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import PlannedVisit, Register
from app.register.desk.entry.form import KINDS, MINOR, sites
from app.register.desk.entry.rows import Rowed
from app.register.desk.entry.visited_person import find_official, official_field, which_official
from app.register.desk.forms import SubmissionField, judge_document
from app.register.facts.declared import LIMITS
from app.register.facts.values import CATEGORIES, CHOSEN, Visitor
from app.register.visits.known_visitors import parted
from app.register.visits.planned import ELSEWHERE, Arrival, Plan, visitor_of
from forms.fields import (
    ChoiceField,
    DateField,
    NameField,
    RucField,
    SelectOneField,
    TextField,
    TimeField,
    add_error,
)
from forms.fields.identifiers import DOCUMENT_TYPES

#: Surnames and given names together are as long as a visitor's name may be.
SURNAMES, GIVEN_NAMES = 85, 64


class PlanForm(Rowed):
    """An expected visit: visitor, official, motive, day and place."""

    SIDE_BY_SIDE = (
        ("on", "hour"),
        ("document_type", "document_number"),
        ("surnames", "given_names"),
        ("entity", "entity_ruc"),
    )

    submission = SubmissionField()
    on = DateField("Fecha", hint="Día/mes/año", needed="Escribe la fecha.")
    hour = TimeField("Hora", hint="De 00:00 a 23:59", needed="Escribe la hora.")
    official = official_field("A quién visita", needed="Escribe a quién visita.")
    official_id = which_official()
    document_type = SelectOneField("Documento", DOCUMENT_TYPES, default="DNI")
    document_number = TextField(
        "Número de documento (opcional)",
        hint="Si no lo sabes, la mesa lo anota.",
        limit=30,
        render_kw={"autocomplete": "off"},
    )
    surnames = NameField("Apellidos del visitante", needed="Escribe los apellidos.", limit=SURNAMES)
    given_names = NameField(
        "Nombres del visitante", needed="Escribe los nombres.", limit=GIVEN_NAMES
    )
    kind = SelectOneField(
        "A nombre de quién viene",
        KINDS,
        needed="Elige a nombre de quién viene.",
        default="self",
    )
    entity = TextField(
        "Entidad que representa",
        hint="Solo si viene a nombre de una entidad.",
        needed="Escribe la entidad que representa.",
        when=("kind", ("public", "private")),
        limit=LIMITS["visitor_entity"],
    )
    entity_ruc = RucField("RUC de la entidad (opcional)", entity=False)
    category = SelectOneField(
        "Motivo", (("", "Elige uno"), *CATEGORIES.items()), needed="Elige el motivo."
    )
    motive = TextField(
        "Detalle del motivo", needed="Escribe el detalle del motivo.", limit=LIMITS["motive"]
    )
    where = ChoiceField(
        "Dónde será",
        (
            ("inside", "En un local de la entidad"),
            (
                "outside",
                "Fuera de los locales de la entidad",
                {"hint": "Una reunión de gestión de intereses fuera se programa antes, aquí."},
            ),
        ),
        needed="Elige dónde será.",
        default="inside",
    )
    site = SelectOneField("Sede", needed="Elige la sede.", when=("where", "inside"))
    place = TextField(
        "Lugar",
        hint="Oficina o piso; fuera de los locales, la dirección.",
        needed="Escribe el lugar de la reunión.",
        when=("where", "outside"),
        limit=LIMITS["place"],
    )

    def __init__(self, session: Session, register: Register, given: Any = None) -> None:
        super().__init__(given)
        self.session, self.register = session, register
        self.chosen: int | None = None
        names = sites(session, register, calendar.today())
        first = () if len(names) == 1 else (("", "Elige una"),)
        self.site.choices = [*first, *((name, name) for name in names)]

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, the number against its kind, and the official on that day."""
        good = bool(super().validate(extra_validators))
        good = judge_document(self.document_type, self.document_number) and good
        if self.on.data and self.official.data and not self.official.errors:
            self.chosen = find_official(self, self.session, self.register, self.on.data)
        return good and self.chosen is not None

    def plan(self) -> Plan:
        """Return the plan; of a valid form."""
        outside = self.where.data == "outside"
        return Plan(
            visitor=self._visitor(),
            official_id=cast("int", self.chosen),
            category=self.category.data or "",
            motive=self.motive.data or "",
            site=ELSEWHERE if outside else self.site.data or "",
            place=self.place.data or "",
            expected_at=calendar.at_hour(cast("date", self.on.data), cast("time", self.hour.data)),
            outside=outside,
        )

    def _visitor(self) -> Visitor:
        alone = self.kind.data == "self"
        return Visitor(
            name=f"{self.surnames.data} {self.given_names.data}",
            document_type=self.document_type.data or "DNI",
            document_number=self.document_number.data or "",
            kind=self.kind.data or "self",
            entity="" if alone else self.entity.data or "",
            entity_ruc="" if alone else self.entity_ruc.data or "",
        )


class ArrivalForm(Rowed):
    """The arrival: the visitor by their document, and the moment if it was not just now."""

    SIDE_BY_SIDE = (
        ("document_type", "document_number"),
        ("surnames", "given_names"),
        ("on", "hour"),
    )

    document_type = SelectOneField(
        "Documento",
        (*DOCUMENT_TYPES, (MINOR, "Es menor de edad")),
        needed="Elige el tipo de documento.",
    )
    document_number = TextField(
        "Número de documento",
        hint="Como dice su documento.",
        needed="Escribe el número de documento.",
        limit=30,
        render_kw={"autocomplete": "off"},
    )
    surnames = NameField("Apellidos", needed="Escribe los apellidos.", limit=SURNAMES)
    given_names = NameField("Nombres", needed="Escribe los nombres.", limit=GIVEN_NAMES)
    official = official_field(
        "Lo recibe otra persona (opcional)",
        hint="Letras de su nombre, su cargo o su unidad. En blanco, quien estaba previsto.",
    )
    official_id = which_official()
    on = DateField("Fecha del ingreso", hint="Día/mes/año; en blanco, hoy.")
    hour = TimeField("Hora del ingreso", hint="En blanco, ahora.")
    observation = SelectOneField(
        "Observación",
        (("", "Ninguna"), *CHOSEN.items()),
        hint="Solo si se registra fuera de tiempo.",
    )

    def __init__(
        self, session: Session, register: Register, planned: PlannedVisit, given: Any = None
    ) -> None:
        self.session, self.register = session, register
        self.chosen: int | None = None
        visitor = visitor_of(planned)
        surnames, given_names = parted(visitor.name)
        super().__init__(
            given,
            data={
                "surnames": surnames,
                "given_names": given_names,
                "document_type": visitor.document_type,
                "document_number": visitor.document_number,
            },
        )

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate each field, the number against its kind, and an hour where a day is written."""
        good = bool(super().validate(extra_validators))
        if self.on.data and not self.hour.data and not self.hour.errors:
            add_error(self.hour, "Escribe también la hora del ingreso.")
            good = False
        if self.official.data and not self.official.errors:
            day = calendar.lima_day(self._entry_at() or calendar.now())
            self.chosen = find_official(self, self.session, self.register, day)
            good = good and self.chosen is not None
        return judge_document(self.document_type, self.document_number) and good

    @property
    def is_minor(self) -> bool:
        """Whether the desk says that the visitor is a minor."""
        return bool(self.document_type.data == MINOR)

    @property
    def later(self) -> tuple[Any, ...]:
        """The fields for an entry that is recorded afterwards."""
        return (self.on, self.hour, self.observation)

    @property
    def is_later(self) -> bool:
        """Whether any of them was used."""
        return any(field.data or field.errors for field in self.later)

    @property
    def parts(self) -> tuple[list[Any], list[Any]]:
        """The rows that are always shown, and those for an entry recorded afterwards."""
        rows = list(self.rows)
        first = [row for row in rows if row[0] not in self.later]
        return first, [row for row in rows if row[0] in self.later]

    def arrival(self) -> Arrival:
        """Return the arrival; of a valid form."""
        return Arrival(
            name=f"{self.surnames.data} {self.given_names.data}",
            document_type=self.document_type.data or "",
            document_number=self.document_number.data or "",
            entry_at=self._entry_at(),
            observation=self.observation.data or "",
            official_id=self.chosen,
        )

    def _entry_at(self) -> datetime | None:
        if not self.hour.data:
            return None
        return calendar.at_hour(self.on.data or calendar.today(), self.hour.data)
