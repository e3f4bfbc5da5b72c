"""The records that steps read (`NEEDS`) and write (`GIVES`): names to rows and back.

A name with its own module is listed below; every other name is a plain document
(`app.cases.records.documents`). The shapes are in
`forms.records` and `forms.case_documents`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from app.cases.case import Case
from app.cases.records import (
    decisions,
    documents,
    entity,
    evidence,
    filing,
    mandate,
    personnel_change,
    progress,
    replaced,
    roster,
    sessions,
)
from app.cases.records.documents import authorities_since as authorities_since
from app.cases.records.documents import of_entities as of_entities
from app.cases.records.mandate import confirming
from app.cases.records.progress import control

Reader = Callable[[Case], Any]
Writer = Callable[[Case, Any], None]

#: Documents that belong to the entity: they outlive the instance that wrote them.
OF_ENTITY = frozenset({"authority", "administrator", "decision_makers", "places"})

#: Documents of one instance.
OF_INSTANCE = frozenset(
    {
        "thematic_attendance",
        "technical_attendance",
        "demo_load",
        "demo_evidence",
        "training",
        "training_report",
        "training_review",
        "training_findings",
        "demo_findings",
        "demo_validation",
        "demo_review",
        "production",
        "production_evidence",
        "production_review",
        "interest_acts",
        "decision_training",
        "decision_review",
        "closing",
        "certificate",
        "unblocking",
        "call",
        "letter",
        "control_notice",
        "authority_change",
        "authority_change_review",
        "personnel_change",
        "register_review",
        "post_review",
        "register_answer",
        "register_attention",
    }
)

#: Reviews that a later step reads, with the name of the reviewer.
REVIEWS = (
    "training_review",
    "demo_review",
    "production_review",
    "decision_review",
    "post_review",
    "closing",
)

READERS: Mapping[str, Reader] = {
    **{name: documents.reviewed(name) for name in REVIEWS},
    "entity": entity.read,
    "other_rucs": entity.read_other_rucs,
    "unconfirmed_ruc": entity.read_unconfirmed_ruc,
    "roster": roster.read,
    "accepted_roster": roster.read_accepted,
    "filing": filing.read,
    "observed_records": filing.read_observed,
    "replaced_records": filing.read_replaced,
    "papers": documents.read_papers,
    "by_series": documents.read_by_series,
    "returnable": documents.read_returnable,
    "printed_certificate": documents.printed("constancia"),
    "printed_letter": documents.printed("oficio_reiteracion"),
    "printed_control_notice": documents.printed("comunicacion_control"),
    "used_receipts": filing.read_used_receipts,
    "thematic_sessions": sessions.published("thematic"),
    "technical_sessions": sessions.published("technical"),
    "thematic_session": sessions.reader("thematic"),
    "technical_session": sessions.reader("technical"),
    "demo_register": evidence.reader("demo"),
    "demo_figures": evidence.read_figures,
    "demo_judged": evidence.read_judged,
    "production_register": evidence.reader("production"),
    "published": evidence.read_published,
    "demo_visits": evidence.read_demo_visits,
    "first_visits": evidence.read_first_visits,
    "days_declared": evidence.read_declared,
    "decision_makers_judged": decisions.read_judged,
    "register_figures": evidence.read_month,
    "progress": progress.read,
    "last_notice": control.read_last_notice,
    "days_off": entity.read_days_off,
    "mandate_end": mandate.read,
    "proclaimed": mandate.read_proclaimed,
    "to_confirm": confirming.read_to_confirm,
    "personnel_since": personnel_change.read_since,
    "role_holders": personnel_change.read_role_holders,
    "closed_operators": personnel_change.read_closed_operators,
    "administrators": personnel_change.read_administrators,
    "has_register": personnel_change.read_has_register,
    "actor": personnel_change.read_actor,
    "elsewhere": roster.read_elsewhere,
    "authority_has_account": personnel_change.read_account,
    "administrator_in_office": personnel_change.read_administrator_in_office,
}

WRITERS: Mapping[str, Writer] = {
    "entity": entity.write,
    "roster": roster.write,
    "filing": filing.write,
    "thematic_session": sessions.writer("thematic"),
    "technical_session": sessions.writer("technical"),
    "demo_evidence": evidence.write_demo,
    "decision_review": decisions.write_review,
    "personnel_change": personnel_change.write,
    "post_review": personnel_change.write_review,
}

#: Records that depend on the draft of the task: they are read again once it is written.
OF_DRAFT = frozenset({"elsewhere"})

#: Records that steps give and that every case has before, because the catalogue has them.
CATALOGUED = frozenset({"entity"})

#: The dates that `day_of()` of the diagrams can read.
DAYS: Mapping[str, Callable[[Case], datetime]] = {
    "thematic_session": sessions.day("thematic"),
    "technical_session": sessions.day("technical"),
    "training": documents.last_training,
    "production": documents.go_live,
    "call": documents.agreed_day,
}

#: Documents that no step reads again: they are stored for the history and for auditors.
ARCHIVED = frozenset(
    {
        "thematic_attendance",
        "technical_attendance",
        "demo_load",
        "certificate",
        "unblocking",
        "authority_change_review",
        "register_review",
    }
)

READABLE = frozenset(READERS) | OF_ENTITY | OF_INSTANCE
WRITABLE = frozenset(WRITERS) | OF_ENTITY | OF_INSTANCE


def read(case: Case, name: str) -> Any:
    """Return the plain value of a record, or None while there is none.

    Raise KeyError for an unknown name.
    """
    if name in READERS:
        return READERS[name](case)
    if name not in READABLE:
        raise KeyError(name)
    return documents.read(case, name, of_entity=name in OF_ENTITY)


def read_all(case: Case, names: Iterable[str]) -> dict[str, Any]:
    """Return the plain values of records by name, None while there is none.

    The documents among them take one statement. Raise KeyError for an unknown name.
    """
    found: dict[str, Any] = dict.fromkeys(names)
    reviews = found.keys() & set(REVIEWS)
    plain = (found.keys() - READERS.keys()) | reviews
    if unknown := plain - READABLE:
        raise KeyError(*sorted(unknown))
    found |= {name: READERS[name](case) for name in found if name not in plain}
    return found | documents.read_all(case, plain & OF_ENTITY, plain - OF_ENTITY, reviews)


def write(case: Case, name: str, value: Any) -> None:
    """Write a record in the session of the case; None writes nothing.

    Changes to an earlier answer are logged. Raise KeyError for a name that cannot be written.
    """
    if name not in WRITABLE:
        raise KeyError(name)
    if value is None:
        return
    if name in replaced.COMPARED and (changed := replaced.changes(name, read(case, name), value)):
        case.log("entity.answer_changed", changed=changed)
    writer = WRITERS.get(name)
    if writer:
        writer(case, value)
    else:
        documents.write(case, name, value)


def day_of(case: Case, name: str) -> datetime:
    """Return a date that the diagrams wait for. Raise KeyError for an unknown name."""
    return DAYS[name](case)
