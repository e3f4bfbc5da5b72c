"""What 0.10.0 wrote into the rows of issued papers, which are never changed now."""

from __future__ import annotations

from sqlalchemy import case, func, insert, or_, select
from sqlalchemy.orm import Session

from app.base.models import IssuedPaper, PaperAct


def enter(session: Session) -> None:
    """Enter it as acts, with the moments that are known, unless acts say it already.

    Call it once no process of 0.10.0 runs. Until then `IssuedPaper` reads its columns, too.
    """
    old, act, later = IssuedPaper.__table__, PaperAct.__table__, IssuedPaper.__table__.alias()
    signed_at = func.coalesce(old.c.signed_at, old.c.issued_at)
    replaced_at = select(later.c.issued_at).where(later.c.code == old.c.replaced_by)
    numbered_at = case((old.c.has_blanks, signed_at), else_=old.c.issued_at)
    numbered = or_(old.c.number != "", old.c.dated_on.is_not(None))
    for names, at, condition in (
        (("number", "has_blanks", "dated_on"), numbered_at, numbered),
        (("signed_id",), signed_at, old.c.signed_id.is_not(None)),
        (("replaced_by",), replaced_at.scalar_subquery(), old.c.replaced_by.is_not(None)),
        (("void_at",), old.c.void_at, old.c.void_at.is_not(None)),
    ):
        said = or_(*(act.c[name].is_not(None) for name in names))
        known = select(act.c.id).where(act.c.code == old.c.code, said).exists()
        rows = select(old.c.code, at, *(old.c[name] for name in names)).where(condition, ~known)
        session.execute(insert(PaperAct).from_select(["code", "at", *names], rows))
