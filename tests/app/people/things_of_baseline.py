"""An export with a name, for the pages of `rules_of_baseline`."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.base import calendar
from app.base.models import User
from app.register.baseline import exports
from tests.app.register.importing.past_files import row, table


def things(session: Session) -> dict[str, str]:
    """Return the values in addresses, by their names in the table."""
    by_id = session.scalars(select(User.id).order_by(User.id).limit(1)).one()
    opened = exports.read(table([row()]), "visitas.csv", calendar.now())
    return {
        "baseline": str(
            exports.store(
                session, opened, exports.matched(session, opened), calendar.today(), by_id
            ).id
        )
    }
