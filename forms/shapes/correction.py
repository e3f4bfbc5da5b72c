"""Correct an observed presentation within the legal deadline, and present it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from forms import Given, Page
from forms.drafts import place
from forms.fields import GroupField, ListField, add_error
from forms.fields.people import key_of
from forms.fields.roster import PER_PAGE
from forms.shapes.anchors import GONE_ROW
from forms.shapes.days import lima_day
from forms.shapes.filing import (
    DESIGNATION,
    PERSONNEL,
    PresentingStep,
    check_moment,
    drop_absent,
    kinds_of,
    shortened,
    signed_names,
    signed_of,
)
from forms.shapes.observations import TITLES, AnswerPart, line_of, paper_of
from forms.shapes.own_letters import check_own

SIGNED = tuple(chain(*map(signed_names, dict.fromkeys((*DESIGNATION, *PERSONNEL)))))
#: An answer to an observation of fewer words rarely says what was corrected.
FEW_WORDS = 2
ANSWERS = Page(
    "respuestas",
    "Responde a cada observación",
    ("answers",),
    hint="El plazo es legal y no se amplía.",
)


class CorrectionStep(PresentingStep):
    """An answer to each observation, the affected papers made and signed again, the constancia.

    A step's `touched()` returns the affected papers: those that an observation is about, and those
    whose data the correction changes.
    """

    sets_in_motion = True
    button = "Enviar la subsanación"
    outcomes = ("corrected",)
    #: Signed files too: those of an earlier correction describe the state before this one.
    fresh = ("answers", "number", "presented_at", *SIGNED)

    answers = ListField(
        GroupField(AnswerPart, "Observación"),
        "Observaciones",
        fixed=True,
        most=40,
    )

    @property
    def observations(self) -> Sequence[Mapping[str, Any]]:
        """The observations to answer, in order."""
        found: Sequence[Mapping[str, Any]] = self.filing.get("observations", [])
        return found

    @property
    def presents(self) -> tuple[str, ...]:
        """The kinds of the papers that the application made for this presentation."""
        return kinds_of(self.given, self.papers)

    @property
    def texts(self) -> list[tuple[str, str]]:
        """The texts to copy into the mesa de partes, with the related presentation."""
        cut, number = self.filing.get("cut"), self.filing.get("number")
        about = f"Expediente (CUT) {cut}" if cut else f"Constancia {number}" if number else ""
        return [*super().texts, ("Referencia", about)] if about else super().texts

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the values as presented, and the earlier answers, per observation."""
        observed = (given.get("filing") or {}).get("observations", [])
        answers = [{"answer": one.get("answer", "")} for one in observed]
        return {**super().prefill(given), "answers": answers}

    def prepare(self) -> None:
        """Set an entry per observation, with its subject, and a field per paper made."""
        super().prepare()
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
            entry.description = line_of(observation)

    def where(self, observation: Mapping[str, Any]) -> str:
        """Return the address, relative to this one, of what an observation asks to correct.

        It is "" where the observation is tied to nothing that this step corrects.
        """
        word, _, name = observation.get("anchor", "").partition(".")
        names = {
            "field": name.partition("-")[0],
            "row": "roster",
            GONE_ROW: "roster",
            "paper": f"signed_{paper_of(observation)}",
            "page": f"signed_{paper_of(observation)}",
        }
        field = names.get(word, "")
        page = next((page for page in self.pages if field in page.fields), None)
        if page is None or field not in self:
            return ""
        if word in ("row", GONE_ROW):
            return page.key + self._where_row(observation.get("was") or {})
        return f"{page.key}#{name if word == 'field' else field}"

    def page_seen(self, observation: Mapping[str, Any]) -> tuple[str, int]:
        """Return the file and the page that an observation is about: ("", 0) for no paper.

        The page is 0 for a whole paper.
        """
        word, _, rest = observation.get("anchor", "").partition(".")
        if word not in ("paper", "page"):
            return "", 0
        return str((observation.get("was") or {}).get("file", "")), place(
            rest.partition(".")[2]
        ) or 0

    def _where_row(self, was: Mapping[str, Any]) -> str:
        """Return the sheet and the row of a person in the roster of the form."""
        rows = enumerate(self["roster"].rows, 1)
        number = next((n for n, row in rows if was and key_of(row) == key_of(was)), 0)
        if not number:
            return "#roster"
        return f"?hoja={(number - 1) // PER_PAGE + 1}#roster-{number}"

    def touched(self) -> set[str]:
        """Return the kinds of the papers that must be made and signed again."""
        return {paper_of(observation) for observation in self.observations} - {""}

    def touched_papers(self) -> tuple[str, ...]:
        """Return the touched papers of this presentation, in order."""
        touched = self.touched()
        return tuple(kind for kind in self.presents if kind in touched)

    def offered_papers(self) -> list[tuple[str, str]]:
        """Return every paper of this presentation, touched or not: kind and title."""
        return [(kind, TITLES[kind]) for kind in self.presents]

    def check(self) -> None:
        """Check that touched papers are signed, and the moment is after the first constancia."""
        super().check()
        for kind in self.touched_papers():
            field = self[f"signed_{kind}"]
            if not field.data and not field.errors:
                add_error(
                    field,
                    f"{TITLES[kind]}: súbelo otra vez firmado, pues cambia con la subsanación.",
                )
        presented = self.filing.get("presented_at")
        since = lima_day(presented) if presented else None
        check_moment(self["presented_at"], self.today, since, "el de la constancia anterior")
        check_own(self)

    def unusual(self) -> list[str]:
        """Return which papers are short, and which observations only have a few words."""
        found = shortened(self, self.papers)
        for entry, one in zip(self["answers"].entries, self.observations, strict=False):
            if len((entry.form["answer"].data or "").split()) < FEW_WORDS:
                found.append(f"La respuesta a la observación {one['number']} es muy corta.")
        return found

    def answer(self) -> dict[str, Any]:
        """Return the corrected records, and the act `corrected`."""
        entries = zip(self["answers"].entries, self.observations, strict=False)
        act = {
            "act": "corrected",
            "number": self["number"].data or "",
            "presented_at": self["presented_at"].iso,
            "signed": signed_of(self, self.papers),
            **self.own(),
            "answers": {
                str(observation["number"]): entry.form["answer"].data or ""
                for entry, observation in entries
            },
        }
        return {**self.draft_answer(), "filing": act}


def present_page(kinds: tuple[str, ...]) -> Page:
    """Return the last page: the papers made again, and the new constancia."""
    return Page(
        "presentar",
        "Firma, presenta y registra la constancia",
        (*chain(*map(signed_names, kinds)), "number", "presented_at"),
        hint="Sube firmados los documentos que cambian; los demás quedan como estaban.",
    )
