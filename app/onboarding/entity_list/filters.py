"""What somebody asks of the list of entities: text, stage, state, hands, due dates; as its
address says it. Lists, files and sets that are frozen are narrowed by it alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Text, and_, case, cast, false, or_, select, true
from sqlalchemy.orm import Session

import forms
from app.base import calendar, queries
from app.base.definitions import definition_of, in_force
from app.base.models import Entity, Task
from app.base.models.catalogue import matching
from app.cases.custody import PARTY_NAMES
from app.cases.entities import LEVELS
from app.cases.processes.case_admin import LEFT_BY
from app.cases.status import AWAITED
from app.onboarding.entity_list import situation
from app.onboarding.entity_list.situation import Here
from app.onboarding.entity_list.standing import ANY, Window
from forms.fields.rules import has_control
from workflows import paths

PATH = "/entidades"
#: The longest text that is searched (signs).
LONGEST = 200
#: What has no name: a region or a sector that the catalogue leaves open.
NONE = "ninguna"

STAGES = tuple(LEFT_BY)
#: Word in an address → state (of `app.base.formatting.STATES`).
STATES: Mapping[str, str] = {
    "pendiente": "pending",
    "en-curso": "draft",
    "observado": "observed",
    "no-presentado": "not_presented",
    "en-revision": "in_review",
    "presentado": "filed",
    "en-espera-de-fecha": "awaiting_date",
    "suspendido": "suspended",
    "terminado": "accepted",
    "no-corresponde": "out_of_scope",
    "anulado": "cancelled",
}
#: States by what they are called where all of an entity's path is meant.
STATE_NAMES: Mapping[str, str] = {
    "sin-iniciar": "Sin iniciar",
    "en-marcha": "En marcha",
    "pendiente": "Pendiente",
    "en-curso": "En curso",
    "observado": "Observado",
    "no-presentado": "No presentado",
    "en-revision": "En revisión",
    "presentado": "Presentado",
    "en-espera-de-fecha": "En espera de fecha",
    "suspendido": "Suspendido",
    "terminado": "Conforme",
    "no-corresponde": "No corresponde",
    "anulado": "Anulado",
}
#: States in which no stage is under way: they may be asked for in its place.
WITHOUT_STAGE = ("sin-iniciar", "terminado", "no-corresponde", "anulado")
#: URL value → (holder, label).
HANDS: Mapping[str, tuple[str, str]] = {
    name.url_value: (party, name.label) for party, name in PARTY_NAMES.items()
}
DUE: Mapping[str, str] = {
    "atrasado": "Con atraso",
    "desde-ayer": "Con atraso desde ayer",
    "hoy": "Vence hoy",
    "semana": "Vence en 7 días",
}
WITHOUT_COORDINATOR: Mapping[str, str] = {
    "nadie": "Falta alguno",
    "nadie-sip": "Sin coordinador de la SIP",
    "nadie-sgtd": "Sin coordinador de la SGTD",
}
LEVEL_NAMES = dict(LEVELS)
#: What the addresses of lists say beside what is asked.
BESIDE = ("orden", "pagina")
USER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)

#: What an address can ask, by its name there: the field here, and the sentence of a wrong value.
PARAMETERS: Mapping[str, tuple[str, str]] = {
    "q": ("text", "Escribe otra vez lo que buscas: tiene caracteres que no son texto."),
    "etapa": ("stage", "Elige una etapa de la lista."),
    "estado": ("state", "Elige un estado de la lista."),
    "manos": ("hands", "Elige de la lista en manos de quién está."),
    "plazo": ("due", "Elige un plazo de la lista."),
    "coordinador": ("coordinator", "Elige un coordinador de la lista."),
    "nivel": ("level", "Elige un nivel de la lista."),
    "region": ("region", "Elige una región de la lista."),
    "sector": ("sector", "Elige un sector de la lista."),
    "paso": ("step", "Ningún paso se llama así."),
    "espera": ("wait", "Nada de lo que se espera se llama así."),
    "convalidada": ("validated", "Ninguna etapa se llama así."),
    "terminada": ("ended", "La semana se dice por su lunes, como 2026-03-02."),
}


@dataclass(frozen=True)
class Asked:
    """A question to the list of entities; "" asks nothing.

    Values are those of the address. `faults`: what it said that cannot be, by its name there, as
    a sentence; what is at fault asks nothing.
    """

    text: str = ""
    stage: str = ""
    #: A key of STATE_NAMES.
    state: str = ""
    hands: str = ""
    due: str = ""
    #: A user's id: in charge for the SIP or the SGTD; or a key of WITHOUT_COORDINATOR.
    coordinator: str = ""
    level: str = ""
    #: A department, or NONE.
    region: str = ""
    sector: str = ""
    #: A step that is open on the path.
    step: str = ""
    #: A day of the records that the path waits for.
    wait: str = ""
    #: A stage that was validated from outside.
    validated: str = ""
    #: The Monday (ISO) of the week (Lima) in which the path ended, with nothing left to do.
    ended: str = ""
    faults: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Asked:
        """From an address or a form: q, etapa, estado, manos, plazo and the others of PARAMETERS.

        A stage and a state that leaves no stage are asked for by the same name, `etapa`. A name
        that there is not, or that is there twice, is a fault as a wrong value is.
        """
        values = {name: args.get(name, "").strip() for name in PARAMETERS}
        faults = {name: _fault(name, value) for name, value in values.items() if value}
        if values["etapa"] in WITHOUT_STAGE:
            if values["estado"] not in ("", values["etapa"]):
                faults["etapa"] = "En ese estado no hay etapa: deja uno de los dos filtros."
            else:
                values["estado"] = values["etapa"]
            values["etapa"] = ""
        faults = {name: fault for name, fault in faults.items() if fault}
        faults |= queries.faults(args, (*PARAMETERS, *BESIDE))
        kept = {PARAMETERS[n][0]: v for n, v in values.items() if n not in faults}
        return cls(**kept, faults=faults)

    @property
    def params(self) -> dict[str, str]:
        """As an address says it, without what it leaves open."""
        said = {name: str(getattr(self, own)) for name, (own, _) in PARAMETERS.items()}
        return {name: value for name, value in said.items() if value}

    @property
    def under_way(self) -> bool:
        """Whether only entities whose onboarding is under way can be meant."""
        at_work = self.state not in ("", *WITHOUT_STAGE)
        return at_work or bool(self.stage or self.hands or self.due or self.step or self.wait)

    def address(self, path: str = PATH, **changes: str) -> str:
        """The address of what is asked, with some of its parameters changed ("" removes one).

        Other names than those of PARAMETERS (`orden`) are said after them.
        """
        said = {name: value for name, value in (self.params | changes).items() if value}
        return f"{path}?{urlencode(said)}" if said else path

    def at_fault(self, name: str) -> Asked:
        """The same, with a parameter whose value turned out to be unknown."""
        own, sentence = PARAMETERS[name]
        changed: dict[str, str] = {own: ""}
        return replace(self, **changed, faults={**self.faults, name: sentence})

    # As the database is asked ------------------------------------------------------------------

    def condition(self, session: Session) -> ColumnElement[bool]:
        """The condition on Entity, which needs nothing joined to it. Inactive ones never match."""
        parts = [Entity.active, matching(self.text), *self._of_entity()]
        if self.due:
            dated = situation.dated().where(*self.due_within(session))
            parts.append(Entity.id.in_(dated))
        if self.state == "sin-iniciar":
            parts.append(Entity.id.not_in(situation.begun()))
        here = self._of_path()
        if self.wait:
            here.append(_waits_for(session, self.wait))
        if here:
            parts.append(Entity.id.in_(select(Here.entity_id).where(situation.newest(), *here)))
        return and_(*parts)

    def window(self, session: Session) -> Window:
        """Within which a date must be that is asked for; any where none is."""
        return window(session, self.due) if self.due else ANY

    def due_within(self, session: Session) -> list[ColumnElement[bool]]:
        """The conditions on Task: its date is as asked."""
        after, until = self.window(session)
        found = [] if until is None else [Task.due_at <= until]
        return found if after is None else [*found, Task.due_at > after]

    def _of_entity(self) -> list[ColumnElement[bool]]:
        sip, sgtd = Entity.sip_coordinator_id, Entity.sgtd_coordinator_id
        parts: list[ColumnElement[bool]] = []
        if self.level:
            parts.append(Entity.level == self.level)
        if self.region:
            parts.append(Entity.department == ("" if self.region == NONE else self.region))
        if self.sector:
            parts.append(Entity.sector == ("" if self.sector == NONE else self.sector))
        if self.coordinator:
            nobody = {
                "nadie": or_(sip.is_(None), sgtd.is_(None)),
                "nadie-sip": sip.is_(None),
                "nadie-sgtd": sgtd.is_(None),
            }
            parts.append(
                nobody[self.coordinator]
                if self.coordinator in nobody
                else or_(sip == int(self.coordinator), sgtd == int(self.coordinator))
            )
        return parts

    def _of_path(self) -> list[ColumnElement[bool]]:
        """The conditions on Here."""
        parts: list[ColumnElement[bool]] = []
        if self.stage:
            parts.append(Here.stage == self.stage)
        if self.state == "en-marcha":
            parts.append(Here.ended_at.is_(None))
        elif self.state in STATES:
            # A condition of which PostgreSQL expects one row in two hundred, and then compares each
            # entity with each found one; said in this way it expects half, and makes a hash.
            is_so = situation.state() == STATES[self.state]
            parts.append(case((is_so, true()), else_=false()))
        if self.hands:
            parts.append(Here.holder == HANDS[self.hands][0])
        if self.step:
            parts.append(_open(Task.step == self.step))
        if self.validated:
            parts.append(cast(Here.validated, Text).contains(f'"{self.validated}":'))
        if self.ended:
            monday = date.fromisoformat(self.ended)
            parts += [
                situation.state() == "accepted",
                Here.ended_at >= calendar.midnight(monday),
                Here.ended_at < calendar.midnight(monday + timedelta(days=7)),
            ]
        return parts


def window(session: Session, when: str) -> Window:
    """Where a date is that is as a key of DUE says.

    Since yesterday: since the last working day of the PCM before today began.
    """
    now, today = calendar.now(), calendar.today()
    if when == "hoy":
        return now, calendar.end_of(today)
    if when == "semana":
        return now, calendar.end_of(today + timedelta(days=7))
    if when == "desde-ayer":
        return calendar.midnight(calendar.calendar_of(session, None).before(today)), now
    return None, now


def _open(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Something is open on the path of Here of which this holds."""
    return select(Task.id).where(situation.of_path(), condition).correlate(Here).exists()


