"""Coordinators in charge of many entities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from app.base.models import Batch, Entity, User
from app.cases.entities.assignment import Choice, assign
from app.onboarding.batches.kind import Choosing, Data, Kind, Plan, Refused, Row
from app.onboarding.batches.kinds.locks import lock_entity
from app.people import access
from forms.fields import Part, SelectOneField

KEEP, NOBODY = "", "0"
LABELS: Mapping[str, str] = {
    "sip": "Coordinador de la SIP",
    "sgtd": "Coordinador de la SGTD",
}
SAME = "Ya está a su cargo."
GONE = "{} ya no tiene esa función."


class AssignForm(Part):
    """Who is in charge for each secretariat."""

    sip = SelectOneField(LABELS["sip"])
    sgtd = SelectOneField(LABELS["sgtd"])

    def validate(self, extra_validators: object = None) -> bool:
        """Return whether the fields are valid, and one of them changes something."""
        good: bool = super().validate(extra_validators)
        if good and not self["sip"].data and not self["sgtd"].data:
            self["sip"].errors = ["Elige a quién se encargan, en la SIP o en la SGTD."]
            return False
        return good


def _prepare(session: Session, user: User, form: Part) -> None:
    for role in LABELS:
        people = [(str(one.id), one.full_name) for one in access.holders(session, role)]
        form[role].choices = [(KEEP, "Como está"), (NOBODY, "Nadie"), *people]


def _common(session: Session, form: Part) -> Data:
    """Return the choices, with their names, for the page and for the plan."""
    chosen = {role: form[role].data for role in LABELS if form[role].data != KEEP}
    return {role: {"id": one, "name": _name(session, one)} for role, one in chosen.items()}


def _name(session: Session, chosen: str) -> str:
    return "Nadie" if chosen == NOBODY else session.get_one(User, int(chosen)).full_name


def _judge(session: Session, batch: Batch, rows: Sequence[Row]) -> list[Plan]:
    chosen = {role: batch.data[role] for role in LABELS if role in batch.data}
    for role, one in chosen.items():
        people = {str(user.id) for user in access.holders(session, role)}
        if one["id"] != NOBODY and one["id"] not in people:
            return [Plan("refused", GONE.format(one["name"])) for _ in rows]

    def plan(entity: Entity) -> Plan:
        wanted = {role: int(one["id"]) or None for role, one in chosen.items()}
        changed = [
            f"{LABELS[role]}: {chosen[role]['name']}"
            for role, new in wanted.items()
            if getattr(entity, f"{role}_coordinator_id") != new
        ]
        if not changed:
            return Plan("same", SAME)
        return Plan("do", ". ".join(changed) + ".")

    return [plan(entity) for entity, _ in rows]


def _do(session: Session, batch: Batch, entity: Entity, data: Data) -> str:
    choices = []
    for role in LABELS:
        if role in batch.data:
            user = session.get(User, int(batch.data[role]["id"]))
            choices.append(Choice(role, True, user))
    if not assign(session, entity, choices, batch.confirmed_by_id):
        raise Refused(SAME)
    return "El encargo cambió."


ASSIGN = Kind(
    id="assign",
    slug="encargar",
    name="Encargo de entidades",
    action="assign_coordinators",
    fresh=True,
    verb="Vas a cambiar el encargo de",
    summary="Elige los coordinadores de la SIP y de la SGTD a cargo de muchas entidades.",
    choosing=Choosing(
        label="Encargar a un coordinador", form=AssignForm, prepare=_prepare, common=_common
    ),
    judge=_judge,
    do=_do,
    lock=lock_entity,
    facts=lambda data: [
        (label, data[role]["name"]) for role, label in LABELS.items() if role in data
    ],
)
