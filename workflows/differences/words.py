"""Kinds, conditions, timers and values of a version in Spanish, as the process owner reads them."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

from workflows.definition import COUNTED
from workflows.drawing import Node
from workflows.expressions import BadExpression, parse
from workflows.paths import DAY_OF

Names = Mapping[str, str]
"""Id of an element or process → its name, in quotation marks."""

DUE = re.compile(r'due\(\s*"([a-z_]+)"\s*\)')
KINDS: Mapping[str, str] = {
    "userTask": "paso",
    "serviceTask": "tarea del sistema",
    "callActivity": "llamada al proceso",
    "subProcess": "proceso al lado",
    "exclusiveGateway": "pregunta o unión de caminos",
    "parallelGateway": "caminos a la vez",
    "startEvent": "inicio",
    "endEvent": "fin",
    "intermediateCatchEvent": "espera",
    "boundaryEvent": "aviso",
}
#: Outcomes in Spanish; an outcome that is not listed appears as the code calls it.
OUTCOMES: Mapping[str, str] = {
    "absent": "no asistió",
    "accepted": "conforme",
    "agreed": "hay acuerdo",
    "applied": "aplicado",
    "approved": "aprobado",
    "asked_again": "se pregunta otra vez",
    "attended": "asistió",
    "changed": "con cambios",
    "chosen": "elegida",
    "closed": "cerrado",
    "complete": "completo",
    "confirmed": "confirmado",
    "corrected": "subsanado",
    "declared": "declarado",
    "done": "hecho",
    "filed": "presentado",
    "incomplete": "incompleto",
    "lapsed": "venció el plazo",
    "needed": "hace falta",
    "no_agreement": "sin acuerdo",
    "none_suits": "ninguna conviene",
    "not_filed": "no se presentó",
    "not_needed": "no hace falta",
    "not_presented": "no presentado",
    "not_reached": "no se ubicó",
    "observed": "observado",
    "out_of_scope": "no corresponde",
    "received": "recibido",
    "registered": "registrado",
    "retry": "se repite",
    "return_definition": "vuelve a la definición",
    "return_enabling": "vuelve a la habilitación",
    "return_training": "vuelve a la capacitación",
    "returned": "devuelto",
    "settled": "resuelto",
    "signed": "firmado",
    "to_approve": "por aprobar",
    "trained": "capacitado",
    "validated": "validado",
}
HOLDERS: Mapping[str, str] = {
    "entity": "de la entidad",
    "sip": "de la SIP",
    "sgtd": "de la SGTD",
    "both": "de la entidad y de la PCM a la vez",
    "secretary": "del Despacho",
    "date": "de una fecha",
    "mesa_de_partes": "de la mesa de partes",
    "suspended": "de nadie, porque está suspendido",
}
DAYS: Mapping[str, str] = {
    "thematic_session": "la sesión temática",
    "technical_session": "la sesión técnica",
    "training": "la última capacitación",
    "production": "la puesta en producción",
    "call": "la llamada acordada",
}
#: Words in tables: from when terms are counted; parties, mails, recipients; terms of no step.
VALUES: Mapping[str, str] = {
    "arrival": "desde que llega",
    "notification": "desde la notificación",
    "reception": "desde la recepción",
    "session": "desde la sesión",
    "go_live": "desde la puesta en producción",
    "entity": "la entidad",
    "pcm": "la PCM",
    "task_arrived": "llega el paso",
    "task_due_soon": "por vencer",
    "task_due_today": "vence hoy",
    "task_late": "con atraso",
    "lane": "quienes hacen el paso",
    "alternate": "el alterno",
    "authority": "la autoridad",
    "coordinator": "el coordinador",
    "answer_question": "Responder una consulta",
    "answer_information": "Responder un pedido de información sobre los datos",
    "answer_access": "Responder un pedido de acceso a los datos",
    "answer_rectification": "Responder un pedido de rectificación",
    "answer_suppression": "Responder un pedido de supresión",
    "decide_suppression": "Decidir una supresión",
}
TIMES: Mapping[type[ast.cmpop], str] = {
    ast.Eq: "exactamente",
    ast.NotEq: "un número distinto de",
    ast.Lt: "menos de",
    ast.LtE: "como máximo",
    ast.Gt: "más de",
    ast.GtE: "al menos",
}


def kind(node: Node) -> str:
    """Return the kind of an element with its article: "paso", "la unión de caminos"."""
    if node.kind == "boundaryEvent" and node.timer is not None:
        return "vencimiento"
    return KINDS.get(node.kind, "elemento")


def timer(text: str, names: Names) -> str:
    """Return when a timer ends: "a los 30 días hábiles", "cuando vence el plazo de «…»"."""
    if found := COUNTED.fullmatch(text):
        return "al primer día hábil" if found[1] == "1" else f"a los {found[1]} días hábiles"
    if found := DUE.fullmatch(text):
        return f"cuando vence el plazo de {_name(found[1], names)}"
    if found := DAY_OF.fullmatch(text):
        return f"el día de {DAYS.get(found[1], f'«{found[1]}»')}"
    return f"«{text}»"


def value(text: str) -> str:
    """Return the value of a table's cell; one that has no words appears as it is written."""
    parts = text.split()
    return " y ".join(VALUES[one] for one in parts) if VALUES.keys() >= set(parts) else text


