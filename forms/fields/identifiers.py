"""Identifiers of persons, entities and places: their rules and spelling.

These are plain functions without forms, so that rosters of thousands of rows can use them too.
Those that end in `_fault` return a Spanish sentence that says how to correct the value, or "" if it
is valid.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email

RUC_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
# python-stdnum rejects 16, which SUNAT does issue.
RUC_PREFIXES = ("10", "15", "16", "17", "20")

DOCUMENT_TYPES = (("DNI", "DNI"), ("CE", "Carné de extranjería"), ("PASAPORTE", "Pasaporte"))

SIMPLE_MAIL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9.-]+", re.ASCII)


def ruc_check_digit(first_ten: str) -> str:
    """Return the eleventh digit of a RUC."""
    total = sum(int(digit) * weight for digit, weight in zip(first_ten, RUC_WEIGHTS, strict=True))
    return str((11 - total % 11) % 10)


def tidy_ruc(value: str) -> str:
    """Return a RUC without the spaces, dots and hyphens that people type in it."""
    return re.sub(r"[\s.\-]", "", value)


def ruc_fault(ruc: str, entity: bool = True) -> str:
    """Return what is wrong with a RUC; entities have those that begin with 20."""
    if not re.fullmatch(r"[0-9]{11}", ruc):
        return "El RUC tiene 11 dígitos, sin espacios ni letras."
    if entity and not ruc.startswith("20"):
        return "El RUC de una entidad empieza con 20."
    if not ruc.startswith(RUC_PREFIXES):
        return "Un RUC empieza con 10, 15, 16, 17 o 20."
    if ruc[10] != ruc_check_digit(ruc[:10]):
        return "El RUC no existe: su último dígito no corresponde. Revísalo."
    return ""


#: What papers have before their number; joined by a hyphen, it is a part of the number.
PRINTED = re.compile(
    r"((oficio|carta|constancia|comunicaci[oó]n|nro|n[uú]mero)\b(?!-)|n\W*[.º°])", re.IGNORECASE
)


def paper_number_fault(number: str) -> str:
    """Return what is wrong with the number of a paper: it must not name a person.

    Everyone may read it. A number has a digit, and eight digits alone are taken for a DNI. What
    papers have before it is no part of it.
    """
    if PRINTED.match(number):
        return "Escribe solo el número, sin «Oficio N.º» ni otras palabras delante."
    if not re.search(r"[0-9]", number):
        return "Un número de documento tiene cifras, por ejemplo 045-2026-MDE/A."
    if re.fullmatch(r"(DNI\W*)?[0-9]{8}", re.sub(r"[\s.]", "", number), re.IGNORECASE):
        return "Eso parece un DNI. Escribe el número del documento, con su año y sus siglas."
    if re.search(r"[^\w\s\-/.°()]", number):
        return "Escribe el número con letras, cifras, espacios, guiones, puntos y barras."
    return ""


def tidy_document(kind: str, number: str) -> str:
    """Return a document number in capitals, without spaces, dots or hyphens.

    A DNI shows a ninth digit after a hyphen; it checks the others and is not part of the number.
    """
    if kind == "DNI" and re.fullmatch(r"\s*[0-9]{8}\s*-\s*[0-9A-Za-z]\s*", number):
        number = number.strip()[:8]
    return re.sub(r"[\s.\-]", "", number).upper()


def dni_check_characters(eight: str) -> str:
    """Return the digit and the letter either of which a DNI may show as ninth character.

    RENIEC's algorithm as in python-stdnum (`stdnum.pe.cui`): weights 3 2 7 6 5 4 3 2, mod 11.
    """
    rest = (
        sum(int(digit) * w for digit, w in zip(eight, (3, 2, 7, 6, 5, 4, 3, 2), strict=True)) % 11
    )
    return "65432110987"[rest] + "KJIHGFEDCBA"[rest]


def read_document(kind: str, typed: str) -> tuple[str, str]:
    """Return the number of a document as typed or scanned at a desk, and what is wrong with it.

    If the ninth character of a DNI is typed too, it must be the check character of the others.
    """
    number = re.sub(r"[\s.\-]", "", typed).upper()
    if kind == "DNI" and re.fullmatch(r"[0-9]{8}[0-9A-K]", number):
        number, check = number[:8], number[8]
        if check not in dni_check_characters(number):
            return number, "El DNI no existe: su dígito verificador no corresponde. Revísalo."
    return number, document_fault(kind, number)


def document_fault(kind: str, number: str) -> str:
    """Return what is wrong with a document number of that kind (DNI, CE, PASAPORTE)."""
    if kind == "DNI":
        if not re.fullmatch(r"[0-9]{8}", number):
            return "El DNI tiene 8 dígitos; escribe también los ceros del comienzo."
        return "El DNI no puede ser solo ceros." if number == "00000000" else ""
    if kind == "CE":
        good = re.fullmatch(r"[A-Z0-9]{9}", number)
        return "" if good else "El carné de extranjería tiene 9 letras o dígitos."
    if kind == "PASAPORTE":
        good = re.fullmatch(r"[A-Z0-9]{5,12}", number)
        return "" if good else "El pasaporte tiene de 5 a 12 letras o dígitos."
    return "Elige DNI, carné de extranjería o pasaporte."


@cache
def places() -> Mapping[str, str]:
    """Return every district of the INEI list: code → "Distrito, Provincia, Departamento"."""
    with (files("forms.fields") / "ubigeo_inei.csv").open(encoding="utf-8") as lines:
        return {
            row["ubigeo"]: f"{row['distrito']}, {row['provincia']}, {row['departamento']}"
            for row in csv.DictReader(lines)
        }


def plain(text: str) -> str:
    """Return text for comparison: lower case, no accents, single spaces."""
    letters = unicodedata.normalize("NFD", text)
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).casefold().split())


@cache
def codes_of_places() -> Mapping[str, str]:
    """Return the codes by place, in the spelling of `plain`."""
    return {plain(place): code for code, place in places().items()}


def place_of(ubigeo: str) -> str:
    """Return "Distrito, Provincia, Departamento" of a code, "" if it is unknown."""
    return places().get(ubigeo, "")


def tidy_ubigeo(value: str) -> str:
    """Return a code as it is, or the code of "Distrito, Provincia, Departamento"."""
    text = value.strip()
    if re.fullmatch(r"[0-9]{5}", text):
        return f"0{text}"
    return codes_of_places().get(plain(re.sub(r"\s*,\s*", ", ", text)), text)


def ubigeo_fault(ubigeo: str) -> str:
    """Return what is wrong with a code of the INEI list."""
    if ubigeo in places():
        return ""
    if re.fullmatch(r"[0-9]{6}", ubigeo):
        return "Ese ubigeo no está en la lista del INEI. Revisa el código de tu distrito."
    return "El ubigeo tiene 6 dígitos; también puedes escribir Distrito, Provincia, Departamento."


@lru_cache(maxsize=4096)
def is_domain(domain: str) -> bool:
    """Return whether mail could go to a domain, by its syntax alone (no look-up)."""
    try:
        validate_email(f"a@{domain}", check_deliverability=False)
    except EmailNotValidError:
        return False
    return True


def email_fault(address: str) -> str:
    """Return what is wrong with an e-mail address, by its syntax alone (no look-up)."""
    sentence = "Escribe un correo completo, como nombre@entidad.gob.pe."
    if len(address) > 254:
        return sentence
    if SIMPLE_MAIL.fullmatch(address):
        local, domain = address.rsplit("@", 1)
        return "" if len(local) <= 64 and is_domain(domain.lower()) else sentence
    try:
        validate_email(address, check_deliverability=False)
    except EmailNotValidError:
        return sentence
    return ""


def email_warning(address: str) -> str:
    """Return a warning for an address that is accepted though it is not the State's."""
    domain = address.rpartition("@")[2].lower()
    if not domain or domain.endswith(".gob.pe"):
        return ""
    return "Este correo no termina en .gob.pe. Lo aceptamos; usa uno institucional si lo hay."


def tidy_website(value: str) -> str:
    """Return a web address, with https:// if no scheme was written."""
    text = value.strip()
    if re.fullmatch(r"[\w-]+(\.[\w-]+)+([/?#].*)?", text):
        return f"https://{text}"
    return text


def website_fault(address: str) -> str:
    """Return what is wrong with a web address: only http and https, with a host and no password."""
    sentence = "Escribe la dirección completa, como https://www.entidad.gob.pe."
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return sentence
    if parts.scheme not in ("http", "https") or re.search(r"\s", address) or port == 0:
        return sentence
    if "@" in parts.netloc or not re.fullmatch(r"[\w-]+(\.[\w-]+)*\.[^\W\d][\w-]+", host):
        return sentence
    return ""


def phone_fault(phone: str) -> str:
    """Return what is wrong with a telephone number: 6 to 15 digits, with usual separators."""
    digits = sum(letter.isdigit() for letter in phone)
    if re.fullmatch(r"\+?[0-9() \-]+", phone, re.ASCII) and 6 <= digits <= 15:
        return ""
    return "Escribe el teléfono con su código de ciudad, como 01 2197000; de 6 a 15 dígitos."
