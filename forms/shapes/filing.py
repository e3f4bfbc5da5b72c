"""Present papers at the mesa de partes: the papers, their constancia, and their reception.

Two stages present papers: the designation and the second SIP-RVL-002. Their forms name the kinds of
papers; the case says which of them the application made (a redesignation has no SIP-RVL-002).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import cached_property
from itertools import chain, zip_longest
from typing import Any, ClassVar

from forms import Given, Page, StepForm
from forms.fields import (
    ChoiceField,
    DocumentField,
    GroupField,
    ListField,
    LongTextField,
    MomentField,
    TextField,
    add_error,
)
from forms.fields.dates import in_words
from forms.papers import title_of
from forms.records import ReplacedFiling
from forms.shapes.anchors import Papers
from forms.shapes.compared_roster import ComparedRoster
from forms.shapes.days import lima_day
from forms.shapes.designation_anchors import Since
from forms.shapes.observations import (
    TITLES,
    ObservationPart,
    offer_papers,
    read_observations,
    reasons_of,
    tie,
)
from forms.shapes.observing import Looked, Observing
from forms.shapes.own_letters import OwnLetters, check_own, is_own, own_names
from forms.shapes.signing import has_fewer_pages, paper_of

DESIGNATION = ("oficio_designacion", "sip_rvl_001", "sip_rvl_002")
PERSONNEL = ("carta_presentacion", "sip_rvl_002")
#: The year with which a CUT begins.
YEAR_OF_CUT = re.compile(r"(20\d\d)-")
SIGNERS = {
    "oficio_designacion": "Lo firma la máxima autoridad administrativa o quien haga sus veces.",
    "sip_rvl_001": "Lo firma la máxima autoridad administrativa o quien haga sus veces.",
    "sip_rvl_002": "Lo firma el administrador designado.",
    "carta_presentacion": "La firma la máxima autoridad, o el administrador si tiene delegación.",
}
ADDRESSEE = "Secretaría de Integridad Pública de la Presidencia del Consejo de Ministros"


def signed_field(kind: str, needed: bool = True) -> Any:
    """Return the field for the signed copy of a paper, named `signed_<kind>`."""
    title = TITLES[kind]
    return DocumentField(
        title_of(kind, is_signed=True),
        paper=kind,
        hint=SIGNERS[kind],
        needed=f"Sube el documento firmado: {title}." if needed else "",
    )


def signed_names(kind: str) -> tuple[str, ...]:
    """Return the names of the fields of a signed paper: its file, and what is said about it."""
    return f"signed_{kind}", *own_names(kind), f"as_is_signed_{kind}"


def kinds_of(given: Given, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return the kinds that the application made; all of them while nothing is known."""
    if given.get("papers") is None:
        return kinds
    made = {paper["kind"] for paper in given["papers"]}
    return tuple(kind for kind in kinds if kind in made)


def without_roster(given: Given) -> bool:
    """Return whether it is a redesignation, which presents no SIP-RVL-002."""
    return "sip_rvl_002" not in kinds_of(given, DESIGNATION)


def drop_absent(form: Any, kinds: tuple[str, ...]) -> None:
    """Remove the fields of papers that were not made."""
    made = kinds_of(form.given, kinds)
    for kind in kinds:
        if kind not in made:
            for name in signed_names(kind):
                del form[name]


def signed_of(form: Any, kinds: tuple[str, ...]) -> dict[str, str]:
    """Return the signed papers: kind → id of the file."""
    names = ((kind, f"signed_{kind}") for kind in kinds)
    return {kind: form[name].data for kind, name in names if name in form and form[name].data}


def shortened(form: Any, kinds: tuple[str, ...]) -> list[str]:
    """Return a sentence for each signed paper with fewer pages than the paper to sign."""
    found = []
    for kind, file_id in signed_of(form, kinds).items():
        info, paper = form.files[file_id], paper_of(form.given, kind)
        if (
            paper
            and not is_own(form, kind)
            and not info.is_stopped
            and has_fewer_pages(info, paper)
        ):
            has, had = info.pages, paper["file"]["pages"]
            pages = f"{has} {'página' if has == 1 else 'páginas'}"
            found.append(f"{TITLES[kind]}: lo firmado tiene {pages}, y lo que se emitió, {had}.")
    return found


def check_moment(field: Any, today: date, since: date | None, what: str) -> None:
    """Reject a moment on a future day, or before `since`, which `what` names."""
    day = field.form["date"].data
    if day is None or field.errors:
        return
    if day > today:
        add_error(field, f"{field.label.text} Escribe un día hasta hoy, {in_words(today)}.")
    elif since and day < since:
        add_error(
            field,
            f"{field.label.text} Escribe un día que no sea anterior al {in_words(since)}, {what}.",
        )


