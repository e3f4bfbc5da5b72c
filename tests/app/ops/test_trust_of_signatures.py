"""What signatures are checked against, as *Estado* and `zaguan status` say it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from app.base import calendar
from app.cases.papers.preflight.facts import TrustState
from app.ops.health import trust
from app.ops.worker import JOBS
from app.ops.worker.turns import turn
from tests.app.cases.papers.signed import authority, lists
from tests.app.walk import Walk

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def trusted(tmp_path: Path) -> dict[str, str]:
    """Return settings of trust with a list that the root of the folder signed."""
    places = authority.write_trust(tmp_path / "trust")
    file = tmp_path / "lista.xml"
    until = calendar.now() + timedelta(days=30)
    file.write_bytes(lists.signed(lists.unsigned(until=until), "root"))
    return {
        "TRUST_ROOTS": places["roots"],
        "TRUST_LIST": str(file),
        "REVOCATION": places["revocation"],
    }


@pytest.mark.nightly("servers")
def test_the_page_shows_what_there_is_and_what_is_not_used(walk: Walk, trusted: dict[str, str]):
    for job in JOBS.values():
        turn(walk.app, job)
    browser = walk.browser("sip")
    assert "toda firma digital sale como INDETERMINADO" in browser.get("/estado").text
    walk.app.config.update(trusted)
    page = browser.get("/estado").text
    assert "INDETERMINADO" not in page
    assert "Autoridades de la lista de confianza del Estado: 2 (la lista vale hasta el" in page
    assert "nada está detenido" in page
    Path(trusted["TRUST_LIST"]).unlink()
    page = browser.get("/estado").text
    assert "No se usa la lista de confianza del Estado: no hay un archivo en ese lugar." in page
    assert "Autoridades de la lista de confianza del Estado: 0" in page


@pytest.mark.nightly("servers")
def test_the_command_says_the_same(
    run: Run, trusted: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    run("migrate")
    assert "Signatures" not in run("status")[1]
    for name, value in trusted.items():
        monkeypatch.setenv(f"ZAGUAN_{name}", value)
    assert "Signatures: 1 roots, list good until " in run("status")[1]
    Path(trusted["TRUST_LIST"]).write_bytes(b"<html/>")
    code, out, _ = run("status")
    assert code == 1
    assert "Signatures: 1 roots, list unreadable (0 authorities), 2 revocation lists" in out


def test_a_list_that_is_not_used_has_a_sentence():
    for state in sorted(trust.NOT_USED):
        known: TrustState = {
            "roots": 0,
            "listed": 0,
            "list_state": state,
            "list_until": "",
            "revocation_lists": 0,
        }
        assert trust.not_used(known)
        known["list_state"] = "none"
        assert trust.not_used(known) == ""
