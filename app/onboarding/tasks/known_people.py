"""Buttons that fill in a person: *Soy yo*, and people whose data the case knows.

They appear in every step that has fields for a person. The server fills the fields, so that a
button works without a script and keeps the other fields as typed. Its action is
`known:<field>:<key>`; the key names the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.cases import records
from app.onboarding.tasks.loading import TaskPage
from forms import Page
from forms.drafts import Pair, as_formdata, is_of
from forms.fields.people import same_document
from forms.fields.personnel import tidy_row
from forms.fields.roster import rows_from, text_of
from forms.shapes.decision_makers import ground_hint

#: The first word of an action.
ACTION = "known"
#: The key of the user.
ME = "me"
#: The fields that identify a person.
DOCUMENT = ("document_type", "document_number")
NAMES = ("given_names", "surnames")
#: Key of a person → profile in a row of the roster.
PROFILES = {
    "administrator": "administrator",
    "alternate": "administrator",
    "authority": "decision_maker",
}
#: Name of a group → keys it never takes: its own, and those that must be another person's.
NEVER = {
    "administrator": frozenset({"administrator", "alternate"}),
    "alternate": frozenset({"administrator", "alternate"}),
}


@dataclass(frozen=True)
class KnownPerson:
    """A person whose data are known; `role` says in Spanish what the person is in the case."""

    key: str
    role: str
    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Given names and surnames."""
        return f"{self.values['given_names']} {self.values['surnames']}".strip()


@dataclass(frozen=True)
class Offer:
    """A button under a field: the action it posts and its label."""

    action: str
    label: str


def offers(task_page: TaskPage, page: Page) -> dict[str, list[Offer]]:
    """Return the buttons of the person fields on a page, by the field's name."""
    form = task_page.form
    fields = [form[name] for name in page.fields if name in form and _kind(form[name])]
    if not fields:
        return {}
    people = list(_people(task_page))
    return {
        field.name: [
            Offer(f"{ACTION}:{field.name}:{person.key}", _label(field, person))
            for person in _without_duplicates(people, field)
            if _fits(field, person)
        ]
        for field in fields
    }


def _without_duplicates(people: Sequence[KnownPerson], field: Any) -> Iterator[KnownPerson]:
    """Remove people known twice, and the user if the field is for another person.

    A roster takes the profile of the person's post; any other field takes the user's own data.
    """
    me = next((one for one in people if one.key == ME), None)
    if me is None:
        yield from people
        return
    duplicates = [one for one in people if one is not me and same_document(one.values, me.values)]
    barred = NEVER.get(field.name, ())
    left_out: list[KnownPerson] = duplicates
    if any(one.key.removeprefix("typed-") in barred for one in duplicates):
        left_out = [me, *duplicates]
    elif _kind(field) == "roster" and any(not one.key.startswith("typed-") for one in duplicates):
        left_out = [me]
    yield from (one for one in people if one not in left_out)


def find(task_page: TaskPage, page: Page, action: str) -> tuple[Any, KnownPerson] | None:
    """Return the field and the person that a button names; None if it is not in `offers`."""
    word, _, rest = action.partition(":")
    name, _, key = rest.partition(":")
    form = task_page.form
    if word != ACTION or name not in page.fields or name not in form or not _kind(form[name]):
        return None
    person = next((one for one in _people(task_page) if one.key == key), None)
    return (form[name], person) if person and _fits(form[name], person) else None


def _kind(field: Any) -> str:
    """Return a field's way to take people: "group", "roster" or "posts"; "" if it takes none."""
    kind = getattr(field, "kind", "")
    if kind == "roster":
        return "roster"
    if kind == "group":
        return "group" if all(name in field.form for name in NAMES) else ""
    return "posts" if field.short_name == "posts" else ""


