"""Identity look-up: RENIEC's *consulta* through PIDE; off unless the settings name it.

PIDE lends the credentials of a named official, so each query is logged with its purpose before it
is sent, and never with the number. The number goes in the body of a POST, never in an address.
Without an answer in time, the desk types the names.
"""

from __future__ import annotations

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy.orm import Session

from app.base import audit_log, calendar
from app.base.models import Register

#: Seconds for each step of the connection, and the maximum bytes of an answer: it has a photo.
PATIENCE = 5.0
LONGEST = 512 * 1024
ADULT = 18
PURPOSE = "Registrar el ingreso de una visita"

#: Values of `coResultado`; any other means that the service gave no answer.
FOUND, OF_A_MINOR, NOBODY = "0000", "0001", "0999"


@dataclass(frozen=True)
class Identity:
    """A person as RENIEC knows them."""

    surnames: str
    given_names: str


class Minor(Exception):
    """The document is a minor's: no data of it are stored."""


class NoAnswer(Exception):
    """The service did not answer, or not as it should."""


def is_on(register: Register) -> bool:
    """Return whether identities are looked up for this register: never for invented people."""
    return bool(current_app.config["PIDE_URL"]) and register.environment == "production"


def look_up(
    session: Session, register: Register, number: str, *, actor_id: int | None
) -> Identity | None:
    """Look up the person with a DNI; None if there is none. Raise Minor and NoAnswer.

    Commit the log entry first: the query is logged whatever its result, and no transaction is open
    while the service is awaited.
    """
    audit_log.write(
        session,
        "identity.looked_up",
        actor_id=actor_id,
        entity_id=register.entity_id,
        purpose=PURPOSE,
    )
    session.commit()
    person = _person(_ask(number))
    if person is None:
        return None
    if (born := _born(person)) and _age(born, calendar.today()) < ADULT:
        raise Minor
    surnames = " ".join(_text(person, name) for name in ("apPrimer", "apSegundo")).strip()
    return Identity(surnames=surnames, given_names=_text(person, "prenombres"))


def _ask(number: str) -> Any:
    """Return the answer of the service, as JSON. Raises NoAnswer."""
    config = current_app.config
    question = {
        "PIDE": {
            "nuDniConsulta": number,
            "nuDniUsuario": config["PIDE_DNI"],
            "nuRucUsuario": config["PIDE_RUC"],
            "password": config["PIDE_PASSWORD"],
        }
    }
    parts = urlsplit(config["PIDE_URL"])
    path = f"{parts.path or '/'}?{parts.query or 'out=json'}"
    connection = _connection(parts.scheme, parts.hostname or "", parts.port)
    try:
        connection.request(
            "POST",
            path,
            json.dumps(question),
            {"Content-Type": "application/json; charset=UTF-8", "Accept": "application/json"},
        )
        answer = connection.getresponse()
        body = answer.read(LONGEST + 1)
        if answer.status != 200 or len(body) > LONGEST:
            raise NoAnswer
        return json.loads(body)
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        raise NoAnswer from None  # its text may contain the number
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=PATIENCE, context=context)
    return http.client.HTTPConnection(host, port, timeout=PATIENCE)


def _person(answer: Any) -> Mapping[str, Any] | None:
    """Return the person in an answer; None if no person has the number.

    Raises Minor and NoAnswer.
    """
    try:
        result = answer["consultarResponse"]["return"]
        code = str(result["coResultado"])
        person = result.get("datosPersona")
    except (KeyError, TypeError, AttributeError):
        raise NoAnswer from None
    if code == OF_A_MINOR:
        raise Minor
    if code == NOBODY:
        return None
    if code != FOUND or not isinstance(person, Mapping):
        raise NoAnswer
    return person


def _text(person: Mapping[str, Any], name: str) -> str:
    value = person.get(name)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _born(person: Mapping[str, Any]) -> date | None:
    """Return the day of birth if the service sends it: the basic *consulta* does not."""
    text = _text(person, "feNacimiento")
    for form in ("%Y%m%d", "%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def _age(born: date, on: date) -> int:
    had_birthday = (on.month, on.day) >= (born.month, born.day)
    return on.year - born.year - (not had_birthday)
