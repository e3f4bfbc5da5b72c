"""Versions come in as files, bounded and checked, and go out byte for byte."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.base.models import Deployment
from app.cases.processes import versions
from app.cases.processes.versions import archives
from app.cases.processes.versions.archives import BadFiles, File
from forms.fields import isolated
from forms.fields.foreign.bounds import MEGABYTE
from tests.app.people.things_of_versions import without_interest_acts
from tests.app.walk import Walk, texts
from workflows.contract import InvalidDiagram
from workflows.definition import read_folder, write_folder

FILE = "designation.bpmn"


def files(contents: Mapping[str, bytes]) -> list[File]:
    return [(name, io.BytesIO(content)) for name, content in contents.items()]


def real(changed: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """Return the files of the project's version, with some changed."""
    return {name: text.encode() for name, text in texts().items()} | dict(changed or {})


def zipped(contents: Mapping[str, bytes]) -> list[File]:
    """Return one ZIP with these files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    target.seek(0)
    return [("versión.zip", target)]


def refusal(given_files: list[File]) -> str:
    with pytest.raises(BadFiles) as refused:
        versions.read_files(given_files)
    return str(refused.value)


# Byte for byte --------------------------------------------------------------------------------

NASTY = {
    "a BOM": lambda b: b"\xef\xbb\xbf" + b,
    "ends of lines of Windows": lambda b: b.replace(b"\n", b"\r\n"),
    "ends of lines of old Macs": lambda b: b.replace(b"\n", b"\r"),
    "both ends of lines": lambda b: b.replace(b"\n", b"\r\n", 7),
    "no last newline": lambda b: b.rstrip(),
    "many last newlines": lambda b: b + b"\n\r\n\n",
    "a comment in four bytes a character": lambda b: b + "<!-- 🏛 ñ \u2028\x85 -->".encode(),
    "a tab and spaces at the end of a line": lambda b: b.replace(b"\n", b" \t\n", 3),
}


@pytest.mark.nightly
@pytest.mark.postgresql
@pytest.mark.parametrize("as_zip", [False, True])
def test_a_version_goes_out_as_it_came_in(walk: Walk, tmp_path, as_zip: bool):
    names = sorted(texts())
    changed = {
        name: change(texts()[name].encode())
        for name, change in zip(names, NASTY.values(), strict=False)
    }
    given_files = real(changed)
    version = versions.read_files(zipped(given_files) if as_zip else files(given_files))
    offered = walk.commit(versions.offer, version, source="page").id
    with walk.reading() as session:
        stored = session.get_one(Deployment, offered)
        archive = versions.write_archive(stored)
        assert write_folder(stored.texts, tmp_path / "out") == len(given_files)
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == given_files
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == given_files
    assert read_folder(tmp_path / "out") == archives.read_texts([("v.zip", io.BytesIO(archive))])


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)


@pytest.mark.nightly
@pytest.mark.postgresql
@given(text=ANY_TEXT, name=st.from_regex(r"[a-zñ_ 0-9]{1,12}\.(bpmn|dmn)", fullmatch=True))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_is_stored_as_it_is(walk: Walk, text: str, name: str):
    came = archives.read_texts(files({name: text.encode()}))
    walk.commit(versions.offer, versions.Checked(came), source="page")
    of_hash = select(Deployment).where(Deployment.hash == versions.Checked(came).hash)
    with walk.reading() as session:
        archive = versions.write_archive(session.scalars(of_hash).one())
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert {one: opened.read(one) for one in opened.namelist()} == {name: text.encode()}


def test_an_archive_depends_on_the_files_alone():
    one = Deployment(texts={"b.dmn": "2", "a.bpmn": "1"})
    other = Deployment(texts={"a.bpmn": "1", "b.dmn": "2"})
    assert versions.write_archive(one) == versions.write_archive(other)


# Bad input ------------------------------------------------------------------------------------


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ({"foto.png": b"\x89PNG"}, "«foto.png» no es un diagrama"),
        ({"a.bpmn.exe": b"MZ"}, "«a.bpmn.exe» no es un diagrama"),
        ({"bpmn/a.bpmn": b"<a/>"}, "«bpmn/a.bpmn» lleva una carpeta"),
        ({"..\\a.bpmn": b"<a/>"}, "lleva una carpeta"),
        ({"C:a.bpmn": b"<a/>"}, "C:a.bpmn»"),
        ({".bpmn": b"<a/>"}, "«.bpmn» no es un nombre"),
        ({"-o.dmn": b"<a/>"}, "«-o.dmn» no es un nombre"),
        ({"a\n.dmn": b"<a/>"}, "«a\ufffd.dmn» no es un nombre"),
        ({"x" * 100 + ".dmn": b"<a/>"}, "no es un nombre"),
        ({"a.bpmn": b"<a/>", "A.bpmn": b"<b/>"}, "Hay dos archivos con el nombre «A.bpmn»"),
        ({"a.bpmn": "<a>ñ</a>".encode("latin-1")}, "«a.bpmn» no está en UTF-8"),
        ({"a.bpmn": "<a/>".encode("utf-16")}, "«a.bpmn» no está en UTF-8"),
        ({}, "Elige los archivos"),
    ],
    ids=str,
)
def test_files_that_cannot_be_a_version_are_refused_with_their_name(
    contents: dict[str, bytes], said: str, as_zip: bool
):
    assert said in refusal(zipped(contents) if as_zip else files(contents))


def test_two_files_of_one_name_are_refused():
    assert "dos archivos" in refusal(files({"a.bpmn": b"1"}) + files({"a.bpmn": b"2"}))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.bpmn", "1")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.bpmn", "2")
    target.seek(0)
    assert "dos archivos" in refusal([("v.zip", target)])


def test_a_zip_that_is_none_or_is_locked_says_so():
    assert refusal([("v.zip", io.BytesIO(b"no zip"))]) == archives.NO_ZIP
    content = bytearray(zipped({"a.bpmn": b"<a/>"})[0][1].read())
    content[6] |= 1
    content[content.find(b"PK\x01\x02") + 8] |= 1
    assert "cifrado" in refusal([("v.zip", io.BytesIO(bytes(content)))])


@pytest.mark.parametrize("as_zip", [False, True])
@pytest.mark.parametrize(
    "contents",
    [
        {"a.bpmn": b" " * (2 * MEGABYTE + 1)},
        {f"a{n}.bpmn": b" " * (2 * MEGABYTE - 1) for n in range(5)},
        {f"a{n}.bpmn": b"<a/>" for n in range(61)},
    ],
    ids=["one file", "all files", "their number"],
)
def test_more_than_a_version_can_be_is_not_read(contents: dict[str, bytes], as_zip: bool):
    assert refusal(zipped(contents) if as_zip else files(contents)) == archives.TOO_MUCH


@pytest.mark.nightly
def test_a_bomb_ends_in_the_process_that_unpacks_it():
    assert refusal(zipped({"a.bpmn": bytes(300 * MEGABYTE)})) == archives.TOO_MUCH


@pytest.mark.nightly
def test_entities_are_not_expanded():
    bomb = b'<!DOCTYPE a [<!ENTITY b "cccc"><!ENTITY d "&b;&b;&b;">]><a>&d;</a>'
    with pytest.raises(InvalidDiagram, match="DOCTYPE"):
        versions.read_files(files(real({FILE: bomb})))


@pytest.mark.nightly
def test_a_check_that_takes_too_much_ends_in_its_process(monkeypatch: pytest.MonkeyPatch):
    for bounds in (
        isolated.Bounds(memory=512 * MEGABYTE, output=10, seconds=10),
        isolated.Bounds(memory=32 * MEGABYTE, output=MEGABYTE, seconds=10),
    ):
        monkeypatch.setattr(archives, "CHECKING", bounds)
        assert refusal(files(real())) == archives.TOO_HARD


@pytest.mark.nightly
def test_a_renamed_element_is_refused_with_the_reason():
    changed = {
        name: content.replace(b"record_reception", b"register_reception")
        for name, content in real().items()
    }
    with pytest.raises(InvalidDiagram) as refused:
        versions.read_files(files(changed))
    assert "it records the reception of what was presented" in str(refused.value)


@pytest.mark.nightly
def test_the_check_apart_finds_what_the_check_here_finds():
    row = texts()["deadlines.dmn"]
    start = row.index('<rule id="deadlines_answer_question">')
    without = row[:start] + row[row.index("</rule>", start) + len("</rule>") :]
    lacking = without_interest_acts()
    apart = archives.checked_apart(lacking)
    assert apart == versions.checked(lacking)
    assert apart.remarks
    for changed in (
        {"deadlines.dmn": without},
        {FILE: texts()[FILE].replace("working_days(45)", "PT45D")},
    ):
        bad = texts() | changed
        with pytest.raises(InvalidDiagram) as there:
            archives.checked_apart(bad)
        assert there.value.faults == versions.check(bad).faults
