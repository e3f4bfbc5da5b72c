"""A cancellation by two coordinators, where the configuration asks for it."""

from __future__ import annotations

import re

import pytest

from app.base import config
from app.cases import processes
from app.people import proposals
from tests.app.walk import CODE, Walk
from tests.pages import CheckingClient

HERE = f"/entidades/{CODE}"
WHY = {"reason": "La entidad se fusiona con otra."}
YES = {"answer": "confirm"}


@pytest.fixture
def two(walk: Walk) -> int:
    """Let cancellations need two, in a case that runs. Return its id."""
    walk.app.config["CANCEL_NEEDS_TWO"] = "yes"
    return walk.begin()


def requested(walk: Walk, instance: int, role: str = "sip") -> str:
    """Ask for a cancellation. Return the address where it is answered."""
    answer = walk.browser(role).post(f"{HERE}/procesos/{instance}/anular", data=WHY)
    assert answer.status_code == 303, answer.text
    proposal = walk.read(proposals.waiting, "cancellation", str(instance))
    assert proposal is not None
    return f"/propuestas/{proposal.id}"


def confirm(client: CheckingClient, place: str) -> int:
    """Confirm a request, with the page that shows what follows. Return the status."""
    page = client.post(place, data=YES)
    stamp = re.findall(r'name="_confirmado" value="([^"]+)"', page.text)
    if not stamp:
        return page.status_code
    return client.post(place, data=YES | {"_confirmado": stamp[0]}).status_code


@pytest.mark.nightly
def test_a_request_changes_nothing_until_another_one_confirms_it(walk: Walk, two: int):
    place = requested(walk, two)
    assert walk.row(two).status == "running"
    own, other = walk.browser("sip"), walk.browser("sgtd")
    assert "Falta que otra persona lo confirme" in own.get(HERE).text
    assert place in other.get(HERE).text
    assert f'href="{place}">Anular el proceso' in other.get("/hoy").text
    assert confirm(own, place) == 422
    assert walk.row(two).status == "running"
    assert confirm(other, place) == 303
    assert walk.row(two).status == "cancelled"
    (entry,) = walk.entries("process.cancelled")
    assert (entry.actor_id, entry.data["reason"]) == (walk.people["sgtd"], WHY["reason"])
    assert "como propuso Persona Ejemplo 021" in other.get(f"{HERE}/historial").text
    assert "La confirmó Persona Ejemplo 022" in other.get(place).text
    assert place not in other.get("/hoy").text


@pytest.mark.nightly
def test_a_request_is_made_once_and_refused_with_a_reason(walk: Walk, two: int):
    place = requested(walk, two)
    again = walk.browser("sgtd").post(f"{HERE}/procesos/{two}/anular", data=WHY)
    assert again.status_code == 422
    assert proposals.ANOTHER_WAITS in again.text
    other = walk.browser("sgtd")
    assert other.post(place, data={"answer": "withdraw", "comment": ""}).status_code == 422
    said = {"answer": "withdraw", "comment": "La fusión todavía no tiene norma."}
    assert other.post(place, data=said).status_code == 303
    assert walk.row(two).status == "running"
    assert len(walk.entries("proposal.withdrawn")) == 1
    assert requested(walk, two, "sgtd") != place


def test_the_requester_may_withdraw(walk: Walk, two: int):
    place = requested(walk, two)
    page = walk.browser("sip").get(place).text
    assert "Retirar la propuesta" in page
    assert 'value="confirm"' not in page
    said = {"answer": "withdraw", "comment": "Me equivoqué de entidad."}
    assert walk.browser("sip").post(place, data=said).status_code == 303
    assert "Falta que otra persona" not in walk.browser("sgtd").get(HERE).text


def test_the_setting_is_yes_or_no(tmp_path):
    def load(value: str) -> object:
        given = {"ZAGUAN_CANCEL_NEEDS_TWO": value, "ZAGUAN_DATA": str(tmp_path)}
        return config.load(given)["CANCEL_NEEDS_TWO"]

    assert [load("yes"), load("no")] == ["yes", "no"]
    with pytest.raises(config.BadSetting):
        load("perhaps")


@pytest.mark.nightly
def test_a_request_ends_with_its_process(walk: Walk, two: int):
    place = requested(walk, two)
    walk.act(processes.cancel, "Se extinguió.", on=two, by="sgtd")
    assert walk.read(proposals.waiting, "cancellation", str(two)) is None
    assert place not in walk.browser("sgtd").get(HERE).text
    assert place not in walk.browser("sgtd").get("/hoy").text