def condition(text: str, names: Names) -> str:
    """Return a condition in words; one that has none appears as it is written."""
    try:
        return _said(parse(text), names)
    except (BadExpression, _Unsaid):
        return f"«{' '.join(text.split())}»"


class _Unsaid(Exception):
    """An expression for which there are no words."""


def _said(tree: ast.expr, names: Names) -> str:
    if isinstance(tree, ast.BoolOp):
        joint = " y " if isinstance(tree.op, ast.And) else " o "
        parts = [
            f"({part})" if isinstance(value, ast.BoolOp) else part
            for value in tree.values
            for part in [_said(value, names)]
        ]
        return joint.join(parts)
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.Not):
        return f"no se cumple que {_said(tree.operand, names)}"
    if isinstance(tree, ast.Compare) and len(tree.ops) == 1:
        return _compared(tree, names)
    if isinstance(tree, ast.Call) and _function(tree) == "validated":
        return f"la etapa {_name(_texts(tree)[0], names)} está convalidada"
    raise _Unsaid


def _compared(tree: ast.Compare, names: Names) -> str:
    """Return a comparison of one of the offered functions with values."""
    call, (operator,), (right,) = tree.left, tree.ops, tree.comparators
    function = _function(call)
    if function == "count":
        return _counted(call, operator, right, names)
    if function not in _VALUES:
        raise _Unsaid
    begin, words = _VALUES[function]
    values = _constants(right)
    texts = " o ".join(words(value, names) for value in values)
    no = "no " if isinstance(operator, (ast.NotEq, ast.NotIn)) else ""
    if not no and not isinstance(operator, (ast.Eq, ast.In)):
        raise _Unsaid
    subject = ""
    if function == "outcome":
        subject = f"{_name(_texts(call)[0], names)} "
    return f"{subject}{begin.format(no=no)} {texts}"


def _counted(call: ast.expr, operator: ast.cmpop, right: ast.expr, names: Names) -> str:
    """Return how often a step has an outcome, compared with a number."""
    step, outcome, *_ = _texts(call)
    numbers = _constants(right)
    if type(operator) in TIMES and len(numbers) == 1:
        often = f"{TIMES[type(operator)]} {numbers[0]}"
    elif isinstance(operator, ast.In):
        often = f"exactamente {' o '.join(map(str, numbers))}"
    else:
        raise _Unsaid
    since = _since(call)
    after = f" desde {_name(since, names)}" if since else ""
    times = "vez" if numbers == (1,) else "veces"
    return f"{_name(step, names)} resulta {often} {times} «{OUTCOMES.get(outcome, outcome)}»{after}"


def _outcome(value: object, _: Names) -> str:
    return f"«{OUTCOMES.get(str(value), value)}»" if value else "sin respuesta"


def _purpose(value: object, names: Names) -> str:
    return _name(str(value), names)


def _holder(value: object, _: Names) -> str:
    return HOLDERS.get(str(value), f"«{value}»")


#: Function → the words before its value, and the words of a value.
_VALUES = {
    "outcome": ("{no}resulta", _outcome),
    "purpose": ("el trámite {no}es", _purpose),
    "holder": ("el turno {no}es", _holder),
}


def _name(element: str, names: Names) -> str:
    return names.get(element, f"«{element}»")


def _function(tree: ast.expr) -> str:
    is_call = isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)
    return tree.func.id if is_call else ""  # type: ignore[attr-defined]


def _texts(tree: ast.expr) -> tuple[str, ...]:
    """Return the text arguments of a call. Raises _Unsaid if it has none."""
    found = getattr(tree, "args", ())
    texts = tuple(str(one.value) for one in found if isinstance(one, ast.Constant))
    if not texts or (_function(tree) == "count" and len(texts) < 2):
        raise _Unsaid
    return texts


def _since(tree: ast.expr) -> str:
    for keyword in getattr(tree, "keywords", ()):
        if keyword.arg == "since" and isinstance(keyword.value, ast.Constant):
            return str(keyword.value.value)
    return ""


def _constants(tree: ast.expr) -> tuple[object, ...]:
    """Return the values on the right of a comparison. Raises _Unsaid for others."""
    items = tree.elts if isinstance(tree, (ast.Tuple, ast.List)) else [tree]
    if not items or not all(isinstance(one, ast.Constant) for one in items):
        raise _Unsaid
    return tuple(one.value for one in items if isinstance(one, ast.Constant))
