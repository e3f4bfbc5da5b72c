"""Before an account is closed, its page says who takes over that person's tasks and entities."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.base.models import Entity
from tests.app.administration.away import assign, more
from tests.app.administration.test_departures import leaves_entity
from tests.app.walk import Walk


def before(walk: Walk, part: str) -> str:
    """Return the page that appears before an account is closed."""
    page = walk.browser("superuser").get(f"/personas/{walk.people[part]}/desactivar")
    assert page.status_code == 200
    return page.text


@pytest.mark.nightly
def test_the_page_before_a_deactivation_says_who_goes_on(begun: Walk):
    assign(begun, "plan_training", "administrator")
    page = before(begun, "administrator")
    assert "Siguen con Persona Ejemplo 013." in page
    assert "1\xa0asignado" in page
    assert begun.task("plan_training").assignee_id == begun.people["administrator"]
    with begun.writing() as session:
        session.scalars(select(Entity)).one().sip_coordinator_id = begun.people["sip"]
    page = before(begun, "preparer")
    assert "pasan a Persona Ejemplo 021, con un aviso y un correo, y la entidad recibe" in page
    more(begun, "other_sip", "40000031", "sip")
    page = before(begun, "sip")
    assert "Siguen con Persona Ejemplo 031. Deja el encargo de 1\xa0entidad" in page
    more(begun, "auditor", "40000032", "auditor")
    assert "nada cambia de manos" in before(begun, "auditor")
    assert "Es la única persona activa que gestiona la plataforma" in before(begun, "superuser")
    leaves_entity(begun)
    page = before(begun, "administrator")
    assert "empieza una nueva designación, que prepara Persona Ejemplo 011" in page
    assert "avisamos a Persona Ejemplo 021" in page
