"""The field for attendance by name: a list of people, each present, absent or on leave.

The inputs on the page, for a field named `roll`:

- `roll-<id>`, one of the statuses, for the person with that `id_of`;
- `roll-<id>-why`, the reason: always of a leave, optional of an absence.

The draft stores the same pairs. They name the person, not a position, so a draft still fits when
the list of people has changed.

With more people than a page lists (`searches`), the page shows those marked so far and those found
by name (`forms.fields.searched`). Its post leaves all other marks unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wtforms import Field
from wtforms.validators import ValidationError
from wtforms.widgets import HiddenInput

from forms.drafts import Pair
from forms.fields.pasted import some_of
from forms.fields.people import full_name
from forms.fields.rules import has_control, tidy_line
from forms.fields.searched import Search, Slice, is_found, is_part, slice_of

PRESENT = "present"
#: The statuses as a page offers them, in order.
CHOICES = {PRESENT: "Asistió", "absent": "No asistió", "leave": "Con licencia"}
#: Longest reason.
LONGEST = 200
#: Longest text of a mark that a draft stores: enough to say that the reason is too long.
STORED = 300
#: Greatest number of people whose mark a post leaves as it is.
MOST_MARKS = 5000


@dataclass(frozen=True)
class Mark:
    """What is known of a person's attendance; `twice` if a post gave two different statuses."""

    status: str = PRESENT
    why: str = ""
    twice: bool = False


@dataclass(frozen=True)
class MarkedPerson:
    """A person as a page shows them: `id` is the end of the inputs' names.

    `note` says more about them. `listed` says where they are marked if that is not here.
    """

    id: str
    name: str
    document: str
    mark: Mark
    note: str = ""
    listed: str = ""


def id_of(person: Mapping[str, Any]) -> str:
    """Return the part of the inputs' names that identifies a person: `DNI-00000202`."""
    return f"{person['document_type']}-{person['document_number']}"


