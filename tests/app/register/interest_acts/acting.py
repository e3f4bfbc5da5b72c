"""Interest acts in tests: a register that records them, and the desk."""

from __future__ import annotations

from datetime import date

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.base.models import InterestAct
from app.register.visits import personnel
from tests.app.visited import CODE, Visited, lima
from tests.pages import CheckingClient

ACTS = f"/registro/{CODE}/produccion/actos"
DEMO = f"/registro/{CODE}/demo/actos"
MAYOR = {
    "post": "Alcaldesa",
    "unit": "Alcaldía",
    "ground": "mayor",
    "norm": "",
    "document_type": "DNI",
    "document_number": "00000401",
    "given_names": "Carmen",
    "surnames": "Mamani Muestra",
    "from_on": "2023-01-01",
    "to_on": "",
}
ACT = {
    "submission": "form-of-an-act",
    "on": "02/03/2026",
    "hour": "07:30",
    "holder": "mamani",
    "actor_name": "Quispe Inventada Ana",
    "document_type": "DNI",
    "document_number": "00000501",
    "interest_of": "third",
    "third_name": "Ejemplos del Norte S.A.C.",
    "third_ruc": "20131370301",
    "decision_sought": "Que se apruebe una licencia de obra",
    "matter": "Ampliación de un almacén",
    "documents": "Carta del 1 de marzo",
    "where": "inside",
    "place": "Sala de reuniones",
    "declared": "yes",
}
REASON = "Se escribió mal la decisión"


class Acting(Visited):
    """A register whose interest acts are enabled since 2 February, with a mayor who decides."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        with self.writing() as session:
            for environment in ("production", "demo"):
                register = self.register(session, environment)
                register.interest_acts_at = lima("2026-02-02 09:00")
                personnel.receive_decision_makers(session, register, [MAYOR], date(2026, 2, 2))

    def acts(self) -> list[InterestAct]:
        """Return all committed versions of all acts."""
        with self.reading() as session:
            found = list(session.scalars(select(InterestAct).order_by(InterestAct.id)))
            session.expunge_all()
            return found

    def attached(self, visit_id: int, base: str = ACTS) -> str:
        """Return the address where an act of a visit is recorded."""
        return f"{base}/nuevo?visita={self.row(visit_id).code}"


def record(desk: CheckingClient, address: str = f"{ACTS}/nuevo", **changed: str) -> str:
    """Record an act as the desk does. Return its code."""
    answer = desk.post(address, data=ACT | changed)
    assert answer.status_code == 303, answer.text
    return answer.location.rpartition("/")[2]


def corrected(desk: CheckingClient, code: str, seen: int = 1, /, **changed: str) -> TestResponse:
    """Correct an act as the desk does."""
    data = ACT | {"seen": str(seen), "reason": REASON, "submission": f"correction-{seen}"}
    return desk.post(f"{ACTS}/{code}/corregir", data=data | changed)
