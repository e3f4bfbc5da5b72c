"""The provider's endpoints and keys: from its metadata (OpenID Connect Discovery) or the settings.

Both are stored in the process: endpoints for an hour, keys until a token has another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import current_app

from app.base import calendar
from app.base.config.checks import is_secure
from app.people.provider import calls

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

DISCOVERY = "/.well-known/openid-configuration"
LASTS = timedelta(hours=1)
#: Where an application stores what it knows of its provider.
STORE = "provider"


@dataclass(frozen=True)
class Endpoints:
    """The provider's addresses, and whether it supports PKCE with S256 (RFC 7636)."""

    authorization: str
    token: str
    userinfo: str
    keys: str
    has_pkce: bool = False


@dataclass
class Known:
    """What a process knows of the provider, and since when."""

    endpoints: Endpoints
    since: datetime
    keys: KeySet | None = None


def endpoints() -> Endpoints:
    """Return the provider's endpoints. Raises calls.NoAnswer and calls.BadAnswer."""
    return _known().endpoints


def keys(*, again: bool = False) -> KeySet:
    """Return the provider's keys for signatures; `again`: also if they are known.

    Raises calls.NoAnswer and calls.BadAnswer.
    """
    known = _known()
    if known.keys is None or again:
        known.keys = _key_set(calls.get(known.endpoints.keys))
    return known.keys


def _known() -> Known:
    stored: Known | None = current_app.extensions.get(STORE)
    now = calendar.now()
    if stored is not None and timedelta(0) <= now - stored.since <= LASTS:
        return stored
    known = Known(_from_settings() or _from_issuer(), now)
    current_app.extensions[STORE] = known
    return known


def _from_settings() -> Endpoints | None:
    config = current_app.config
    if not config["OIDC_TOKEN_URL"]:
        return None
    return Endpoints(
        authorization=config["OIDC_AUTHORIZATION_URL"],
        token=config["OIDC_TOKEN_URL"],
        userinfo=config["OIDC_USERINFO_URL"],
        keys=config["OIDC_KEYS_URL"],
    )


def _from_issuer() -> Endpoints:
    issuer = current_app.config["OIDC_ISSUER"]
    found = calls.get(f"{issuer.rstrip('/')}{DISCOVERY}")
    if not isinstance(found, Mapping) or found.get("issuer") != issuer:
        raise calls.BadAnswer("its metadata names another issuer")
    methods = found.get("code_challenge_methods_supported")
    return Endpoints(
        authorization=_address(found, "authorization_endpoint"),
        token=_address(found, "token_endpoint"),
        userinfo=_address(found, "userinfo_endpoint"),
        keys=_address(found, "jwks_uri"),
        has_pkce=isinstance(methods, list) and "S256" in methods,
    )


def _address(found: Mapping[str, Any], name: str) -> str:
    address = found.get(name)
    if not isinstance(address, str) or not address or not is_secure(address):
        raise calls.BadAnswer(f"its metadata has no {name} with https")
    return address


def _key_set(found: Any) -> KeySet:
    # A late import, as the others of this package: few installations have a provider.
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet, import_key

    listed = found.get("keys") if isinstance(found, Mapping) else None
    usable = []
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig":
            continue
        try:
            usable.append(import_key(one))
        except (JoseError, ValueError, TypeError, KeyError):
            continue  # of a kind that this process does not know
    if not usable:
        raise calls.BadAnswer("it has no keys")
    return KeySet(usable)
