"""The green *Listo* is shown only where something was done."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from app.cases.records import acceptance
from tests.app import cast
from tests.app.walk import CODE, Walk
from tests.pages import CheckingClient
from tests.tree import ROOT

APP = ROOT / "app"
#: Beginnings of sentences which say that nothing was done.
NOTHING = ("No ", "Ninguna ", "Ningún ")


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Return every call in the application that can show a banner."""
    for path in APP.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            name = getattr(node, "func", None)
            if not (isinstance(node, ast.Call) and isinstance(name, ast.Name)):
                continue
            if name.id in ("flash", "back", "_done", "as_it_is"):
                yield f"{path.name}:{node.lineno}", node


@pytest.mark.nightly
def test_no_sentence_that_says_nothing_was_done_is_green():
    wrong = []
    for place, call in calls():
        texts = [
            node.value
            for node in ast.walk(call)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        green = not {"message", "warning"} & set(texts)
        if green and any(text.startswith(NOTHING) or " ya estaba" in text for text in texts):
            wrong.append(place)
    assert wrong == []


def green(client: CheckingClient, method: str, address: str, **data: str) -> bool:
    """Return whether an act is followed by a green banner."""
    answer = client.open(address, method=method, data=data, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return "banner--success" in answer.text


#: Acts that change something only the first time: user, address, data.
REPEATED: dict[str, tuple[str, str, dict[str, str]]] = {
    "digests are refused": ("preparer", "/cuenta/avisos", {"resumen": "no"}),
    "a task is assigned": ("preparer", "/tareas/{task}/asignar", {"para": "mi"}),
    "an account is deactivated": ("superuser", "/personas/{alternate}/desactivar", {}),
    "a role is given": (
        "superuser",
        "/personas/{alternate}/funciones",
        {"role": "operator", "entity_code": CODE},
    ),
    "the desk's address is corrected": (
        "sip",
        f"/entidades/{CODE}/contactos/mesa-de-partes",
        {"email": "otro@example.pe", "phone": "", "authority": "", "source": "Llamada",
         "on": "02/03/2026"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("act", REPEATED)
def test_an_act_that_changed_nothing_is_not_green(walk: Walk, act: str):
    walk.begin()
    who, address, data = REPEATED[act]
    with walk.writing() as session:
        cast.person(session, "40000031", "superuser")
        cast.person(session, "40000032", "superuser")
    client = walk.browser("preparer") if who == "preparer" else walk.app.test_client()
    if who == "superuser":
        cast.sign_in(client, "40000031")  # type: ignore[arg-type]
    elif who == "sip":
        client = walk.browser("sip")
    place = address.format(
        task=walk.task("designate_administrator").id, alternate=walk.people["alternate"]
    )
    assert green(client, "POST", place, **data)  # type: ignore[arg-type]
    assert not green(client, "POST", place, **data)  # type: ignore[arg-type]


@pytest.mark.nightly
def test_an_account_that_works_is_not_reactivated_again(walk: Walk):
    walk.commit(cast.person, "40000031", "superuser")
    client = walk.app.test_client()
    cast.sign_in(client, "40000031")  # type: ignore[arg-type]
    place = f"/personas/{walk.people['alternate']}/reactivar"
    assert not green(client, "POST", place)  # type: ignore[arg-type]


@pytest.mark.nightly
def test_nothing_failed_so_nothing_was_tried_again(walk: Walk):
    instance = walk.begin()
    place = f"/entidades/{CODE}/procesos/{instance}/reintentar"
    assert not green(walk.browser("sip"), "POST", place)


def test_an_earlier_draft_is_not_reported_as_saved_now(walk: Walk):
    walk.begin()
    task = walk.draft("designate_administrator")
    client = walk.browser("preparer")
    assert not green(client, "POST", f"/tareas/{task}/revisar", action="save")


@pytest.mark.nightly
@pytest.mark.parametrize("missing", [["Falta algo."], []])
def test_an_answer_that_comes_back_by_itself_is_not_green(
    walk: Walk, monkeypatch: pytest.MonkeyPatch, missing: list[str]
):
    monkeypatch.setattr(acceptance, "missing", lambda *_: missing)
    walk.begin_at("demo_test")
    task, client = walk.draft("run_demo_test"), walk.browser("administrator")
    address = client.get(f"/tareas/{task}").location
    answer = client.post(address, data={"action": "submit"}, follow_redirects=True)
    assert "Registramos tu respuesta" in answer.text
    assert ("A la prueba enviada le faltaba algo" in answer.text) == bool(missing)
    assert ("banner--success" in answer.text) == (not missing)
