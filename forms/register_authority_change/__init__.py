"""Registrar el cambio de la máxima autoridad: the new authority, and since when.

Where the change began because a mandate ended, the person entered with a code: they prove who the
new authority is, and say who of the earlier one's people stays.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms import Given, StepForm
from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.fields import (
    ChecksField,
    ChoiceField,
    DateField,
    DocumentField,
    GroupField,
    TextField,
    add_error,
)
from forms.fields.dates import in_words
from forms.fields.people import AuthorityPart, invented, person_of, same_document
from forms.shapes.days import LONG_AGO
from forms.shapes.decision_makers import TRUSTED, holder_label, in_office, invented_posts
from forms.shapes.filing_examples import AUTHORITY, TODAY, changed
from forms.shapes.signing import as_is_field, file_of

NEEDS = (
    "authority",
    "mandate_end",
    "proclaimed",
    "administrator",
    "administrator_in_office",
    "decision_makers",
)
GIVES = ("authority", "authority_change")

REGISTERED, DECLARED = "registered", "declared"


class NewAuthorityPart(AuthorityPart):
    """The authority, and the day on which it took office."""

    since_on = DateField(
        "Ejerce el cargo desde",
        hint="Día/mes/año",
        needed="Escribe desde cuándo ejerce el cargo.",
    )


class Form(StepForm):
    """The new authority. Nine of ten entities change it at once, so one page is enough."""

    heading = "Registra el cambio de la máxima autoridad"
    dictated = True
    sets_in_motion = True
    lead = (
        "Si el registro ya está en producción, después se pedirá al administrador que confirme al "
        "personal y a los sujetos con capacidad de decisión pública."
    )
    button = "Registrar el cambio"
    outcomes = (REGISTERED, DECLARED)

    authority = GroupField(NewAuthorityPart, "Nueva máxima autoridad administrativa")
    ground = TextField(
        "Documento que lo acredita (opcional)",
        hint="Por ejemplo, credencial o resolución, con su número",
        limit=200,
    )
    support = DocumentField("Copia de ese documento (opcional)", paper="authority_ground")
    as_is_support = as_is_field("support")
    administrator_stays = ChoiceField(
        "¿Sigue trabajando en la entidad?",
        (("yes", "Sí, sigue"), ("no", "No, ya no trabaja aquí"), ("unknown", "No lo sé todavía")),
        needed="Di si el administrador del registro sigue trabajando en la entidad.",
    )
    left = ChecksField(
        "¿Quiénes ya no siguen en su cargo de confianza?",
        (),
        hint="Marca solo a quienes ya dejaron el cargo. Los demás siguen.",
    )

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Name the person who was proclaimed; their document is for them to write."""
        said = given.get("proclaimed")
        if not said:
            return {}
        names = {name: said[name] for name in ("given_names", "surnames", "post")}
        return {"authority": names | {"document_type": "DNI", "since_on": said["from_on"]}}

    def prepare(self) -> None:
        """Ask about the earlier authority's people where a mandate ended."""
        if not self.given:  # the fields themselves are looked at, no answer
            return
        holder = (self.given.get("administrator") or {}).get("holder")
        if self.mandate and holder and self.given.get("administrator_in_office"):
            name = f"{holder['given_names']} {holder['surnames']}"
            self.administrator_stays.label.text = (
                f"{name}, administrador del registro: ¿sigue trabajando en la entidad?"
            )
        else:
            del self["administrator_stays"]
        if self.mandate and self.trusted:
            self.left.choices = [(label, label) for label in self.trusted]
        else:
            del self["left"]
        if self.mandate:
            self.support.label.text = "Copia de la credencial o del documento que lo acredita"

    @property
    def mandate(self) -> Mapping[str, Any] | None:
        """The end of the mandate for which the change began."""
        known: Mapping[str, Any] | None = self.given.get("mandate_end")
        return known

    @property
    def trusted(self) -> dict[str, Mapping[str, str]]:
        """The posts of confidence that are held, by their labels."""
        held = in_office(self.given.get("decision_makers"), self.given["today"])
        return {holder_label(post): post for post in held if post["ground"] in TRUSTED}

    @property
    def before(self) -> Mapping[str, Any] | None:
        """The authority in the current record."""
        known: Mapping[str, Any] | None = self.given.get("authority")
        return known

    def check(self) -> None:
        """Check that it is another person than before, or a new period; in office by today."""
        part = self["authority"].form
        since = part["since_on"]
        if since.data and since.data > self.today:
            add_error(since, f"Registra el cambio cuando ocurra; hoy es {in_words(self.today)}.")
        if same_document(person_of(part), self.before) and not self._is_new_period(since.data):
            add_error(
                part["document_number"],
                "Es la misma persona que ya figura como máxima autoridad. Revisa el documento.",
            )
        if self.mandate and not self["support"].data and not self["support"].errors:
            add_error(self["support"], "Sube la credencial: un coordinador la mira antes.")

    def _is_new_period(self, since: date | None) -> bool:
        """Return whether a re-elected authority begins a period after the mandate that ended."""
        if not self.mandate or since is None:
            return False
        return since > date.fromisoformat(self.mandate["ends_on"])

    def unusual(self) -> list[str]:
        """Return what may be a mistake about the new authority: the day, the address."""
        since, found = self["authority"].form["since_on"].data, []
        if (self.today - since).days > LONG_AGO:
            found.append(f"Ejerce el cargo desde el {in_words(since)}, hace más de un mes.")
        if not person_of(self["authority"].form).get("email"):
            found.append("La nueva autoridad no tiene correo: no recibirá ningún aviso.")
        return found

    def outcome(self) -> str:
        """Return whether the change counts at once, or after a coordinator has looked."""
        return DECLARED if self.mandate else REGISTERED

    def answer(self) -> dict[str, Any]:
        """Return the new authority (later, where a coordinator looks first), and the change."""
        part = self["authority"].form
        since = part["since_on"].iso
        person = person_of(part) | {"since_on": since}
        change: dict[str, Any] = {
            "since_on": since,
            "ground": self["ground"].data or "",
            "support": self["support"].data or "",
            "before": dict(self.before) if self.before else None,
        }
        if self.mandate:
            change |= {
                "after": person,
                "file": file_of(self["support"]),
                "administrator_stays": self._data("administrator_stays") or "",
                "left": list(self._data("left") or ()),
            }
        return {"authority": None if self.mandate else person, "authority_change": change}

    def _data(self, name: str) -> Any:
        return self[name].data if name in self else None


