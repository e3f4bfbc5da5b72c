"""Who a certificate names: the name of the person, the DNI, and the RUC of an entity.

The common name of a certificate of the Peruvian State ends in `FIR <DNI> hard|soft` (a citizen) or
`FAU <RUC> hard|soft` (a person who signs for an entity).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

#: Characters of a name that are returned, and of a text that is looked at.
LONGEST_NAME, LONGEST_TEXT = 120, 20_000
#: Characters at the end of a common name in which the kind of certificate is looked for.
TAIL = 60
#: Characters of a name in which numbers are looked for.
LONGEST_SEARCHED = 300
#: What is written before the RUC of an entity.
OF_ENTITY = frozenset({"RUC", "FAU", "NTRPE", "VATPE"})
#: The end of a common name. Some programs write no ending.
KIND = re.compile(r"\s(FIR|FAU)\s+([0-9]{8,11})(?:\s+(?:hard|soft))?\s*$", re.IGNORECASE)
#: The serial number of a subject: `PNOPE-12345678`, `DNI:12345678`, `12345678`.
SERIAL = re.compile(r"(?:PNOPE|IDCPE|DNI)?[\s:-]*([0-9]{8})", re.IGNORECASE)
#: An identifier of an organization: `NTRPE-20131370301`, `VATPE-20131370301`.
ORGANIZATION = re.compile(r"(?:NTRPE|VATPE|RUC)?[\s:-]*([0-9]{11})", re.IGNORECASE)
#: A number of seven digits or more within a common name, and what it is said to be. It is taken
#: out of the name, since reviewers see numbers masked.
NUMBER = re.compile(
    r"(?:\b(DNI|RUC|FIR|FAU|PNOPE|IDCPE|NTRPE|VATPE)\b[^\w]{0,5})?"
    r"(?<!\d)(\d(?:[\s.-]?\d){6,})(?:\s+(?:hard|soft)\b)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Signer:
    """A person in a certificate: `document` is the DNI, `ruc` that of the entity; "" if none."""

    name: str = ""
    document: str = ""
    ruc: str = ""


def signer_of(certificate: Any) -> Signer:
    """Return the signer in a certificate of asn1crypto."""
    try:
        subject: dict[str, Any] = dict(certificate.subject.native)
    except (ValueError, TypeError):
        return Signer()
    common = _text(subject.get("common_name"))
    found = KIND.search(common[-TAIL:])
    name = common[: len(common) - len(found[0])] if found else common
    kind, number = (found[1].upper(), found[2]) if found else ("", "")
    document = _number(SERIAL, subject.get("serial_number"))
    ruc = _number(ORGANIZATION, subject.get("organization_identifier"))
    if kind == "FIR":
        document, ruc = number[:8], ""
    elif kind == "FAU":
        ruc = number if len(number) == 11 else ruc
    name = clean(name, LONGEST_SEARCHED)
    for label, digits in NUMBER.findall(name):
        number = re.sub(r"\D", "", digits)
        if len(number) == 8 and not document:
            document = number
        elif len(number) == 11 and label.upper() in OF_ENTITY and not ruc:
            ruc = number
    return Signer(_tidied(NUMBER.sub(" ", name)), document, ruc)


def _tidied(name: str) -> str:
    """Return a name without the brackets and dashes that a removed number leaves."""
    return clean(re.sub(r"[(\[]\s*[)\]]", " ", name).strip(" -–,;:/(["))


def clean(text: str, most: int = LONGEST_NAME) -> str:
    """Return a text on one line, printable and short: it comes from a foreign file."""
    spaced = " ".join(text[:LONGEST_TEXT].split())
    plain = "".join(filter(str.isprintable, spaced))
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"


def _text(value: Any) -> str:
    """Return a value of a name; of several, the last one, which is the most specific."""
    if isinstance(value, list):
        value = value[-1] if value else ""
    return value if isinstance(value, str) else ""


def _number(pattern: re.Pattern[str], value: Any) -> str:
    found = pattern.fullmatch(_text(value)[:40].strip())
    return found[1] if found else ""
