"""*Anular*: end a process without effect; where the configuration asks, by two coordinators."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app

from app.cases import processes
from app.cases.processes.returns import cancellations
from app.cases.status import PROCESS_NAMES
from app.onboarding.case_admin.acts import ReasonForm, carry_out, this_instance
from app.people import access
from app.people.access import this_entity

blueprint = Blueprint("cancelling", __name__)

LEAD = (
    "El proceso termina aquí y sus tareas se cierran. No se puede deshacer; el historial se "
    "conserva."
)
OF_TWO = " Lo confirma otra persona con permiso para anular; hasta entonces el proceso sigue."


def needs_two() -> bool:
    """Return whether a cancellation is confirmed by a second coordinator."""
    return bool(current_app.config["CANCEL_NEEDS_TWO"] == "yes")


@blueprint.route("/entidades/<code>/procesos/<int:instance_id>/anular", methods=["GET", "POST"])
def cancel(code: str, instance_id: int) -> Any:
    """End a process without effect, or ask another coordinator to."""
    user_id, row = access.require("cancel", this_entity()).id, this_instance(instance_id)
    form = ReasonForm()
    name, asks = PROCESS_NAMES[row.process], needs_two()
    if asks:
        return carry_out(
            form,
            f"Proponer que se anule: {name}",
            LEAD + OF_TWO,
            "Proponer la anulación",
            lambda session: cancellations.propose(
                session, instance_id, form.reason.data or "", user_id
            ),
            "Propusiste la anulación: falta que otra persona la confirme.",
        )
    return carry_out(
        form,
        f"Anular: {name}",
        LEAD,
        "Anular",
        lambda session: processes.cancel(session, instance_id, form.reason.data or "", user_id),
        "El proceso quedó anulado.",
        on=row,
    )
