"""Numbered observations of a presentation: made by a review, answered by the entity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from forms.fields import AnchorField, CountField, LongTextField, Part, SelectOneField, TextField
from forms.papers import OFFICIAL
from forms.records import Observation
from forms.shapes import anchors
from forms.shapes.anchors import GONE_ROW, Anchor, Places

#: The target of an observation about the presentation as a whole.
WHOLE = "all"
TITLES = {
    **{
        kind: OFFICIAL[kind].title
        for kind in ("oficio_designacion", "sip_rvl_001", "sip_rvl_002", "carta_presentacion")
    },
    WHOLE: "Toda la presentación",
}


class TiedPart(Part):
    """One observation, tied to an anchor where it was begun at one."""

    anchor = AnchorField("Sobre")
    text = LongTextField(
        "Observación",
        hint="Di qué falta o está mal y cómo se corrige",
        needed="Escribe la observación.",
        limit=1000,
    )


class ObservationPart(Part):
    """One observation and its target: an anchor, or a paper, a page of it, or a field."""

    anchor = AnchorField("Sobre")
    paper = SelectOneField("Documento observado", needed="Elige el documento observado.")
    page = CountField("Página (opcional)", hint="Si es una sola", least=1, most=999)
    field = TextField("Dato (opcional)", hint="Por ejemplo, Cargo del administrador", limit=100)
    text = LongTextField(
        "Observación",
        hint="Di qué falta o está mal y cómo se corrige",
        needed="Escribe la observación.",
        limit=1000,
    )


class AnswerPart(Part):
    """The entity's answer to one observation."""

    answer = LongTextField(
        "Respuesta",
        hint="Di qué corregiste y dónde se ve",
        needed="Responde a esta observación.",
        limit=1000,
        render_kw={"rows": 3},
    )


def offer_papers(listed: Any, kinds: Iterable[str]) -> None:
    """Set the papers to choose from in every entry of a list of observations."""
    choices = [("", "Elige un documento"), *((kind, TITLES[kind]) for kind in (*kinds, WHOLE))]
    for entry in listed.entries:
        if "paper" in entry.form:
            entry.form["paper"].choices = choices


def tie(listed: Any, places: Sequence[Places]) -> None:
    """Set the anchor of every entry of a list; an entry has an anchor, or asks for its target."""
    for entry in listed.entries:
        part = entry.form
        left_out: tuple[str, ...] = ("anchor",)
        if part["anchor"].data:
            part["anchor"].found = anchors.find(places, part["anchor"].data)
            left_out = ("paper", "page", "field")
        for name in left_out:
            if name in part:
                del part[name]


def read_observations(listed: Any) -> list[Observation]:
    """Return the records of a list's entries, numbered from 1."""
    return [_observation(number, entry.form) for number, entry in enumerate(listed.entries, 1)]


def _observation(number: int, part: Any) -> Observation:
    target: dict[str, Any]
    if "anchor" in part:
        target = _tied(part["anchor"].found)
    elif "paper" in part:
        target = _chosen(part)
    else:
        target = {"target_kind": "whole", "target": ""}
    made = {"text": part["text"].data or "", "answer": "", "persists": False}
    return cast("Observation", {"number": number, **target, **made})


def _chosen(part: Any) -> dict[str, Any]:
    """Return the target of an observation that was begun at no anchor."""
    kind, target = "paper", part["paper"].data or ""
    if part["field"].data:
        kind, target = "field", f"{target}: {part['field'].data}"
    elif part["page"].number:
        kind, target = "page", f"{target} p. {part['page'].number}"
    return {"target_kind": kind, "target": target}


def _tied(anchor: Anchor) -> dict[str, Any]:
    """Return the target of an observation at an anchor, as records write it."""
    word = anchor.code.partition(".")[0]
    target = anchor.words
    if word in ("paper", "page"):
        target = anchor.code.partition(".")[2].replace(".", " p. ")
    kind = "row" if word == GONE_ROW else word
    return {
        "target_kind": kind if kind in ("paper", "page", "row") else "field",
        "target": target,
        "anchor": anchor.code,
        "paper": anchor.paper,
        "was": dict(anchor.was),
    }


def paper_of(observation: Mapping[str, Any]) -> str:
    """Return the kind of the paper that an observation is about, "" for no single one."""
    if observation.get("paper"):
        return str(observation["paper"])
    found = re.match(r"[a-z0-9_]+", observation.get("target", ""))
    kind = found[0] if found else ""
    return kind if kind in TITLES and kind != WHOLE else ""


def target_of(observation: Mapping[str, Any]) -> str:
    """Return the target of an observation in words: "Formato SIP-RVL-001, página 2"."""
    target = str(observation.get("target", ""))
    found = re.fullmatch(r"([a-z0-9_]+)(?:(?: p\. ([0-9]+))|(?:: (.+)))?", target)
    words = _title(found[1]) if found else ""
    if not found or not words:
        return target
    if found[2]:
        return f"{words}, página {found[2]}"
    return f"{words}, {found[3]}" if found[3] else words


def _title(kind: str) -> str:
    """Return the title of a paper, or of the whole; "" for no kind of paper."""
    return TITLES.get(kind) or (OFFICIAL[kind].title if kind in OFFICIAL else "")


def line_of(observation: Mapping[str, Any]) -> str:
    """Return an observation as a line: "1. Formato SIP-RVL-001: falta la firma."."""
    return f"{observation['number']}. {said(observation)}"


def said(observation: Mapping[str, Any]) -> str:
    """Return an observation without its number: its target, if it has one, and its text."""
    target = target_of(observation)
    return f"{target}: {observation['text']}" if target else str(observation["text"])


def reasons_of(observations: Sequence[Mapping[str, Any]]) -> str:
    """Return observations as a returned step shows them, one per line."""
    return "\n".join(line_of(observation) for observation in observations)
