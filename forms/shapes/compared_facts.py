"""Facts that a paper of the PCM states, held against those of the case."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol, runtime_checkable

from forms.fields.dates import in_words
from forms.fields.identifiers import place_of
from forms.shapes.days import words_of
from forms.shapes.decision_makers import held_posts
from forms.shapes.follow_up import missing_of

Given = Mapping[str, Any]
#: Where a fact stands, with the words of a page.
STATES = {
    "same": "Coincide",
    "differs": "No coincide",
    "case_only": "Solo en el expediente",
    "paper_only": "Solo en el documento",
}
#: What the case says of a last notice whose mails did not arrive.
UNWARNED = "No llegó a ninguna dirección"
#: Characters of a fact in a sentence.
LONGEST = 120


@dataclass(frozen=True)
class Fact:
    """A fact with its words on the paper and in the case; None where that does not have it."""

    label: str
    paper: str | None
    case: str | None

    @property
    def state(self) -> str:
        """Where the fact stands: a key of `STATES`."""
        if self.paper is None:
            return "case_only"
        if self.case is None:
            return "paper_only"
        return "same" if self.paper == self.case else "differs"

    @property
    def words(self) -> str:
        """The words of the state."""
        return STATES[self.state]

    def stands_in(self, text: str) -> bool:
        """Return whether a paper with this text has the words of the fact, however it is set."""
        there = _letters(text)
        return all(_letters(part) in there for part in (self.paper or "").split("; "))


@runtime_checkable
class Compares(Protocol):
    """A step in which the Despacho signs a paper, which it holds against the case."""

    def paper(self) -> dict[str, Any] | None:
        """Return the paper to sign (PaperRef); None while it does not exist."""

    def facts(self) -> list[Fact]:
        """Return what the paper states, held against the case."""


def differing(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts whose words on the paper are not those of the case."""
    return [fact for fact in facts if fact.state == "differs"]


def of_certificate(given: Given) -> list[Fact]:
    """Return the facts of a constancia, and those of the path that it closes."""
    found = _held(_certified(given.get("printed_certificate")), _certified(given))
    acts, evidence = given.get("interest_acts") or {}, given.get("production_evidence") or {}
    published = words_of(evidence.get("published_on", ""))
    if published and evidence.get("stated"):
        published += f", por constatación de {evidence.get('stated_by')}"
    more = {
        "Máxima autoridad": _named(given.get("authority")),
        "Primera publicación comprobada": published,
        "Registra actos de gestión de intereses desde": words_of(acts.get("starts_on", "")),
    }
    return [*found, *(Fact(label, None, words) for label, words in more.items() if words)]


def of_letter(given: Given) -> list[Fact]:
    """Return the facts of an oficio de reiteración, and those of the case that it is about."""
    printed = given.get("printed_letter")
    facts = _held(_addressed(printed), _addressed(given, missing_of(given)))
    call = given.get("call") or {}
    if printed:
        letter = printed.get("letter") or {}
        days = letter.get("term_days")
        term = f"{days} {'día hábil' if days == 1 else 'días hábiles'}" if days else ""
        facts += [
            Fact(label, words, None)
            for label, words in (("Asunto", letter.get("subject", "")), ("Plazo que da", term))
            if words
        ]
    reached = call.get("reached", "")
    called = words_of(call.get("called_on", ""))
    more = {
        "Etapa": (given.get("progress") or {}).get("stage_name", ""),
        "Última llamada": f"{called}, con {reached}" if called and reached else called,
    }
    return [*facts, *(Fact(label, None, words) for label, words in more.items() if words)]


def of_control_notice(given: Given) -> list[Fact]:
    """Return the facts of a communication to an organ of control, and those of its case."""
    printed, progress = given.get("printed_control_notice"), given.get("progress") or {}
    paper = _communicated(printed, (printed or {}).get("control_notice") or {})
    case = _communicated(given, progress)
    facts = _held(paper, case)
    notice = (printed or {}).get("control_notice") or {}
    letters = [
        f"{one['number']}, del {words_of(one['signed_on'])}" for one in notice.get("letters") or []
    ]
    organ = notice.get("organ") or {}
    stated = {
        "A quién se dirige": organ.get("addressee", ""),
        "Órgano": organ.get("organ", ""),
        "Oficios de reiteración": "; ".join(letters),
    }
    facts += [Fact(label, words, None) for label, words in stated.items() if words]
    warned = _warned(notice), _warned(given.get("last_notice"), otherwise=UNWARNED)
    return [*facts, Fact("Último aviso", *warned)] if any(warned) else facts