def _people(task_page: TaskPage) -> Iterator[KnownPerson]:
    """Yield the known people: the user, people of the records, people typed on other pages."""
    recorded, user = list(_recorded(task_page)), task_page.user
    if not task_page.on_behalf:
        names = (*DOCUMENT, *NAMES, "email", "phone")
        own = {name: getattr(user, name) for name in names}
        same = next((one.values for one in recorded if same_document(one.values, own)), {})
        yield KnownPerson(ME, "", {**same, **{name: value for name, value in own.items() if value}})
    yield from recorded
    for field in task_page.form:
        if _kind(field) == "group" and "document_number" in field.form:
            values = {part.short_name: part.data for part in field.form if part.data}
            if all(values.get(name) for name in (*DOCUMENT, *NAMES)):
                yield KnownPerson(f"typed-{field.name}", field.label.text.lower(), values)


def _recorded(task_page: TaskPage) -> Iterator[KnownPerson]:
    """Yield the people that the entity's records name."""
    authority = records.read(task_page.case, "authority")
    designated = records.read(task_page.case, "administrator") or {}
    for key, role, person in (
        ("authority", "máxima autoridad", authority),
        ("administrator", "administrador", designated.get("holder")),
        ("alternate", "alterno", designated.get("alternate")),
    ):
        if person and person.get("document_number"):
            yield KnownPerson(key, role, {name: value for name, value in person.items() if value})


def _fits(field: Any, person: KnownPerson) -> bool:
    """Return whether a field may take the person and does not hold them already."""
    kind = _kind(field)
    if kind == "group":
        if person.key.removeprefix("typed-") in NEVER.get(field.name, {field.name}):
            return False
        typed = {name: field.form[name].data for name in (*DOCUMENT, *NAMES) if name in field.form}
        if "document_number" in typed:
            return not same_document(typed, person.values)
        return any(typed[name] != person.values[name] for name in NAMES)
    if kind == "roster":
        return person.key.partition("-")[0] != "typed" and not any(
            same_document(row, person.values) for row in (*field.rows, *field.listed)
        )
    entries = [{name: entry.form[name].data for name in DOCUMENT} for entry in field.entries]
    return person.key == "authority" and not any(
        same_document(entry, person.values) for entry in entries
    )


def _label(field: Any, person: KnownPerson) -> str:
    """Return the label of a button."""
    if person.key == ME:
        return "Agregarme a mí" if _kind(field) == "roster" else "Soy yo"
    verb = "Usar los datos de" if _kind(field) == "group" else "Agregar a"
    return f"{verb} {person.name} ({person.role})"


def filled_in(task_page: TaskPage, field: Any, person: KnownPerson) -> list[Pair]:
    """Return the draft with the person in the field; values unknown of the person stay."""
    pairs, name, values = task_page.pairs, field.name, dict(person.values)
    form_class = task_page.step.form
    if _kind(field) == "roster":
        return _with_row(pairs, name, person)
    if _kind(field) == "posts":
        values |= {"from_on": values.get("since_on", ""), "ground": ground_hint(values["post"])}
        posts: dict[str, Any] = {name: [{} for _ in field.entries] + [values]}
        last = f"{name}-{len(field.entries)}"
        new = as_formdata(form_class, posts)
        unchanged = [pair for pair in pairs if not is_of(last, pair[0])]  # without a blank entry
        return unchanged + [pair for pair in new if is_of(last, pair[0])]
    known = {part: value for part, value in values.items() if part in field.form}
    replaced = {f"{name}-{part}" for part in known}
    unchanged = [pair for pair in pairs if pair[0] not in replaced]
    return unchanged + as_formdata(form_class, {name: known})


def _with_row(pairs: list[Pair], name: str, person: KnownPerson) -> list[Pair]:
    """Return the draft with a new row of the roster, opened for editing if it has no profile."""
    rows = rows_from(dict(pairs).get(name, ""))
    profile = PROFILES.get(person.key, "")
    values = {**person.values, "profile": profile, "movement": "alta"}
    row = tidy_row({key: str(value) for key, value in values.items()})
    unchanged = [pair for pair in pairs if pair[0] not in (name, f"{name}-editing")]
    with_row = [*unchanged, (name, text_of([*rows, row]))]
    return with_row if profile else [*with_row, (f"{name}-editing", str(len(rows) + 1))]
