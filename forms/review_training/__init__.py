"""Revisar la capacitación del personal: accept or observe the report."""

from __future__ import annotations

from datetime import date

from forms.examples import Example
from forms.shapes.attendance import GROUPS
from forms.shapes.attended import STATUS_WORDS, AttendedGroup, groups_of
from forms.shapes.review_anchors import AttendanceLists, Training
from forms.shapes.reviews import AcceptOrObserveForm, observing, second_look

NEEDS = ("training", "training_report", "training_findings", "training_review")
GIVES = ("training_review",)

#: One of this many people absent deserves a second look.
MANY_ABSENT = 4


class Form(AcceptOrObserveForm):
    """The review of the training."""

    decides = "stage"
    anchored = (Training, AttendanceLists)
    heading = "Revisa la capacitación del personal"
    lead = (
        "Mira cuántas personas asistieron de cada grupo y las listas firmadas. Si observas, la "
        "entidad corrige su informe y lo envía otra vez."
    )
    gives = "training_review"

    group_names = GROUPS
    status_words = STATUS_WORDS

    def unusual(self) -> list[str]:
        """Return the groups of which a quarter or more was absent, where they are accepted."""
        counts = (self.given.get("training_report") or {}).get("counts", {})
        if self.outcome() != "accepted":
            return []
        return [
            f"Del {GROUPS[group].lower()} faltaron {one['absent']} de {one['people']} personas."
            for group, one in counts.items()
            if one["absent"] * MANY_ABSENT >= one["people"] > 0
        ]

    def people_by_group(self) -> list[AttendedGroup]:
        """Return the people of each group; those who did not attend come first."""
        return groups_of((self.given.get("training_report") or {}).get("people", []))


REPORT = {
    "sessions": [{"group": group, "on": "2026-09-02"} for group in GROUPS],
    "counts": {group: {"people": 12, "present": 10, "absent": 1, "leave": 1} for group in GROUPS},
    "file": None,
}
GIVEN = {"today": date(2026, 9, 7), "training_report": REPORT}
WHY = "En la lista del 2 de setiembre faltan las firmas de los operadores."

ACCEPTS, REFUSES = observing(WHY)
ACCEPTS += (
    Example("accepted", {"decision": "accepted"}, second_look(Form, WHY), "segunda mirada"),
)