def _warned(notice: Given | None, otherwise: str = "") -> str | None:
    """Return the day of a last notice that arrived, otherwise the other words; None for none."""
    if not notice:
        return None
    return (words_of(notice["warned_on"]) if notice["arrived"] else otherwise) or None


def _communicated(found: Given | None, stage: Given) -> dict[str, str | None]:
    """Return the stage of an entity that does not answer, and what is missing."""
    if found is None:
        return {}
    return {
        **_entity(found, with_number=False),
        "Etapa": stage.get("stage_name", ""),
        "Qué está pendiente": "; ".join(stage.get("missing") or []),
    }


def _held(paper: Mapping[str, str | None], case: Mapping[str, str | None]) -> list[Fact]:
    """Return each fact of two readings, without those that neither has."""
    return [
        Fact(label, paper.get(label), case.get(label))
        for label in dict.fromkeys((*paper, *case))
        if paper.get(label) or case.get(label)
    ]


def _certified(found: Given | None) -> dict[str, str | None]:
    """Return the facts of a constancia from the records it is made of; none of no constancia."""
    if found is None:
        return {}
    production, posts = found.get("production") or {}, found.get("decision_makers") or []
    designated = found.get("administrator") or {}
    return {
        **_entity(found, with_number=True),
        "En producción desde": words_of(production.get("go_live_on", "")),
        "Enlace": production.get("link", ""),
        "Administrador": _named(designated.get("holder")),
        "Alterno": _named(designated.get("alternate")),
        "Cargos con capacidad de decisión pública": str(held_posts(posts)) if posts else "",
    }


def _addressed(found: Given | None, missing: list[str] | None = None) -> dict[str, str | None]:
    """Return the facts of a letter: of the paper, or with what the case misses now."""
    if found is None:
        return {}
    authority = found.get("authority") or {}
    person, post = _name(authority), authority.get("post", "")
    if missing is None:
        letter = found.get("letter") or {}
        addressee, missing = letter.get("addressee") or {}, letter.get("missing") or []
        person, post = addressee.get("name") or person, addressee.get("post") or post
    return {
        **_entity(found, with_number=False),
        "A quién se dirige": person,
        "Cargo": post,
        "Qué está pendiente": "; ".join(missing),
    }


def _entity(found: Given, *, with_number: bool) -> dict[str, str | None]:
    entity = found.get("entity") or {}
    place = place_of(entity.get("ubigeo") or "") or entity.get("place", "")
    facts: dict[str, str | None] = {"Entidad": entity.get("name", ""), "Lugar": place}
    if with_number:
        ruc = entity.get("ruc", "")
        facts |= {"Código": entity.get("code", ""), "RUC": ruc if ruc.startswith("20") else None}
    return facts


def _name(person: Mapping[str, Any] | None) -> str:
    found = person or {}
    return f"{found.get('given_names', '')} {found.get('surnames', '')}".strip()


def _named(person: Mapping[str, Any] | None) -> str:
    return ", ".join(filter(None, (_name(person), (person or {}).get("post", ""))))


def unusual(facts: Iterable[Fact], paper: str) -> list[str]:
    """Return a sentence for each fact that differs. `paper`: "La constancia", "El oficio"."""
    return [
        f"{paper} y el expediente no coinciden en «{fact.label}»: «{_cut(fact.paper)}» y "
        f"«{_cut(fact.case)}»."
        for fact in differing(facts)
    ]


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _cut(words: str | None) -> str:
    text = words or "en blanco"
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rstrip()}…"


def closed_on(closing: Mapping[str, Any] | None) -> str:
    """Return the day of the closing and who closed, in words; "" before the closing."""
    if not closing or not closing.get("on"):
        return ""
    day = in_words(date.fromisoformat(closing["on"]))
    return f"{day}, por {closing['by']}" if closing.get("by") else day
