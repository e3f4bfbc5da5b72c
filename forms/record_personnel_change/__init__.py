"""Registrar cambios del personal: who comes, changes or leaves, on the day on which it happens."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from forms import Page
from forms.examples import SAMPLE_FILE, Example, Refusal
from forms.shapes.change_examples import (
    BUYER,
    GIVEN,
    MAYOR,
    NEW_POST,
    NEXT,
    NUMBER,
    OPERATORS,
    TODAY,
    closed,
    leaving,
    new_post,
    newcomer,
    one_for_another,
    opened,
)
from forms.shapes.change_form import GROUND, NEEDS, PEOPLE, POSTS, ChangeForm
from forms.shapes.change_parts import place_id
from forms.shapes.decision_makers import write_rows
from forms.shapes.filing_examples import ADMINISTRATOR, ROSTER

__all__ = ["ACCEPTS", "GIVEN", "GIVES", "NEEDS", "REFUSES", "Form"]

GIVES = ("personnel_change",)


class Form(ChangeForm):
    """The change of a day."""

    heading = "Registra los cambios del personal"
    lead = (
        "Registra a quienes llegan, cambian o se van, el mismo día en que ocurre. Rige en cuanto "
        "lo envías: la cuenta de quien se va termina y la de quien llega se abre."
    )
    button = "Registrar los cambios"
    outcomes = ("recorded",)
    pages = (
        Page("personal", "El personal", PEOPLE),
        Page("cargos", "Los cargos con capacidad de decisión", POSTS),
        Page("sustento", "El documento y lo que cambia", GROUND),
    )


BEFORE = TODAY - timedelta(days=5)
STRANGERS = [newcomer(Random(seed)) for seed in (11, 12, 13, 14)]
ELSEWHERE = [[row["document_type"], row["document_number"]] for row in STRANGERS[1:]]
SOUTH = {"kind": "site", "name": "Sede Sur", "from_on": "2027-02-10", "to_on": "", "reason": ""}
ACTS = BUYER | {
    "document_number": "00000306",
    "given_names": "Luz Persona",
    "from_on": "2027-02-12",
    "to_on": "2027-02-20",
    "capacity": "acting",
    "resolution": "Resolución de Gerencia 003-2027",
}
HELD = {"place": place_id(BUYER), "last_day": BEFORE.isoformat()}

ACCEPTS = (
    Example("recorded", one_for_another),
    Example("recorded", new_post, name="un cargo que la entidad determina"),
    Example(
        "recorded",
        {"holders": [HELD | NEXT], "number": NUMBER, "document": SAMPLE_FILE},
        name="otro titular",
    ),
    Example(
        "recorded",
        {"holders": [HELD | {"leaves": True}], "number": NUMBER},
        name="un cargo sale de la relación",
    ),
    Example(
        "recorded",
        {"holders": [{"place": place_id(BUYER), "leaves": True}], "number": NUMBER},
        {"decision_makers": [MAYOR, BUYER | {"to_on": BEFORE.isoformat()}]},
        name="un cargo vacante sale de la relación",
    ),
    Example(
        "recorded",
        {"renames": [{"what": "site", "before": OPERATORS[0]["site"], "after": "Sede Norte"}]},
        name="una sede con otro nombre",
    ),
    Example(
        "recorded",
        {
            "rows": [OPERATORS[0] | {"movement": "baja"}, newcomer(Random(3))],
            "left_on": TODAY.isoformat(),
            "left_because": "moved",
        },
        name="una baja en la tabla",
    ),
    Example(
        "recorded",
        {"holders": [HELD | {"last_day": TODAY.isoformat()}], "number": NUMBER},
        name="el titular se va hoy",
    ),
    Example(
        "recorded",
        {"renames": [{"what": "site", "before": OPERATORS[0]["site"], "after": "Sede Norte"}]},
        {"closed_operators": [["DNI", row["document_number"]] for row in OPERATORS]},
        name="otro cambio mientras ningún operador puede ingresar",
    ),
    Example(
        "recorded",
        {"leaving": [leaving(ROSTER[-1])]},
        {"roster": ROSTER[-1:]},
        name="otra persona se va mientras la relación no tiene operadores",
    ),
    Example(
        "recorded",
        {"leaving": [leaving(OPERATORS[0])]},
        {"roster": OPERATORS[:1], "has_register": False},
        name="quien se va antes de que abra el registro",
    ),
    Example(
        "recorded",
        {"leaving": [leaving(ADMINISTRATOR["holder"])]},
        {"administrators": []},
        name="un administrador que ya dejó la función",
    ),
    Example("recorded", {"pasted": write_rows([NEW_POST]), "number": NUMBER}, name="pegado"),
    Example(
        "recorded",
        {"places": [opened("Sede Norte"), closed(OPERATORS[0]["site"], to="Sede Norte")]},
        name="una sede que se crea y otra que se cierra",
    ),
    Example(
        "recorded",
        {"pasted_places": "unidad;se crea;Archivo Central;01/02/2027;Ordenanza 012-2027"},
        name="unidades y sedes pegadas",
    ),
    Example(
        "recorded",
        {"rows": STRANGERS, "own_people": True},
        {"elsewhere": ELSEWHERE},
        name="personas que también están en otra entidad",
    ),
)
GONE = [leaving(row) for row in OPERATORS]
STRANGER = newcomer(Random(9))
REFUSES = (
    Refusal("nada cambia", {}, {"number": "ningún cambio"}),
    Refusal("el último operador se va", {"leaving": GONE}, {"leaving": "ningún operador"}),
    Refusal(
        "el administrador se da de baja",
        {"leaving": [leaving(ADMINISTRATOR["holder"])]},
        {"leaving": "Es administrador"},
        {"roster": [*ROSTER, STRANGER | ADMINISTRATOR["holder"]]},
    ),
    Refusal(
        "quien lo registra se da de baja",
        {"leaving": [leaving(OPERATORS[0])], "rows": [STRANGER]},
        {"leaving": "Eres tú"},
        {"actor": ["DNI", OPERATORS[0]["document_number"]]},
    ),
    Refusal(
        "quien lo registra se da de baja en la tabla",
        {
            "rows": [OPERATORS[0] | {"movement": "baja"}, STRANGER],
            "left_on": TODAY.isoformat(),
            "left_because": "moved",
        },
        {"leaving": "Eres tú"},
        {"actor": ["DNI", OPERATORS[0]["document_number"]]},
    ),
    Refusal(
        "el operador que queda no puede ingresar",
        {"leaving": GONE},
        {"leaving": "cuenta desactivada"},
        {
            "roster": [*ROSTER, STRANGER],
            "closed_operators": [["DNI", STRANGER["document_number"]]],
        },
    ),
    Refusal(
        "termina antes de empezar",
        {"leaving": [leaving(OPERATORS[0], TODAY.replace(year=2026))], "rows": [STRANGER]},
        {"leaving-0-last_day": "antes de que entró"},
    ),
    Refusal(
        "se irá otro día",
        {"leaving": [leaving(OPERATORS[0], TODAY + timedelta(days=1))], "rows": [STRANGER]},
        {"leaving-0-last_day": "cuando ocurra"},
    ),
    Refusal(
        "alguien de otra entidad",
        {"leaving": [leaving(STRANGER)]},
        {"leaving-0-document_number": "no está en la relación"},
    ),
    Refusal(
        "la tabla de otra entidad",
        {
            "rows": [STRANGER | {"movement": "baja"}],
            "left_on": TODAY.isoformat(),
            "left_because": "moved",
        },
        {"rows": "no está en la relación"},
    ),
    Refusal(
        "una tabla con personas de otra entidad",
        {"rows": STRANGERS},
        {"own_people": "3 de 4 personas nuevas figuran en la relación de otra entidad"},
        {"elsewhere": ELSEWHERE},
    ),
    Refusal(
        "una baja de la tabla sin su día",
        {"rows": [OPERATORS[0] | {"movement": "baja"}, STRANGER]},
        {"left_on": "último día", "left_because": "por qué"},
    ),
    Refusal(
        "la misma persona dos veces",
        {"rows": [STRANGER], "leaving": [leaving(OPERATORS[0]), leaving(OPERATORS[0])]},
        {"leaving-1-document_number": "dos veces"},
    ),
    Refusal(
        "dos titulares a la vez",
        {"posts": [MAYOR | NEXT], "number": NUMBER},
        {"posts-0-from_on": "el cargo lo ocupa también"},
    ),
    Refusal(
        "un cargo ya vacante, sin nuevo titular",
        {"holders": [{"place": place_id(BUYER)}], "number": NUMBER},
        {"holders-0-place": "ya está vacante"},
        {"decision_makers": [MAYOR, BUYER | {"to_on": BEFORE.isoformat()}]},
    ),
    Refusal(
        "el titular se fue antes de empezar",
        {"holders": [HELD | {"last_day": "2020-01-01"}], "number": NUMBER},
        {"holders-0-last_day": "antes de que empezó"},
    ),
    Refusal(
        "el titular se irá otro día",
        {"holders": [HELD | {"last_day": "2040-01-01"}], "number": NUMBER},
        {"holders-0-last_day": "cuando ocurra"},
    ),
    Refusal(
        "un nuevo titular sin nombre",
        {"holders": [HELD | {"document_number": "00000304"}], "number": NUMBER},
        {"holders-0-given_names": "nombres", "holders-0-from_on": "desde cuándo"},
    ),
    Refusal(
        "un titular sin documento que lo sustente", {"holders": [HELD]}, {"number": "sustenta"}
    ),
    Refusal(
        "un nuevo titular sin la copia del documento",
        {"holders": [HELD | NEXT], "number": NUMBER},
        {"document": "Sube la copia"},
    ),
    Refusal(
        "un encargado pegado sin la copia del documento",
        {"pasted": write_rows([ACTS]), "number": NUMBER},
        {"document": "Sube la copia"},
    ),
    Refusal(
        "una sede que se cierra con personas",
        {"places": [closed(OPERATORS[0]["site"])]},
        {"places-0-to": "en ella: escribe a cuál pasan"},
    ),
    Refusal(
        "sus personas pasan a una sede que no hay",
        {"places": [closed(OPERATORS[0]["site"], to="Sede que no hay")]},
        {"places-0-to": "créala en este cambio"},
    ),
    Refusal(
        "se cierra una sede que no hay",
        {"places": [closed("Sede que no hay")]},
        {"places-0-name": "No hay ninguna con ese nombre"},
    ),
    Refusal(
        "se crea una sede que ya existe",
        {"places": [opened(OPERATORS[0]["site"])]},
        {"places-0-name": "Ya existe"},
    ),
    Refusal(
        "una sede que ya existe, antes de otra sin errores",
        {"places": [opened(OPERATORS[0]["site"]), closed("Sede Sur")]},
        {"places-0-name": "Ya existe"},
        {"places": [SOUTH | {"from_on": "2026-01-05"}]},
    ),
    Refusal(
        "una sede que se creará otro día",
        {"places": [opened("Sede Este", TODAY + timedelta(days=1))]},
        {"places-0-day": "ese día no llega"},
    ),
    Refusal(
        "una sede se cierra antes de que se creó",
        {"places": [closed("Sede Sur")]},
        {"places-0-day": "antes de que se creó"},
        {"places": [SOUTH]},
    ),
    Refusal(
        "líneas de unidades con errores",
        {"pasted_places": "unidad;se crea;Archivo;;motivo\nsede;x;Norte;01/02/2027;motivo"},
        {"pasted_places": "Línea 2"},
    ),
    Refusal(
        "más unidades que las de un cambio",
        {
            "pasted_places": "\n".join(
                f"unidad;se crea;Archivo {number};01/02/2026;ROF" for number in range(201)
            )
        },
        {"pasted_places": "Son más de 200"},
    ),
    Refusal(
        "una sede que no existe",
        {"renames": [{"what": "site", "before": "Sede que no hay", "after": "Sede Norte"}]},
        {"renames-0-before": "Nadie"},
    ),
    Refusal(
        "cargos antes de su primera relación",
        {"posts": [NEW_POST], "number": NUMBER},
        {"posts": "todavía no define"},
        {"decision_makers": None},
    ),
)
