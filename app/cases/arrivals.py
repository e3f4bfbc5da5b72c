"""Arrivals: for each way into a step, the texts that its people read and the state of the step.

A way is a pair `(element, step)`: the element that comes before the step in its diagram, through
gateways. Ways of the ordinary course have no text: the step is simply next. Every other way, and
every act that returns a case, has its own. `Task.came_as` stores the id of a task's arrival.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce


@dataclass(frozen=True)
class Arrival:
    """A way into a step, with its texts."""

    id: str
    #: The event, for all readers, without a full stop: on lists, in mails, in the history.
    brief: str = ""
    #: The text at the top of the step's page, for its own people. The typed reason follows it.
    sentence: str = ""
    #: The state of the open step: an id of `formatting.STATES`.
    state: str = "pending"
    #: Whether its people had the step, or what it corrects, before: the page says why it came back.
    again: bool = True
    #: Whether it comes back by itself, so that it keeps its term (`terms.continued_terms`).
    keeps: bool = False
    #: Whether the system found missing parts in the answer that was just sent.
    lacks: bool = False

    def text(self, typed: str) -> str:
        """Return the text at the top of the page, with the text of the person who returned it."""
        return "\n".join(part for part in (self.sentence, typed.strip()) if part)


Ways = dict[tuple[str, str], Arrival]

#: The ordinary course: the step is next.
NEXT = Arrival("", again=False)
#: A return by a way that is not below: the diagram is of another version.
RETURNED = Arrival("returned", "Volvió para corregir", state="observed")

_SAVED = "Nada de lo que hiciste se perdió, y tu plazo sigue donde estaba."
_LAPSED = (
    "Venció el plazo para subsanar. La presentación se tiene por no presentada; la obligación "
    "continúa. Lo que escribiste se conserva: revísalo y vuelve a presentar."
)
_THIRD = "Es la tercera vez: la Secretaría de Integridad Pública se comunicará con la entidad."
_LAPSED_BRIEF = "Venció el plazo para subsanar: la presentación se tiene por no presentada"
_CORRECTED = "La entidad subsanó lo que se había observado"

# Acts that open a step again, without a flow of a diagram.
SENT_BACK = Arrival(
    "sent_back",
    "Un coordinador devolvió el proceso a este paso",
    "Un coordinador de la PCM devolvió el proceso a este paso:",
    "observed",
)
CORRECTED_BEFORE_FILING = Arrival(
    "corrected_before_filing",
    "La entidad corrige antes de presentar",
    "Volviste para corregir antes de presentar. Lo que escribiste se conserva, y el plazo sigue "
    "donde estaba. Al terminar se emiten los documentos para firmar y presentar.",
    keeps=True,
)
CORRECTED_VERSION = Arrival(
    "corrected_version",
    "La entidad prepara una versión corregida de lo que presentó",
    "Volviste para presentar una versión corregida. Lo que escribiste se conserva. Al terminar, "
    "los documentos se emiten otra vez: fírmalos y preséntalos, con una constancia nueva. La PCM "
    "verá las dos versiones.",
)
ANOTHER_SESSION = Arrival(
    "another_session",
    "La entidad elige otra sesión",
    "Dejaste la sesión que habías elegido. Elige otra.",
)
SESSION_CANCELLED = Arrival(
    "session_cancelled",
    "Se canceló la sesión elegida",
    "La sesión que elegiste se canceló. Elige otra.",
)
PROCESS_CHANGED = Arrival(
    "process_changed",
    "El proceso cambió",
    "El proceso cambió: se sigue por este paso.",
    again=False,
)

#: Acts of the entity itself, and of those who publish sessions.
ACTS = (CORRECTED_BEFORE_FILING, CORRECTED_VERSION, ANOTHER_SESSION, SESSION_CANCELLED)


def _renamed(ways: Ways, *words: tuple[str, str]) -> Ways:
    """Return the same ways of a process whose ids have other words: (old, new)."""

    def new(id_: str) -> str:
        return reduce(lambda text, word: text.replace(*word), words, id_)

    return {(new(source), new(step)): arrival for (source, step), arrival in ways.items()}


_DESIGNATION: Ways = {
    ("record_reception", "correct_designation"): Arrival(
        "observed_at_desk", "La mesa de partes observó la presentación", state="observed"
    ),
    ("review_designation", "correct_designation"): Arrival(
        "observed_in_review", "La revisión observó la presentación", state="observed"
    ),
    ("record_reception", "file_designation"): Arrival(
        "not_filed",
        "No consta que se haya presentado",
        "En la mesa de partes no consta la presentación. Preséntala otra vez y sube la constancia.",
        "not_presented",
    ),
    ("correct_designation", "record_reception"): Arrival(
        "corrected_for_desk", _CORRECTED,
        "La entidad subsanó lo que observó la mesa de partes. Registra qué hizo ahora la mesa de "
        "partes.",
    ),
    ("correct_designation", "review_designation"): Arrival(
        "corrected_for_review", _CORRECTED,
        "La entidad subsanó lo que se observó. Revisa solo lo observado.",
    ),
    ("review_designation", "designate_administrator"): Arrival(
        "not_presented",
        "La revisión la tuvo por no presentada",
        "La Secretaría de Integridad Pública tuvo la presentación por no presentada; la "
        "obligación continúa. Lo que escribiste se conserva: revísalo y vuelve a presentar.",
        "not_presented",
    ),
    ("correct_designation_lapses", "designate_administrator"): Arrival(
        "correction_lapsed", _LAPSED_BRIEF, _LAPSED, "not_presented"
    ),
    ("bring_follow_up_forward", "designate_administrator"): Arrival(
        "correction_lapsed_thrice", f"{_LAPSED_BRIEF}, por tercera vez", f"{_LAPSED} {_THIRD}",
        "not_presented",
    ),
}  # fmt: skip

_RESUBMISSION: Ways = _renamed(
    _DESIGNATION,
    ("record_reception", "record_personnel_reception"),
    ("bring_follow_up", "bring_personnel_follow_up"),
    ("designate_administrator", "update_personnel"),
    ("_designation", "_personnel"),
) | {
    ("review_personnel", "update_personnel"): Arrival(
        "personnel_not_presented",
        "La revisión la tuvo por no presentada",
        "La Secretaría de Gobierno y Transformación Digital tuvo la presentación por no "
        "presentada; la obligación continúa. Lo que escribiste se conserva: revísalo y vuelve a "
        "presentar.",
        "not_presented",
    ),
}

_SESSIONS: Ways = {
    ("choose_thematic_session", "schedule_thematic_induction"): Arrival(
        "none_suits",
        "A la entidad no le conviene ninguna de las sesiones publicadas",
        "A la entidad no le conviene ninguna de las sesiones publicadas. Prográmale una.",
        again=False,
    ),
    ("choose_thematic_session_lapses", "schedule_thematic_induction"): Arrival(
        "not_chosen",
        "La entidad no eligió una sesión a tiempo",
        "La entidad no eligió una sesión a tiempo. Por eso la programas tú.",
        again=False,
    ),
    # The form names the session without attendance.
    ("record_thematic_induction", "choose_thematic_session"): Arrival(
        "not_attended", "Nadie asistió a la sesión"
    ),
}
_SESSIONS |= _renamed(_SESSIONS, ("thematic", "technical"))

_TESTS: Ways = {
    ("check_training", "plan_training"): Arrival(
        "training_incomplete",
        "La asistencia a la capacitación no alcanzó",
        "El sistema comprobó la asistencia que informaste y no alcanza. Abajo dice qué faltó: "
        f"programa otra capacitación. {_SAVED}",
        keeps=True,
        lacks=True,
    ),
    ("review_training", "report_training"): Arrival(
        "training_observed",
        "La SIP observó la capacitación",
        "La Secretaría de Integridad Pública observó la capacitación:",
        "observed",
    ),
    ("check_demo_test", "run_demo_test"): Arrival(
        "demo_incomplete",
        "A la prueba enviada le faltaba algo",
        f"El sistema comprobó la prueba que enviaste y le falta algo: abajo dice qué. {_SAVED}",
        keeps=True,
        lacks=True,
    ),
    ("validate_demo_results", "run_demo_test"): Arrival(
        "demo_repeated",
        "El administrador decidió repetir la prueba",
        f"Al validar los resultados se decidió repetir la prueba. {_SAVED}",
        keeps=True,
    ),
    ("approve_demo_test", "run_demo_test"): Arrival(
        "demo_observed",
        "La SGTD observó la prueba",
        "La Secretaría de Gobierno y Transformación Digital observó la prueba:",
        "observed",
    ),
    ("confirm_production", "load_production_personnel"): Arrival(
        "production_returned",
        "La SGTD devolvió la puesta en producción",
        "La Secretaría de Gobierno y Transformación Digital devolvió la puesta en producción:",
        "observed",
    ),
}

_CLOSING: Ways = {
    ("approve_decision_makers", "define_decision_makers"): Arrival(
        "returned_by_authority",
        "La máxima autoridad administrativa devolvió la relación",
        f"La máxima autoridad administrativa devolvió la relación. {_SAVED}",
        "observed",
        keeps=True,
    ),
    ("train_decision_makers", "train_decision_makers"): Arrival(
        "some_to_train",
        "Faltan personas por capacitar",
        f"La capacitación que informaste no llegó a todos. {_SAVED}",
        keeps=True,
    ),
    ("sign_certificate", "close_onboarding"): Arrival(
        "certificate_returned",
        "El Despacho devolvió la constancia",
        "El Despacho de la Secretaría devolvió la constancia:",
        "observed",
        keeps=True,
    ),
    **{
        ("close_onboarding", step): Arrival(
            "returned_by_coordinator",
            "La SIP devolvió el cierre a este paso",
            "La Secretaría de Integridad Pública no cerró la implementación y la devolvió a este "
            "paso:",
            "observed",
        )
        for step in ("train_decision_makers", "define_decision_makers", "enable_interest_acts")
    },
}

_RETURNS: Ways = {
    (source, step): Arrival(
        f"posts_returned_to_{step}",
        "La máxima autoridad administrativa devolvió los cargos",
        f"Los demás {what} ya rigen. La máxima autoridad administrativa devolvió los cargos que "
        "debía aprobar:",
        "observed",
        keeps=True,
    )
    for source, step, what in (
        ("change_personnel_effects", "record_personnel_change", "cambios"),
        ("upkeep_effects", "confirm_register", "cambios de la confirmación"),
    )
}
#: Calls of a process in which a person types the reason for the step after it.
TYPED_IN = frozenset(source for source, _ in _RETURNS)

_CHANGES: Ways = {
    **_RETURNS,
    ("apply_personnel_change", "approve_personnel_change"): Arrival(
        "posts_to_approve",
        "La entidad determina cargos que entran en la relación o salen de ella",
        "Entran cargos en la relación de sujetos con capacidad de decisión pública, o salen de "
        "ella, porque la entidad lo determina. Rigen cuando los apruebes.",
        again=False,
    ),
}


def _round(id_: str, brief: str, reason: str = "") -> Ways:
    """Return the ways after a pause of the follow-up: the same three steps may follow it.

    `reason` is the brief text as a sentence, unless it says more.
    """
    reason = reason or f"{brief}."
    steps = {
        "unblock_stage_sip": "La tiene la SIP: destrábala.",
        "unblock_stage_sgtd": "La tiene la SGTD: destrábala.",
        "call_entity": "Llama a la entidad.",
    }
    return {
        (id_, step): Arrival(f"{id_}_to_{step}", brief, f"{reason} {todo}", again=False)
        for step, todo in steps.items()
    }


_FOLLOW_UP: Ways = {
    # The case says so already: the brief text is empty.
    **_round("follow_up_starts", "", "La etapa dura más de lo previsto."),
    **_round(
        "five_days_pass",
        "La etapa sigue sin avanzar",
        "Pasaron 5 días hábiles y la etapa sigue sin avanzar.",
    ),
    **_round(
        "call_day_arrives",
        "Llegó el día acordado por teléfono",
        "Llegó el día que se acordó por teléfono y la etapa sigue sin avanzar.",
    ),
    **_round(
        "ten_days_pass",
        "Pasaron 10 días hábiles desde el oficio",
        "Pasaron 10 días hábiles desde que se firmó el oficio y la etapa sigue sin avanzar.",
    ),
    **_round("warning_term_passes", "Venció el último aviso a la entidad"),
    **_round("return_day_passes", "El Despacho devolvió la comunicación al órgano de control"),
    ("one_day_passes", "call_entity"): Arrival(
        "call_again",
        "La llamada anterior no tuvo respuesta",
        "La entidad no contestó la llamada anterior. Llámala otra vez.",
        again=False,
    ),
    ("call_entity", "draft_letter"): Arrival(
        "letter_due",
        "Por teléfono no hubo acuerdo",
        "No hubo acuerdo por teléfono, o la entidad no contestó tres llamadas. Prepara el oficio.",
        again=False,
    ),
    ("sign_letter", "draft_letter"): Arrival(
        "letter_returned",
        "El Despacho devolvió el oficio",
        "El Despacho de la Secretaría devolvió el oficio:",
        "observed",
        keeps=True,
    ),
}

_REGISTER: Ways = {
    ("attend_register", "explain_register"): Arrival(
        "register_asked_again",
        "La SIP volvió a preguntar por el registro",
        "La Secretaría de Integridad Pública leyó tu explicación y vuelve a preguntar:",
        "observed",
    ),
}

_CHANGE_OF_AUTHORITY: Ways = {
    ("register_authority_change", "review_authority_change"): Arrival(
        "authority_change_declared",
        "La nueva autoridad subió su credencial",
        "Terminó el mandato anterior, y quien escribió el código subió la credencial.",
        again=False,
    ),
    ("review_authority_change", "register_authority_change"): Arrival(
        "authority_change_observed",
        "La SIP observó el cambio de autoridad",
        "La Secretaría de Integridad Pública miró la credencial y observa:",
        "observed",
    ),
}

#: Every way into a step outside the ordinary course. A test compares them with the diagrams.
WAYS: Mapping[tuple[str, str], Arrival] = {
    **_DESIGNATION,
    **_CHANGE_OF_AUTHORITY,
    **_RESUBMISSION,
    **_SESSIONS,
    **_TESTS,
    **_CLOSING,
    **_CHANGES,
    **_FOLLOW_UP,
    **_REGISTER,
}

#: All arrivals by the id that tasks store.
ARRIVALS: Mapping[str, Arrival] = {
    one.id: one for one in (*WAYS.values(), NEXT, RETURNED, SENT_BACK, PROCESS_CHANGED, *ACTS)
}


def by_way(source: str, step: str, typed: str = "") -> Arrival:
    """Return the arrival of a step that comes after an element of its diagram.

    A way that only another version has is ordinary, unless a reason was typed.
    """
    return WAYS.get((source, step), RETURNED if typed else NEXT)


def of(came_as: str) -> Arrival:
    """Return the arrival of a task by its stored id."""
    return ARRIVALS.get(came_as, RETURNED)


def ids_with(state: str) -> list[str]:
    """Return the ids of the arrivals that give an open step this state."""
    return sorted(one.id for one in ARRIVALS.values() if one.state == state)
