"""Find the people of a case by document number, for a stated purpose; the log has no number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists

from app.base import audit_log
from app.base.models import Grant, PersonnelRow, User
from app.people.accounts.forms import Purpose
from app.web.search import designations, people
from app.web.search.found import Group, Reader
from forms.fields.people import Document


class DocumentSearch(Document, Purpose):
    """The document of the person, and why the user looks for it."""

    def __init__(self, formdata: Any = None, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        self.purpose.label.text = "Para qué buscas a la persona"
        self.purpose.description = (
            "Queda en el historial con tu nombre, sin el número. Por ejemplo: verificar quién "
            "firma la designación."
        )


def find(reader: Reader, form: DocumentSearch) -> Sequence[Group]:
    """Return the people of a case with this document, and log the search with its purpose.

    People of a case have, or had, a role in an entity, or are in its newest designation or roster.
    """
    kind, number = form.document_type.data, form.document_number.data
    in_entity = exists().where(Grant.user_id == User.id, Grant.entity_id.is_not(None))
    account = (User.document_type == kind) & (User.document_number == number) & in_entity
    row = (PersonnelRow.document_type == kind) & (PersonnelRow.document_number == number)
    groups = (
        people.with_accounts(reader, account),
        designations.find(reader, designations.with_document(kind or "", number or "")),
        people.in_rosters(reader, row),
    )
    found = [group for group in groups if group]
    audit_log.write(
        reader.session,
        "document.searched",
        actor_id=reader.user.id,
        purpose=form.purpose.data,
        people=sum(group.count for group in found),
    )
    reader.session.commit()
    return found
