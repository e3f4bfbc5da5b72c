"""The places of the menus, and the pages below *Más*."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: The places of the menu besides *Más*: label, endpoint, and the action that they are for.
PLACES = (
    ("Hoy", "today.show", "see_today"),
    ("Pendientes", "tasks.inbox", "see_tasks"),
    ("Entidades", "entities.list_entities", "list_entities"),
    ("Programa", "programme.overview", "list_entities"),
    ("Sesiones", "sessions.list_sessions", "list_entities"),
)
#: The menu of the public pages: label and endpoint.
PUBLIC_PLACES = (
    ("Visitas", "consult.list_all"),
    ("Actos", "public_acts.list_acts"),
    ("Quiénes deciden", "decision_makers.list_entities"),
    ("Cobertura", "coverage.show"),
    ("Datos abiertos", "data.show"),
    ("Ayuda", "manual.show_contents"),
)
#: Blueprint of pages with other addresses than their place → the endpoint of that place.
WITHIN = {
    "by_number": "consult.list_all",
    "corrections": "consult.list_all",
    "public_visit": "consult.list_all",
    "represented": "consult.list_all",
    "feeds": "consult.list_all",
    "dictation": "tasks.inbox",
    "review": "tasks.inbox",
    "support": "tasks.inbox",
    "tasks": "tasks.inbox",
    "baselines": "entities.list_entities",
    "kept": "entities.list_entities",
    "materials": "sessions.list_sessions",
    "register_days": "entities.list_entities",
    "settings": "entities.list_entities",
    "statements": "entities.list_entities",
}


@dataclass(frozen=True)
class Page:
    """A page below *Más*: its group, its label, what it is for, and the action that it asks for.

    `counts`: the name of what is counted for it (`counts.of`), and how the count is said.
    `warns`: whether the count marks *Más*.
    """

    group: str
    label: str
    endpoint: str
    action: str
    about: str
    counts: str = ""
    one: str = ""
    many: str = ""
    warns: bool = False


CASES, MAILS, HOUSE, PLATFORM = (
    "Entidades y trámites",
    "Correos y recordatorios",
    "Personas, catálogo y calendario",
    "La plataforma",
)
PAGES: Sequence[Page] = (
    Page(
        CASES,
        "Consultas de entidades",
        "questions.list_waiting",
        "list_questions",
        "Lo que preguntan las entidades y lo que se les respondió.",
        "questions",
        "espera tu respuesta",
        "esperan tu respuesta",
    ),
    Page(
        CASES,
        "Firmas",
        "signing.show",
        "sign_many",
        "Oficios y constancias por firmar y por registrar.",
    ),
    Page(
        CASES,
        "Lotes",
        "batches.list_batches",
        "see_batches",
        "Actos sobre muchas entidades y sus resultados.",
    ),
    Page(
        CASES,
        "Cambios de autoridad",
        "mandate_plan.show",
        "plan_mandates",
        "Mandatos que terminan y su plan.",
    ),
    Page(
        MAILS,
        "Correos",
        "outbox.list_mails",
        "see_outbox",
        "Cada correo y si llegó.",
        "mails",
        "no salió",
        "no salieron",
        warns=True,
    ),
    Page(
        MAILS,
        "Correos recibidos",
        "incoming.list_incoming",
        "see_outbox",
        "Respuestas y devoluciones.",
        "answers",
        "por leer",
        "por leer",
    ),
    Page(
        MAILS,
        "Recordatorios",
        "ledger.list_reminders",
        "see_outbox",
        "Los enviados, los previstos y los retenidos.",
    ),
    Page(HOUSE, "Personas", "people.list_people", "manage_people", "Cuentas y funciones."),
    Page(
        HOUSE,
        "A cargo",
        "people.coordinators",
        "assign_coordinators",
        "Qué coordinador tiene cada entidad.",
    ),
    Page(
        HOUSE,
        "Catálogo",
        "catalogue.list_entries",
        "manage_catalogue",
        "Los datos de las entidades y los duplicados.",
    ),
    Page(
        HOUSE,
        "Calendario",
        "days.show_year",
        "see_calendar",
        "Días no laborables y fechas del año.",
    ),
    Page(
        HOUSE,
        "Fin de mandatos",
        "mandates.show",
        "see_mandates",
        "Las fechas en que terminan los mandatos.",
    ),
    Page(HOUSE, "Reglas", "dated_rules.show", "set_rules", "Reglas del registro, con su fecha."),
    Page(
        PLATFORM,
        "Incidentes",
        "incidents.list_incidents",
        "retry_incident",
        "Lo que falló y espera a una persona.",
        "incidents",
        "espera",
        "esperan",
        warns=True,
    ),
    Page(
        PLATFORM,
        "Incidentes de datos personales",
        "breaches.list_all",
        "manage_breaches",
        "Lo que hay que comunicar a la autoridad en 48 horas.",
        "breaches",
        "por comunicar",
        "por comunicar",
        warns=True,
    ),
    Page(
        PLATFORM,
        "Proceso",
        "process.list_versions",
        "see_process",
        "Las versiones de los diagramas y plazos, y lo que cambia.",
    ),
    Page(
        PLATFORM,
        "Cambios",
        "audit.list_changes",
        "see_changes",
        "Quién hizo qué, y cuándo.",
    ),
    Page(
        PLATFORM,
        "Estado",
        "health.show",
        "see_status",
        "Los trabajos de la plataforma y lo que está detenido.",
        "stopped",
        "problema: nadie atiende los plazos",
        "problemas",
        warns=True,
    ),
)
