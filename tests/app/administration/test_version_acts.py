"""Versions come in as files and go out byte for byte; they are put into force by one or two."""

from __future__ import annotations

import ast
import io
import re
import zipfile
from collections.abc import Iterator, Mapping

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.administration.process_versions import faults
from app.base.definitions import in_force
from app.base.models import Deployment, Proposal, PutIntoForce
from app.cases.processes.versions import named
from app.people import proposals
from tests.app.people.things_of_versions import longer_term, other_words, without_interest_acts
from tests.app.walk import Walk, texts
from tests.pages import CheckingClient
from tests.tree import ROOT
from workflows.contract import Fault

REASON = "Lo pide la norma que cambió."
#: A version with another legal term.
OLD_LEGAL = 'deadlines_answer_rectification_days">\n          <text>10'


def legal() -> dict[str, str]:
    terms = texts()["deadlines.dmn"]
    assert OLD_LEGAL in terms
    return {**texts(), "deadlines.dmn": terms.replace(OLD_LEGAL, f"{OLD_LEGAL}0")}


@pytest.fixture
def other(walk: Walk) -> CheckingClient:
    return walk.browser_of(walk.person("40000032", "superuser"))


def upload(client: CheckingClient, given: Mapping[str, bytes]) -> tuple[int, str, str]:
    """Upload files; return status, address and text."""
    files = [(io.BytesIO(content), name) for name, content in given.items()]
    answer = client.post("/proceso/subir", data={"files": files})
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def as_bytes(given: Mapping[str, str]) -> dict[str, bytes]:
    return {name: text.encode() for name, text in given.items()}


