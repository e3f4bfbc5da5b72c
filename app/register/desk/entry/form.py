"""The form of an entry at the desk: visitor, official, motive, place and moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from flask_wtf import FlaskForm
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from wtforms import HiddenField

from app.base import calendar
from app.base.models import PostHolder, Register, Site
from app.register.desk.fact_fields import entry_field
from app.register.desk.forms import SubmissionField, judge_document
from app.register.facts.declared import LIMITS, OTHERS
from app.register.facts.values import (
    CHOSEN,
    VISITOR_KINDS,
    Entry,
    Refused,
    Visitor,
)
from app.register.visits import officials, personnel, recording
from forms.fields import (
    DateField,
    GroupField,
    ListField,
    NameField,
    Part,
    RucField,
    SelectOneField,
    TextField,
    TimeField,
    add_error,
)
from forms.fields.identifiers import DOCUMENT_TYPES

#: The most visitors in one group.
MOST = 20
#: Chosen instead of a document: nothing of a minor is stored.
MINOR = "MENOR"
NO_MINORS = (
    "Las personas menores de edad no se registran y no se guarda ningún dato suyo: "
    "cuéntala como no registrable."
)
#: Value of a further visitor who represents the same as the first one.
SAME = "same"
REPRESENTING = ("public", "private")

KINDS = [(kind, VISITOR_KINDS[kind]) for kind in ("self", "public", "private")]


class VisitorPart(Part):
    """The visitor, and the entity that they represent."""

    document_type = SelectOneField(
        "Documento",
        (*DOCUMENT_TYPES, (MINOR, "Es menor de edad")),
        needed="Elige el tipo de documento.",
        default="DNI",
    )
    document_number = TextField(
        "Número de documento",
        needed="Escribe el número de documento.",
        limit=30,
        render_kw={"autocomplete": "off", "spellcheck": "false", "data-number": ""},
    )
    surnames = NameField(
        "Apellidos", needed="Escribe los apellidos.", render_kw={"autocomplete": "off"}
    )
    given_names = NameField(
        "Nombres", needed="Escribe los nombres.", render_kw={"autocomplete": "off"}
    )
    kind = SelectOneField("Viene como", needed="Elige a nombre de quién viene.", default="self")
    entity = TextField(
        "Entidad que representa",
        needed="Escribe el nombre de la entidad que representa.",
        when=("kind", REPRESENTING),
        limit=LIMITS["visitor_entity"],
        render_kw={"autocomplete": "off"},
    )
    entity_ruc = RucField("RUC (opcional)", entity=False)

    @property
    def is_minor(self) -> bool:
        """Whether the desk says that the visitor is a minor."""
        return bool(self["document_type"].data == MINOR)

    @property
    def is_blank(self) -> bool:
        """Whether no field of this visitor has a value."""
        typed = ("document_number", "surnames", "given_names", "entity", "entity_ruc")
        return not self.is_minor and not any(self[name].data for name in typed)

    @property
    def name(self) -> str:
        """The name as the register writes it: surnames first."""
        return f"{self['surnames'].data} {self['given_names'].data}".strip()

    def forget(self) -> None:
        """Delete all that was typed of a minor, also from the page."""
        for name in ("document_number", "surnames", "given_names", "entity", "entity_ruc"):
            self[name].data = ""

    def judge_document(self) -> bool:
        """Check the number against its kind, and tidy a good one. Checks no other field."""
        kind, number = self["document_type"], self["document_number"]
        if self.is_minor:
            self.forget()
            kind.errors = [NO_MINORS]
            return False
        good = kind.validate(self) and number.validate(self)
        return good and judge_document(kind, number)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the document, then the rest; no entity if the visitor represents none."""
        if self.is_minor:
            return self.judge_document()
        if self["kind"].data not in REPRESENTING:
            self["entity"].process_formdata([])
            self["entity_ruc"].process_formdata([])
            self["entity"].raw_data = self["entity_ruc"].raw_data = []
        good = bool(super().validate(extra_validators))
        if not self["document_number"].errors:
            good = self.judge_document() and good
        if good and len(self.name) > LIMITS["visitor_name"]:
            sentence = f"Apellidos y nombres: {LIMITS['visitor_name']} caracteres como máximo."
            add_error(self["surnames"], sentence)
            return False
        return good

    def visitor(self, first: VisitorPart) -> Visitor:
        """Return the visitor for the register; of a valid form only."""
        whose = first if self["kind"].data == SAME else self
        return Visitor(
            name=self.name,
            document_type=self["document_type"].data,
            document_number=self["document_number"].data,
            kind=whose["kind"].data,
            entity=whose["entity"].data or "",
            entity_ruc=whose["entity_ruc"].data or "",
        )


