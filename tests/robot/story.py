"""An entity's story: its people, their actions, the mails that go out, and the days that pass."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from flask import Flask
from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

import forms
from app.base import calendar
from app.base.models import Entity, Mail, PlannedStart, ProcessInstance, Reminder, Task
from app.cases import processes, records, reminders
from app.cases.case import Case
from app.cases.processes.case_admin import LEFT_BY
from app.onboarding.case_admin.validation import ReasonForm
from app.ops import trial_people
from app.people.access import PCM_ROLES
from forms.examples import SAMPLE_FILE
from tests.app.walk import Driver, example, step_named
from tests.robot import steps
from tests.robot.browsing import PASSWORD, Page, Visitor, local

if TYPE_CHECKING:
    from tests.conftest import Clock

#: Document and names of people of the stories, clearly invented.
PEOPLE: Mapping[str, dict[str, str]] = {
    role: {
        "document_type": "DNI",
        "document_number": number,
        "given_names": given_names,
        "surnames": surnames,
        "email": f"{role.replace('_', '.')}@example.pe",
    }
    for role, number, given_names, surnames in (
        ("preparer", "00000101", "Paula Persona", "Quispe Ejemplo"),
        ("authority", "00000102", "Aurelio Persona", "Mamani Muestra"),
        ("administrator", "00000103", "Ana Persona", "Flores Ficticio"),
        ("alternate", "00000104", "Alberto Persona", "Rojas Ejemplo"),
        ("new_administrator", "00000105", "Nora Persona", "Díaz Muestra"),
        ("new_authority", "00000106", "Norberto Persona", "Quispe Muestra"),
        ("coordinator", "00000107", "Carla Persona", "Rojas Muestra"),
    )
}
#: The reason for validating a stage.
REASONED = {
    "validation_reason": "La entidad ya la había cumplido antes de usar la plataforma.",
    "validation_document": SAMPLE_FILE,
}
OF_PCM = {role: document for role, document, *_ in trial_people.PCM_PEOPLE}


class Story(Driver):
    """An entity of the catalogue on its way, through the actions and the pages of its people."""

    def __init__(self, app: Flask, clock: Clock, code: str) -> None:
        self.app = app
        self.clock = clock
        self.code = code
        self.random = Random(7)
        self.people: dict[str, Visitor] = {
            role: Visitor(app, document, trial_people.PASSWORD) for role, document in OF_PCM.items()
        }
        (entity,) = self.all(select(Entity).where(Entity.code == code))
        self.id, self.name = entity.id, entity.name

    # Reading the database, for what a reader would know

    def ask(self, query: Select[Any]) -> Any:
        """Return the first value of a query."""
        return next(iter(self.all(query)), None)

    def concerns(self, instance: int = 0) -> ColumnElement[bool]:
        """Return the condition of the entity's tasks, of whatever process."""
        return Task.entity_id == self.id

    def task_of(self, step: str) -> Task:
        """Return the open task of a step."""
        return self.read(self.find, step)

    def open_tasks(self) -> list[tuple[int, str, datetime | None]]:
        """Return row, task and due date of each open step."""
        rows = self.all(select(Task).where(self.concerns(), Task.state == "open").order_by(Task.id))
        return [(row.id, row.engine_id, row.due_at) for row in rows]

    def onboarding(self, session: Session) -> Case:
        """Return the case of the entity's onboarding."""
        row = session.scalars(
            select(ProcessInstance).where(
                ProcessInstance.entity_id == self.id, ProcessInstance.process == "onboarding"
            )
        ).one()
        return Case(session, row.entity, row)

    # Coming in

    def starts(self, by: str = "superuser") -> str:
        """Start the implementation on the entity's page, as one who does not review it.

        Returns the activation code if the page shows it, because there is no mail address.
        """
        page = self.people[by].go(f"/entidades/{self.code}")
        page.says("Todavía no empieza la implementación")
        page = page.button("Iniciar la implementación").says("Se inició: Implementación.")
        return self._shown_code(page)

    def new_code(self, by: str = "superuser") -> str:
        """Issue another activation code. The page shows it once, and bars its reader."""
        page = (
            self.people[by]
            .go(f"/entidades/{self.code}/acciones")
            .button("Emitir un código de activación")
        )
        return self._shown_code(page)

    def _shown_code(self, page: Page) -> str:
        found = re.search(r"Código de activación de .*?: (\S+)\. Vale una sola vez", page.text)
        return found[1] if found else ""

    def mailed_code(self, address: str) -> str:
        """Return the activation code, as the superuser reads it in the outbox."""
        body = self.mail("Código de activación", to=address, reader="superuser")
        return str(re.findall(r"Código de activación:\s+(\S+)", body)[0])

    def visitor(self, role: str) -> Visitor:
        """Return a browser of a user of the entity."""
        return Visitor(self.app, PEOPLE[role]["document_number"])

    @property
    def stranger(self) -> Visitor:
        """Return a browser without a user."""
        return Visitor(self.app)

    def activates(self, code: str, role: str = "preparer") -> Page:
        """Enter the code, and become the preparer."""
        person = PEOPLE[role]
        visitor = self.visitor(role)
        form = visitor.go("/activar").form("activation_code")
        form.fill("entity_code", self.code.lower())
        form.fill("activation_code", code)
        for name in ("document_type", "document_number", "given_names", "surnames", "email"):
            form.fill(name, person[name])
        form.fill("password", PASSWORD)
        page = form.press()
        assert not page.errors, page.errors
        self.people[role] = visitor
        return page.says(f"Ya puedes preparar la designación de {self.name}.")

    def accepts_invitation(self, role: str, reader: str = "superuser") -> Page:
        """Open the link of an invitation and choose a password.

        Its reader decides nothing on the entity.
        """
        person = PEOPLE[role]
        body = self.mail("Abre tu cuenta", to=person["email"], reader=reader)
        link = local(re.findall(r"http://localhost/invitacion/\S+", body)[0])
        visitor = self.visitor(role)
        form = visitor.go(link).form("new_password")
        form.fill("new_password", PASSWORD)
        page = form.press()
        assert not page.errors, page.errors
        again = visitor.look(link)
        assert again.response.status_code == 410, "an invitation is spent by its use"
        self.people[role] = visitor
        return page

    def puts_in_charge(self, role: str, of_pcm: str = "sip") -> None:
        """Invite a coordinator and assign the entity to them, as the superuser."""
        boss = self.people["superuser"]
        invitation = boss.go("/personas/nueva").form("role")
        for name, value in PEOPLE[role].items():
            invitation.fill(name, value)
        invitation.fill("role", of_pcm)
        page = invitation.press()
        assert not page.errors, page.errors
        page.says(f"{PEOPLE[role]['surnames']} recibirá un correo para ingresar.")
        self.accepts_invitation(role, reader="superuser")
        charge = boss.go(f"/coordinadores?q={self.code}").form("entidad")
        charge.fill("entidad", self.code)
        (user_id,) = charge.element.xpath(
            f".//select[@name='{of_pcm}']/option[contains(., '{PEOPLE[role]['surnames']}')]/@value"
        )
        charge.fill(of_pcm, user_id)
        charge.press("marcadas").says("Cambió el encargo de 1 entidad.", PEOPLE[role]["surnames"])

    # Mails

    def mail(self, subject: str, to: str = "", reader: str = "sip") -> str:
        """Return the text of the newest mail with that subject, as the outbox shows it."""
        query = to or subject
        page = self.people[reader].go(f"/correos?q={query}")
        for address in page.links(r"^/correos/\d+$"):
            shown = self.people[reader].go(address)
            if subject in shown.text and (not to or to in shown.text):
                for form in shown.forms:
                    if form.element.get("action", "").endswith("/mostrar"):
                        return form.press().text
                return shown.text
        raise AssertionError(f"{page} lists no mail «{subject}» to {to}: {page.text}")

    def notified(self, step: str) -> set[str]:
        """Return the addresses that were notified of the newest task of a step.

        By a legal notice, or by the ladder.
        """
        self.remind()
        newest = select(func.max(Task.id)).where(self.concerns(), Task.step == step)
        task_id = self.ask(newest)
        role = self.ask(select(Task.role).where(Task.id == task_id))
        noticed = Mail.kind == "legal_notice", Mail.body.contains(f"/tareas/{task_id}\n")
        word = "coordinator" if role in PCM_ROLES else "lane"
        reminded = Reminder.task_id == task_id, Reminder.recipient == word
        return set(self.all(select(Mail.to).where(*noticed))) | set(
            self.all(select(Reminder.address).where(*reminded))
        )

    def remind(self) -> None:
        """Run the job of the reminders."""
        with self.app.app_context():
            reminders.run(self.app.extensions["engine"])

    def mails_to(self, address: str) -> list[str]:
        """Return the subjects of all mails to an address."""
        return self.all(select(Mail.subject).where(Mail.to == address))

    # Doing

    def publishes(self, role: str, topic: str, on: str, seats: str) -> None:
        """Publish a session at ten in the morning, as a coordinator."""
        form = self.people[role].go("/sesiones/nueva").form("seats")
        for name, value in (("topic", topic), ("on", on), ("hour", "10:00"), ("minutes", "60")):
            form.fill(name, value)
        form.fill("link", "https://reuniones.example.org/induccion")
        form.fill("seats", seats)
        page = form.press()
        assert not page.errors, page.errors
        page.says("La sesión quedó publicada.")

    def validates(self, stage: str) -> None:
        """Validate a stage as a coordinator, on the pages of the validation."""
        coordinator, answers = self.people["sip"], self.left_by(stage)
        choice = coordinator.go(self.page(part="acciones").link("Convalidar una etapa"))
        (address,) = choice.links(f"/?{stage}/")
        page = coordinator.go(urljoin(choice.path, address))
        page = steps.send(page, ReasonForm, "motivo", REASONED)
        for name, values in answers.items():
            form_class = forms.steps()[name].form
            for screen in form_class.screens():
                key = f"{name}-{screen.key}".replace("_", "-")
                assert page.path.endswith(f"/{key}"), f"{page}: expected {key}"
                page = steps.send(page, form_class, screen.key, values)
        page.says("La etapa quedó convalidada.")

    def opens(self, role: str, step: str) -> Page:
        """Find a step among the user's waiting ones, and open it."""
        task = self.task_of(step)
        inbox = self.people[role].go("/pendientes")
        heading = forms.steps()[step].form.heading or task.name
        inbox.says(heading)
        assert inbox.links(rf"^/tareas/{task.id}$"), f"{inbox} does not lead to {step}"
        return self.people[role].go(f"/tareas/{task.id}")

    def does(
        self, role: str, step: str, wanted: str = "", *, keeps: Iterable[str] = (), **changes: Any
    ) -> Page:
        """Answer a step, page by page, with the example of an outcome or name.

        Fields named in `keeps` stay as the page has them.
        """
        page = self.opens(role, step)
        values = self.values(step, wanted, changes)
        for name in keeps:
            del values[name]
        after = steps.answer(page, forms.steps()[step].form, values)
        self.remind()
        return after.says("Registramos tu respuesta")

    def values(
        self, step: str, wanted: str = "", changes: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Return the values of an example for the present case, with some of the story's."""
        with self.reading() as session:
            task = self.find(session, step)
            case = Case(session, task.entity, task.instance, None, task)
            folder = step_named(step)
            given = {name: records.read(case, name) for name in folder.needs}
            given["today"] = calendar.today()
            leads_on = folder.accepts[0].outcome
            values = example(step, wanted or leads_on).values(given, self.random)
        return merged(values, changes or {})

    def left_by(self, stage: str) -> dict[str, dict[str, Any]]:
        """Return the values for the pages of a validation, by step: examples merged in order."""
        given: dict[str, Any] = {"today": calendar.today()}
        found: dict[str, dict[str, Any]] = {}
        with self.reading() as session:
            case = self.onboarding(session)
            for name in LEFT_BY[stage][0]:
                given |= {need: records.read(case, need) for need in step_named(name).needs}
                values = dict(example(name).values(given, self.random))
                found[name] = values | {
                    key: values[key] | PEOPLE[key] for key in PEOPLE if key in values
                }
        return found

    # Days

    def until(self, moment: datetime) -> None:
        """Let time pass up to a moment. Work that falls due before it is done when it is due."""
        with self.app.app_context():
            engine = self.app.extensions["engine"]
            while (due := self._next()) is not None and due <= moment:
                self.clock.set(max(due, self.clock()))
                assert processes.tick(engine), "what is due is woken"
                self.remind()
            self.clock.set(moment)

    def _next(self) -> datetime | None:
        wakes = self.ask(select(func.min(ProcessInstance.wake_at)))
        planned = self.ask(select(func.min(PlannedStart.at)))
        return min((at.astimezone(UTC) for at in (wakes, planned) if at), default=None)

    def days(self, count: int) -> None:
        """Let working days pass. It is nine in the morning in Lima again."""
        days = calendar.Calendar()
        day = days.add(calendar.today(), count)
        self.until(calendar.midnight(day) + timedelta(hours=9))

    def waits_for(self, step: str, most: int = 60) -> None:
        """Let days pass until a step is open. Fails after `most` working days."""
        for _ in range(most):
            if step in self.open_steps():
                return
            self.days(1)
        raise AssertionError(f"{step} did not open in {most} working days: {self.open_steps()}")

    def is_ahead(self, step: str) -> bool:
        """Return whether a step has not been answered yet."""
        answered = Task.state == "completed", Task.step == step, self.concerns()
        return not self.all(select(Task.id).where(*answered))

    # Reading

    def page(self, role: str = "sip", part: str = "") -> Page:
        """Return the summary of the entity or another of its pages, as a user sees it."""
        return self.people[role].go(f"/entidades/{self.code}/{part}".rstrip("/"))

    def history(self, role: str = "sip") -> list[str]:
        """Return all sentences of the history, the oldest first."""
        history: list[str] = []
        number = 1
        while True:
            page = self.people[role].look(f"/entidades/{self.code}/historial?pagina={number}")
            found = page.tree.xpath("//*[contains(@class, 'history__text')]")
            history += [" ".join(one.text_content().split()) for one in found]
            number += 1
            if not page.links(rf"pagina={number}\b"):
                return list(reversed(history))


def merged(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with some of them changed, also inside groups."""
    result = dict(values)
    for name, value in changes.items():
        old = result.get(name)
        both = isinstance(old, Mapping) and isinstance(value, Mapping)
        result[name] = {**old, **value} if both and old is not None else value
    return result
