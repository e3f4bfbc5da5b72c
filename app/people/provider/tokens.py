"""The document that the provider names: by its ID token and its userinfo (OpenID Connect Core)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import current_app

from app.base import calendar
from app.people.provider import calls, metadata
from app.people.provider.trip import Trip

#: The accepted algorithms of signatures: with public keys only.
ALGORITHMS = ("RS256", "ES256", "PS256")
#: Seconds by which the provider's clock may differ.
LEEWAY = 60
#: The most characters of a document number.
LONGEST_NUMBER = 20


@dataclass(frozen=True)
class Named:
    """The person that the provider names.

    Kind and number of the document are "" where they are unusable. `acr`: how strongly it
    authenticated them. `authenticated_at`: when, where it says so.
    """

    document_type: str
    document_number: str
    acr: str
    authenticated_at: datetime | None


def address(trip: Trip, back: str) -> str:
    """Return the provider's address to send the browser to; `back`: this site's.

    Raises calls.NoAnswer and calls.BadAnswer.
    """
    from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
    from authlib.oauth2.rfc7636 import create_s256_code_challenge

    endpoints = metadata.endpoints()
    # The provider shall not let in the person who used this computer before.
    more = {"nonce": trip.nonce, "acr_values": trip.acr, "prompt": "login"}
    if endpoints.has_pkce:
        more["code_challenge"] = create_s256_code_challenge(trip.verifier)
        more["code_challenge_method"] = "S256"
    if trip.confirms:
        more["max_age"] = "0"
    config = current_app.config
    return str(
        prepare_grant_uri(
            endpoints.authorization,
            client_id=config["OIDC_CLIENT_ID"],
            response_type="code",
            redirect_uri=back,
            scope=config["OIDC_SCOPE"],
            state=trip.state,
            **more,
        )
    )


def named(trip: Trip, code: str, back: str) -> Named:
    """Return the person that the provider names for a code of the trip.

    Raises calls.NoAnswer, and calls.BadAnswer if anything is not as it must be.
    """
    endpoints, config = metadata.endpoints(), current_app.config
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "client_id": config["OIDC_CLIENT_ID"],
        "client_secret": config["OIDC_CLIENT_SECRET"],
    }
    if endpoints.has_pkce:
        form["code_verifier"] = trip.verifier
    answer = calls.post(endpoints.token, form)
    token, access = _text(answer, "id_token"), _text(answer, "access_token")
    if not token or not access or not access.isascii() or not access.isprintable():
        raise calls.BadAnswer("it has no tokens")
    claims = _claims(token, access, trip)
    person = calls.get(endpoints.userinfo, access)
    if not claims["sub"] or _text(person, "sub") != claims["sub"]:
        raise calls.BadAnswer("its userinfo is about another subject")
    at = claims.get("auth_time")
    return Named(
        document_type=_kinds().get(_text(person, config["OIDC_DOCUMENT_KIND"]), ""),
        document_number=_number(_text(person, config["OIDC_DOCUMENT"])),
        acr=_text(claims, "acr"),
        authenticated_at=_moment(at) if at is not None else None,
    )


def _claims(token: str, access: str, trip: Trip) -> Mapping[str, Any]:
    """Return the claims of a valid ID token. Raises calls.NoAnswer and calls.BadAnswer."""
    from authlib.oidc.core import CodeIDToken
    from joserfc.errors import JoseError

    config = current_app.config
    options = {
        "iss": {"essential": True, "value": config["OIDC_ISSUER"]},
        "aud": {"essential": True, "value": config["OIDC_CLIENT_ID"]},
    }
    params = {
        "nonce": trip.nonce,
        "client_id": config["OIDC_CLIENT_ID"],
        "access_token": access,
    }
    try:
        found = _decoded(token)
        claims = CodeIDToken(found.claims, found.header, options, params)
        claims.validate(now=int(calendar.now().timestamp()), leeway=LEEWAY)
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as fault:
        # The name of the error alone: its text may have a claim.
        raise calls.BadAnswer(f"its ID token is not valid: {type(fault).__name__}") from None
    return dict(claims)


def _decoded(token: str) -> Any:
    """Return a token whose signature is right; keys are fetched again once for an unknown one."""
    from joserfc import jwt
    from joserfc.errors import InvalidKeyIdError

    try:
        return jwt.decode(token, metadata.keys(), ALGORITHMS)
    except InvalidKeyIdError:
        return jwt.decode(token, metadata.keys(again=True), ALGORITHMS)


def _kinds() -> Mapping[str, str]:
    return dict(one.split("=") for one in current_app.config["OIDC_KINDS"].split())


def _text(answer: Any, name: str) -> str:
    """Return a text of an answer; "" for another type: a number has lost its leading zeros."""
    found = answer.get(name) if isinstance(answer, Mapping) else None
    return found if isinstance(found, str) else ""


def _number(text: str) -> str:
    return text if text.isascii() and text.isalnum() and len(text) <= LONGEST_NUMBER else ""


def _moment(at: float) -> datetime:
    try:
        return datetime.fromtimestamp(at, UTC)
    except (ValueError, OverflowError, OSError):
        raise calls.BadAnswer("its ID token has an impossible time") from None
