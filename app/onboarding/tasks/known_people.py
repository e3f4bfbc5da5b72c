"""*Soy yo*, and people whose data the case knows: offered wherever a step asks for a person.

A button of the page fills the fields on the server, so that it works without a script and nothing
else that was typed is lost. Its action is `known:<field>:<key>`; a key names who it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.cases import records
from app.onboarding.tasks.task_page import Desk, keep_draft
from forms import Page, StepForm
from forms.drafts import Pair, as_formdata
from forms.fields.people import same_document
from forms.fields.personnel import tidy_row
from forms.fields.roster import rows_from, text_of
from forms.shapes.decision_makers import ground_hint

WORD = "known"
ME = "me"
#: What identifies a person.
DOCUMENT = ("document_type", "document_number")
NAMES = ("given_names", "surnames")
#: What a row of the roster says of people by what they are in the case.
PROFILES = {"administrator": "administrator", "alternate": "administrator"}


#: Who a group never takes: itself, and who has to be another person.
NEVER = {
    "administrator": frozenset({"administrator", "alternate"}),
    "alternate": frozenset({"administrator", "alternate"}),
}


@dataclass(frozen=True)
class Known:
    """A person whose data are known: a key for addresses, who it is in words, the values."""

    key: str
    role: str
    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Given names and surnames."""
        return f"{self.values['given_names']} {self.values['surnames']}".strip()


@dataclass(frozen=True)
class Offer:
    """A button under a field: what it sends and what it says."""

    action: str
    label: str


def offers(desk: Desk, form: StepForm, page: Page) -> dict[str, list[Offer]]:
    """Return the buttons of the person fields on a page, by the field's name."""
    fields = [form[name] for name in page.fields if name in form and _kind(form[name])]
    if not fields:
        return {}
    people = list(_people(desk, form))
    return {
        field.name: [
            Offer(f"{WORD}:{field.name}:{person.key}", _label(field, person))
            for person in _once(people, field)
            if _fits(field, person)
        ]
        for field in fields
    }


def _once(people: Sequence[Known], field: Any) -> Iterator[Known]:
    """Leave out who is known twice, and the reader where this field is for another person.

    A roster wants the profile that goes with a post; any other field, the reader's own data.
    """
    me = next((one for one in people if one.key == ME), None)
    if me is None:
        yield from people
        return
    again = [one for one in people if one is not me and same_document(one.values, me.values)]
    barred = NEVER.get(field.name, ())
    gone: list[Known] = again
    if any(one.key.removeprefix("typed-") in barred for one in again):
        gone = [me, *again]
    elif _kind(field) == "roster" and any(not one.key.startswith("typed-") for one in again):
        gone = [me]
    yield from (one for one in people if one not in gone)


def fill(desk: Desk, page: Page, action: str) -> str:
    """Fill the field that a button asks for, in the draft; return whose data came, "" if none."""
    word, _, rest = action.partition(":")
    name, _, key = rest.partition(":")
    if word != WORD or name not in page.fields:
        return ""
    form = desk.form()
    if name not in form or not _kind(form[name]):
        return ""
    field = form[name]
    person = next((one for one in _people(desk, form) if one.key == key), None)
    if person is None or not _fits(field, person):
        return ""
    keep_draft(desk, _filled(desk, field, person))
    return person.name


def _kind(field: Any) -> str:
    """How a field asks for persons: as a group, a roster or a list of posts; "" if it does not."""
    if getattr(field, "kind", "") == "roster":
        return "roster"
    if getattr(field, "kind", "") == "group":
        return "group" if all(name in field.form for name in NAMES) else ""
    return "posts" if field.short_name == "posts" else ""


def _people(desk: Desk, form: StepForm) -> Iterator[Known]:
    """Who is known: the reader, those of the records, and those typed on other pages."""
    found = list(_recorded(desk))
    user = desk.user
    if not desk.on_behalf:
        names = (*DOCUMENT, *NAMES, "email", "phone")
        own = {name: getattr(user, name) for name in names}
        same = next((one.values for one in found if same_document(one.values, own)), {})
        yield Known(ME, "", {**same, **{name: value for name, value in own.items() if value}})
    yield from found
    for field in form:
        if _kind(field) == "group" and "document_number" in field.form:
            values = {part.short_name: part.data for part in field.form if part.data}
            if all(values.get(name) for name in (*DOCUMENT, *NAMES)):
                yield Known(f"typed-{field.name}", field.label.text.lower(), values)


def _recorded(desk: Desk) -> Iterator[Known]:
    """Those that the entity's records name."""
    authority = records.read(desk.case, "authority")
    designated = records.read(desk.case, "administrator") or {}
    for key, role, person in (
        ("authority", "máxima autoridad", authority),
        ("administrator", "administrador", designated.get("holder")),
        ("alternate", "alterno", designated.get("alternate")),
    ):
        if person and person.get("document_number"):
            yield Known(key, role, {name: value for name, value in person.items() if value})


def _fits(field: Any, person: Known) -> bool:
    """Whether a field has not got the person already, and may have."""
    kind = _kind(field)
    if kind == "group":
        if person.key.removeprefix("typed-") in NEVER.get(field.name, {field.name}):
            return False
        there = {name: field.form[name].data for name in (*DOCUMENT, *NAMES) if name in field.form}
        if "document_number" in there:
            return not same_document(there, person.values)
        return any(there[name] != person.values[name] for name in NAMES)
    if kind == "roster":
        return person.key.partition("-")[0] != "typed" and not any(
            same_document(row, person.values) for row in field.rows
        )
    entries = [{name: entry.form[name].data for name in DOCUMENT} for entry in field.entries]
    return person.key == "authority" and not any(
        same_document(entry, person.values) for entry in entries
    )


def _label(field: Any, person: Known) -> str:
    """What a button says."""
    if person.key == ME:
        return "Agregarme a mí" if _kind(field) == "roster" else "Soy yo"
    verb = "Usar los datos de" if _kind(field) == "group" else "Agregar a"
    return f"{verb} {person.name} ({person.role})"


def _filled(desk: Desk, field: Any, person: Known) -> list[Pair]:
    """The draft with the person in the field; what is not known of the person stays as typed."""
    pairs, name, values = list(desk.pairs), field.name, dict(person.values)
    if _kind(field) == "roster":
        return _with_row(pairs, name, person)
    if _kind(field) == "posts":
        values |= {"from_on": values.get("since_on", ""), "ground": ground_hint(values["post"])}
        posts: dict[str, Any] = {name: [{} for _ in field.entries] + [values]}
        last = f"{name}-{len(field.entries)}"
        new = as_formdata(desk.step.form, posts)
        return pairs + [pair for pair in new if pair[0] == last or pair[0].startswith(f"{last}-")]
    known = {part: value for part, value in values.items() if part in field.form}
    replaced = {f"{name}-{part}" for part in known}
    kept = [pair for pair in pairs if pair[0] not in replaced]
    return kept + as_formdata(desk.step.form, {name: known})


def _with_row(pairs: list[Pair], name: str, person: Known) -> list[Pair]:
    """The draft with another row of the roster; one without a profile is opened to choose it."""
    typed = dict(pairs)
    rows = rows_from(typed.get(name, ""))
    profile = PROFILES.get(person.key, "decision_maker" if person.key == "authority" else "")
    values = {**person.values, "profile": profile, "movement": "alta"}
    row = tidy_row({key: str(value) for key, value in values.items()})
    kept = [pair for pair in pairs if pair[0] not in (name, f"{name}-editing")]
    kept.append((name, text_of([*rows, row])))
    return kept if profile else [*kept, (f"{name}-editing", str(len(rows) + 1))]