def check_number(field: Any, used: Collection[str]) -> None:
    """Reject the number of a constancia that the entity registered before."""
    if field.data and plain_number(field.data) in map(plain_number, used):
        add_error(
            field,
            f"{field.label.text}: {field.data} es de otra presentación de la entidad. Escribe el "
            "de la constancia nueva.",
        )


def plain_number(number: str) -> str:
    """Return the number of a constancia as it is compared: without spaces, in lower case."""
    return "".join(number.split()).casefold()


class PresentationStep(StepForm):
    """A step about a presentation: its papers are of the given `kinds`."""

    kinds: ClassVar[tuple[str, ...]] = ()

    @property
    def filing(self) -> Mapping[str, Any]:
        """The presentation; empty while there is none."""
        return self.given.get("filing") or {}


class PresentingStep(PresentationStep, OwnLetters):
    """A step that presents papers: texts for the mesa de partes, and its automatic constancia."""

    #: The subject for the mesa de partes.
    subject: ClassVar[str] = ""
    summary: ClassVar[str] = ""

    number = TextField(
        "Número de la constancia",
        hint="El que te dio la mesa de partes digital al presentar",
        needed="Escribe el número de la constancia.",
        limit=40,
    )
    presented_at = MomentField(
        "¿Cuándo se presentó?",
        hint="Fecha y hora que figuran en la constancia",
        needed="Escribe la fecha y la hora de la constancia.",
    )

    @property
    def presents(self) -> tuple[str, ...]:
        """The kinds of the papers that the application made for this presentation."""
        return kinds_of(self.given, self.kinds)

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The texts to copy into the mesa de partes: label and text."""
        name = (self.given.get("entity") or {}).get("name", "")
        return [
            ("Destinatario", ADDRESSEE),
            ("Asunto", f"{self.subject} - {name}"),
            ("Sumilla", self.summary),
        ]


class FileStep(PresentingStep):
    """Sign the papers, upload them, present them outside, and state when it was done."""

    sets_in_motion = True
    fresh = ("number", "presented_at")
    button = "Registrar la presentación"
    button_hint = (
        "Este botón no presenta nada: primero presenta los documentos en la mesa de partes "
        "digital de la PCM."
    )
    outcomes = ("filed",)

    def prepare(self) -> None:
        """Keep a field for each paper that was made."""
        drop_absent(self, self.kinds)

    def check(self) -> None:
        """Check that the constancia is of no future day, nor from before the papers were made."""
        made = [
            lima_day(paper["made_at"])
            for paper in self.given.get("papers") or ()
            if paper["kind"] in self.kinds and paper.get("made_at")
        ]
        since = max(made, default=None)
        what = "cuando se emitieron los documentos"
        check_moment(self["presented_at"], self.today, since, what)
        check_number(self["number"], self.given.get("used_receipts") or ())
        check_own(self)

    def unusual(self) -> list[str]:
        """Return which signed papers have fewer pages than those to sign."""
        return shortened(self, self.kinds)

    def answer(self) -> dict[str, Any]:
        """Return the act `filed`."""
        return {
            "filing": {
                "act": "filed",
                "number": self["number"].data,
                "presented_at": self["presented_at"].iso,
                "signed": signed_of(self, self.kinds),
                **self.own(),
            }
        }


def file_pages(kinds: tuple[str, ...]) -> tuple[Page, ...]:
    """Return the pages: sign and upload, then present and state it."""
    return (
        Page("firmar", "Firma y sube los documentos", tuple(chain(*map(signed_names, kinds)))),
        Page(
            "presentar",
            "Presenta y registra la constancia",
            ("number", "presented_at"),
            hint="Presenta los documentos en la mesa de partes digital de la PCM y anota aquí lo "
            "que dice su constancia. Zaguán no los presenta por ti.",
        ),
    )


RECEPTIONS = (
    ("received", "La mesa de partes la recibió"),
    ("observed", "La mesa de partes la observó"),
    ("not_filed", "No consta que se haya presentado"),
)


class ObservedStep(PresentationStep, Observing):
    """A step that can observe a presentation."""

    @cached_property
    def replaced(self) -> list[tuple[ReplacedFiling, Since | None]]:
        """The filings that this one replaces, the newest first, with what changed since.

        None for those whose data are not compared.
        """
        records = self.given.get("replaced_records") or ()
        compared = [Since.of(one["now"], one["then"]) for one in records]
        return list(zip_longest(self.filing.get("replaces", ()), compared))

    def has_roster(self) -> bool:
        """Return whether a SIP-RVL-002 was presented, whose rows are read."""
        return "sip_rvl_002" in kinds_of(self.given, self.kinds)

    @cached_property
    def compared(self) -> ComparedRoster:
        """The presented roster, held against the one that was accepted last."""
        return ComparedRoster.of(self.given.get("roster"), self.given.get("accepted_roster"))

    def earlier(self) -> list[Looked]:
        """Return the earlier observations, with the entity's answers and what changed."""
        return self.looked(self.filing.get("observations", ()))


