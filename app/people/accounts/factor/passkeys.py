"""Passkeys (WebAuthn): keys in a person's device, in place of the code of the telephone.

The browser signs a challenge of the server, for this site only, after the device has recognized its
owner. A challenge is used once, by the person it was made for, within five minutes. What a browser
sends is short, and is parsed outside any transaction.
See docs/adr/0094-a-passkey-is-a-second-factor.md.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import flask
from flask import current_app
from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import Passkey, PasskeyChallenge, User
from app.people.access.tickets import keyed_hash
from app.people.accounts import known_browsers
from app.people.accounts.factor import codes, policy

#: The most passkeys of a person.
MOST = 10
#: The most characters of a browser's answer; those of common devices have 1,000 to 6,000.
MOST_CHARACTERS = 16_384
#: How long a challenge can be used.
LASTS = timedelta(minutes=5)
#: Purposes of a challenge.
REGISTER, USE = "register", "use"
#: Where the browser's signed cookie holds the number of its challenge.
KEY = "passkey_challenge"
#: Names of credentials have at most 1,023 bytes (WebAuthn, section 4).
CREDENTIAL = re.compile(r"[A-Za-z0-9_-]{1,1364}")
DEFAULT_PORTS = {"http": 80, "https": 443}
Parsed = TypeVar("Parsed")


class Refused(Exception):
    """A passkey cannot be added or removed; the message says why, for the page."""


@dataclass(frozen=True)
class Site:
    """What passkeys are bound to: the host name, and the origin that browsers state."""

    host: str
    origin: str


def site() -> Site | None:
    """Return the site of ZAGUAN_PUBLIC_URL; None where browsers allow no passkeys.

    They need https and a name instead of a number; on one's own machine, `localhost`.
    """
    parts = urlsplit(str(current_app.config["PUBLIC_URL"]))
    host = parts.hostname or ""
    if not host or (parts.scheme != "https" and host != "localhost"):
        return None
    try:
        ipaddress.ip_address(host)
    except ValueError:
        port = parts.port if parts.port not in (None, DEFAULT_PORTS[parts.scheme]) else None
        return Site(host, f"{parts.scheme}://{host}{f':{port}' if port else ''}")
    return None


def are_allowed(user: User) -> bool:
    """Return whether the person may add and use passkeys in this browser: at no shared desk.

    The device unlocks for everyone who unlocks the computer, so a passkey would say nothing there.
    """
    if site() is None or not (policy.is_offered(user) or policy.is_required(user)):
        return False
    return not policy.works_at_desk(user) and not known_browsers.is_shared(user)


def of(session: Session, user: User) -> Sequence[Passkey]:
    """Return the person's passkeys, oldest first."""
    own = select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)
    return session.scalars(own).all()


# Challenges ---------------------------------------------------------------------------------------


def options(session: Session, user: User, purpose: str) -> str:
    """Return what the browser needs to make or use a passkey (JSON), with a new challenge.

    It replaces the person's earlier challenge. Flushes.
    """
    from webauthn.helpers import bytes_to_base64url

    now, challenge = calendar.now(), secrets.token_bytes(32)
    old = or_(PasskeyChallenge.user_id == user.id, PasskeyChallenge.made_at < now - LASTS)
    session.execute(delete(PasskeyChallenge).where(old))
    row = PasskeyChallenge(
        user_id=user.id, purpose=purpose, challenge=bytes_to_base64url(challenge), made_at=now
    )
    session.add(row)
    session.flush()
    flask.session[KEY] = row.id
    make = _to_register if purpose == REGISTER else _to_use
    return make(_site(), user, challenge, of(session, user))


def _to_register(place: Site, user: User, challenge: bytes, own: Sequence[Passkey]) -> str:
    # Late imports here and below: they take a quarter of a second, and few processes need them.
    from webauthn import generate_registration_options, options_to_json
    from webauthn.helpers import structs

    made = generate_registration_options(
        rp_id=place.host,
        rp_name=codes.ISSUER,
        # No number of a document or of a row: devices show it, and services store it.
        user_id=bytes.fromhex(keyed_hash("passkey", str(user.id))),
        user_name=user.full_name,
        challenge=challenge,
        timeout=int(LASTS.total_seconds() * 1000),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.PREFERRED,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_described(own),
    )
    return str(options_to_json(made))


def _to_use(place: Site, user: User, challenge: bytes, own: Sequence[Passkey]) -> str:
    from webauthn import generate_authentication_options, options_to_json
    from webauthn.helpers import structs

    made = generate_authentication_options(
        rp_id=place.host,
        challenge=challenge,
        timeout=int(LASTS.total_seconds() * 1000),
        allow_credentials=_described(own),
        user_verification=structs.UserVerificationRequirement.REQUIRED,
    )
    return str(options_to_json(made))


def _described(own: Sequence[Passkey]) -> list[Any]:
    from webauthn.helpers import base64url_to_bytes, structs

    return [
        structs.PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(one.credential_id),
            transports=[structs.AuthenticatorTransport(name) for name in one.transports],
        )
        for one in own
    ]


def _spend(session: Session, user: User, purpose: str) -> bytes | None:
    """Return the challenge of this browser, and delete it; None if it is used, old or another's.

    Commits: whatever the answer is, the challenge is not used again.
    """
    from webauthn.helpers import base64url_to_bytes

    number = flask.session.pop(KEY, None)
    found = session.execute(
        delete(PasskeyChallenge)
        .where(
            PasskeyChallenge.id == number,
            PasskeyChallenge.user_id == user.id,
            PasskeyChallenge.purpose == purpose,
        )
        .returning(PasskeyChallenge.challenge, PasskeyChallenge.made_at)
    ).first()
    session.commit()
    if found is None or not timedelta(0) <= calendar.now() - found.made_at <= LASTS:
        return None
    return bytes(base64url_to_bytes(found.challenge))


