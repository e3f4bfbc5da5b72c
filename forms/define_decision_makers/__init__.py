"""Definir a los sujetos con capacidad de decisión pública: posts, grounds, holders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from forms import Given
from forms.examples import Example, Refusal
from forms.shapes.decision_makers import (
    PostsForm,
    invented_posts,
    posts_of_roster,
    prefilled,
    write_rows,
)
from forms.shapes.loading import invented_roster

NEEDS = ("roster", "authority", "decision_makers", "to_confirm")
GIVES = ("decision_makers",)


class Form(PostsForm):
    """The list of decision-makers."""

    heading = "Define a los sujetos con capacidad de decisión pública"
    dictated = True
    lead = (
        "Escribe cada cargo de la entidad con capacidad de decisión pública, por qué la tiene y "
        "quién lo ocupa. Traemos los de tu relación de personal: complétalos y agrega los que "
        "falten. Después los aprueba la máxima autoridad."
    )
    button = "Enviar para su aprobación"
    outcomes = ("defined",)

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return the current list, otherwise the decision-makers of the roster."""
        found = posts_of_roster(given.get("roster"), given.get("authority"))
        return prefilled(given.get("decision_makers") or found)

    def answer(self) -> dict[str, Any]:
        """Return the posts."""
        return {"decision_makers": self.written()}


TODAY = date(2026, 10, 26)
GIVEN = {"today": TODAY, "roster": invented_roster()}
MAYOR, BUYER = invented_posts()
LEFT = MAYOR | {"to_on": "2026-06-30"}
NEXT = MAYOR | {
    "document_number": "00000303",
    "given_names": "Raúl Persona",
    "from_on": "2026-07-01",
}
#: A person who holds the post of the mayor for two weeks, by a resolution.
ACTS = NEXT | {
    "from_on": "2026-03-02",
    "to_on": "2026-03-13",
    "capacity": "acting",
    "resolution": "Resolución de Alcaldía 031-2026",
}


def of_roster(given: Mapping[str, Any], _random: Random) -> dict[str, Any]:
    """Return the roster's decision-makers, completed; two invented ones when it has none."""
    begun = given["today"].replace(day=1).isoformat()
    found = [
        # Numbered, because a roster may give several people the same post.
        post
        | {
            "post": f"{post['post']} {number}",
            "ground": post["ground"] or "position_of_trust",
            "from_on": begun,
        }
        for number, post in enumerate(posts_of_roster(given.get("roster")), 1)
    ]
    return prefilled(found or invented_posts())


ACCEPTS = (
    Example("defined", of_roster),
    Example("defined", {"posts": [LEFT, NEXT, BUYER]}, name="un cargo que cambió de titular"),
    Example(
        "defined",
        of_roster,
        {"to_confirm": {"ends_on": "2026-12-31", "holders": ["Ana Ejemplo · Gerenta, Gerencia"]}},
        name="después del fin del mandato",
    ),
    Example(
        "defined",
        {
            "posts": [
                MAYOR | {"post": "Regidor", "unit": "Concejo", "ground": "alderman"},
                NEXT | {"post": "Regidor", "unit": "Concejo", "ground": "alderman"},
            ]
        },
        name="dos regidores a la vez",
    ),
    Example("defined", {"posts": [MAYOR, ACTS]}, name="un encargado junto al titular"),
    Example("defined", {"pasted": write_rows([LEFT, NEXT, BUYER])}, name="una tabla pegada"),
    Example("defined", {"pasted": write_rows([MAYOR, ACTS])}, name="una tabla con un encargado"),
    Example(
        "defined",
        {
            "pasted": "Cargo;Unidad;Fundamento;Norma;Tipo;Número;Nombres;Apellidos;Desde;Hasta\n"
            "Gerente municipal;Gerencia;Gerente;;DNI;305;Rosa Persona;Díaz Muestra;1/2/2024;"
        },
        name="con punto y coma y el DNI sin ceros",
    ),
)
REFUSES = (
    Refusal("sin cargos", {}, {"posts": "al menos un cargo"}),
    Refusal(
        "lo determina la entidad, sin norma",
        {"posts": [BUYER | {"norm": ""}]},
        {"posts-0-norm": "Escribe la norma"},
    ),
    Refusal(
        "dos titulares a la vez",
        {"posts": [MAYOR, NEXT]},
        {"posts-1-from_on": "el cargo lo ocupa también Carmen Persona Mamani Muestra"},
    ),
    Refusal(
        "dos titulares a la vez, escritos distinto",
        {"posts": [MAYOR, NEXT | {"post": "ALCALDE"}]},
        {"posts-1-from_on": "Si es un encargo, dilo en «Lo ocupa como»"},
    ),
    Refusal(
        "dos encargados a la vez",
        {"posts": [MAYOR, ACTS, ACTS | {"document_number": "00000304"}]},
        {"posts-2-from_on": "está encargado también a Raúl Persona Mamani Muestra"},
    ),
    Refusal(
        "un encargado sin resolución",
        {"posts": [MAYOR, ACTS | {"resolution": ""}]},
        {"posts-1-resolution": "Escribe la resolución del encargo"},
    ),
    Refusal(
        "un encargo que termina antes de empezar",
        {"posts": [MAYOR, ACTS | {"to_on": "2026-03-01"}]},
        {"posts-1-to_on": "no puede ser antes"},
    ),
    Refusal(
        "ni titular ni encargado",
        {"posts": [MAYOR | {"capacity": "owner"}]},
        {"posts-0-capacity": "elige una de las opciones"},
    ),
    Refusal(
        "termina antes de empezar",
        {"posts": [MAYOR | {"to_on": "2022-12-31"}]},
        {"posts-0-to_on": "no puede ser antes"},
    ),
    Refusal(
        "un documento que no existe",
        {"posts": [MAYOR | {"document_number": "1234"}]},
        {"posts-0-document_number": "8 dígitos"},
    ),
    Refusal(
        "una tabla con líneas incompletas",
        {"pasted": "Alcaldesa;Alcaldía;Alcaldesa\nRegidor;Concejo;Regidor;;DNI;306;Luis;Ejemplo"},
        {"pasted": "Línea 2: Escribe desde cuándo"},
    ),
    Refusal(
        "en la tabla, un encargado sin resolución",
        {"posts": [MAYOR], "pasted": write_rows([ACTS | {"resolution": ""}])},
        {"pasted": "Línea 1: Escribe la resolución"},
    ),
    Refusal(
        "en la tabla, otro titular a la vez",
        {"posts": [MAYOR], "pasted": write_rows([NEXT])},
        {"pasted": "Línea 1: en esos días"},
    ),
)
