"""Designar al administrador (SIP-RVL-001): the entity, its authority, the designated person."""

from datetime import timedelta
from random import Random

from forms.examples import Example, Refusal
from forms.shapes.designation import PAGES, DesignationForm
from forms.shapes.filing_examples import (
    ADMINISTRATOR,
    AUTHORITY,
    ENTITY,
    TODAY,
    changed,
    designation_values,
)

NEEDS = ("entity", "other_rucs", "authority", "administrator")
GIVES = ("entity", "authority", "administrator")


class Form(DesignationForm):
    """The whole format SIP-RVL-001, on several pages."""

    heading = "Designa al administrador del registro"
    dictated = True
    lead = (
        "Con estos datos se preparan el oficio de designación y el formato SIP-RVL-001, que firma "
        "la máxima autoridad."
    )
    button = "Terminar la designación"
    pages = PAGES
    # When the deadline of a correction passes, its data are not lost.
    inherits = ("correct_designation",)


GIVEN = {"entity": ENTITY, "authority": None, "administrator": None, "today": TODAY}
AGAIN = GIVEN | {"authority": AUTHORITY, "administrator": ADMINISTRATOR}
GOOD = designation_values(GIVEN, Random(7))

ACCEPTS = (
    Example("done", designation_values, name="con alterno"),
    Example(
        "done",
        changed(GOOD, {"administrator": {"link": "cas", "link_until_on": TODAY}}),
        name="el vínculo del administrador termina hoy",
    ),
    Example(
        "done",
        lambda given, random: designation_values(given, random, alternate=False),
        name="sin alterno",
    ),
    Example(
        "done",
        changed(
            GOOD,
            {
                "administrator": {
                    "document_type": "CE",
                    "document_number": "00ej01234",
                    "link": "other",
                    "link_other": "Convenio de cooperación",
                }
            },
        ),
        AGAIN,
        name="otro administrador, con carné de extranjería y otro vínculo",
    ),
)

REFUSES = (
    Refusal(
        "el vínculo del administrador terminó ayer",
        changed(GOOD, {"administrator": {"link_until_on": TODAY - timedelta(days=1)}}),
        {"administrator-link_until_on": "ya habría terminado"},
    ),
    Refusal(
        "un RUC con el último dígito cambiado",
        changed(GOOD, {"entity": {"ruc": "20999999991"}}),
        {"entity-ruc": "último dígito"},
    ),
    Refusal(
        "el RUC de una persona",
        changed(GOOD, {"entity": {"ruc": "10123456789"}}),
        {"entity-ruc": "empieza con 20"},
    ),
    Refusal(
        "un ubigeo que no existe y una página sin dirección",
        changed(GOOD, {"entity": {"ubigeo": "999999", "website": "javascript:alert(1)"}}),
        {"entity-ubigeo": "INEI", "entity-website": "https://"},
    ),
    Refusal(
        "el alterno es el mismo administrador",
        GOOD | {"alternate": GOOD["administrator"]},
        {"alternate-document_number": "otra persona"},
    ),
    Refusal(
        "un administrador sin conocimientos de informática",
        changed(GOOD, {"administrator": {"informatics": False}}),
        {"administrator-informatics": "conocimientos de informática"},
    ),
    Refusal(
        "un DNI sin sus ceros y otro vínculo sin decir cuál",
        changed(GOOD, {"administrator": {"document_number": "1234567", "link": "other"}}),
        {"administrator-document_number": "8 dígitos", "administrator-link_other": "vínculo"},
    ),
    Refusal(
        "solo el Registro de Agendas Oficiales",
        GOOD | {"scope": "rao"},
        {"scope": "una de las opciones"},
    ),
    Refusal(
        "nada", {}, {"entity-ruc": "RUC", "authority-surnames": "apellidos", "scope": "registros"}
    ),
)