GIVEN = {"authority": AUTHORITY, "today": TODAY}
NEW_YEAR = date(2027, 1, 4)
TRUSTED_POST = invented_posts()[1] | {"ground": "position_of_trust"}
#: The mandate ended on 31 December; the administrator and a post of confidence are known.
ENDED = {
    "authority": AUTHORITY,
    "today": NEW_YEAR,
    "mandate_end": {"ends_on": "2026-12-31", "norm": "Ley 26864"},
    "administrator": {
        "holder": {"given_names": "Luis Persona", "surnames": "Muestra Ejemplo"},
        "alternate": None,
    },
    "administrator_in_office": True,
    "decision_makers": [TRUSTED_POST],
}
#: A list of proclaimed authorities names the new one.
PROCLAIMED = {
    "given_names": "Rosa Persona",
    "surnames": "Díaz Muestra",
    "post": "Alcalde distrital",
    "from_on": "2027-01-01",
    "source": "Lista de ejemplo",
}


def new_authority(given: Given, random: Random) -> dict[str, Any]:
    """Return an invented authority in office since today, with its proof if one is required."""
    person = invented(random, "Gerenta municipal", email=False)
    answer: dict[str, Any] = {"authority": person | {"since_on": given["today"].isoformat()}}
    if given.get("mandate_end"):
        answer |= {"support": SAMPLE_FILE, "administrator_stays": "yes"}
    return answer


GOOD = new_authority(GIVEN, Random(61))
PROVED = new_authority(ENDED, Random(62))

ACCEPTS = (
    Example(REGISTERED, new_authority),
    Example(REGISTERED, new_authority, {"authority": None}, name="la primera registrada"),
    Example(
        REGISTERED,
        changed(GOOD, {"authority": {"email": "autoridad@example.pe"}})
        | {"ground": "Resolución de Alcaldía 001-2026", "support": SAMPLE_FILE},
        name="con el documento que lo acredita",
    ),
    Example(DECLARED, new_authority, ENDED, name="con el código, al terminar el mandato"),
    Example(DECLARED, new_authority, ENDED | {"proclaimed": PROCLAIMED}, name="proclamada"),
    Example(
        DECLARED,
        changed(PROVED, {"administrator_stays": ""}),
        {**ENDED, "administrator_in_office": False},
        name="el administrador ya dejó la función",
    ),
    Example(
        DECLARED,
        changed(PROVED, {"administrator_stays": "no", "left": [holder_label(TRUSTED_POST)]}),
        ENDED,
        name="se fueron el administrador y un cargo de confianza",
    ),
    Example(
        DECLARED,
        changed(PROVED, {"authority": dict(AUTHORITY) | {"since_on": "2027-01-01"}}),
        ENDED,
        name="reelegida, con un periodo nuevo",
    ),
)

REFUSES = (
    Refusal(
        "la misma persona",
        {"authority": AUTHORITY},
        {"authority-document_number": "misma persona"},
    ),
    Refusal(
        "reelegida, pero con el periodo que ya terminó",
        changed(PROVED, {"authority": dict(AUTHORITY) | {"since_on": "2026-12-31"}}),
        {"authority-document_number": "misma persona"},
        ENDED,
    ),
    Refusal(
        "sin la credencial",
        changed(PROVED, {"support": ""}),
        {"support": "Sube la credencial"},
        ENDED,
    ),
    Refusal(
        "sin decir si el administrador sigue",
        changed(PROVED, {"administrator_stays": ""}),
        {"administrator_stays": "sigue trabajando"},
        ENDED,
    ),
    Refusal(
        "un cargo de confianza que no hay",
        changed(PROVED, {"left": ["Otra Persona · Gerente, Gerencia"]}),
        {"left": "solo opciones de la lista"},
        ENDED,
    ),
    Refusal(
        "desde una fecha futura",
        changed(GOOD, {"authority": {"since_on": "01/01/2027"}}),
        {"authority-since_on": "cuando ocurra"},
    ),
    Refusal(
        "nombres con números y una fecha que no existe",
        changed(GOOD, {"authority": {"surnames": "Qu1spe", "since_on": "31/02/2026"}}),
        {"authority-surnames": "solo letras", "authority-since_on": "día/mes/año"},
    ),
)
