"""What signatures are checked against: roots, the State's list, revocation lists, and time."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from app.cases.papers.preflight.facts import Facts, TrustState
from app.cases.papers.preflight.foreign import trust_list
from tests.app.cases.papers import altered
from tests.app.cases.papers.preflight.bench import Reader
from tests.app.cases.papers.preflight.test_signatures_read import BEFORE, verdict
from tests.app.cases.papers.signed import authority, lists
from tests.app.cases.papers.signed.authority import NOW

Issued = Callable[..., bytes]
UNKNOWN = ("undetermined", ["unknown_root"])


def listed(folder: Path, content: bytes, *, pinned: str = "list-signer") -> dict[str, str]:
    """Return the settings of a list, with the certificate that may sign it."""
    settings = authority.write_trust(folder, roots=(pinned,) if pinned else ())
    file = folder / "lista.xml"
    file.write_bytes(content)
    return settings | {"trust_list": str(file)}


def verdicts(facts: Facts) -> list[tuple[str, list[str]]]:
    """Return the verdict on each signature of a file."""
    return [verdict(one) for one in facts["signatures"]]


def state(read: Reader, settings: dict[str, str]) -> TrustState:
    found: Any = read(b"", path="", **settings)
    return cast("TrustState", found)


@pytest.mark.nightly
def test_a_list_names_the_authorities(read: Reader, issued: Issued, tmp_path: Path):
    settings = listed(tmp_path, lists.signed(lists.unsigned()))
    found = state(read, settings)
    assert (found["roots"], found["listed"], found["list_state"]) == (0, 2, "good")
    assert found["list_until"] == "2026-06-02T15:00:00+00:00"
    for stamper in ("", "tsa"):
        content = altered.signed(issued(), stamper=stamper)
        assert verdicts(read(content, **settings)) == [("valid", [])]


def test_the_pinned_certificate_is_trusted_for_nothing_else(
    read: Reader, issued: Issued, tmp_path: Path
):
    content = altered.signed(issued(), "list-signer")
    assert verdicts(read(content, **authority.write_trust(tmp_path, roots=("list-signer",)))) == [
        UNKNOWN
    ]


def changed_lists() -> dict[str, tuple[bytes, str]]:
    """Return lists that may not be used, with their states."""
    good = lists.signed(lists.unsigned())
    return {
        "unsigned": (lists._written(lists.unsigned()), "unsigned"),
        "expired": (lists.signed(lists.unsigned(until=NOW - timedelta(days=1))), "expired"),
        "changed": (good.replace(b"/granted<", b"/granted <", 1), "unsigned"),
        "by another": (lists.signed(lists.unsigned(), "authority"), "unsigned"),
        "wrapped": (lists.wrapped(good), "unsigned"),
        "of a part": (lists.signed(lists.unsigned(), uri="#otra"), "unsigned"),
        "cut": (good[:-300], "unreadable"),
        "something else": (b"<html/>", "unreadable"),
        "nothing": (b"", "unreadable"),
        "with entities": (
            good.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>', 1),
            "unreadable",
        ),
    }


@pytest.mark.nightly
@pytest.mark.parametrize("name", changed_lists())
def test_a_list_that_is_not_good_is_not_used(
    read: Reader, issued: Issued, tmp_path: Path, name: str
):
    content, expected = changed_lists()[name]
    settings = listed(tmp_path, content)
    found = state(read, settings)
    assert (found["list_state"], found["listed"]) == (expected, 0)
    assert verdicts(read(altered.signed(issued()), **settings)) == [UNKNOWN]


@pytest.mark.parametrize(
    ("who", "pinned", "uri", "expected"),
    [
        ("list-signer", "list-signer", "#lista", "good"),
        ("tsa", "tsa", "", "good"),
        ("list-issued", "inter", "", "good"),
        ("list-issued", "root", "", "unsigned"),
        ("list-issued", "list-signer", "", "unsigned"),
        ("list-signer", "inter", "", "unsigned"),
        ("authority", "inter", "", "unsigned"),
        ("list-signer", "foreign", "", "unsigned"),
        ("list-signer", "", "", "unsigned"),
        ("expired", "expired", "", "unsigned"),
    ],
)
def test_who_may_sign_a_list(tmp_path: Path, who: str, pinned: str, uri: str, expected: str):
    file = tmp_path / "lista.xml"
    file.write_bytes(lists.signed(lists.unsigned(), who, uri=uri))
    signers = [authority.certificate(pinned)] if pinned else []
    assert trust_list.read(file, signers, NOW).state == expected


def test_a_service_that_was_withdrawn_is_not_trusted(tmp_path: Path):
    services = {"inter": ("CA/PKC", "withdrawn"), "root": ("CA/QC", "undersupervision")}
    services |= {"tsa": ("TSA/QTST", "granted"), "foreign": ("Certstatus/OCSP", "granted")}
    services |= {"tsa-foreign": ("unspecified", "granted"), "authority": ("unspecified", "granted")}
    file = tmp_path / "lista.xml"
    file.write_bytes(lists.signed(lists.unsigned(services)))
    found = trust_list.read(file, [authority.certificate("list-signer")], NOW)
    assert [one.dump() for one in found.authorities] == [authority.certificate("root").dump()]
    assert [one.dump() for one in found.stampers] == [
        authority.certificate(name).dump() for name in ("tsa", "tsa-foreign")
    ]


def test_a_missing_list_is_reported(tmp_path: Path):
    assert trust_list.read(tmp_path / "no", [], NOW).state == "missing"


def test_files_of_trust_that_are_no_certificates_are_left_out(read: Reader, tmp_path: Path):
    settings = authority.write_trust(tmp_path)
    for folder in ("roots", "revocation"):
        for name, content in (("a.pem", b"-----BEGIN"), ("b.der", b"\x30\x80"), ("c.crl", b"")):
            Path(settings[folder], name).write_bytes(content)
    found = state(read, settings)
    assert (found["roots"], found["revocation_lists"], found["list_state"]) == (1, 2, "none")


@pytest.mark.nightly
def test_a_new_file_of_trust_is_noticed(read: Reader, issued: Issued, tmp_path: Path):
    settings = authority.write_trust(tmp_path, roots=(), at=None)
    content, place = altered.signed(issued()), Path(settings["roots"], "root.der")
    words = [*verdicts(read(content, **settings))]
    place.write_bytes(authority.certificate("root").dump())
    words += verdicts(read(content, **settings))
    place.unlink()
    words += verdicts(read(content, **settings))
    assert words == [UNKNOWN, ("undetermined", ["no_revocation_data"]), UNKNOWN]


@pytest.mark.nightly
def test_revocation_data_may_come_in_the_file(read: Reader, issued: Issued, tmp_path: Path):
    alone = authority.write_trust(tmp_path, at=None)
    content = altered.signed(issued(), stamper="tsa", long_term=True)
    assert verdicts(read(content, **alone)) == [("valid", [])]
    much_later = (NOW + timedelta(days=400)).isoformat()
    assert verdicts(read(content, now=much_later, **alone)) == [("valid", [])]
    unstamped = altered.signed(issued(), long_term=True)
    late = read(unstamped, now=much_later, **alone)
    assert verdicts(late) == [("undetermined", ["no_revocation_data"])]


def test_a_list_that_is_too_old_is_no_revocation_data(read: Reader, issued: Issued, tmp_path: Path):
    old = authority.write_trust(tmp_path, at=NOW - timedelta(days=60))
    assert verdicts(read(altered.signed(issued()), **old)) == [
        ("undetermined", ["no_revocation_data"])
    ]


@pytest.fixture
def web() -> Iterator[tuple[str, list[str]]]:
    """Yield the address of a server, and the requests that came to it."""
    requests: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            requests.append(str(self.rfile.readline()))
            self.close_connection = True

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", requests
    server.shutdown()
    server.server_close()


def test_nothing_is_fetched(
    read: Reader, issued: Issued, tmp_path: Path, web: tuple[str, list[str]]
):
    address, requests = web
    content = altered.signed(issued(), authority.naming(address))
    assert verdicts(read(content, **authority.write_trust(tmp_path, at=None))) == [
        ("undetermined", ["no_revocation_data"])
    ]
    page = altered.sheet_with(altered.qr(f"{address}/verificar/{altered.CODE}"))
    assert read(altered.bound([page], dpi=150))["looked"][0]["foreign_codes"] == 1
    assert requests == []


@pytest.mark.nightly
def test_document_time_stamps_prove_a_signature_for_long(read: Reader, issued: Issued):
    content = altered.signed(issued(), "expired", at=BEFORE, stamper="tsa")
    stamped = altered.time_stamped(content, datetime(2024, 9, 1, tzinfo=UTC))
    assert verdicts(read(stamped)) == [("valid", [])]
    foreign = altered.time_stamped(
        altered.signed(issued(), "expired", at=BEFORE), BEFORE, "tsa-foreign"
    )
    assert verdicts(read(foreign)) == [("undetermined", ["expired", "no_time_stamp"])]
    proved = altered.time_stamped(altered.signed(issued(), "expired", at=BEFORE), BEFORE)
    assert verdicts(read(proved)) == [("valid", [])]
