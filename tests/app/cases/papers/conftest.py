"""A case whose papers are issued."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.base import calendar, db
from app.base.models import Deployment, Entity, ProcessInstance
from app.cases.case import Case


@pytest.fixture
def case(app: Flask, clock: Any):
    """Yield the onboarding of an invented entity, in a session that is rolled back."""
    with app.app_context():
        session = db.session()
        entity = Entity(code="E00275", name="Municipalidad Distrital de Villa Ejemplo")
        deployment = Deployment(hash="h", texts={})
        session.add_all([entity, deployment])
        session.flush()
        instance = ProcessInstance(
            entity_id=entity.id,
            deployment_id=deployment.id,
            process="onboarding",
            state=b"",
            started_at=calendar.now(),
        )
        session.add(instance)
        session.flush()
        yield Case(session, entity, instance)
