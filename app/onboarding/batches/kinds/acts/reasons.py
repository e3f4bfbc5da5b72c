"""The reason that acts of coordinators need, once for all rows of a batch."""

from __future__ import annotations

from sqlalchemy.orm import Session
from wtforms.validators import Length

from app.onboarding.batches.kind import Data
from forms.fields import LongTextField, Part


class ReasonForm(Part):
    """The reason of an act, as for a single case."""

    reason = LongTextField(
        "Motivo",
        hint="Queda en el historial de cada entidad.",
        needed="Escribe el motivo.",
        limit=1000,
        rules=(Length(10, message="El motivo tiene entre 10 y 1000 caracteres."),),
    )


def reason_of(session: Session, form: Part) -> Data:
    """Return the reason of a valid form, for `Batch.data`."""
    return {"reason": form["reason"].data}


def reason_facts(data: Data) -> list[tuple[str, str]]:
    """Return the reason as the page of a batch shows it."""
    return [("Motivo", data["reason"])] if "reason" in data else []
