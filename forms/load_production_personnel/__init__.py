"""Cargar el personal en producción: the system loads it; the go-live day, and the link."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from random import Random
from typing import Any
from urllib.parse import urlsplit

from forms import Given, Page
from forms.examples import Example, Refusal
from forms.fields import (
    ChoiceField,
    DateField,
    EmailField,
    GroupField,
    NameField,
    Part,
    PhoneField,
    WebsiteField,
    add_error,
)
from forms.fields.dates import in_words
from forms.shapes.days import off_fault, working_day
from forms.shapes.loading import Load, invented_register, invented_roster

NEEDS = ("roster", "entity", "production", "production_register", "days_off")
GIVES = ("production",)

#: Calendar days ahead within which the entity goes live.
HORIZON = 60
PORTAL = "transparencia.gob.pe"
LINKS = (
    ("own_site", "En el sitio web de la entidad"),
    ("pte", "En el Portal de Transparencia Estándar"),
)


class DataOfficerPart(Part):
    """The Oficial de Datos Personales (DS 016-2024-JUS)."""

    given_names = NameField("Nombres", needed="Escribe los nombres.")
    surnames = NameField("Apellidos", needed="Escribe los apellidos.")
    email = EmailField("Correo electrónico", needed="Escribe el correo electrónico.")
    phone = PhoneField("Teléfono (opcional)")


class Form(Load):
    """The load of the production environment."""

    heading = "Prepara la salida en vivo"
    dictated = True
    lead = (
        "Cargamos en producción a las personas de tu relación. Confírmalas, elige el día desde el "
        "que registras y publicas visitas, y di dónde pondrás el enlace para que cualquiera las "
        "consulte."
    )
    button = "Confirmar la salida en vivo"
    outcomes = ("loaded",)
    pages = (
        Page(
            "salida",
            "Personal y salida en vivo",
            ("explanation", "go_live_on", "link_kind", "link"),
        ),
        Page(
            "datos",
            "Oficial de Datos Personales",
            ("data_officer",),
            "A quien se acude por los datos personales del registro.",
        ),
    )

    register = "production_register"

    go_live_on = DateField(
        "¿Desde qué día registras visitas en línea?",
        hint="Un día hábil, dentro de los próximos 60 días.",
        needed="Escribe el día de salida en vivo.",
    )
    link_kind = ChoiceField(
        "¿Dónde estará el enlace al registro?", LINKS, needed="Elige dónde estará el enlace."
    )
    link = WebsiteField(
        "Dirección de la página donde estará el enlace",
        hint="Por ejemplo, https://www.entidad.gob.pe",
        needed="Escribe la dirección de la página donde estará el enlace.",
    )
    data_officer = GroupField(
        DataOfficerPart,
        "Oficial de Datos Personales",
        hint="Si la entidad todavía no lo designa, quien cumple esa función.",
    )

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the earlier answer, otherwise the entity's website."""
        entity = given.get("entity") or {}
        said = given.get("production") or {}
        return {
            "go_live_on": said.get("go_live_on", ""),
            "link_kind": said.get("link_kind") or entity.get("website_kind", ""),
            "link": said.get("link") or entity.get("website", ""),
            "data_officer": said.get("data_officer") or {},
        }

    def check(self) -> None:
        """Check that the day is possible, and that the link is on the stated site."""
        super().check()
        for field, fault in (
            (self.go_live_on, self._day_fault()),
            (self.link, self._link_fault()),
        ):
            if fault and not field.errors:
                add_error(field, fault)

    def _day_fault(self) -> str:
        day = self.go_live_on.data
        said = (self.given.get("production") or {}).get("go_live_on", "")
        # A day in the past stays valid when the step is returned for another reason.
        if day is None or day.isoformat() == said:
            return ""
        if self.given.get("validating") and day <= self.today:
            return ""  # the work of a validated stage lies in the past
        if day < self.today:
            return f"Ese día ya pasó. Elige uno desde hoy, {in_words(self.today)}."
        last = self.today + timedelta(days=HORIZON)
        if day > last:
            return f"Elige un día hasta el {in_words(last)}."
        return off_fault(day, self.given.get("days_off"))

    def _link_fault(self) -> str:
        host = urlsplit(self.link.data or "").hostname or ""
        of_portal = host == PORTAL or host.endswith(f".{PORTAL}")
        if self.link_kind.data == "pte" and not of_portal:
            return f"Las páginas del Portal de Transparencia Estándar están en www.{PORTAL}."
        if self.link_kind.data == "own_site" and of_portal:
            return "Esa dirección es del Portal de Transparencia Estándar, no del sitio propio."
        return ""

    def answer(self) -> dict[str, Any]:
        """Return the day, the link, the data officer, and what was loaded."""
        officer = self.data_officer.form
        return {
            "production": {
                "go_live_on": self.go_live_on.iso,
                "link_kind": self.link_kind.data,
                "link": self.link.data,
                "data_officer": {field.short_name: field.data or "" for field in officer},
                "load": self.load(),
            }
        }


