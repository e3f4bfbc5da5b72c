"""How strongly the provider must have authenticated a person (`acr`), and who may use it."""

from __future__ import annotations

from flask import abort, current_app

from app.base.models import User
from app.people.access.roles import PCM_ROLES
from app.people.access.rules import counts, has_left


def is_on() -> bool:
    """Return whether this installation has a provider."""
    return bool(current_app.config["OIDC_ISSUER"])


def require_on() -> None:
    """Abort with 404 in an installation without a provider."""
    if not is_on():
        abort(404)


def first_acr() -> str:
    """Return the acr to request of a person who is not known yet."""
    return str(current_app.config["OIDC_ACR_OTHERS"])


def acr_for(user: User) -> str:
    """Return the weakest acr that lets a person in."""
    of_pcm = not _roles(user).isdisjoint(PCM_ROLES)
    return str(current_app.config["OIDC_ACR_PCM" if of_pcm else "OIDC_ACR_OTHERS"])


def acr_to_confirm(user: User) -> str:
    """Return the weakest acr that confirms a person before what cannot be taken back."""
    return max(acr_for(user), str(current_app.config["OIDC_ACR_FACTOR"]), key=_strength)


def is_enough(acr: str, wanted: str) -> bool:
    """Return whether an acr is as strong as the wanted one; one out of the order never is."""
    return _strength(acr) >= _strength(wanted)


def is_second_factor(acr: str) -> bool:
    """Return whether an acr counts as a second factor."""
    return is_enough(acr, str(current_app.config["OIDC_ACR_FACTOR"]))


def may_come_in(user: User) -> bool:
    """Return whether the account is open to its person, as it is for the right password."""
    return user.may_sign_in and not has_left(user)


def _strength(acr: str) -> int:
    order = current_app.config["OIDC_ACR_ORDER"].split()
    return int(order.index(acr)) if acr in order else -1


def _roles(user: User) -> frozenset[str]:
    return frozenset(grant.role for grant in user.grants if counts(grant))