# Adding -------------------------------------------------------------------------------------------

NOT_MADE = (
    "No pudimos guardar la llave de acceso. Inténtalo otra vez; si no se puede, usa un código de "
    "tu teléfono."
)


def register(session: Session, user: User, body: str, name: str) -> list[str]:
    """Store the passkey that a browser made; return new recovery codes, if it is the first factor.

    Logged and mailed. Commits the use of the challenge before it judges. Raises Refused.
    """
    from webauthn.helpers import bytes_to_base64url

    challenge = _spend(session, user, REGISTER)
    parsed = _parsed("parse_registration_credential_json", body)
    made = parsed and challenge and _attempt(lambda: _verified_new(parsed, challenge))
    if not made:
        raise Refused(NOT_MADE)
    credential_id = bytes_to_base64url(made.credential_id)
    _lock(session, user)
    if len(of(session, user)) >= MOST:
        raise Refused(f"Ya tienes {MOST} llaves de acceso. Quita una que no uses.")
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == credential_id)):
        raise Refused("Esa llave de acceso ya está registrada.")
    session.add(
        Passkey(
            user_id=user.id,
            credential_id=credential_id,
            public_key=bytes_to_base64url(made.credential_public_key),
            sign_count=made.sign_count,
            transports=[one.value for one in parsed.response.transports or ()],
            name=name,
            made_at=calendar.now(),
        )
    )
    audit_log.of_person(session, "person.passkey_added", user, user.id, name=name)
    codes.notify(session, user, "passkey_added", name=name)
    return codes.first_recovery_codes(session, user)


def _verified_new(parsed: Any, challenge: bytes) -> Any:
    from webauthn import verify_registration_response

    place = _site()
    return verify_registration_response(
        credential=parsed,
        expected_challenge=challenge,
        expected_rp_id=place.host,
        expected_origin=place.origin,
        require_user_verification=True,
    )


# Using --------------------------------------------------------------------------------------------


def accept(session: Session, user: User, body: str) -> bool:
    """Return whether the browser's answer is of one of the person's passkeys, and record its use.

    Commits before it parses and judges: the use of the challenge stays.
    """
    session.commit()  # nothing stays locked while the answer is parsed
    parsed = _parsed("parse_authentication_credential_json", body)
    row = session.scalar(
        select(Passkey).where(
            Passkey.user_id == user.id, Passkey.credential_id == (parsed.id if parsed else "")
        )
    )
    challenge = _spend(session, user, USE)
    if row is None or challenge is None:
        return False
    used = _attempt(lambda: _verified_use(parsed, challenge, row))
    if used is None:
        return False
    # One statement: of two answers with the same count, the second changes no row.
    same = Passkey.id == row.id, Passkey.sign_count == row.sign_count
    values = {"sign_count": used.new_sign_count, "used_at": calendar.now()}
    done = cast(
        "CursorResult[object]", session.execute(update(Passkey).where(*same).values(values))
    )
    return done.rowcount == 1


def _verified_use(parsed: Any, challenge: bytes, row: Passkey) -> Any:
    """Return the verified answer. The library refuses a count of uses that does not grow."""
    from webauthn import verify_authentication_response
    from webauthn.helpers import base64url_to_bytes

    place = _site()
    return verify_authentication_response(
        credential=parsed,
        expected_challenge=challenge,
        expected_rp_id=place.host,
        expected_origin=place.origin,
        credential_public_key=base64url_to_bytes(row.public_key),
        credential_current_sign_count=row.sign_count,
        require_user_verification=True,
    )


def _parsed(parser: str, body: str) -> Any:
    """Return a browser's answer, or None if it is too long or malformed."""
    import webauthn.helpers

    if len(body) > MOST_CHARACTERS:
        return None
    found = _attempt(lambda: getattr(webauthn.helpers, parser)(body))
    return found if found is not None and CREDENTIAL.fullmatch(found.id) else None


def _attempt(judge: Callable[[], Parsed]) -> Parsed | None:
    """Return what a parser of foreign bytes returns, or None for whatever it raises."""
    try:
        return judge()
    except Exception:  # noqa: BLE001 - malformed JSON, CBOR and keys raise many kinds
        return None


def _lock(session: Session, user: User) -> None:
    """Let one request after another change the passkeys of a person."""
    session.execute(select(User.id).where(User.id == user.id).with_for_update())


def _site() -> Site:
    found = site()
    if found is None:
        raise LookupError("this installation's address allows no passkeys")
    return found


# Changing -----------------------------------------------------------------------------------------


def rename(session: Session, user: User, passkey: Passkey, name: str) -> None:
    """Give a passkey another name. Logged."""
    old, passkey.name = passkey.name, name
    audit_log.of_person(session, "person.passkey_renamed", user, user.id, old=old, name=name)


def remove(session: Session, user: User, passkey: Passkey) -> None:
    """Delete a passkey. Logged and mailed. Raises Refused: the last second factor stays."""
    _lock(session, user)
    if codes.of(session, user) is None and len(of(session, user)) == 1:
        raise Refused("Es tu único segundo factor: agrega otro antes de quitar esta llave.")
    session.delete(passkey)
    audit_log.of_person(session, "person.passkey_removed", user, user.id, name=passkey.name)
    codes.notify(session, user, "passkey_removed", name=passkey.name)


def remove_all(session: Session, user: User) -> None:
    """Delete the person's passkeys and challenges. Flushes."""
    session.execute(delete(Passkey).where(Passkey.user_id == user.id))
    session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.user_id == user.id))
