"""The data of a designation (format SIP-RVL-001): entity, authority, administrator.

Two steps have the same fields with the same names, so that a correction can become a new
designation when its deadline passes: `designate_administrator` and `correct_designation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from forms import Given, Page, StepForm
from forms.fields import (
    ChoiceField,
    DateField,
    GroupField,
    LongTextField,
    Part,
    PhoneField,
    RucField,
    TextField,
    TickField,
    UbigeoField,
    WebsiteField,
    YesNoField,
    add_error,
)
from forms.fields.people import AuthorityPart, PersonPart, person_of, same_document

LEVELS = (("nacional", "Nacional"), ("regional", "Regional"), ("local", "Local"))
WEBSITE_KINDS = (
    ("own_site", "Tiene sede digital o página web propia"),
    ("pte", "Solo tiene su página en el Portal de Transparencia Estándar"),
)
LINKS = (
    ("276", "Decreto Legislativo 276"),
    ("728", "Decreto Legislativo 728"),
    ("cas", "CAS (Decreto Legislativo 1057)"),
    ("servir", "Ley del Servicio Civil (Servir)"),
    ("other", "Otro"),
)
SCOPES = (
    ("rvl", "Registro de Visitas en Línea"),
    ("both", "Ambos registros"),
)
LINK_ENDED = (
    "El vínculo ya habría terminado. Escribe una fecha desde hoy, o designa a otra persona."
)
#: The fields of an official's record in addition to the person.
OF_OFFICIAL = ("unit", "link", "link_other", "informatics_how", "phone", "annex")
OF_ENTITY = (
    "name",
    "ruc",
    "level",
    "sector",
    "address",
    "ubigeo",
    "phone",
    "website_kind",
    "website",
)


class EntityPart(Part):
    """The data that the entity states about itself."""

    name = TextField(
        "Nombre de la entidad",
        needed="Escribe el nombre completo de la entidad.",
        render_kw={"autocomplete": "organization"},
    )
    ruc = RucField("RUC", needed="Escribe el RUC de la entidad.", hint="11 dígitos; empieza con 20")
    level = ChoiceField("Nivel de gobierno", LEVELS, needed="Elige el nivel de gobierno.")
    sector = TextField("Sector (opcional)", hint="Por ejemplo, Salud; en blanco si no tiene")
    address = TextField(
        "Dirección",
        needed="Escribe la dirección de la entidad.",
        render_kw={"autocomplete": "address-line1"},
    )
    ubigeo = UbigeoField(
        "Ubigeo",
        needed="Escribe el ubigeo del distrito.",
        hint="6 dígitos del INEI, o Distrito, Provincia, Departamento",
    )
    phone = PhoneField("Teléfono", needed="Escribe el teléfono de la entidad.")
    website_kind = ChoiceField(
        "¿Dónde publica la entidad en internet?",
        WEBSITE_KINDS,
        needed="Elige dónde publica la entidad en internet.",
    )
    website = WebsiteField(
        "Dirección de esa página",
        needed="Escribe la dirección de la página de la entidad.",
        hint="Por ejemplo, https://www.gob.pe/entidad",
    )
    has_register = YesNoField(
        "¿Tiene la entidad un registro de visitas propio?",
        needed="Indica si la entidad tiene un registro de visitas propio.",
        hint="Un sistema que ya publica visitas en internet",
    )


class SeatedAuthorityPart(AuthorityPart):
    """The authority, and since when it holds its post."""

    since_on = DateField("Ejerce el cargo desde (opcional)", hint="Día/mes/año")


class OfficialPart(PersonPart):
    """The designated person: employed by the entity, with knowledge of informatics."""

    unit = TextField(
        "Unidad u oficina", needed="Escribe la unidad u oficina donde trabaja.", limit=150
    )
    link = ChoiceField("Vínculo con la entidad", LINKS, needed="Elige el vínculo con la entidad.")
    link_other = TextField(
        "¿Cuál es el otro vínculo?",
        needed="Escribe cuál es el vínculo con la entidad.",
        when=("link", "other"),
        limit=100,
    )
    link_until_on = DateField(
        "¿Cuándo termina el vínculo? (opcional)",
        hint="Día/mes/año. Solo si el contrato o el encargo tiene una fecha de término.",
    )
    informatics = YesNoField(
        "¿Tiene conocimientos de informática?",
        needed="Indica si tiene conocimientos de informática.",
    )
    informatics_how = LongTextField(
        "¿Cómo los adquirió?",
        hint="Estudios, cursos o experiencia",
        needed="Escribe cómo adquirió sus conocimientos de informática.",
        when=("informatics", "yes"),
        limit=500,
        render_kw={"rows": 3},
    )
    phone = PhoneField("Teléfono", needed="Escribe un teléfono para coordinar.")
    annex = TextField("Anexo (opcional)", limit=10)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate the fields, and the requirement of the procedure."""
        good = super().validate(extra_validators)
        informatics = self["informatics"]
        if informatics.data == "no" and not informatics.errors:
            add_error(
                informatics,
                "Quien administra el registro debe tener conocimientos de informática. Designa a "
                "otra persona.",
            )
            return False
        return bool(good)