def _waits_for(session: Session, day: str) -> ColumnElement[bool]:
    """The path of Here waits for a day, as the diagrams in force are drawn."""
    definition = definition_of(in_force(session))
    return or_(
        *(
            situation.waits_for(one, stage)
            for stage in definition.stages
            for one in paths.set_days(definition, stage, "onboarding")
            if one.day == day
        )
    )


def _fault(name: str, value: str) -> str:
    """What is wrong with a value in an address; "" where nothing is that can be told from it."""
    if len(value) > LONGEST:
        return f"Busca con {LONGEST} letras o menos." if name == "q" else PARAMETERS[name][1]
    known = KNOWN.get(name)
    if known is not None:
        right = value in known
    elif name == "coordinador":
        right = value in WITHOUT_COORDINATOR or bool(USER.fullmatch(value))
    elif name == "terminada":
        right = _is_monday(value)
    else:
        right = not has_control(value)
    return "" if right else PARAMETERS[name][1]


#: The values that an address can have, where they are the same everywhere.
KNOWN: Mapping[str, frozenset[str]] = {
    "etapa": frozenset((*STAGES, *WITHOUT_STAGE)),
    "estado": frozenset(STATE_NAMES),
    "manos": frozenset(HANDS),
    "plazo": frozenset(DUE),
    "nivel": frozenset(LEVEL_NAMES),
    "paso": frozenset(forms.steps()),
    "espera": frozenset(AWAITED),
    "convalidada": frozenset(STAGES),
}


def _is_monday(text: str) -> bool:
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return False
    return on.weekday() == 0 and on.year in calendar.YEARS
