"""The sentences about a row: none says who came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.register.facts.declared import DECLARED, LIMITS

#: Outcome of a row before the import.
OUTCOMES: Mapping[str, str] = {
    "taken": "Se importa",
    "remarked": "Se importa con una nota",
    "there": "Ya está en el registro",
    "refused": "No se importa",
}
#: Outcome of a row after the import.
DONE: Mapping[str, str] = {
    "taken": "Se importó",
    "remarked": "Se importó con una nota",
    "there": "Ya estaba en el registro",
    "refused": "No se importó",
}

UNKNOWN_EXIT = "queda como salida no registrada"
#: Fact → subject of the remark about a text that was cut.
CUT = {fact.name: fact.imported.cut for fact in DECLARED if fact.imported and fact.imported.cut}

REMARKS: Mapping[str, str] = {
    "no_exit": f"Sin hora de salida: {UNKNOWN_EXIT}.",
    "exit_unread": f"La hora de salida no se entiende: {UNKNOWN_EXIT}.",
    "exit_early": f"La salida es antes del ingreso: {UNKNOWN_EXIT}.",
    "exit_days_later": f"La salida dice un día muy posterior al de la visita: {UNKNOWN_EXIT}.",
    "exit_ahead": f"La salida es después de ahora: {UNKNOWN_EXIT}.",
    "no_entry": "Sin hora de ingreso: queda solo el día.",
    "entry_unread": "La hora de ingreso no se entiende: queda solo el día.",
    "no_document": "Sin número de documento.",
    "document_masked": "El número de documento viene oculto en parte: queda así.",
    "document_padded": "El DNI tenía menos de 8 dígitos: se le anteponen ceros.",
    "document_other": "El número no tiene la forma de ese documento: queda como OTROS.",
    "document_untyped": "El documento no dice de qué tipo es: se toma por su forma.",
    "document_long": "El número de documento es demasiado largo: queda sin documento.",
    "number_masked": "Un texto trae el DNI o RUC de una persona: quedan los tres últimos dígitos.",
    "ruc_apart": "La entidad del visitante trae un RUC: queda en su propio campo.",
    "formula": "El nombre del visitante empieza como una fórmula: entra como texto.",
    "own_unsaid": "No dice a quién representa: queda como persona natural.",
    "kind_found": "La entidad del visitante está en el catálogo: queda como pública.",
    "kind_unsaid": "No dice si la entidad del visitante es pública o privada: queda como privada.",
    "no_motive": "Sin motivo: queda en Otros, sin detalle.",
    "category_unsaid": "El motivo no empieza con una de las cuatro categorías: queda en Otros.",
    "no_official": "Sin funcionario visitado.",
    "observation_unknown": "La observación no es de la lista del registro: no se conserva.",
    "recorded_unread": "La fecha de registro no puede ser: queda la de la importación.",
    "marks": "Se quitan caracteres que no son letras ni signos.",
} | {
    f"cut_{name}": f"{what} pasa de {LIMITS[name]} caracteres: se corta."
    for name, what in CUT.items()
}

REFUSALS: Mapping[str, str] = {
    "no_visitor": "No dice quién vino.",
    "no_day": "No dice qué día fue la visita.",
    "day_unread": "La fecha de la visita no se entiende: escríbela como día/mes/año.",
    "day_early": "La fecha de la visita es anterior a 2005.",
    "day_ahead": "La fecha de la visita es después de hoy.",
    "entry_ahead": "El ingreso es después de ahora.",
    "other_entity": "Es de otra entidad.",
    "annulled": "El archivo dice que está anulada.",
    "too_long": "Una celda tiene más de 5000 caracteres.",
    "name_long": (
        f"El nombre de una persona pasa de {LIMITS['visitor_name']} caracteres: "
        "revisa que las columnas no estén corridas."
    ),
}

SENTENCES: Mapping[str, str] = {
    **REMARKS,
    **REFUSALS,
    "there": "No se importa otra vez.",
}


def text_of(codes: Sequence[str]) -> str:
    """Return the sentences of a row, one after the other."""
    return " ".join(SENTENCES[code] for code in codes)