class AlternatePart(OfficialPart):
    """The alternate, without the end of the link."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self["link_until_on"]


PAGES = (
    Page("entidad", "La entidad", ("entity",)),
    Page("autoridad", "La máxima autoridad", ("authority",)),
    Page("administrador", "El administrador", ("administrator",)),
    Page("alterno", "El alterno", ("has_alternate", "alternate")),
    Page("alcance", "El alcance", ("scope", "notices_by_email")),
)


def official_of(part: Any) -> dict[str, Any]:
    """Return a `forms.records.Official` from its group."""
    official = person_of(part, OF_OFFICIAL)
    official["informatics"] = part["informatics"].yes
    if official["link"] != "other":
        official["link_other"] = ""
    if "link_until_on" in part and (until := part["link_until_on"].iso):
        official["link_until_on"] = until
    return official


def authority_of(part: Any) -> dict[str, Any]:
    """Return the record `authority` from its group."""
    return person_of(part) | {"since_on": part["since_on"].iso}


def entity_of(part: Any, known: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the record `entity` from its group, on top of the catalogue's data."""
    said = {name: part[name].data or "" for name in OF_ENTITY}
    return {
        **(known or {}),
        **said,
        "place": part["ubigeo"].place or (known or {}).get("place", ""),
        "has_register": part["has_register"].yes,
    }


class DesignationForm(StepForm):
    """A form with the fields of a designation."""

    entity = GroupField(EntityPart, "Datos de la entidad")
    authority = GroupField(
        SeatedAuthorityPart,
        "Máxima autoridad administrativa",
        hint="Quien firma el oficio y el formato SIP-RVL-001, o quien haga sus veces.",
    )
    administrator = GroupField(
        OfficialPart,
        "Administrador titular",
        hint="Debe tener vínculo con la entidad y conocimientos de informática.",
    )
    has_alternate = YesNoField(
        "¿Designas también a un alterno?",
        hint="Es recomendable: reemplaza al titular cuando se ausenta.",
        needed="Indica si designas también a un alterno.",
    )
    alternate = GroupField(AlternatePart, "Administrador alterno", when=("has_alternate", "yes"))
    scope = ChoiceField(
        "¿Qué registros administrará?", SCOPES, needed="Elige qué registros administrará."
    )
    notices_by_email = TickField("La entidad acepta recibir las notificaciones por correo")

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the data in the catalogue and in an earlier designation."""
        values = dict(super().prefill(given))
        if given.get("entity"):
            values["entity"] = dict(given["entity"])
        if given.get("authority"):
            values["authority"] = dict(given["authority"])
        known = given.get("administrator")
        if known:
            values |= {
                "administrator": dict(known["holder"]),
                "has_alternate": known["alternate"] is not None,
                "alternate": dict(known["alternate"] or {}),
                "scope": known["scope"],
                "notices_by_email": known["notices_by_email"],
            }
        return values

    def prepare(self) -> None:
        """Set the RUCs that other entities have."""
        super().prepare()
        self["entity"].form["ruc"].taken = self.given.get("other_rucs") or {}

    def check(self) -> None:
        """Check the rules between the groups."""
        super().check()
        since = self["authority"].form["since_on"]
        if since.data and since.data > self.today:
            add_error(since, "Escribe desde cuándo ejerce el cargo; no puede ser una fecha futura.")
        until = self["administrator"].form["link_until_on"]
        if until.data and until.data < self.today:
            add_error(until, LINK_ENDED)
        parts = self["administrator"].form, self["alternate"].form
        if self["has_alternate"].yes and same_document(*map(person_of, parts)):
            add_error(
                parts[1]["document_number"],
                "El alterno debe ser otra persona: este es el documento del administrador titular.",
            )

    def draft_answer(self) -> dict[str, Any]:
        """Return the records entity, authority and administrator; missing values are ""."""
        has_alternate = self["has_alternate"].yes
        return {
            **super().draft_answer(),
            "entity": entity_of(self["entity"].form, self.given.get("entity")),
            "authority": authority_of(self["authority"].form),
            "administrator": {
                "holder": official_of(self["administrator"].form),
                "alternate": official_of(self["alternate"].form) if has_alternate else None,
                "scope": self["scope"].data or "",
                "notices_by_email": bool(self["notices_by_email"].data),
            },
        }

    def answer(self) -> dict[str, Any]:
        """Return the same records of a valid form."""
        return self.draft_answer()
