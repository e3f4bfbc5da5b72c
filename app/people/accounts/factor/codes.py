"""The shared secret of a second factor, its codes (TOTP, RFC 6238), and the recovery codes.

A code holds for half a minute; the one before and the one after are accepted too, since clocks
differ. Each is accepted once. The secret is stored encrypted, recovery codes as keyed hashes.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Sequence
from typing import cast

import pyotp
from flask import current_app
from sqlalchemy import CursorResult, Engine, delete, func, select, update
from sqlalchemy.orm import Session

from app.base import audit_log, calendar, db
from app.base.models import RecoveryCode, SecondFactor, User
from app.people import sealing
from app.people.access import tickets
from app.people.mail import Letter, post

#: Seconds for which a code holds.
STEP = 30
#: The name of the application in the person's list of codes.
ISSUER = "Zaguán"
RECOVERY_CODES = 10


def of(session: Session, user: User) -> SecondFactor | None:
    """Return the person's second factor."""
    return session.scalar(select(SecondFactor).where(SecondFactor.user_id == user.id))


def new() -> str:
    """Return a new secret, in base 32."""
    return str(pyotp.random_base32())


def address(secret: str, user: User) -> str:
    """Return the otpauth: address that a telephone reads; it names the person without document."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=user.full_name, issuer_name=ISSUER))


def picture(text: str) -> str:
    """Return a QR of a text as a data: address of an SVG."""
    # A late import: few processes show such a page.
    import zxingcpp

    made = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    drawn = made.to_svg(scale=4, add_quiet_zones=True)
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}"


def code(secret: str, step: int) -> str:
    """Return the code of a half minute."""
    return str(pyotp.TOTP(secret).generate_otp(step))


def step_now() -> int:
    """Return the present half minute, counted since 1970."""
    return int(calendar.now().timestamp()) // STEP


def step_of(secret: str, typed: str) -> int | None:
    """Return the half minute to which a typed code belongs: the present one or a neighbour."""
    given, now = "".join(typed.split()), step_now()
    for step in (now, now - 1, now + 1):
        if hmac.compare_digest(code(secret, step).encode(), given.encode()):
            return step
    return None


def shown(factor: SecondFactor | None) -> str:
    """Return the present code of an invented person of a demo; "" for all others."""
    if factor is None or not factor.invented:
        return ""
    # Where the present code was used already, the next one is accepted too.
    return code(sealing.unseal(factor.sealed_secret), max(step_now(), factor.last_step + 1))


def give_invented(session: Session, user: User) -> None:
    """Give an invented person of a demo a second factor, whose code the pages show."""
    secret = sealing.seal(new())
    values = {"last_step": 0, "set_at": calendar.now(), "invented": True}
    session.add(SecondFactor(user_id=user.id, sealed_secret=secret, **values))


def save(session: Session, user: User, secret: str, step: int) -> list[str]:
    """Store a secret of which a code was given; return new recovery codes. Logged and mailed.

    None are made for a person who has some and only adds the telephone to a passkey.
    """
    # One request after another: two clicks make no second row.
    session.execute(select(User.id).where(User.id == user.id).with_for_update())
    replaced = of(session, user)
    factor = replaced or SecondFactor(user_id=user.id)
    factor.sealed_secret, factor.last_step = sealing.seal(secret), step
    factor.set_at, factor.invented = calendar.now(), False
    session.add(factor)
    audit_log.of_person(session, "person.factor_set", user, user.id)
    notify(session, user, "set")
    return new_recovery_codes(session, user) if replaced else first_recovery_codes(session, user)


def remove(session: Session, user: User) -> None:
    """Delete the secret of the person's telephone, and the recovery codes. Flushes."""
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user.id))
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def new_recovery_codes(session: Session, user: User) -> list[str]:
    """Replace the person's recovery codes; return the new ones, which are stored as hashes only."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = [tickets.new_code() for _ in range(RECOVERY_CODES)]
    now = calendar.now()
    for one in codes:
        hashed = _hashes(user, one)[0]
        session.add(RecoveryCode(user_id=user.id, code_hash=hashed, made_at=now))
    return codes


def first_recovery_codes(session: Session, user: User) -> list[str]:
    """Return recovery codes for a person who has no unused ones; otherwise none."""
    return [] if left(session, user) else new_recovery_codes(session, user)


def left(session: Session, user: User) -> int:
    """Return how many recovery codes are unused."""
    unused = RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def accept(session: Session, user: User, typed: str) -> bool:
    """Accept a code of the telephone or a recovery code, each once; return whether it is one.

    The use of a recovery code is logged and mailed.
    """
    factor = of(session, user)
    secret = _secret(factor) if factor else ""
    step = step_of(secret, typed) if secret else None
    if factor is None or step is None:
        return _accept_recovery(session, user, typed)
    # One statement: of two requests with the same code, the second changes no row.
    once = SecondFactor.id == factor.id, SecondFactor.last_step < step
    return _changed(session, update(SecondFactor).where(*once).values(last_step=step)) == 1


def _accept_recovery(session: Session, user: User, typed: str) -> bool:
    now = calendar.now()
    unused = RecoveryCode.code_hash.in_(_hashes(user, typed)), RecoveryCode.used_at.is_(None)
    if not _changed(session, update(RecoveryCode).where(*unused).values(used_at=now)):
        return False
    audit_log.of_person(
        session, "person.recovery_code_used", user, user.id, left=left(session, user)
    )
    notify(session, user, "recovered", left=left(session, user))
    return True


def _changed(session: Session, statement: object) -> int:
    done = cast("CursorResult[object]", session.execute(statement))  # type: ignore[call-overload]
    return done.rowcount


def _secret(factor: SecondFactor) -> str:
    """Return the secret, sealed again if a former key sealed it; "" if no key opens it."""
    try:
        secret = sealing.unseal(factor.sealed_secret)
    except sealing.Unreadable:
        return ""
    if not sealing.is_current(factor.sealed_secret):
        factor.sealed_secret = sealing.seal(secret)
    return secret


def seal_again(engine: Engine, stop: db.Stop) -> int:
    """Seal each secret that the former key opens under the one in use; return how many."""
    if not current_app.config["FORMER_SECRET_KEY"]:
        return 0
    with db.writing(engine) as session:
        sealed = {row: row.sealed_secret for row in session.scalars(select(SecondFactor))}
        return sum(bool(_secret(row)) and row.sealed_secret != was for row, was in sealed.items())


def _hashes(user: User, typed: str) -> Sequence[str]:
    """Return the stored forms of a recovery code, under the key in use and the former one."""
    secret, former = (
        f"{user.id} {tickets.typed_code(typed)}",
        current_app.config["FORMER_SECRET_KEY"],
    )
    keys = ("", former) if former else ("",)
    return [tickets.keyed_hash("recovery", secret, key) for key in keys]


def notify(session: Session, user: User, what: str, **values: object) -> None:
    """Mail the person what happened to their second factor: a key of the text."""
    said = {"what": what, "at": calendar.now(), "left": 0, "name": "", **values}
    post(session, Letter("second_factor", user.email, said, user=user))