class ReceptionStep(ObservedStep):
    """The decision of the mesa de partes on a presentation: it gives a CUT, or observes once."""

    sets_in_motion = True
    fresh = ("result", "cut", "received_at", "observations", "text")
    lead = "La constancia y el cargo con el expediente (CUT) son dos momentos distintos."
    button = "Registrar la recepción"
    anchored = (Papers,)
    outcomes = ("received", "observed", "not_filed")

    result = ChoiceField(
        "¿Qué pasó en la mesa de partes?",
        RECEPTIONS,
        needed="Indica qué pasó en la mesa de partes.",
    )
    cut = TextField(
        "Número de expediente (CUT)",
        needed="Escribe el número de expediente (CUT).",
        when=("result", "received"),
        limit=40,
    )
    received_at = MomentField(
        "¿Cuándo la recibió?",
        hint="Fecha y hora del cargo",
        needed="Escribe la fecha y la hora del cargo.",
        when=("result", "received"),
    )
    observations = ListField(
        GroupField(ObservationPart, "Observación"),
        "Observaciones de la mesa de partes",
        hint="Todas de una vez. Puede hacerlo una sola vez.",
        needed="Agrega al menos una observación de la mesa de partes.",
        when=("result", "observed"),
        most=20,
        add_label="Agregar otra observación",
    )
    text = LongTextField(
        "¿Por qué no consta?",
        hint="La entidad lo leerá y la presentará",
        needed="Explica por qué no consta la presentación.",
        when=("result", "not_filed"),
        limit=1000,
    )

    def prepare(self) -> None:
        """Set the choices: the mesa de partes may observe only once (TUO Ley 27444, art. 136)."""
        offer_papers(self["observations"], kinds_of(self.given, self.kinds))
        tie(self["observations"], self.places)
        if self.filing.get("desk_observed"):
            self["result"].choices = [one for one in RECEPTIONS if one[0] != "observed"]
            self["result"].description = "La mesa de partes ya observó una vez; no puede repetirlo."
            del self["observations"]

    def check(self) -> None:
        """Check the moment against today and the constancia."""
        field, presented = self["received_at"], self.filing.get("presented_at")
        if self["result"].data != "received" or not field.moment:
            return
        since = lima_day(presented) if presented else None
        check_moment(field, self.today, since, "el de la constancia")
        if presented and not field.errors and field.moment < datetime.fromisoformat(presented):
            add_error(field.form["time"], "La hora del cargo no puede ser antes de la constancia.")

    def unusual(self) -> list[str]:
        """Return what may be a typing error in the CUT."""
        if self.outcome() != "received":
            return []
        cut, found = self["cut"].data, []
        if cut == self.filing.get("number"):
            found.append(f"El expediente (CUT) y la constancia tienen el mismo número: {cut}.")
        year = YEAR_OF_CUT.match(cut)
        day = self["received_at"].form["date"].data
        if year and int(year[1]) != day.year:
            found.append(f"El expediente (CUT) {cut} es de {year[1]}, y el cargo, de {day.year}.")
        return found

    def outcome(self) -> str:
        """Return the decision of the mesa de partes."""
        return str(self["result"].data)

    def answer(self) -> dict[str, Any]:
        """Return the act of the mesa de partes."""
        result = self.outcome()
        if result == "received":
            act = {
                "act": "received",
                "cut": self["cut"].data,
                "received_at": self["received_at"].iso,
            }
        elif result == "observed":
            observations = read_observations(self["observations"])
            act = {
                "act": "desk_observed",
                "text": reasons_of(observations),
                "observations": observations,
            }
        else:
            act = {"act": "not_filed", "text": self["text"].data}
        return {"filing": act}

    def reason(self) -> str:
        """Return why the presentation comes back to the entity."""
        if self.outcome() == "observed":
            return "La mesa de partes observó la presentación:\n" + reasons_of(
                read_observations(self["observations"])
            )
        return str(self["text"].data) if self.outcome() == "not_filed" else ""
