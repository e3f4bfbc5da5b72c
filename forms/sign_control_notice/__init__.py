"""Firmar la comunicación al órgano de control, or return it so that the entity is called again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms import Given, Page
from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.fields import (
    ChoiceField,
    DocumentField,
    EmailField,
    TextField,
    add_error,
)
from forms.shapes import compared_facts
from forms.shapes.compared_facts import Fact
from forms.shapes.filing_examples import ENTITY_KNOWN, papers
from forms.shapes.follow_up import PROGRESS
from forms.shapes.reviews import numbered
from forms.shapes.signed_papers import LetterForm
from forms.shapes.signing import NO_REVIEW, as_is_field

NEEDS = (
    "papers",
    "control_notice",
    "printed_control_notice",
    "last_notice",
    "entity",
    "progress",
)
GIVES = ("control_notice",)

PAPER = "comunicacion_control"
WAYS = (("mail", "Por correo, firmada"), ("paper", "En papel, o por su mesa de partes"))
#: Largest file that goes with a mail, in bytes: servers refuse more.
MOST_BY_MAIL = 7_000_000


TO_DO = (
    "Contrasta la comunicación con el expediente, descárgala, fírmala con tu certificado y súbela. "
    "Si la entidad ya avanzó o hay algo que cambiar, devuélvela y di qué."
)


class Form(LetterForm):
    """The signature of the communication, and how it reaches the organ of control."""

    letter = PAPER
    numbered = (PAPER,)
    called = "La comunicación"
    absent = "Todavía no se ha generado la comunicación. Vuelve a intentarlo en unos minutos."
    heading = "Firma la comunicación al órgano de control"
    lead = f"La entidad no respondió a tres oficios ni al último aviso. {TO_DO}"
    fresh = (*LetterForm.fresh, "sent")
    decisions = (("signed", "La firmé"), ("returned", "Devolver"))
    gives = "control_notice"
    pages = (
        Page(
            "firma",
            heading,
            (
                "decision",
                "document",
                "as_is_document",
                "number",
                "signed_on",
                "sent",
                "address",
                "place",
                "receipt",
                "why",
            ),
        ),
    )

    document = DocumentField(
        "Comunicación firmada",
        paper=PAPER,
        needed="Sube la comunicación firmada.",
        when=("decision", "signed"),
    )
    as_is_document = as_is_field("document", NO_REVIEW)
    sent = ChoiceField(
        "¿Cómo se envía al órgano de control?",
        WAYS,
        needed="Elige cómo se envía.",
        when=("decision", "signed"),
    )
    address = EmailField(
        "Correo del órgano de control",
        hint="Zaguán le envía la comunicación firmada.",
        needed="Escribe el correo del órgano de control.",
        when=("sent", "mail"),
    )
    place = TextField(
        "¿Adónde se lleva?",
        hint="La dirección del órgano, o su mesa de partes.",
        needed="Escribe adónde se lleva.",
        when=("sent", "paper"),
        limit=300,
    )
    receipt = TextField(
        "Expediente que dio el órgano de control",
        hint="Déjalo en blanco si todavía no lo tienes.",
        when=("sent", "paper"),
        limit=60,
    )

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return number and date on the communication, and the address of the table of organs."""
        address = ((given.get("control_notice") or {}).get("organ") or {}).get("address", "")
        ways = {"sent": "mail", "address": address} if address else {}
        return {**super().prefill(given), **ways}

    def prepare(self) -> None:
        """Use the words of the Despacho to the coordinators of the follow-up."""
        super().prepare()
        if self.last_notice() and not self.last_notice().get("arrived"):
            self.lead = f"La entidad no respondió a tres oficios. {self.unarrived()[0]} {TO_DO}"
        self.why.label.text = "Por qué no se firma"
        self.why.description = "Con esto, la SIP vuelve a llamar a la entidad."

    def organ(self) -> dict[str, Any] | None:
        """Return the organ of control, as the table named it."""
        return (self.given.get("control_notice") or {}).get("organ")

    def last_notice(self) -> Mapping[str, Any]:
        """Return how the last notice went; nothing if that is not known."""
        return self.given.get("last_notice") or {}

    def unarrived(self) -> list[str]:
        """Return that mails of the last notice did not arrive."""
        mails, arrived = (self.last_notice().get(name, 0) for name in ("mails", "arrived"))
        if not self.last_notice() or arrived == mails > 0:
            return []
        if not mails:
            return ["El último aviso no se envió: no había ninguna dirección que funcionara."]
        if not arrived:
            return ["El último aviso no llegó a ninguna dirección."]
        return [f"El último aviso llegó a {arrived} de {mails} direcciones."]

    def facts(self) -> list[Fact]:
        """Return what the communication states, held against the case."""
        return compared_facts.of_control_notice(self.given)

    def check(self) -> None:
        """Check that the communication exists, is signed, and fits in a mail if it goes by one."""
        super().check()
        info = self.document.info
        if self.sent.data == "mail" and info and info.size > MOST_BY_MAIL:
            add_error(self.document, "Pesa demasiado para un correo: envíala en papel.")

    def unusual(self) -> list[str]:
        """Return what may be wrong about the communication, its signature and its organ."""
        is_known = self.outcome() == "returned" or (self.organ() or {}).get("confirmed")
        return [*super().unusual(), *([] if is_known else [UNCONFIRMED])]

    def unusual_facts(self) -> list[str]:
        """Return what the communication states otherwise than the case."""
        return [*compared_facts.unusual(self.facts(), self.called), *self.unarrived()]

    def answer(self) -> dict[str, Any]:
        """Return the communication with its signature, or with the reason of its return."""
        notice = self.given.get("control_notice") or {}
        if self.outcome() == "returned":
            return {"control_notice": {**notice, "returned": self.reason()}}
        signature = self.signature() | {
            "sent": self.sent.data,
            "address": (self.address if self.sent.data == "mail" else self.place).data or "",
            "receipt": self.receipt.data or "",
        }
        return {"control_notice": {**notice, **signature}}


