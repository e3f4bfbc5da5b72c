"""Anchors in work that is not presented on paper: a training, a demo test, going live, posts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from forms.drafts import place as number_of
from forms.fields.dates import write_date
from forms.fields.people import document_after, masked_document
from forms.shapes.anchors import GONE, UNKNOWN, Anchor, Change, Papers, Places, of_cells
from forms.shapes.attendance import GROUPS
from forms.shapes.attended import STATUS_WORDS
from forms.shapes.decision_makers import GROUNDS, SHARED
from forms.shapes.demo_test import FIGURES, SOURCES
from forms.shapes.post_keys import key_of, post_key

#: The label of a holder's masked document.
DOCUMENT = "Documento"
COUNTS = {
    "people": "Personas",
    "present": "Asistieron",
    "absent": "Faltaron",
    "leave": "Con licencia",
}


class Figures(Places):
    """The six figures of a submitted demo test, and the visits of the demo as a whole."""

    words = ("figure", "visits")

    def find(self, code: str) -> Anchor | None:
        """Return a figure with its count, or the visits, which change and are not compared."""
        if code == "visits.demo" and self.given.get("demo_evidence"):
            return Anchor(code, "Las visitas de la prueba")
        name, evidence = code.removeprefix("figure."), self.given.get("demo_evidence")
        if name not in FIGURES or not evidence:
            return None
        return Anchor(code, FIGURES[name], "", {"count": str(evidence.get(name, 0))})

    def change(self, code: str, was: Mapping[str, Any]) -> Change:
        """Return the old and the new count."""
        now = self.find(code)
        if now is None:
            return GONE
        return of_cells([(now.words, str(was.get("count", "")), now.was["count"])])


class Training(Places):
    """The groups and the people of a training report."""

    words = ("group", "person")

    @property
    def report(self) -> Mapping[str, Any]:
        """The report; empty while there is none."""
        return self.given.get("training_report") or {}

    @property
    def people(self) -> Sequence[Mapping[str, Any]]:
        """The people of the report, in its order, which never changes."""
        return self.report.get("people") or ()

    def find(self, code: str) -> Anchor | None:
        """Return a group, or a person by their number in the report."""
        word, _, rest = code.partition(".")
        if word == "group":
            counts = self.report.get("counts", {}).get(rest)
            return Anchor(code, GROUPS[rest], "", self._counted(counts)) if counts else None
        number = number_of(rest) or 0
        if code != f"person.{number}" or not 1 <= number <= len(self.people):
            return None
        person = self.people[number - 1]
        return Anchor(code, _name(person), "", {"name": _name(person), **_attended(person)})

    def change(self, code: str, was: Mapping[str, Any]) -> Change:
        """Return the counts of a group, or the attendance of a person, that changed."""
        now: Mapping[str, Any] | None = None
        if code.startswith("group."):
            found = self.find(code)
            now = found.was if found else None
        else:
            named = [one for one in self.people if _name(one) == was.get("name")]
            now = _attended(named[0]) if len(named) == 1 else None
        if now is None:
            return GONE
        return of_cells([(label, str(was.get(label, "")), text) for label, text in now.items()])

    @staticmethod
    def _counted(counts: Mapping[str, int]) -> dict[str, str]:
        return {label: str(counts.get(name, 0)) for name, label in COUNTS.items()}


def _name(person: Mapping[str, Any]) -> str:
    return f"{person['given_names']} {person['surnames']}".strip()


def _attended(person: Mapping[str, Any]) -> dict[str, str]:
    return {
        "Asistencia": STATUS_WORDS[person["status"]],
        "Motivo": person.get("reason", ""),
    }


class AttendanceLists(Papers):
    """The signed attendance lists of a training report, and their pages."""

    @cached_property
    def files(self) -> dict[str, Mapping[str, Any]]:
        """The file of the lists."""
        file = (self.given.get("training_report") or {}).get("file")
        return {"attendance_lists": file} if file else {}


class DemoReport(Papers):
    """The signed report of a demo test, and its pages."""

    @cached_property
    def files(self) -> dict[str, Mapping[str, Any]]:
        """The file of the report."""
        file = (self.given.get("demo_validation") or {}).get("file")
        return {"demo_report": file} if file else {}


#: Kind of the page with the link → words.
LINK_KINDS = {"pte": "Portal de Transparencia Estándar", "own_site": "Sitio web de la entidad"}


def where_recorded(register: Mapping[str, Any] | None) -> str:
    """Return where an entity records its visits, in words; "" without a register."""
    if not register:
        return ""
    return ", ".join(filter(None, (SOURCES[register["source"]], register["address"])))


class GoingLive(Places):
    """What an entity said about going live, and what it published since."""

    words = ("field", "published")
    #: Name of an item → words.
    items: ClassVar[Mapping[str, str]] = {
        "go_live_on": "Salida en vivo",
        "link_kind": "Dónde estará el enlace",
        "link": "Dirección del enlace",
        "register": "Dónde registra",
        "load": "Personas cargadas",
        "explanation": "Por qué no coincide con la relación",
    }
    #: Name of what the register shows → words. New entries are added to it each day, so that it
    #: is not compared.
    published: ClassVar[Mapping[str, str]] = {
        "first_visits": "Las primeras visitas",
        "days_declared": "Días que declaró sin visitas",
    }

    def find(self, code: str) -> Anchor | None:
        """Return an item with its words, or what the entity published."""
        word, _, name = code.partition(".")
        said = self.given.get("production")
        if not said or name not in (self.items if word == "field" else self.published):
            return None
        if word == "published":
            return Anchor(code, self.published[name])
        return Anchor(code, self.items[name], "", {"words": self._words(name, said)})

    def _words(self, name: str, said: Mapping[str, Any]) -> str:
        """Return the words of an item as the page shows them."""
        load = said.get("load") or {}
        if name == "register":
            return where_recorded(self.given.get("production_register"))
        value = said.get(name, "")
        if name in ("load", "explanation"):
            value = load.get("count" if name == "load" else name, "")
        elif name == "link_kind":
            value = LINK_KINDS.get(value, "")
        return write_date(value) if name == "go_live_on" and value else str(value)

    def change(self, code: str, was: Mapping[str, Any]) -> Change:
        """Return the old and the new words of an item."""
        now = self.find(code)
        if now is None:
            return GONE
        return of_cells([(now.words, str(was.get("words", "")), now.was["words"])])


class Posts(Places):
    """The posts of a list of decision-makers, with their holders."""

    words = ("post",)

    @cached_property
    def posts(self) -> dict[str, Mapping[str, Any]]:
        """The posts by code."""
        return {self.code_of(post): post for post in self.given.get("decision_makers") or ()}

    @staticmethod
    def code_of(post: Mapping[str, Any]) -> str:
        """Return the code of a post with its holder."""
        text = "\0".join((key_of(dict(post)), _name(post)))
        return f"post.{hashlib.blake2b(text.encode(), digest_size=8).hexdigest()}"

    def find(self, code: str) -> Anchor | None:
        """Return a post with its holder."""
        post = self.posts.get(code)
        if post is None:
            return None
        was = self._said(post) | {"number": post["document_number"]}
        return Anchor(code, f"{post['post']}: {_name(post)}", "", was)

    def change(self, code: str, was: Mapping[str, Any]) -> Change:
        """Return what changed of a post and its holder."""
        if not was:
            return UNKNOWN
        post = self.posts.get(code) or self._renamed(was)
        if post is None:
            return GONE
        now = self._said(post)
        now[DOCUMENT] = document_after({"document_number": was["number"]}, post)
        return of_cells([(one, str(was[one]), text) for one, text in now.items()])

    def _renamed(self, was: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the post whose holder has another name now: by document, or the only such post."""
        key = post_key(str(was["Cargo"]), str(was["Unidad"]))
        same = [post for post in self.posts.values() if key_of(dict(post)) == key]
        held = [post for post in same if post["document_number"] == was["number"]]
        found = held or [post for post in same if post["ground"] not in SHARED]
        return found[0] if len(found) == 1 else None

    @staticmethod
    def _said(post: Mapping[str, Any]) -> dict[str, str]:
        return {
            "Quién lo ocupa": _name(post),
            DOCUMENT: masked_document(post),
            "Cargo": post["post"],
            "Unidad": post["unit"],
            "Por qué": dict(GROUNDS).get(post["ground"], ""),
            "Norma": post["norm"],
            "Desde": write_date(post["from_on"]) if post["from_on"] else "",
            "Hasta": write_date(post["to_on"]) if post["to_on"] else "",
        }