class AttendanceField(Field):
    """People in groups with their attendance; `data` maps the ids of marked people to marks.

    A person without a mark is present.
    """

    kind = "attendance"
    widget = HiddenInput()
    data: dict[str, Mark]
    choices = CHOICES
    #: A warning is also shown on the other pages of the step.
    caution = True
    #: The warning if nobody was present.
    nobody = (
        "No marcaste a nadie como asistente. Si envías el informe así, la capacitación se "
        "programa otra vez."
    )
    #: Whether there are more people than a page lists, so that it has a search.
    searches = False

    def __init__(self, label: str | None = None, *, hint: str = "", **kwargs: Any) -> None:
        super().__init__(label, (), description=hint, **kwargs)
        self.expected: Sequence[tuple[str, Sequence[Mapping[str, Any]]]] = ()
        self.search = Search()

    def process(self, formdata: Any, *args: Any, **kwargs: Any) -> None:
        """Read the marks."""
        super().process(formdata, *args, **kwargs)
        self.data = self._read(formdata) if formdata else {}
        self.search = Search.of(self.name, formdata or {})

    def _read(self, formdata: Any) -> dict[str, Mark]:
        prefix = f"{self.name}-"
        found: dict[str, Mark] = {}
        for key in formdata:
            if not self._is_of_person(key) or key.endswith("-why"):
                continue
            statuses = set(formdata.getlist(key))
            why = tidy_line(str(formdata.get(f"{key}-why", "")))
            found[key[len(prefix) :]] = Mark(formdata.get(key), why, len(statuses) > 1)
        return found

    def _is_of_person(self, key: str) -> bool:
        """Return whether a key is an input of a person: an `id_of` has a hyphen."""
        return key.startswith(f"{self.name}-") and "-" in key[len(self.name) + 1 :]

    def absorb(self, posted: Any, uploads: Any, draft: Any, keep: Any) -> list[Pair]:
        """Return what the draft stores of a post: the marks of all people on the page.

        If the page showed only a part of the people, the others keep their marks.
        """
        sent = [
            (key, value[:STORED])
            for key in posted
            if self._is_of_person(key)
            for value in posted.getlist(key)
            if value
        ]
        if not is_part(self.name, posted):
            return sent
        shown = {key.removesuffix("-why") for key in posted if self._is_of_person(key)}
        present = {key for key, value in sent if value == PRESENT}
        unchanged = [
            (key, value)
            for key, value in draft.items(multi=True)
            if self._is_of_person(key) and key.removesuffix("-why") not in shown
        ]
        marked = [pair for pair in sent if pair[0].removesuffix("-why") not in present]
        search = Search.posted(self.name, posted, draft)
        return unchanged[-2 * MOST_MARKS :] + marked + search.pairs(self.name)

    def as_pairs(self, value: Iterable[Mapping[str, Any]]) -> list[Pair]:
        """Return people with `status` and `reason` as the draft stores them."""
        pairs = []
        for person in value or ():
            key = f"{self.name}-{id_of(person)}"
            pairs.append((key, person["status"]))
            if person.get("reason"):
                pairs.append((f"{key}-why", person["reason"]))
        return pairs

    def mark_of(self, person: Mapping[str, Any]) -> Mark:
        """Return a person's mark: present if there is none."""
        return self.data.get(id_of(person)) or Mark()

    @property
    def people(self) -> list[Mapping[str, Any]]:
        """Everybody on the list."""
        return [person for _, people in self.expected for person in people]

    @property
    def groups(self) -> list[tuple[str, list[MarkedPerson]]]:
        """The people as a page shows them: the name of each group, and its people by name."""
        return [
            (title, [self._marked(person) for person in sorted(people, key=full_name)])
            for title, people in self.expected
            if people
        ]

    def _marked(self, person: Mapping[str, Any], listed: str = "") -> MarkedPerson:
        document = f"{person['document_type']} {person['document_number']}"
        return MarkedPerson(
            id_of(person),
            full_name(person),
            document,
            self.mark_of(person),
            ", ".join(person.get("posts", ())),
            listed,
        )

    @property
    def marked(self) -> Slice:
        """A page of the people marked on the list: first those with an error, then by name."""
        people = [one for one in self.missing if one.id in self.data]
        ordered = sorted(people, key=lambda one: not fault_of(one.mark))
        return slice_of(ordered, self.search.marked)

    @property
    def found(self) -> Slice:
        """A page of the people found, in groups; those who are marked cannot be marked twice."""
        if not self.search.page:
            return slice_of([], 1)
        fitting = [
            (title, person)
            for title, people in self.expected
            for person in sorted(people, key=full_name)
            if is_found(person, self.search.text)
        ]
        page = slice_of(fitting, self.search.page)
        groups: dict[str, list[MarkedPerson]] = {}
        for title, person in page.items:
            groups.setdefault(title, []).append(self._marked(person, self._listed(person)))
        return Slice(list(groups.items()), page.number, page.count, page.total)

    def _listed(self, person: Mapping[str, Any]) -> str:
        """Return where a person is marked, "" if nowhere."""
        is_present = self.mark_of(person).status == PRESENT
        return "" if is_present else "Ya está entre las marcadas"

    @property
    def missing(self) -> list[MarkedPerson]:
        """The people who were not present, by name."""
        everybody = [person for _, people in self.groups for person in people]
        return [person for person in everybody if person.mark.status != PRESENT]

    @property
    def warning(self) -> str:
        """A sentence if nobody was present."""
        people = self.people
        if not people or any(self.mark_of(one).status == PRESENT for one in people):
            return ""
        return self.nobody

    def _value(self) -> str:
        return ""

    def pre_validate(self, form: Any) -> None:
        """Reject marks that contradict each other, lack a reason, or are of an unknown person."""
        faults = [
            f"{full_name(person)}: {fault}"
            for person in sorted(self.people, key=full_name)
            if (fault := fault_of(self.mark_of(person)))
        ]
        known = {id_of(person) for person in self.people}
        # A page with a search does not show people who left the list, so nobody could unmark them.
        strangers = [
            key
            for key, mark in self.data.items()
            if key not in known and mark.status != PRESENT and not self.searches
        ]
        faults += [
            f"En la relación no hay nadie con el documento {key[:30].replace('-', ' ', 1)}."
            for key in strangers
        ]
        if faults:
            raise ValidationError(some_of(faults))


def fault_of(mark: Mark) -> str:
    """Return what is wrong with a mark, "" if nothing."""
    if mark.twice:
        return "está a la vez como presente y como ausente; marca una sola opción."
    if mark.status not in CHOICES:
        return "elige una de las opciones."
    if mark.status == PRESENT:
        return ""
    if mark.status == "leave" and not mark.why:
        return "escribe el motivo de la licencia."
    if has_control(mark.why):
        return "borra del motivo los caracteres que no son letras ni signos."
    if len(mark.why) > LONGEST:
        return f"escribe el motivo en {LONGEST} caracteres como máximo (hay {len(mark.why)})."
    return ""
