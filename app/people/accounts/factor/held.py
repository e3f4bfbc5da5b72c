"""Which second factors a person has: the codes of a telephone, passkeys, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.base.models import Passkey, SecondFactor, User
from app.people.accounts.factor import codes, passkeys


@dataclass(frozen=True)
class Held:
    """A person's second factors; false where there is none."""

    telephone: SecondFactor | None
    passkeys: Sequence[Passkey]

    def __bool__(self) -> bool:
        return self.telephone is not None or bool(self.passkeys)

    @property
    def since(self) -> datetime:
        """When the oldest of them was set up. Raises ValueError if there is none."""
        own = [self.telephone.set_at] if self.telephone else []
        return min([*own, *(one.made_at for one in self.passkeys)])


def of(session: Session, user: User) -> Held:
    """Return the person's second factors."""
    return Held(codes.of(session, user), passkeys.of(session, user))


def remove_all(session: Session, user: User) -> None:
    """Delete the person's second factors and recovery codes. Flushes."""
    codes.remove(session, user)
    passkeys.remove_all(session, user)