class EntryForm(FlaskForm):
    """An entry, of one visitor or of several who come together."""

    visitors = ListField(GroupField(VisitorPart), "Visitantes", min_entries=1, most=MOST + 1)
    official = TextField(
        "A quién visita",
        hint="Escribe tres letras de su nombre, cargo o unidad.",
        needed="Escribe a quién visita.",
        limit=600,
        render_kw={"autocomplete": "off", "spellcheck": "false", "data-official": ""},
    )
    official_id = HiddenField()
    category = entry_field("category")
    motive = entry_field("motive")
    site = SelectOneField("Sede")
    place = entry_field("place")
    entry_on = DateField("Día", hint="Vacío: hoy.")
    entry_hour = TimeField("Hora de ingreso", hint="Vacía: ahora.")
    exit_hour = TimeField("Hora de salida", hint="Si ya salió.")
    observation = SelectOneField("Observación", (("", "Ninguna"), *CHOSEN.items()))
    submission = SubmissionField()

    def __init__(self, session: Session, register: Register, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.session, self.register = session, register
        self.sites = sites(session, register, calendar.today())
        #: Officials to choose from, where the typed text matches several.
        self.candidates: Sequence[PostHolder] = ()
        self.chosen: PostHolder | None = None
        self._offer_choices()

    def _offer_choices(self) -> None:
        self.site.choices = [(name, name) for name in self.sites]
        if len(self.sites) == 1:
            self.site.data = self.site.data or self.sites[0]
        else:
            none = "Elige una" if self.sites else "Sin sede"
            self.site.choices = [("", none), *self.site.choices]
        for place, part in enumerate(self.parts):
            same = [(SAME, "Lo mismo que la primera persona")] if place else []
            part["kind"].choices = [*same, *KINDS]
            if self.register.environment == "demo" and not self.register.real_documents:
                part["document_number"].description = "Inventado: empieza con 0000."

    @property
    def parts(self) -> list[VisitorPart]:
        """The visitors, in order."""
        return [entry.form for entry in self.visitors.entries]

    # Rows ---------------------------------------------------------------------------------------

    def add_row(self) -> None:
        """Add a visitor, up to the maximum."""
        if len(self.visitors.entries) < MOST:
            self.visitors.append_entry({"kind": SAME})
            self._offer_choices()

    def remove_row(self, name: str) -> None:
        """Remove a visitor; the last one stays."""
        left = [entry for entry in self.visitors.entries if entry.name != name]
        self.visitors.entries = left or self.visitors.entries
        self._offer_choices()

    def part_of(self, name: str) -> VisitorPart:
        """Return the visitor of that row, or the first."""
        rows = [entry.form for entry in self.visitors.entries if entry.name == name]
        return (rows or self.parts)[0]

    # Judging ------------------------------------------------------------------------------------

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate every field, then their combinations."""
        first, *further = self.visitors.entries
        self.visitors.entries = [first, *(row for row in further if not row.form.is_blank)]
        super().validate(extra_validators)
        for field, sentence in self._faults():
            add_error(field, sentence)
        self._judge_official()
        return not self.faults()

    def _faults(self) -> Iterator[tuple[Any, str]]:
        """Yield the errors of values that are valid one by one."""
        if len(self.parts) > MOST:
            yield self.official, f"Registra hasta {MOST} visitantes en un solo envío."
        seen: set[tuple[str, str]] = set()
        for part in self.parts:
            document = (part["document_type"].data, part["document_number"].data)
            if document in seen and not part.is_minor:
                yield part["document_number"], "Este documento ya está en el grupo."
            seen.add(document)
            if not part["document_number"].errors and not part.is_minor:
                yield from self._fault_of_document(part)
        if self.sites and not self.site.data and not self.site.errors:
            yield self.site, "Elige la sede."
        if self.entry_on.data and self.entry_on.data != calendar.today():
            if self.entry_on.data > calendar.today():
                yield self.entry_on, "El ingreso no puede ser después de hoy."
            elif not self.entry_hour.data and not self.entry_hour.errors:
                yield self.entry_hour, "Escribe la hora de ingreso de ese día."

    def _fault_of_document(self, part: VisitorPart) -> Iterator[tuple[Any, str]]:
        kind, number = part["document_type"].data, part["document_number"].data
        try:
            recording.check_document(self.register, Visitor("", kind, number))
        except Refused as refused:
            yield part["document_number"], refused.sentence

    def _judge_official(self) -> None:
        """Find the official of the text on that day; one chosen from a list wins."""
        if self.official.errors:
            return
        typed, day = self.official.data or "", self.day
        found = officials.matching(self.session, self.register, typed, day, officials.OFFERED + 1)
        self.chosen = self._picked(found, day) or officials.only_match(found, typed)
        if self.chosen is not None:
            return
        if found:
            self.candidates = found[: officials.OFFERED]
            sentence = "Hay más de una persona con esas letras: elige a quién visita."
        else:
            sentence = officials.nobody(self.session, self.register, typed, day).sentence
        add_error(self.official, sentence)

    def _picked(self, found: Sequence[PostHolder], day: date) -> PostHolder | None:
        """Return the official that the desk picked from a list, if the text still matches."""
        text = self.official_id.data or ""
        if not (text.isascii() and text.isdigit()) or len(text) > 9:
            return None
        picked = personnel.official_on(self.session, self.register, int(text), day)
        if picked is None or picked in found:
            return picked
        return picked if self.official.data == officials.label(picked) else None

    def refuse(self, refused: Refused) -> None:
        """Show a refusal of the register at its field."""
        fields = {
            "entry_at": self.entry_hour,
            "exit_at": self.exit_hour,
            "observation": self.observation,
            "document_number": self.parts[0]["document_number"],
            "visitor_entity_ruc": self.parts[0]["entity_ruc"],
        }
        add_error(fields.get(refused.field, self.official), refused.sentence)

    def faults(self) -> Mapping[str, str]:
        """Return field id → sentence, in the order of the page."""
        found: dict[str, str] = {}
        for part in self.parts:
            found |= {field.id: str(field.errors[0]) for field in part if field.errors}
        for field in self:
            if field.errors and field is not self.visitors:
                found[field.id] = str(field.errors[0])
        return found

    # Its values ---------------------------------------------------------------------------------

    @property
    def day(self) -> date:
        """The day of the visit."""
        return self.entry_on.data or calendar.today()

    def _moment(self, field: Any) -> datetime | None:
        return calendar.at_hour(self.day, field.data) if field.data else None

    def entries(self) -> list[Entry]:
        """Return the entries for the register; only of a valid form, which knows the official."""
        if self.chosen is None:
            return []
        entry_at = self._moment(self.entry_hour) or calendar.now()
        return [
            Entry(
                visitor=part.visitor(self.parts[0]),
                official_id=self.chosen.id,
                category=self.category.data,
                motive=self.motive.data,
                site=self.site.data or "",
                place=self.place.data or "",
                entry_at=entry_at,
                exit_at=self._moment(self.exit_hour),
                observation=self.observation.data or "",
                others={name: self[name].data or "" for name in OTHERS},
            )
            for part in self.parts
        ]


def sites(session: Session, register: Register, day: date) -> list[str]:
    """Return the sites of this register on a day, by name."""
    return list(
        session.scalars(
            select(Site.name)
            .where(
                Site.register_id == register.id,
                Site.from_on <= day,
                or_(Site.to_on.is_(None), Site.to_on >= day),
            )
            .order_by(Site.name)
        )
    )