UNCONFIRMED = "El órgano de control sale de la tabla y no está confirmado para esta entidad."

NOTICE = {
    "warned_on": "2026-11-10",
    "until_on": "2026-11-17",
    "mails": 2,
    "arrived": 2,
    "organ": {
        "addressee": "Jefe(a) del Órgano de Control Institucional",
        "organ": f"Órgano de Control Institucional de {ENTITY_KNOWN['name']}",
        "address": "",
        "confirmed": False,
        "basis": "Ley 27785, artículo 17.",
    },
    "stage_name": PROGRESS["stage_name"],
    "missing": PROGRESS["missing"],
    "letters": [
        {"number": f"D00010{n}-2026-PCM-SIP", "signed_on": f"2026-{7 + n:02d}-05"}
        for n in (1, 2, 3)
    ],
    "drafted_on": "2026-11-18",
    "number": "",
}
GIVEN = {
    "today": date(2026, 11, 20),
    "papers": papers(PAPER),
    "control_notice": NOTICE,
    "printed_control_notice": {"entity": ENTITY_KNOWN, "control_notice": NOTICE},
    "last_notice": {"warned_on": NOTICE["warned_on"], "mails": 2, "arrived": 2},
    "entity": ENTITY_KNOWN,
    "progress": PROGRESS,
}
GOOD = {
    "decision": "signed",
    "document": SAMPLE_FILE,
    "number": "D000124-2026-PCM-SIP",
    "signed_on": "20/11/2026",
    "sent": "paper",
    "place": "Jr. de los Ejemplos 100, mesa de partes",
    "receipt": "2026-0001234",
}
BY_MAIL = GOOD | {"sent": "mail", "address": "control@example.pe", "place": "", "receipt": ""}


def signed(given: Mapping[str, Any], random: Random) -> dict[str, Any]:
    """Return a communication signed today."""
    number = f"D{random.randint(1, 999_999):06d}-{given['today'].year}-PCM-SIP"
    return BY_MAIL | {"number": number, "signed_on": given["today"]}


ACCEPTS = (
    Example("signed", signed),
    Example("signed", GOOD, name="en papel, con su expediente"),
    Example("signed", GOOD | {"receipt": ""}, name="en papel, sin expediente todavía"),
    Example(
        "returned", {"decision": "returned", "why": "La entidad presentó ayer lo que faltaba."}
    ),
)
REFUSES = (
    Refusal("sin decisión", {}, {"decision": "Elige una decisión"}),
    Refusal(
        "firmada sin nada",
        {"decision": "signed"},
        {
            "document": "Sube la comunicación",
            "number": "el número",
            "signed_on": "la fecha",
            "sent": "cómo se envía",
        },
    ),
    Refusal("por correo sin dirección", BY_MAIL | {"address": ""}, {"address": "el correo"}),
    Refusal("en papel sin destino", GOOD | {"place": ""}, {"place": "adónde"}),
    Refusal("devolver sin motivo", {"decision": "returned"}, {"why": "qué falta"}),
    numbered("returned"),
    Refusal("firmada mañana", GOOD | {"signed_on": "21/11/2026"}, {"signed_on": "no llega"}),
    Refusal(
        "sin documento que firmar",
        GOOD,
        {"document": "Todavía no se ha generado"},
        {"papers": []},
    ),
)
