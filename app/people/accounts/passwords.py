"""Passwords: their storage, their check, and which are too easy to guess."""

from __future__ import annotations

import re
import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.base.formatting import plain
from app.base.models import User

SHORTEST = 10
LONGEST = 200

#: What people put around a common word: digits and punctuation.
AROUND = re.compile(r"^[\W\d_]+|[\W\d_]+$")
#: Words of this country and this application, which the list of zxcvbn, mostly English, lacks.
LOCAL = frozenset(
    """
    abc abcd abcde abcdefghij adminadmin administrador asdfghjkln bienvenido bienvenidos
    clavesecreta contrasena enero febrero marzo abril mayo junio julio agosto setiembre
    septiembre octubre noviembre diciembre gobierno gobiernoregional micontrasena minombre
    mipassword municipalidad passwordpassword peru perulindo perumipais seguridad sistemas
    soporte teamomucho temporal tequieromucho universitario usuario visitas visitasenlinea
    zaguan
    """.split()
)

#: About 50 ms on one core in 19 MB, so that signing in weighs little on a small machine.
HASHER = PasswordHasher(time_cost=4, memory_cost=19_456, parallelism=1)


def hashed(password: str) -> str:
    """Return the hash that is stored instead of the password."""
    return HASHER.hash(password)


def unknown() -> str:
    """Return the hash of a random password, which nobody knows."""
    return hashed(secrets.token_urlsafe(32))


def is_right(user: User | None, password: str) -> bool:
    """Return whether the password is the person's; takes as long where there is no such person."""
    known = user.password_hash if user is not None else ""
    try:
        HASHER.verify(known or _nobody(), password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return bool(known)


@cache
def _nobody() -> str:
    return hashed("the password of nobody")


def fault(password: str, document_number: str) -> str:
    """Return the fault of a new password, "" if it has none."""
    if len(password) < SHORTEST:
        return f"Escribe una contraseña de {SHORTEST} caracteres o más. Una frase corta sirve."
    if len(password) > LONGEST:
        return f"Escribe una contraseña de {LONGEST} caracteres como máximo."
    if document_number and document_number.casefold() in password.casefold():
        return "La contraseña no puede contener tu número de documento."
    if is_common(password) or len(set(password.casefold())) < 4:
        return "Esa contraseña es muy fácil de adivinar. Elige otra."
    return ""


def is_common(password: str) -> bool:
    """Return whether an attacker tries a password first: a common one, or one with only digits and
    punctuation around it, or nothing else than these.
    """
    folded = plain(password)
    word = AROUND.sub("", folded)
    return not word or not {password.casefold(), folded, word}.isdisjoint(common())


@cache
def common() -> frozenset[str]:
    """Return the 30,000 commonest passwords that zxcvbn knows, and common words of this country."""
    # A late import: only processes in which a password is chosen load the lists.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"]) | LOCAL
