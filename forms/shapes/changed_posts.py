"""The part of a change that concerns decision-makers: listed posts, new ones, a pasted table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from forms import Page, StepForm
from forms.change_documents import Leaving
from forms.fields import DocumentField, GroupField, ListField, TextField, add_error
from forms.fields.pasted import TableField, some_of, without_headings
from forms.fields.people import key_of
from forms.records import Post
from forms.shapes.change_parts import HolderPart, place_id
from forms.shapes.decision_makers import COLUMNS as POST_COLUMNS
from forms.shapes.decision_makers import (
    GROUNDS,
    TABLE,
    PostPart,
    fault_of,
    is_acting,
    is_header,
    overlaps,
    read_row,
)
from forms.shapes.personnel_change import (
    GONE,
    Key,
    Row,
    holder_key,
    merged_posts,
    place_key,
    split,
)
from forms.shapes.signing import as_is_field

POSTS = ("holders", "posts", "pasted")
GROUND = ("number", "document", "as_is_document")


class ChangedPostsForm(StepForm):
    """Posts and holders that change; it reads `decision_makers`."""

    grounds = dict(GROUNDS)

    holders = ListField(
        GroupField(HolderPart),
        "Cargos que cambian de titular, quedan vacantes o salen de la relación",
        most=50,
        add_label="Agregar otro cargo que cambia",
    )
    posts = ListField(
        GroupField(PostPart),
        "Cargos nuevos y encargos",
        hint="Un cargo que entra en la relación, o quien lo ocupa como encargado. Si la entidad "
        "lo determina con una norma suya, lo aprueba la máxima autoridad.",
        most=50,
        add_label="Agregar otro cargo nuevo",
    )
    pasted = TableField(
        "Tabla de los cargos que cambian (opcional)",
        hint=TABLE,
        limit=300_000,
    )
    number = TextField(
        "Documento que sustenta el cambio de los cargos",
        hint="Por ejemplo, Resolución de Alcaldía 015-2026. Hace falta si cambia un cargo.",
        limit=200,
    )
    document = DocumentField(
        "Copia de ese documento",
        hint="Hace falta si alguien pasa a ocupar un cargo sin esperar una aprobación, porque se "
        "publica en cuanto envías.",
        paper="personnel_ground",
    )
    as_is_document = as_is_field("document")

    def prepare(self) -> None:
        """Offer the listed posts."""
        super().prepare()
        listed = self._listed()
        choices = [("", "Elige"), *((key, _said(post)) for key, post in listed.items())]
        for entry in self.holders:
            entry.form.place.choices = choices
            entry.form.held = listed.get(entry.form.place.data or "")
            entry.form.today = self.given.get("today")

    @property
    def current_posts(self) -> list[Row]:
        """The list of decision-makers today."""
        return list(self.given.get("decision_makers") or ())

    def _listed(self) -> dict[str, Row]:
        """Return the rows in force, and the last one of each vacant post, by their short ids."""
        last: dict[Key, Row] = {}
        in_force = []
        for post in sorted(self.current_posts, key=lambda one: str(one["from_on"])):
            if not post["to_on"]:
                in_force.append(post)
            if not is_acting(post):
                last[place_key(post)] = post
        taken = {place_key(post) for post in in_force if not is_acting(post)}
        vacant = [post for key, post in last.items() if key not in taken]
        return {place_id(post): post for post in [*in_force, *vacant]}

    def left(self) -> list[Leaving]:
        """Return everyone who leaves the register."""
        raise NotImplementedError

    def lines(self) -> list[tuple[int, list[str]]]:
        """Return the pasted lines of posts, without the heading."""
        return without_headings(self.pasted.rows(len(POST_COLUMNS)), is_header)

    def changed_posts(self) -> list[Post]:
        """Return the holders who come, leave or are corrected."""
        parts = [*(entry.form for entry in self.posts), *(read_row(row) for _, row in self.lines())]
        found = [row for entry in self.holders if entry.form.held for row in entry.form.changed()]
        for part in parts:
            part.validate()  # tidies document numbers
            found.append(part.record())
        found += self._left_behind(found)
        known = self.current_posts
        return [cast("Post", post) for post in found if post not in known]

    def _left_behind(self, changed: Iterable[Row]) -> list[dict[str, Any]]:
        """Return the posts of people who left the entity which no other entry of the form ends."""
        last = {key_of(one): one["last_day"] for one in self.left() if one["reason"] == GONE}
        done = {holder_key(post) for post in [*changed, *self.removed_posts()]}
        return [
            dict(post) | {"to_on": max(last[key_of(post)], post["from_on"])}
            for post in self.current_posts
            if not post["to_on"] and last.get(key_of(post)) and holder_key(post) not in done
        ]

    def removed_posts(self) -> list[Post]:
        """Return the posts that leave the list."""
        entries = [entry.form for entry in self.holders if entry.form.held]
        return [cast("Post", row) for part in entries for row in part.removed()]

    def writes_posts(self) -> bool:
        """Return whether an entry about posts was typed or pasted."""
        return bool(self.lines() or self.posts.entries or self.holders.entries)

    def idle(self) -> set[str]:
        """Return the fields that the other answers do not ask for."""
        return set() if self.writes_posts() else {*GROUND}

    def reviewed(self, page: Page) -> list[str]:
        """Return the fields that apply; an idle field is listed if it has a value or an error."""
        idle = self.idle()
        return [
            name
            for name in super().reviewed(page)
            if name not in idle or self[name].data or self[name].errors
        ]

    def check_posts(self) -> None:
        """Reject incomplete lines, two titulares of a post at once, and a change without ground."""
        parts = [(f"Línea {number}", read_row(row)) for number, row in self.lines()]
        faults = [f"{where}: {fault}" for where, part in parts if (fault := fault_of(part))]
        if faults:
            add_error(self.pasted, some_of(faults))
        written = self.writes_posts()
        if written and not self.current_posts:
            last = self.posts if self.posts.entries else self.pasted
            add_error(last, "La entidad todavía no define a sus sujetos con capacidad de decisión.")
        if not self.is_valid:
            return
        if written and not self.number.data:
            add_error(self.number, "Escribe el documento que sustenta el cambio de los cargos.")
        if not self.document.data and self._has_new_holders():
            add_error(
                self.document,
                "Sube la copia del documento: quien pasa a ocupar un cargo rige en cuanto envías.",
            )
        self._keep_apart()

    def _has_new_holders(self) -> bool:
        """Return whether a post gets a new holder without an approval."""
        known = {holder_key(post) for post in self.current_posts}
        facts, *_ = split(self.current_posts, self.changed_posts(), self.removed_posts())
        return any(holder_key(post) not in known for post in facts)

    def _keep_apart(self) -> None:
        merged = merged_posts(self.current_posts, self.changed_posts(), self.removed_posts())
        entries = [(_holder(post), self._field_of(post), post) for post in merged]
        sentences: dict[Any, list[str]] = {}
        for field, sentence in overlaps(entries):
            sentences.setdefault(field, []).append(sentence)
        for field, found in sentences.items():
            add_error(field, some_of(found))

    def _field_of(self, post: Row) -> Any:
        """Return the field in which a row of the changed list was written."""
        for entry in self.posts:
            if entry.form.record() == post:
                return entry.form["from_on"]
        for entry in self.holders:
            if entry.form.held and post in entry.form.changed():
                return entry.form["from_on"]
        return self.pasted


def _holder(post: Row) -> str:
    return f"{post['post']}, {post['given_names']} {post['surnames']}"


def _said(post: Row) -> str:
    who = "vacante" if post["to_on"] else f"{post['given_names']} {post['surnames']}"
    who += ", encargado" if is_acting(post) else ""
    return f"{post['post']}, {post['unit']}: {who}"
