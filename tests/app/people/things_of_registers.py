"""The values in addresses of the registers' pages, for the table of access."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.administration.breaches.acts import Said, report
from app.base import calendar
from app.base.models import (
    Entity,
    Mandate,
    NoVisitDay,
    Outage,
    PlannedVisit,
    PostHolder,
    User,
)
from app.register.facts.values import Entry, Visitor
from app.register.importing import applying, running
from app.register.interest_acts import acts
from app.register.interest_acts.acts import Act
from app.register.registers import environments
from app.register.suppression import requests
from app.register.visits import personnel, recording
from tests.app.visited import PERSONNEL, SINCE


def things(session: Session, here: Entity) -> dict[str, str]:
    """Fill both registers with one row of each kind; return their values in addresses."""
    of_both, today = registers(session, here), calendar.today()
    of_both["past_import"] = str(past_import(session, here))
    of_both["mandate"] = str(mandate(session))
    of_both["rights_request"] = str(rights_request(session, here))
    of_both["breach"] = str(breach(session, here))
    of_both["platform_breach"] = str(breach(session, None))
    return of_both | {"today": today.isoformat(), "month": f"{today:%Y-%m}"}


def registers(session: Session, here: Entity) -> dict[str, str]:
    """Open both registers, with one row of each kind; return their values in addresses."""
    return _in(session, here, "production", "") | _in(session, here, "demo", "demo_")


def rights_request(session: Session, here: Entity) -> int:
    """Add a request of a person about their data in the public register; return its id."""
    register = environments.find(session, here, "production")
    assert register is not None
    wanted = requests.Wanted("access", "Ana Ejemplo", "ana@example.org", "", False)
    return requests.receive(session, register, None, wanted).id


def breach(session: Session, entity: Entity | None) -> int:
    """Add an incident of personal data; return its id."""
    today, now = calendar.today(), calendar.now()
    said = Said("Se perdió una lista.", "", today, today, now)
    token = f"breach of {entity.code if entity else 'the platform'}"
    by_id = session.scalars(select(User.id).limit(1)).one()
    return report(session, entity, said, submission=token, actor_id=by_id).id


def mandate(session: Session) -> int:
    """Add a place where the authority continues; return the id of its row."""
    row = Mandate(
        level="municipalidad_distrital",
        ubigeo="150101",
        from_on=date(2027, 1, 1),
        to_on=date(2027, 6, 30),
        norm="De ejemplo",
    )
    session.add(row)
    session.flush()
    return row.id


def _in(session: Session, here: Entity, environment: str, prefix: str) -> dict[str, str]:
    register = environments.open_register(session, here, environment, None)
    register.interest_acts_at = calendar.now()
    personnel.receive(session, register, PERSONNEL, SINCE)
    of_register = PostHolder.register_id == register.id
    official_id = session.scalars(select(PostHolder.id).where(of_register)).first() or 0
    [visit] = recording.enter(
        session, register, [_entry(official_id)], submission="thing", actor_id=None
    )
    outage = Outage(
        register_id=register.id,
        from_at=calendar.now() - timedelta(days=2),
        to_at=None,
        cause="external",
        declared_at=calendar.now(),
    )
    planned = PlannedVisit(
        register_id=register.id,
        expected_at=calendar.now() + timedelta(days=1),
        official_id=official_id,
        entry={
            "visitor": asdict(Visitor("Inventada Esperada", "DNI", "00000598")),
            "category": "work",
            "motive": "De la prueba",
            "site": "Sede central",
            "place": "",
        },
        created_at=calendar.now(),
        submission="thing",
    )
    holder = _holder(register.id)
    empty_day = NoVisitDay(
        register_id=register.id,
        on=calendar.today() - timedelta(days=3),
        declared_at=calendar.now(),
    )
    session.add_all((empty_day, outage, planned, holder))
    session.flush()
    act = acts.record(
        session, register, _act(holder.id), submission="thing", actor_id=None, visit=visit
    )
    return {
        f"{prefix}visit": visit.code,
        f"{prefix}official": str(official_id),
        f"{prefix}outage": str(outage.id),
        f"{prefix}empty_day": str(empty_day.id),
        f"{prefix}planned": str(planned.id),
        f"{prefix}holder": str(holder.id),
        f"{prefix}act": act.code,
    }


def _act(holder_id: int) -> Act:
    return Act(
        decision_maker_id=holder_id,
        held_on=calendar.today(),
        held_at=None,
        actor_name="Inventada Visita",
        document_type="DNI",
        document_number="00000599",
        interest_of="own",
        third_name="",
        third_ruc="",
        decision_sought="De la prueba",
        matter="De la prueba",
        documents="",
        place="Sede central",
        declared=True,
    )


def past_import(session: Session, here: Entity) -> int:
    """Return the number of a checked file of past visits that waits to be confirmed."""
    register = environments.find(session, here, "production")
    assert register is not None
    content = (
        "Fecha de Visita;Visitante;Hora Ingreso\n"
        "03/02/2025;Inventada Anterior;09:00\n"
        "03/02/2025;;10:00\n"
    )
    upload = running.Upload.of(content.encode(), "anteriores.csv", "own_system")
    report = applying.check(
        session, register, upload.export, source=upload.source, at=calendar.now()
    )
    run = running.keep(session, register, upload, None)
    running.checked(session, register, run, upload.export.columns, report)
    return run.id


def _entry(official_id: int) -> Entry:
    return Entry(
        visitor=Visitor("Inventada Visita", "DNI", "00000599"),
        official_id=official_id,
        category="interests",
        motive="De la prueba",
        site="Sede central",
        place="",
        entry_at=calendar.now(),
    )


def _holder(register_id: int) -> PostHolder:
    return PostHolder(
        register_id=register_id,
        post="Alcaldesa",
        unit="Alcaldía",
        post_key="alcalde--alcaldia",
        search_text="",
        ground="mayor",
        norm="",
        document_type="DNI",
        document_number="00000431",
        given_names="Carmen",
        surnames="Mamani Muestra",
        from_on=date(2025, 1, 1),
        to_on=None,
    )
