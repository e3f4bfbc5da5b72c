"""Differences of the decision tables: terms of steps, rungs of the ladder, rows of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from workflows.decisions import Row
from workflows.differences import words
from workflows.differences.kinds import Difference, Kind, Touch
from workflows.differences.version import LEGAL, TERMS, Version
from workflows.drawing import local_name, read_xml
from workflows.tables import Cell, Rule, Table

LADDER = "reminders"
SINCE: Mapping[str, str] = {
    "arrival": "desde que llega",
    "notification": "desde la notificación",
    "reception": "desde la recepción",
    "session": "desde la sesión",
    "go_live": "desde la puesta en producción",
}
#: The words of the ladder of reminders: parties, mails, recipients.
LADDER_WORDS: Mapping[str, str] = {
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
}
#: What has a term without being a step.
WITHOUT_STEP: Mapping[str, str] = {
    "answer_question": "Responder una consulta",
    "answer_information": "Responder un pedido de información sobre los datos",
    "answer_access": "Responder un pedido de acceso a los datos",
    "answer_rectification": "Responder un pedido de rectificación",
    "answer_suppression": "Responder un pedido de supresión",
    "decide_suppression": "Decidir una supresión",
}


def terms(old: Version, new: Version) -> Iterator[Difference]:
    """Yield the differences of terms, by step."""
    for step in dict.fromkeys((*new.terms, *old.terms)):
        before, after = old.terms.get(step), new.terms.get(step)
        if before == after:
            continue
        version = new if step in new.nodes else old
        process = version.nodes[step].process if step in version.nodes else ""
        legal = LEGAL in [row.get("kind") for row in (before, after) if row]
        touches: frozenset[Touch] = frozenset({"legal_term"} if legal else set())
        name = f"«{WITHOUT_STEP.get(step) or version.definition.element_name(step)}»"
        for sentence in _term(name, before, after):
            yield Difference("term", process, step, sentence, touches)


def _term(name: str, before: Row | None, after: Row | None) -> Iterator[str]:
    if before is None or after is None:
        row = after or before or {}
        how = "tiene ahora un plazo de" if after else "ya no tiene plazo; tenía"
        yield f"{name} {how} {_days(row)}, {_since(row)} ({row.get('kind') or 'sin clase'})."
        return
    if before.get("days") != after.get("days"):
        yield f"El plazo de {name} pasa de {_days(before)} a {_days(after)} ({after.get('kind')})."
    if before.get("counted_from") != after.get("counted_from"):
        yield f"El plazo de {name} se contaba {_since(before)} y ahora se cuenta {_since(after)}."
    if before.get("kind") != after.get("kind"):
        was, now = before.get("kind"), after.get("kind")
        yield f"El plazo de {name} era de clase «{was}» y pasa a «{now}»."
    if before.get("basis") != after.get("basis"):
        yield (
            f"Cambia el fundamento del plazo de {name}: decía «{before.get('basis')}» "
            f"y ahora dice «{after.get('basis')}»."
        )


def _days(row: Row) -> str:
    number = row.get("days")
    return words.days(number) if isinstance(number, int) else f"{number} días hábiles"


def _since(row: Row) -> str:
    value = str(row.get("counted_from"))
    return SINCE.get(value, f"desde «{value}»")


def others(old: Version, new: Version) -> Iterator[Difference]:
    """Yield the differences of all tables but that of terms, the ladder first."""
    for _, found in _others(old, new):
        yield from found


def files(old: Version, new: Version) -> frozenset[str]:
    """Return the files of tables in which something differs."""
    names = [name for name, found in _others(old, new) if found]
    terms_differ = old.terms != new.terms
    return frozenset(f"{name}.dmn" for name in (*names, *([TERMS] if terms_differ else [])))


def _others(old: Version, new: Version) -> Iterator[tuple[str, list[Difference]]]:
    """Yield each table but that of terms by name, with its differences."""
    before, after = _read(old), _read(new)
    for name in sorted({*before, *after}, key=lambda name: (name != LADDER, name)):
        kind: Kind = "ladder" if name == LADDER else "table"
        was, now = before.get(name), after.get(name)
        if was is None or now is None:
            title = (was or now or _NONE).title
            how = "Se agrega" if now else "Se quita"
            yield name, [Difference(kind, "", name, f"{how} la tabla «{title}».")]
        else:
            sentences = _table(was, now)
            title = f"Tabla «{now.title}»"
            yield name, [Difference(kind, "", one, f"{title}: {text}") for one, text in sentences]


@dataclass(frozen=True)
class _Titled:
    """A table with what people read in it: its title, its columns, what its rows are about."""

    title: str
    table: Table
    labels: Mapping[str, str]
    about: Mapping[str, str]

    def row(self, rule: Rule) -> str:
        """Return a row by its remark, or by its values."""
        about = self.about.get(rule.id)
        if about:
            same = [text for text in self.about.values() if text == about]
            apart = f" ({', '.join(self._words(rule))})" if len(same) > 1 else ""
            return f"«{about}»{apart}"
        values = (f"{label}: {value}" for label, value in zip(*self._cells(rule), strict=True))
        return f"({'; '.join(values)})"

    def _words(self, rule: Rule) -> list[str]:
        """Return the words that a row asks of its inputs: of which group, of which party."""
        return [_value(cell.value) for cell in rule.inputs if isinstance(cell.value, str)]

    def _cells(self, rule: Rule) -> tuple[list[str], list[str]]:
        columns = (*self.table.inputs, *self.table.outputs)
        return [self.labels.get(one, one) for one in columns], cells(rule)


_NONE = _Titled("", Table("", False, (), (), ()), {}, {})


def cells(rule: Rule) -> list[str]:
    """Return the cells of a row as people read them."""
    return [*map(_input, rule.inputs), *map(_value, rule.outputs)]


def _input(cell: Cell) -> str:
    if cell.text is None:
        return "cualquiera"
    return _value(cell.value) if cell.literal else cell.text


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "sí" if value else "no"
    if value in (None, ""):
        return "nada"
    words = f"{value}".split(" ")
    return (
        " y ".join(LADDER_WORDS.get(one, one) for one in words)
        if words[0] in LADDER_WORDS
        else f"{value}"
    )


def _read(version: Version) -> dict[str, _Titled]:
    texts = version.definition.texts
    names = [file.removesuffix(".dmn") for file in texts if file.endswith(".dmn")]
    return {
        name: _titled(version.definition.table(name), read_xml(texts[f"{name}.dmn"]))
        for name in names
        if name != TERMS
    }


def _titled(table: Table, root: etree._Element) -> _Titled:
    labels: dict[str, str] = {}
    about: dict[str, str] = {}
    title = ""
    columns = iter((*table.inputs, *table.outputs))
    for element in root.iter():
        tag = local_name(element)
        if tag == "decision":
            title = element.get("name") or ""
        elif tag in ("input", "output"):
            name = next(columns, "")
            labels[name] = element.get("label") or name
        elif tag == "rule":
            remark = next((one for one in element if local_name(one) == "description"), None)
            text = (remark.text or "") if remark is not None else ""
            about[element.get("id") or ""] = " ".join(text.split())
    return _Titled(title or table.id, table, labels, about)


def _table(was: _Titled, now: _Titled) -> Iterator[tuple[str, str]]:
    """Yield the differences of a table: the id of its row, or of itself, and a sentence."""
    before, after = was.table, now.table
    own = after.id
    if was.title != now.title:
        yield own, f"se llamaba «{was.title}»."
    if before.collects != after.collects:
        how = "valen todas las filas que coinciden" if after.collects else "vale una sola fila"
        yield own, f"ahora {how}."
    columns = [(*one.inputs, *one.outputs) for one in (before, after)]
    if columns[0] != columns[1]:
        texts = [
            ", ".join(one.labels.get(name, name) for name in names)
            for one, names in zip((was, now), columns, strict=True)
        ]
        yield own, f"sus columnas eran {texts[0]}; ahora son {texts[1]}."
        return
    yield from _rows(was, now, columns[1])


def _rows(was: _Titled, now: _Titled, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    old = {rule.id: rule for rule in was.table.rules}
    new = {rule.id: rule for rule in now.table.rules}
    for key, rule in new.items():
        if key not in old:
            yield key, f"se agrega la fila {now.row(rule)}: {_all_cells(now, rule, columns)}."
            continue
        pairs = zip(columns, cells(old[key]), cells(rule), strict=True)
        changes = [
            f"{now.labels.get(column, column)} pasa de «{a}» a «{b}»"
            for column, a, b in pairs
            if a != b
        ]
        if changes:
            yield key, f"en la fila {now.row(rule)}, {'; '.join(changes)}."
        if was.about.get(key) != now.about.get(key):
            yield key, f"la fila {now.row(rule)} se llamaba «{was.about.get(key) or 'sin nota'}»."
    for key, rule in old.items():
        if key not in new:
            yield key, f"se quita la fila {was.row(rule)}: {_all_cells(was, rule, columns)}."
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield now.table.id, "cambia el orden de las filas."


def _all_cells(one: _Titled, rule: Rule, columns: Sequence[str]) -> str:
    named = zip(columns, cells(rule), strict=True)
    return "; ".join(f"{one.labels.get(column, column)}: {text}" for column, text in named)
