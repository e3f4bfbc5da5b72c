"""The faults and remarks of a check in Spanish, for people who draw the process.

The check writes English sentences (`workflows.faults`). Each has a line here, with `{}` where it
quotes something; a test compares both lists. What other tools say is quoted as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from forms import steps
from workflows.contract import Fault

#: A step's folder, as the check names it.
FOLDERS = re.compile(r"forms/([a-z_]+)/")

#: English → Spanish, whole sentences. {0}, {1} … are what the English one quotes.
SENTENCES: Mapping[str, str] = {
    # Agreement of the files with each other and with the code
    "A message does not reach a process that another one calls.":
        "Un mensaje no llega a un proceso que otro llama.",
    "The lane “{}” is no role.": "El carril «{0}» no es de ninguna función.",
    "In a process with an event sub-process, an end must be a terminate end.":
        "En un proceso que tiene otro al lado, un fin termina todo (terminate).",
    "It must go from “step” to “days”.": "La tabla va del paso («step») a los días («days»).",
    "There is no folder forms/{}/ for it.": "Ningún paso de Zaguán se llama «{0}».",
    "It is in no lane.": "No está en ningún carril.",
    "It has no name.": "No tiene nombre.",
    "There is no function of that name for it.":
        "Zaguán no tiene una tarea del sistema con ese id.",
    "It calls “{}”, which is no process.": "Llama a «{0}», que no es un proceso.",
    "The process calls itself.": "El proceso se llama a sí mismo.",
    "Its message must have the name “{}”.": "Su mensaje se llama «{0}».",
    "The end of a stage must be a terminate end.": "El fin de una etapa termina todo (terminate).",
    "The deadlines of the steps are missing.": "Falta la tabla de los plazos.",
    "The row is of no user task.": "La fila no es de ningún paso.",
    "There are {} rows of it.": "Hay {0} filas para lo mismo.",
    "The days must be a whole number from 1 to {}.": "Los días son un número entero, de 1 a {0}.",
    "It has no row in {}.": "No tiene fila en {0}.",
    "“{}” is no {}: it takes {}.": "«{0}» no vale en la columna {1}, que acepta: {2}.",
    "The id is used in {} already.": "El id ya se usa en {0}.",
    "It is in {} lanes.": "Está en {0} carriles.",
    # Conditions and timers
    "The timer {}.": "La fecha no vale: {0}.",
    "The condition {}.": "La condición no vale: {0}.",
    "A timer is a <timeDate>; no duration and no cycle.":
        "Una espera lleva una fecha (timeDate), no una duración ni un ciclo.",
    "Its <timeDate> is empty: it must say which date.": "Su fecha (timeDate) está vacía.",
    # Constructs
    "“{}” is not supported.": "«{0}» no se puede usar.",
    "“{}” within it is not supported.": "«{0}» no se puede usar dentro.",
    "The attribute “{}” is a vendor's extension.": "El atributo «{0}» es propio de otro programa.",
    "SpiffWorkflow reserves this id.": "Ese id está reservado.",
    "Compensation is not supported.": "La compensación no se puede usar.",
    "An end is a plain or a terminate end.": "Un fin es simple o termina todo (terminate).",
    "An intermediate event waits for a timer, and for nothing else.":
        "Una espera es de una fecha y de nada más.",
    "A boundary event waits for one timer or one message.":
        "Un aviso sobre un paso espera una fecha o un mensaje.",
    "A sub-process must be triggered by an event; call a process instead.":
        "Un proceso dentro de otro empieza por un evento; si no, llama a otro proceso.",
    "It must hold one process, with the id “{}”.":
        "El archivo tiene un solo proceso, con el id «{0}».",
    "Vendor extensions are not supported.": "Las extensiones de otros programas no se pueden usar.",
    "A process starts by a start event without trigger.":
        "Un proceso empieza por un inicio sin condición.",
    "The boundary event sits on nothing.": "El aviso no está sobre ningún paso.",
    "An event sub-process must not sit within another.": "Un proceso al lado no va dentro de otro.",
    "The process is not executable.": "El proceso no está marcado como ejecutable.",
    "An event sub-process starts by a timer.": "Un proceso al lado empieza por una fecha.",
    "A boundary {} may sit on {} alone.": "Un aviso de clase {0} solo va sobre {1}.",
    "The start of an event sub-process must not interrupt.":
        "El inicio de un proceso al lado no interrumpe lo demás.",
    "A boundary {} on a {} must interrupt it.": "Un aviso de clase {0} sobre {1} lo interrumpe.",
    # Documents
    "It is not a document of BPMN 2.0 or DMN 1.3.": "No es un documento de BPMN 2.0 ni de DMN 1.3.",
    "Line {} is not valid against the OMG schema: {}":
        "La línea {0} no cumple el esquema de la OMG: {1}",
    "The file is neither a .bpmn nor a .dmn.": "El archivo no es .bpmn ni .dmn.",
    "A document type declaration (DOCTYPE) is not accepted.":
        "No se acepta una declaración DOCTYPE.",
    "It is not XML ({}).": "No es XML ({0}).",
    "SpiffWorkflow refuses it: {}.": "El motor no lo acepta: {0}.",
    # Flows
    "It has {} start events; one is needed.": "Tiene {0} inicios: hace falta uno.",
    "No flow can lead to it.": "Ningún camino puede llevar hasta aquí.",
    "It is a dead end: no flow leaves it.": "De aquí no sale ningún camino.",
    "It leads straight back to its own step; a gateway must join the flows.":
        "Vuelve derecho a su propio paso: los caminos se unen antes.",
    "Several flows leave it; a gateway must say which is taken.":
        "Salen varios caminos: una pregunta dice cuál sigue.",
    "Only an exclusive gateway has conditions and a default.":
        "Solo una pregunta tiene condiciones y una respuesta por defecto.",
    "The gateway splits without a default flow.": "La pregunta no tiene una respuesta por defecto.",
    "An event sub-process has no flows into it or out of it.":
        "A un proceso al lado no llegan caminos ni salen de él.",
    "No flow can leave an end.": "De un fin no sale ningún camino.",
    "Its only flow must have no condition.": "Su único camino no lleva condición.",
    "The flow does not join two elements of one process.":
        "El camino no une dos elementos del mismo proceso.",
    "The default flow {} must have no condition.":
        "La respuesta por defecto, {0}, no lleva condición.",
    "The flow {} has no condition and is not the default.":
        "El camino {0} no tiene condición ni es la respuesta por defecto.",
    "It cannot be reached from the start.": "No se llega aquí desde el inicio.",
    "No end can be reached from it.": "Desde aquí no se llega a ningún fin.",
    "It is in a loop in which nothing waits for a person or a day.":
        "Está en una vuelta en la que nada espera a una persona ni una fecha.",
    "It branches too much to be checked.": "Tiene demasiados caminos a la vez para revisarlos.",
    "Two branches may run through it at once.": "Dos caminos pueden pasar por aquí a la vez.",
    "It may wait for a branch that never comes.": "Puede esperar un camino que nunca llega.",
    "A parallel join must not be within a loop.":
        "Una unión de caminos a la vez no va dentro de una vuelta.",
    # What would have no effect
    "A {} in it has no id, so nothing can refer to it.":
        "Dentro hay un «{0}» sin id: nada lo puede nombrar.",
    "A message flow carries nothing: the mails of a step are in its folder.":
        "Un flujo de mensajes no lleva nada: los correos son de los pasos.",
    "A public process is a description; the type must be None or Private.":
        "Un proceso público solo describe: el tipo es None o Private.",
    "The flow is taken at once: isImmediate=“false” is not supported.":
        "isImmediate=«false» no se puede usar.",
    "Its name is blank.": "Su nombre está en blanco.",
    "One event starts it or none: parallelMultiple=“true” is not supported.":
        "parallelMultiple=«true» no se puede usar.",
    "The {} must be 1, not {}.": "{0} es 1, no {1}.",
    "The {} must be written true or false, not {}.": "{0} se escribe true o false, no {1}.",
    "Its flows contradict its gatewayDirection, {}.":
        "Sus caminos contradicen su gatewayDirection, {0}.",
    "The gateway asks a question and has no name.": "La pregunta no tiene nombre.",
    # References and the picture
    "It has no shape: the picture of the process would lack it.": "No está en el dibujo.",
    "It has no edge: the picture of the process would lack it.": "Su línea no está en el dibujo.",
    "Its {} “{}” is nothing in this file.": "Su {0} «{1}» no está en el archivo.",
    "Its flowNodeRef “{}” is nothing in this file.":
        "El carril nombra «{0}», que no está en el archivo.",
    "Its {} on the picture cannot be {}.": "Su {0} en el dibujo no puede ser {1}.",
    "Its {} names “{}”, which is no flow of it.": "Su {0} nombra «{1}», que no es un camino suyo.",
    # Tables
    "One decision table was expected, not {}.": "El archivo tiene una sola tabla, no {0}.",
    "The hit policy {} is not supported.": "La regla {0} de la tabla no se puede usar.",
    "An input without expression, or an output without name.":
        "Una columna no tiene expresión o nombre.",
    "The rule has not a cell per column.": "La fila no tiene una celda por columna.",
    "“{}” is neither a value nor a test of the input (“?”).":
        "«{0}» no es un valor ni una comparación («?»).",
    "“{}” uses {}, which is no input.": "«{0}» usa {1}, que no es una columna de entrada.",
    "“{}” is not a value.": "«{0}» no es un valor.",
    "“{}” is not an expression.": "«{0}» no es una expresión.",
    "“{}” uses {}, which is not offered.": "«{0}» usa {1}, que no se puede usar.",
    "It cannot be calculated: {}.": "No se puede calcular: {0}.",
    # Texts
    "Its {} has {} characters; at most {} are allowed.":
        "Su {0} tiene {1} caracteres y puede tener {2}.",
    "The expression language “{}” is not supported.":
        "El lenguaje «{0}» de las expresiones no se puede usar.",
    # What the code names, and what it offers
    "There is no {} of that id; the code asks for it: it {}.":
        "Falta {0} con ese id. Zaguán lo necesita: {1}.",
    "It must be a {}; the code asks for it: it {}.": "Tiene que ser {0}. Zaguán lo necesita: {1}.",
    "The folder forms/{}/ belongs to no user task.":
        "La versión no usa el paso «{0}», que Zaguán tiene.",
    "The function {} belongs to no service task.":
        "La versión no usa la tarea del sistema «{0}», que Zaguán tiene.",
    "It needs {}, which only {} gives: the version has no such step.":
        "Necesita lo que se registra en {1}. La versión no tiene ese paso: sin él, la respuesta "
        "de este puede quedar rechazada.",
}  # fmt: skip

#: What follows “The timer” and “The condition”, likewise.
PREDICATES: Mapping[str, str] = {
    "must be one call of working_days(), due() or day_of()":
        "lleva una sola llamada a working_days(), due() o day_of()",
    "must be one call of working_days(), due() or day_of(), not {}()":
        "lleva working_days(), due() o day_of(), no {0}()",
    "must give {}() {} plain value{}": "{0}() lleva {1} valores",
    "“{}” cannot be asked of {}": "«{0}» no se puede comparar con {1}",
    "uses “{}”, which is not offered": "usa «{0}», que no se puede usar",
    "uses the name “{}”, which is not offered": "usa el nombre «{0}», que no se puede usar",
    "calls “{}”, which is not offered": "llama a «{0}», que no se puede usar",
    "“{}” is not an expression": "«{0}» no es una expresión",
    "needs a number of working days from 1 to {}, not {}":
        "los días hábiles son un número de 1 a {0}, no {1}",
    "“{}” is neither true nor false": "«{0}» no es verdadero ni falso",
    "“{}” compares what cannot be compared": "«{0}» compara lo que no se puede comparar",
    "“{}” compares two constants": "«{0}» compara dos valores fijos",
    "gives “{}” more than it takes": "le da a «{0}» más de lo que acepta",
    "asks for the outcome of {}, which is no user or service task":
        "pregunta por el resultado de {0}, que no es un paso ni una tarea del sistema",
    "counts the outcome {} of {}, which can never come":
        "cuenta el resultado {0} de {1}, que nunca puede darse",
    "asks when {} is due, which is no user task": "pregunta cuándo vence {0}, que no es un paso",
    "treats “{}” as true or false": "usa «{0}» como verdadero o falso",
    "“{}” orders what is not a number": "«{0}» ordena lo que no es un número",
    "uses “is” where “==” is meant": "usa «is» en lugar de «==»",
    "“{}” asks for {}, which can never come": "«{0}» pregunta por {1}, que nunca puede darse",
    "asks for the stage {}, which there is not": "pregunta por la etapa {0}, que no existe",
    "asks for the day of {}, which is not known": "pregunta por el día {0}, que no se conoce",
    "looks for something that is “in” no list": "busca con «in» en algo que no es una lista",
}  # fmt: skip

KINDS: Mapping[str, str] = {
    "process": "un proceso",
    "user task": "un paso",
    "service task": "una tarea del sistema",
    "called process": "una llamada a un proceso",
    "timer": "una espera de una fecha",
    "end event": "un fin",
}

#: Why the code names an element (`app.cases.processes.versions.named`).
REASONS: Mapping[str, str] = {
    "is the stage of the first presentation": "es la etapa de la primera presentación",
    "is the stage of the induction sessions": "es la etapa de las sesiones de inducción",
    "is the stage of the entity's own sessions": "es la etapa de la capacitación de la entidad",
    "is a stage that the SGTD reviews": "es una etapa que revisa la SGTD",
    "is the stage of the second presentation": "es la etapa de la segunda presentación",
    "is the stage in which the register is opened": "es la etapa en la que se abre el registro",
    "is the stage whose end completes the implementation":
        "es la etapa con la que termina la implementación",
    "starts it for an entity": "con él empieza una entidad",
    "starts it when nobody administers the register": "empieza cuando nadie administra el registro",
    "starts it when the authority changes": "empieza cuando cambia la autoridad",
    "starts it when people of the entity change": "empieza cuando cambia el personal de la entidad",
    "starts it 90 days after the last cycle": "empieza 90 días después de la última actualización",
    "starts it after a month of poor figures": "empieza después de un mes con malas cifras",
    "is outside the stages: its tasks decide no clock":
        "va fuera de las etapas: sus pasos no cuentan días de nadie",
    "is where a case is sent back to the stage": "ahí vuelve un caso que se devuelve a la etapa",
    "begins the follow-up of the stage": "con ella empieza el seguimiento de la etapa",
    "is the follow-up of the stage": "es el seguimiento de la etapa",
    "makes the presentation": "hace la presentación",
    "records the reception of what was presented": "registra la recepción de lo que se presentó",
    "decides on what was presented": "decide sobre lo que se presentó",
    "corrects what was presented": "subsana lo que se presentó",
    "makes the second presentation": "hace la segunda presentación",
    "records the second reception": "registra la segunda recepción",
    "decides on the second presentation": "decide sobre la segunda presentación",
    "corrects the second presentation": "subsana la segunda presentación",
    "chooses the seat in a session": "elige el lugar en una sesión",
    "gives a seat in a session": "da un lugar en una sesión",
    "waits for the session": "espera la sesión",
    "has the attendance, due from the session": "tiene la asistencia, con plazo desde la sesión",
    "waits for the last training": "espera la última capacitación",
    "is due from the last training": "su plazo corre desde la última capacitación",
    "is due from the first day in production": "su plazo corre desde el primer día en producción",
    "has the form that the validation of its stage shows":
        "tiene el formulario que muestra la convalidación de su etapa",
    "is what the validation of its stage brings about":
        "es lo que trae la convalidación de su etapa",
    "means that the implementation is complete": "dice que la implementación terminó",
    "means that the entity needs no register":
        "dice que a la entidad no le corresponde un registro",
    "means that nobody answered the cycle": "dice que nadie respondió la actualización",
    "means that nobody registered the authority": "dice que nadie registró a la autoridad",
    "signs what the Despacho finds in one list": "firma lo que el Despacho tiene en una lista",
    "signs the constancia, with which the path is complete":
        "firma la constancia, con la que termina la implementación",
    "precedes the step that shows why the Despacho returned the paper":
        "va antes del paso que muestra por qué el Despacho devolvió el papel",
    "is where plans of mandates lead to": "ahí llegan los planes de cambios de autoridad",
    "looks at the credential before a new authority counts":
        "revisa la credencial antes de que valga una nueva autoridad",
    "shows who may write a change": "muestra quién puede escribir un cambio",
}  # fmt: skip


@dataclass(frozen=True)
class Line:
    """A fault or remark as a page shows it; `english`: whether it could not be translated."""

    file: str
    element: str
    sentence: str
    english: bool = False


def in_spanish(faults: Iterable[Fault]) -> list[Line]:
    """Return faults in Spanish, in their order."""
    return [_line(fault) for fault in faults]


def _line(fault: Fault) -> Line:
    found = _translated(fault.sentence, SENTENCES)
    return Line(fault.file, fault.element, found or fault.sentence, english=not found)


def _translated(text: str, table: Mapping[str, str]) -> str:
    """Return a sentence in Spanish; "" for an unknown one. The longest pattern that fits counts."""
    for pattern in sorted(table, key=len, reverse=True):
        expression = "(.+?)".join(map(re.escape, pattern.split("{}")))
        if fits := re.fullmatch(expression, text, re.DOTALL):
            return table[pattern].format(*map(_quoted, fits.groups()))
    return ""


def _quoted(text: str) -> str:
    """Return what a sentence quotes: words of ours in Spanish, anything else as it is."""
    known = KINDS.get(text) or REASONS.get(text) or _translated(text, PREDICATES)
    return known or FOLDERS.sub(_heading, text).replace("» or «", "» o «")


def _heading(folder: re.Match[str]) -> str:
    """Return a step as people know it: the heading of its form. Other folders stay."""
    step = steps().get(folder[1])
    return f"«{step.form.heading}»" if step else folder[0]