TODAY = date(2026, 10, 5)
GIVEN = {
    "today": TODAY,
    "roster": invented_roster(),
    "production_register": invented_register(),
}
OFFICER = {
    "given_names": "Elena Persona",
    "surnames": "Rojas Ejemplo",
    "email": "datos.personales@example.pe",
    "phone": "01 5550100",
}
GOOD = {
    "go_live_on": "12/10/2026",
    "link_kind": "own_site",
    "link": "https://www.example.pe/transparencia",
    "data_officer": OFFICER,
}


def soon(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return an answer that goes live on one of the next working days."""
    day = working_day(given["today"], random.randint(1, 5), given.get("days_off"))
    return GOOD | {"go_live_on": day}


ACCEPTS = (
    Example("loaded", soon),
    Example("loaded", GOOD | {"go_live_on": "05/10/2026"}, name="hoy mismo"),
    Example(
        "loaded",
        GOOD | {"go_live_on": "28/09/2026"},
        {"production": {"go_live_on": "2026-09-28"}},
        "devuelta por el enlace, el día queda",
    ),
    Example(
        "loaded",
        GOOD | {"link_kind": "pte", "link": "www.transparencia.gob.pe/enlaces/ejemplo"},
        name="con el enlace en el portal",
    ),
)
REFUSES = (
    Refusal(
        "sin nada",
        {},
        {
            "go_live_on": "el día de salida",
            "link_kind": "dónde",
            "link": "la dirección",
            "data_officer-given_names": "los nombres",
            "data_officer-surnames": "los apellidos",
            "data_officer-email": "el correo",
        },
    ),
    Refusal(
        "una persona de más, sin explicación",
        GOOD,
        {"explanation": "explica por qué"},
        {"production_register": invented_register(operator=3)},
    ),
    Refusal("un día que pasó", GOOD | {"go_live_on": "02/10/2026"}, {"go_live_on": "ya pasó"}),
    Refusal(
        "un feriado",
        GOOD | {"go_live_on": "08/10/2026"},
        {"go_live_on": "8 de octubre de 2026 no es día hábil"},
    ),
    Refusal(
        "un día no laborable por decreto",
        GOOD,
        {"go_live_on": "no es día hábil (DS 001-2026-EJEMPLO)"},
        {"days_off": {"2026-10-12": "DS 001-2026-EJEMPLO"}},
    ),
    Refusal(
        "dentro de tres meses",
        GOOD | {"go_live_on": "05/01/2027"},
        {"go_live_on": "hasta el 4 de diciembre de 2026"},
    ),
    Refusal(
        "un enlace que no es de la web",
        GOOD | {"link": "ftp://example.pe/visitas"},
        {"link": "la dirección completa"},
    ),
    Refusal(
        "dice portal y da su sitio", GOOD | {"link_kind": "pte"}, {"link": "www.transparencia"}
    ),
)
