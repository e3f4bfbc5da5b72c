"""Two entries of one entity in the catalogue of the tests, and how they are merged."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.administration.catalogue import duplicates
from app.base.models import Entity
from tests.app import cast
from tests.app.walk import CODE, Walk

TARGET = "E90002"


def prepare(walk: Walk) -> Walk:
    """Return a walk whose entity has another entry, and a superuser."""
    walk.people["superuser"] = walk.person("40000025", "superuser")
    walk.commit(cast.entity, TARGET, contact_email="")
    return walk


def entry(session: Session, code: str) -> Entity:
    """Return an entry of the catalogue."""
    return cast.entity_of(session, code)


def merge(walk: Walk, duplicate: str = CODE, target: str = TARGET) -> None:
    """Merge the two entries, without a page."""
    with walk.writing() as session:
        both = entry(session, duplicate), entry(session, target)
        duplicates.merge(session, *both, walk.people["superuser"])
