"""Who must have a second factor, and who may (`ZAGUAN_SECOND_FACTOR`)."""

from __future__ import annotations

from flask import current_app

from app.base.models import User
from app.people.access.roles import PCM_ROLES
from app.people.access.rules import counts

#: Roles of an entity that may have one, and never must.
OFFERED = frozenset({"administrator", "alternate"})
#: The role of those who record visits at a desk.
DESK = "operator"


def is_on() -> bool:
    """Return whether this installation uses second factors."""
    return bool(current_app.config["SECOND_FACTOR"] != "off")


def is_required(user: User) -> bool:
    """Return whether the person must have one: people of the PCM, where the setting says so."""
    required = current_app.config["SECOND_FACTOR"] == "required"
    return required and not _roles(user).isdisjoint(PCM_ROLES)


def is_offered(user: User) -> bool:
    """Return whether the person may set one up."""
    return is_on() and not _roles(user).isdisjoint(PCM_ROLES | OFFERED)


def works_at_desk(user: User) -> bool:
    """Return whether the person records visits at a desk, whose computer several people use."""
    return DESK in _roles(user)


def _roles(user: User) -> frozenset[str]:
    """Return the roles that the person holds, in the PCM and in any entity."""
    return frozenset(grant.role for grant in user.grants if counts(grant))
