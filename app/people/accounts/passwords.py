"""Passwords: their storage, their check, and which are too easy to guess."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.base.models import User

SHORTEST = 10
LONGEST = 200

#: About 50 ms on one core in 19 MB, so that signing in weighs little on a small machine.
HASHER = PasswordHasher(time_cost=4, memory_cost=19_456, parallelism=1)


def hashed(password: str) -> str:
    """Return the hash that is stored instead of the password."""
    return HASHER.hash(password)


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
    folded = password.casefold()
    if document_number and document_number.casefold() in folded:
        return "La contraseña no puede contener tu número de documento."
    if folded in common() or len(set(folded)) < 4:
        return "Esa contraseña es muy fácil de adivinar. Elige otra."
    return ""


@cache
def common() -> frozenset[str]:
    """Return the common passwords that are long enough: those that an attacker tries first."""
    text = (Path(__file__).parent / "common_passwords.txt").read_text("utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip())