def zipped(given: Mapping[str, str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in given.items():
            archive.writestr(name, text)
    return target.getvalue()


def offered(client: CheckingClient, given: Mapping[str, str]) -> str:
    """Upload a version; return its address."""
    status, address, text = upload(client, as_bytes(given))
    assert status == 303, text
    return address


def enforce(client: CheckingClient, address: str, act: str = "put", **more: str) -> TestResponse:
    """Put a version into force, or propose it, on its page."""
    return client.post(f"{address}/vigor", data={"act": act, "reason": REASON} | more)


def confirm(client: CheckingClient, number: int) -> TestResponse:
    """Confirm a proposal; return the page that follows."""
    return client.post(f"/propuestas/{number}", data={"answer": "confirm"}, follow_redirects=True)


def current(walk: Walk) -> str:
    with walk.reading() as session:
        return in_force(session).hash[:12]


@pytest.mark.nightly
def test_an_uploaded_version_is_offered_and_not_in_force(walk: Walk, gestor: CheckingClient):
    before = current(walk)
    page = gestor.get(offered(gestor, longer_term())).text
    assert "La versión está guardada y no está en vigor." in page
    assert "Ofrecida" in page
    assert "Se subió en esta página, " in page
    assert "Sin efecto" not in page
    assert "no cambian solo nombres, dibujos o notas" in page
    assert current(walk) == before


@pytest.mark.nightly
def test_a_step_that_needs_what_no_step_registers_is_a_remark(gestor: CheckingClient):
    page = gestor.get(offered(gestor, without_interest_acts())).text
    sentence = (
        "Necesita lo que se registra en «Habilita el registro de actos de gestión de intereses». "
        "La versión no tiene ese paso"
    )
    assert "Lo que esta versión no usa o no tiene" in page
    assert page.count(sentence) == 2
    named = re.findall(r"interest_acts\.bpmn · (\w+)", page)
    assert set(named) >= {"close_onboarding", "sign_certificate"}, named


@pytest.mark.nightly
def test_a_zip_is_the_same_as_its_files(gestor: CheckingClient):
    several = offered(gestor, longer_term())
    status, address, _ = upload(gestor, {"proceso.zip": zipped(longer_term())})
    assert (status, address) == (303, several)
    assert "Esos archivos ya estaban guardados: son la versión " in gestor.get(address).text


@pytest.mark.nightly
def test_a_version_goes_out_byte_for_byte(gestor: CheckingClient):
    given = longer_term()
    given["training.bpmn"] = given["training.bpmn"].replace("\n", "\r\n")
    address = offered(gestor, given)
    answer = gestor.get(f"{address}/archivos.zip", buffered=True)
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == as_bytes(given)


@pytest.mark.nightly
def test_faults_are_listed_in_spanish_with_file_and_element(walk: Walk, gestor: CheckingClient):
    given = dict(texts())
    given["designation.bpmn"] = given["designation.bpmn"].replace(
        "record_reception", "register_reception"
    )
    status, _, page = upload(gestor, as_bytes(given))
    assert status == 422
    assert "register_reception" in page
    assert (
        "Falta un paso con ese id. Zaguán lo necesita: registra la recepción de lo que se presentó."
    ) in page
    assert 'lang="en"' not in page.partition("Qué hay que corregir")[2]
    assert walk.one(select(func.count()).select_from(Deployment)) == 1


def test_files_that_are_no_version_are_refused_with_a_sentence(walk: Walk, gestor: CheckingClient):
    for given, words in [
        ({}, "Elige los archivos de la versión"),
        ({"notas.txt": b"hola"}, "no es un diagrama"),
        ({"a.bpmn": b"\xff\xfe"}, "no está en UTF-8"),
        ({"v.zip": b"PK no"}, "El .zip no se puede abrir."),
    ]:
        status, _, page = upload(gestor, given)
        assert status == 422
        assert words in page


@pytest.mark.nightly
def test_one_person_puts_a_version_into_force_with_a_reason(walk: Walk, gestor: CheckingClient):
    address = offered(gestor, other_words())
    assert enforce(gestor, address, reason="").status_code == 422
    assert current(walk) not in address
    assert enforce(gestor, address).status_code == 303
    assert current(walk) in address
    assert REASON in gestor.get("/proceso").text
    with walk.reading() as session:
        newest = session.scalars(select(PutIntoForce).order_by(PutIntoForce.id.desc())).first()
        assert newest is not None
        assert (newest.reason, newest.by_id is not None) == (REASON, True)


@pytest.mark.nightly
@pytest.mark.parametrize("act", ["put", "propose"])
def test_a_version_that_was_compared_with_a_former_one_is_compared_anew(
    walk: Walk, gestor: CheckingClient, other: CheckingClient, act: str
):
    given = {**texts(), "demo_test.bpmn": texts()["demo_test.bpmn"] + "\n"}
    address, another = offered(gestor, given), offered(gestor, other_words())
    base = re.findall(r'name="base" value="(\d+)"', gestor.get(f"{address}/vigor").text)
    enforce(other, another)
    assert current(walk) in another
    answer = enforce(gestor, address, act, base=base[0])
    assert answer.status_code == 422
    assert "Entretanto entró en vigor otra versión" in answer.text
    assert REASON in answer.text  # what was typed is not lost
    assert "Examinar la designación" in answer.text  # the difference that came meanwhile
    assert current(walk) in another
    base = re.findall(r'name="base" value="(\d+)"', answer.text)
    assert enforce(gestor, address, act, base=base[0]).status_code == 303


@pytest.mark.guard("a version is proposed, confirmed and put into force")
def test_a_legal_term_is_put_into_force_by_two(
    walk: Walk, gestor: CheckingClient, other: CheckingClient
):
    address = offered(gestor, legal())
    why = "porque no cambian solo nombres, dibujos o notas"
    assert f"hacen falta dos personas, {why}" in gestor.get(address).text
    page = gestor.get(f"{address}/vigor").text
    assert "La confirma otra persona" in page
    assert why in page
    enforce(gestor, address)
    assert current(walk) not in address  # one person alone cannot
    enforce(gestor, address, "propose")
    number = waiting(walk)
    assert "Ver tu propuesta" in gestor.get(address).text
    assert "Tú lo propusiste" in gestor.get(f"/propuestas/{number}").text
    confirm(gestor, number)
    assert current(walk) not in address  # nor by posting the form that the page lacks
    assert "Responder la propuesta" in other.get(address).text
    confirm(other, number)
    assert current(walk) in address


def waiting(walk: Walk) -> int:
    return walk.one(select(Proposal.id).where(Proposal.state == "waiting"))


@pytest.mark.nightly
def test_a_proposal_is_withdrawn_with_a_reason_and_answered_once(
    walk: Walk, gestor: CheckingClient, other: CheckingClient
):
    address = offered(gestor, legal())
    enforce(gestor, address, "propose")
    number = waiting(walk)
    place, answer = f"/propuestas/{number}", {"answer": "withdraw"}
    assert other.post(place, data=answer).status_code == 422
    assert other.post(place, data=answer | {"comment": REASON}).status_code == 303
    assert proposals.ANSWERED in confirm(other, number).text
    assert current(walk) not in address


@pytest.mark.nightly
def test_the_way_back_to_a_former_version_shows_what_it_changes(walk: Walk, gestor: CheckingClient):
    former = current(walk)
    address = offered(gestor, other_words())
    enforce(gestor, address)
    again = enforce(gestor, address)  # from a page that was left open
    assert "Esa versión ya está en vigor." in gestor.get(again.location).text
    assert "Examinar la designación" in gestor.get(f"/proceso/versiones/{former}/vigor").text
    enforce(gestor, f"/proceso/versiones/{former}", reason="Se retiró la norma.")
    assert current(walk) == former


# The sentences ----------------------------------------------------------------------------------


def sentences() -> Iterator[str]:
    """Yield every sentence of the check's modules, with {} for what it quotes."""
    for path in sorted((ROOT / "workflows/faults").glob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if text := _sentence(node):
                yield text


def _sentence(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        text = node.value
    elif isinstance(node, ast.JoinedStr):
        parts = [v.value if isinstance(v, ast.Constant) else "{}" for v in node.values]
        text = "".join(map(str, parts))
    else:
        return ""
    whole = text[:1].isupper() or text[:1] in "“"
    return text if whole and text.endswith(".") and " " in text and "\n" not in text else ""


def _docstrings() -> set[str]:
    found = set()
    for path in (ROOT / "workflows/faults").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                found.add(str(node.value.value))
    return found


def test_every_sentence_of_the_check_has_its_spanish():
    missing = {
        text
        for text in set(sentences()) - _docstrings()
        if faults.in_spanish([Fault("", "", text.replace("{}", "x"))])[0].english
    }
    assert not missing


def test_every_reason_of_a_named_element_has_its_spanish():
    assert {one.reason for one in named.NAMED.values()} == faults.REASONS.keys()


def test_what_a_sentence_quotes_stays_or_is_translated():
    fault = Fault("a.bpmn", "b", "The condition “x” is not an expression.")
    (line,) = faults.in_spanish([fault])
    assert line.sentence == "La condición no vale: «x» no es una expresión."
    (line,) = faults.in_spanish([Fault("", "", "Quite unknown.")])
    assert (line.sentence, line.english) == ("Quite unknown.", True)
