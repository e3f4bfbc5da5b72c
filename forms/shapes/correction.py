"""Correcting an observed presentation within the legal term, and presenting it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from forms import Page, StepForm
from forms.fields import GroupField, ListField, add_error
from forms.shapes.filing import (
    DESIGNATION,
    PERSONNEL,
    PresentedFields,
    desk_texts,
    drop_absent,
    judge_moment,
    kinds_of,
    lima_day,
    signed_of,
)
from forms.shapes.observations import TITLES, AnswerPart, paper_of, spoken

SIGNED = tuple(f"signed_{kind}" for kind in dict.fromkeys((*DESIGNATION, *PERSONNEL)))
ANSWERS = Page(
    "respuestas",
    "Responde a cada observación",
    ("answers",),
    hint="El plazo es legal y no se amplía.",
)


class CorrectionStep(PresentedFields, StepForm):
    """An answer to each observation, the touched papers made again and signed, the constancia.

    `touched()` of a step says which papers are so: those that an observation is about, and those
    whose data the correction changes.
    """

    button = "Enviar la subsanación"
    outcomes = ("corrected",)
    #: Signed files too: those of an earlier correction say what was true before this one.
    fresh = ("answers", "number", "presented_at", *SIGNED)
    #: What the mesa de partes is given to read.
    subject: ClassVar[str] = ""
    summary: ClassVar[str] = ""

    answers = ListField(
        GroupField(AnswerPart, "Observación"),
        "Observaciones",
        fixed=True,
        most=40,
    )

    @property
    def observations(self) -> Sequence[Mapping[str, Any]]:
        """What has to be answered, in its order."""
        found: Sequence[Mapping[str, Any]] = (self.given.get("filing") or {}).get(
            "observations", []
        )
        return found

    @property
    def texts(self) -> list[tuple[str, str]]:
        """What to copy into the mesa de partes, with the presentation that it is about."""
        filing = self.given.get("filing") or {}
        cut, number = filing.get("cut"), filing.get("number")
        about = f"Expediente (CUT) {cut}" if cut else f"Constancia {number}" if number else ""
        texts = desk_texts(self.given, self.subject, self.summary)
        return [*texts, ("Referencia", about)] if about else texts

    def prepare(self) -> None:
        """An entry per observation, which says what it is about; a field per paper made."""
        drop_absent(self, self.papers)
        if not self.given:
            return
        listed = self["answers"]
        listed.max_entries = None
        while len(listed) > len(self.observations):
            listed.pop_entry()
        while len(listed) < len(self.observations):
            listed.append_entry()
        listed.min_entries = listed.max_entries = len(listed)
        for entry, observation in zip(listed.entries, self.observations, strict=True):
            entry.observation = observation
            entry.description = spoken(observation)

    def touched(self) -> set[str]:
        """The kinds of the papers that must be made and signed again."""
        return {paper_of(observation) for observation in self.observations} - {""}

    def touched_papers(self) -> tuple[str, ...]:
        """Those of them that this presentation has, in their order."""
        touched = self.touched()
        return tuple(kind for kind in kinds_of(self.given, self.papers) if kind in touched)

    def offered_papers(self) -> list[tuple[str, str]]:
        """Every paper of this presentation, touched or not: kind and title."""
        return [(kind, TITLES[kind]) for kind in kinds_of(self.given, self.papers)]

    def validate(self, extra_validators: Any = None) -> bool:
        """The fields; the touched papers signed; the moment after the first constancia."""
        good = bool(super().validate(extra_validators))
        for kind in self.touched_papers():
            field = self[f"signed_{kind}"]
            if not field.data and not field.errors:
                add_error(
                    field,
                    f"{TITLES[kind]}: súbelo otra vez firmado, pues cambia con la subsanación.",
                )
                good = False
        presented = (self.given.get("filing") or {}).get("presented_at")
        since = lima_day(presented) if presented else None
        field = self["presented_at"]
        return judge_moment(field, self.today, since, "el de la constancia anterior") and good

    def corrected(self) -> dict[str, Any]:
        """The act `corrected`."""
        entries = zip(self["answers"].entries, self.observations, strict=False)
        return {
            "act": "corrected",
            "number": self["number"].data or "",
            "presented_at": self["presented_at"].iso,
            "signed": signed_of(self, self.papers),
            "answers": {
                str(observation["number"]): entry.form["answer"].data or ""
                for entry, observation in entries
            },
        }


def answers_of(filing: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """The answers given before, per observation, to start from."""
    return [{"answer": one.get("answer", "")} for one in (filing or {}).get("observations", [])]


PRESENT = "presentar"


def present_page(kinds: tuple[str, ...]) -> Page:
    """The last screenful: the papers made again, and the new constancia."""
    return Page(
        PRESENT,
        "Firma, presenta y registra la constancia",
        (*(f"signed_{kind}" for kind in kinds), "number", "presented_at"),
        hint="Sube firmados los documentos que cambian; los demás quedan como estaban.",
    )
