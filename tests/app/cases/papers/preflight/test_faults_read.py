"""Files that cannot be opened safely, and files that are as large or as slow as can be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cases.papers.helper_process import Ended
from app.cases.papers.preflight import reading
from app.cases.papers.preflight.foreign import signatures
from tests.app.cases.papers import altered, drawn_pdfs
from tests.app.cases.papers.preflight.bench import Reader
from tests.app.cases.papers.preflight.conftest import answer_here
from tests.app.cases.papers.signed import authority

Issued = Callable[..., bytes]


def faulty(content: bytes) -> dict[str, tuple[bytes, str]]:
    """Return files that are refused, with their faults."""
    launch = b"/OpenAction<</S/Launch/F(otro.exe)>>"
    signed = altered.signed(content)
    return {
        "encrypted": (altered.encrypted(content), "encrypted"),
        "truncated": (content[:4_000], "damaged"),
        "only a head": (content[:9], "damaged"),
        "0 bytes": (b"", "no_pdf"),
        "renamed document": (altered.zipped(b"", "word/document.xml"), "no_pdf"),
        "something before it": (b"\n\n" + content, "not_first"),
        "JavaScript": (altered.with_script(content), "script"),
        "JavaScript after signing": (altered.with_script(signed), "script"),
        "a program": (drawn_pdfs.pdf([b""], catalogue=launch), "script"),
        "another file": (altered.with_attachment(content), "attachment"),
        "a ZIP": (altered.zipped(content), "archive"),
        "a signed ZIP": (altered.zipped(signed), "archive"),
        "no pages": (drawn_pdfs.pdf([]), "no_pages"),
    }


def test_what_cannot_be_opened_safely_is_read_no_further(read: Reader, issued: Issued):
    for name, (content, fault) in faulty(issued()).items():
        facts = read(content)
        assert facts["fault"] == fault, name
        assert (facts["pages"], facts["looked"], facts["signatures"]) == (0, [], []), name


def test_a_file_of_200_megabytes_is_not_read(read: Reader, tmp_path: Path):
    file = tmp_path / "large"
    with file.open("wb") as target:
        target.write(b"%PDF-1.7\n")
        target.truncate(200 * 1024 * 1024)
    assert read(b"", path=str(file))["fault"] == "too_large"


def test_a_file_that_is_away_is_damaged(read: Reader, tmp_path: Path):
    assert read(b"", path=str(tmp_path / "no"))["fault"] == "damaged"


@pytest.mark.nightly
def test_of_20000_pages_the_first_are_looked_at(read: Reader):
    facts = read(drawn_pdfs.many_pages(20_000))
    assert (facts["fault"], facts["pages"], len(facts["looked"])) == ("", 20_000, 60)
    assert facts["cut_short"]


def test_a_page_that_unpacks_to_a_gigabyte_is_left_out(read: Reader):
    facts = read(drawn_pdfs.bomb(1024))
    assert (facts["fault"], facts["pages"]) == ("", 1)
    assert [page["codes"] for page in facts["looked"]] == [[]]


def test_a_picture_that_is_cut_does_not_end_reading(read: Reader, issued: Issued):
    scan = altered.scanned(altered.joined(issued(), issued()), dpi=150)
    start = scan.index(b"\xff\xd8") + 2_000
    broken = scan[:start] + b"\xff\xd9" * 5_000 + scan[start + 10_000 :]
    facts = read(broken)
    assert (facts["fault"], facts["pages"]) == ("", 2)
    assert [page["holds"] for page in facts["looked"]] == ["image", "image"]
    assert len([page for page in facts["looked"] if page["codes"]]) == 1


def broken_signatures(content: bytes) -> dict[str, bytes]:
    """Return signed papers whose signature is no signature."""
    signed = altered.signed(content)
    start = signed.index(b"/Contents <") + len(b"/Contents <")
    return {
        "zeros": signed[:start] + b"0" * 400 + signed[start + 400 :],
        "another structure": signed[:start] + b"3003020101" + signed[start + 10 :],
        "unknown kind": signed.replace(b"/ETSI.CAdES.detached", b"/ETSI.CAdES.detachee", 1),
        "odd range": signed.replace(b"/ByteRange [0", b"/ByteRange [9", 1),
    }


def test_a_broken_signature_is_invalid_and_not_missing(read: Reader, issued: Issued):
    for name, content in broken_signatures(issued()).items():
        (one,) = read(content)["signatures"]
        assert one["word"] == "invalid", name
        assert set(one["reasons"]) & {"unreadable", "broken", "not_whole"}, name


def test_without_time_for_signatures_they_are_unread(read: Reader, issued: Issued):
    facts = read(altered.signed(issued()), judges=False)
    assert [(one["word"], one["reasons"]) for one in facts["signatures"]] == [
        ("undetermined", ["unread"])
    ]
    assert facts["cut_short"]
    assert facts["looked"][0]["codes"][0]["code"] == altered.CODE
    assert not read(issued(), judges=True)["cut_short"]


@pytest.mark.nightly
def test_of_too_many_signatures_the_rest_is_unread(
    issued: Issued, trust: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path / "paper"
    file.write_bytes(altered.signed(altered.signed(issued()), field="Firma2"))
    monkeypatch.setattr(signatures, "MOST", 1)
    order = {"path": str(file), "issued": 0, "addresses": [], "now": authority.NOW.isoformat()}
    facts = altered.without_loop(answer_here, order | trust | {"judges": True})
    assert [one["reasons"] for one in facts["signatures"]] == [[], ["unread"]]


@pytest.mark.nightly
def test_limits_end_the_process_and_not_the_caller(tmp_path: Path, trust: dict[str, str]):
    file = tmp_path / "slow"
    file.write_bytes(drawn_pdfs.slow_to_draw())
    helper = reading.new_helper(reading.BOUNDS | {"cpu": 0.3})
    order = {"path": str(file), "issued": 0, "addresses": [], "now": authority.NOW.isoformat()}
    with helper.turn(), pytest.raises(Ended) as ended:
        helper.ask(json.dumps(order | trust | {"judges": True}).encode())
    assert ended.value.slow
    helper.close()
