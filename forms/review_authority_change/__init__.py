"""Revisar el cambio de autoridad: a coordinator looks at the credential before accesses change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from forms.fields.identifiers import plain
from forms.fields.people import full_name
from forms.shapes.reviews import AcceptOrObserveForm, observing

NEEDS = ("authority_change", "mandate_end", "proclaimed")
GIVES = ("authority_change_review",)


class Form(AcceptOrObserveForm):
    """The look at a change that the bearer of a code declared."""

    decides = "case"
    heading = "Revisa el cambio de la máxima autoridad"
    lead = (
        "Mira si la credencial es de quien dice ser la nueva autoridad. Mientras tanto no cambia "
        "ningún acceso; si pasan cinco días hábiles, el cambio vale sin tu revisión."
    )
    gives = "authority_change_review"

    @property
    def change(self) -> Mapping[str, Any]:
        """The change as it was declared."""
        known: Mapping[str, Any] = self.given.get("authority_change") or {}
        return known

    def unusual(self) -> list[str]:
        """Return what the credential should be held against once more."""
        if self.outcome() != "accepted":
            return []
        found = [] if self.change.get("file") else ["No hay copia de la credencial."]
        said, declared = self.given.get("proclaimed"), self.change.get("after") or {}
        if said and declared and plain(full_name(said)) != plain(full_name(declared)):
            found.append(f"La persona proclamada es otra: {full_name(said)}.")
        return found


PERSON = {
    "document_type": "DNI",
    "document_number": "00000311",
    "given_names": "Rosa Persona",
    "surnames": "Díaz Muestra",
    "post": "Alcaldesa",
    "email": "",
    "since_on": "2027-01-01",
}
GIVEN = {
    "today": date(2027, 1, 5),
    "authority_change": {
        "since_on": "2027-01-01",
        "ground": "Credencial de ejemplo",
        "support": "",
        "before": None,
        "after": PERSON,
        "file": None,
        "administrator_stays": "yes",
        "left": [],
    },
    "mandate_end": {"ends_on": "2026-12-31", "norm": "Ley 26864"},
}
WHY = "La credencial que se subió es de otro distrito."

ACCEPTS, REFUSES = observing(WHY)
