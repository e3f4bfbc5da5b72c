"""Which visits the public sees."""

from __future__ import annotations

from sqlalchemy import ColumnElement, literal_column

from app.base.models import Visit

#: States that can be listed. A suppressed visit is in no list.
LISTED = frozenset({"standing", "annulled"})


def public_visits(state: str) -> list[ColumnElement[bool]]:
    """Return the conditions on Visit of the public visits in a state of LISTED.

    The values are literals, not parameters: only then do both databases see that a partial index
    answers the query alone. Raises ValueError for another state.
    """
    if state not in LISTED:
        raise ValueError(state)
    return [
        Visit.audience == literal_column("'public'"),
        Visit.state == literal_column(f"'{state}'"),
    ]
