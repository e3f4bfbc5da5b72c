"""Signatures of papers: who signed, and which of the three words a signature gets."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm

from app.cases.papers.preflight.facts import Signature
from tests.app.cases.papers import added, altered
from tests.app.cases.papers.preflight.bench import Reader
from tests.app.cases.papers.signed import authority

Issued = Callable[..., bytes]
#: A time at which the certificate that expired was current.
BEFORE = datetime(2024, 3, 1, tzinfo=UTC)


def verdict(one: Signature) -> tuple[str, list[str]]:
    """Return word and reasons of a signature."""
    return one["word"], list(one["reasons"])


def test_a_paper_without_a_signature_has_none(read: Reader, issued: Issued):
    assert read(issued())["signatures"] == []


@pytest.mark.parametrize(
    ("who", "name", "document", "ruc"),
    [
        ("authority", "MUESTRA EJEMPLO Ana Autoridad", "40000001", "20123456786"),
        ("delegate", "DELGADO EJEMPLO Luis", "40000002", "20123456786"),
        ("other-entity", "AJENO EJEMPLO Rita", "40000003", "20999999991"),
        ("citizen", "MUESTRA EJEMPLO Ana Autoridad", "40000001", ""),
        ("odd-name", "<b>Ñandú Sin clase</b>", "", ""),
    ],
)
def test_the_signer_is_read_in_the_certificate(
    read: Reader, issued: Issued, who: str, name: str, document: str, ruc: str
):
    (one,) = read(altered.signed(issued(), who))["signatures"]
    assert (one["name"], one["document"], one["ruc"]) == (name, document, ruc)
    assert verdict(one) == ("valid", [])


@pytest.mark.nightly
def test_a_name_of_10000_characters_is_shortened(read: Reader, issued: Issued):
    (one,) = read(altered.signed(issued(), "long-name"))["signatures"]
    assert len(one["name"]) <= 120
    assert one["name"].endswith("…")
    assert one["document"] == "40000009"


def changed(content: bytes) -> dict[str, tuple[bytes, str, list[str]]]:
    """Return papers that were signed and changed, with word and reasons."""
    signed = altered.signed(content)
    filled = added.filled(altered.signed(added.with_field(content)))
    showing = added.with_field(signed, kind="/Sig", drawn=added.WHITE)
    return {
        "overlaid": (added.overlaid(signed), "invalid", ["changed_after"]),
        "filled in": (filled, "invalid", ["changed_after"]),
        "a field that shows something": (showing, "invalid", ["changed_after"]),
        "an empty field": (added.prepared(signed), "valid", []),
        "proofs": (altered.time_stamped(signed, authority.SIGNED_AT), "valid", []),
        "flipped": (altered.flipped(signed), "invalid", ["broken"]),
        "saved again": (altered.saved_again(signed), "invalid", ["broken", "not_whole"]),
        "overlaid before": (altered.signed(added.overlaid(content)), "valid", []),
    }


@pytest.mark.guard("signed papers are changed and read")
@pytest.mark.parametrize("is_issued", [False, True])
def test_what_is_changed_after_signing_makes_it_invalid(
    read: Reader, issued: Issued, is_issued: bool
):
    for name, (content, word, reasons) in changed(issued()).items():
        size = len(issued()) if is_issued and content.startswith(issued()) else 0
        (one,) = read(content, issued=size)["signatures"]
        assert verdict(one) == (word, reasons), name
        assert one["changed_after"] == ("changed_after" in reasons), name
        assert one["covers_whole"] == ("not_whole" not in reasons), name


def certified(content: bytes, permission: MDPPerm) -> bytes:
    """Return a paper whose first signature says what may follow it."""
    first = altered.signed(content, certify=True, docmdp_permissions=permission)
    return altered.signed(first, field="firma-1")


def locked(content: bytes, action: FieldMDPAction) -> bytes:
    """Return a paper whose first signature locks one field that it has not, or all others."""
    lock = FieldMDPSpec(action, fields=["otro"])
    first = altered.signed(added.prepared(content, "Firma1", field_mdp_spec=lock))
    return altered.signed(first, field="firma-1")


@pytest.mark.nightly
@pytest.mark.parametrize("is_issued", [False, True])
@pytest.mark.parametrize(
    ("make", "rule", "reasons"),
    [
        (certified, MDPPerm.NO_CHANGES, ["changed_after"]),
        (certified, MDPPerm.FILL_FORMS, []),
        (locked, FieldMDPAction.EXCLUDE, ["changed_after"]),
        (locked, FieldMDPAction.INCLUDE, []),
    ],
)
def test_a_further_signature_follows_the_rules_of_the_first(
    read: Reader,
    issued: Issued,
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[..., bytes],
    rule: Any,
    reasons: list[str],
    is_issued: bool,
):
    refuses = "tests.app.cases.papers.altered._Signer._enforce_certification_constraints"
    monkeypatch.setattr(refuses, lambda *_: None)
    size = len(issued()) if is_issued else 0
    one, other = read(make(issued(), rule), issued=size)["signatures"]
    assert (one["reasons"], other["reasons"]) == (reasons, [])


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("who", "more", "word", "reasons"),
    [
        ("stranger", {}, "undetermined", ["unknown_root"]),
        ("self-signed", {}, "undetermined", ["unknown_root"]),
        ("revoked", {}, "invalid", ["revoked"]),
        ("revoked", {"at": BEFORE}, "invalid", ["revoked"]),
        ("revoked", {"at": BEFORE, "stamper": "tsa"}, "valid", []),
        ("revoked", {"stamper": "tsa"}, "invalid", ["revoked"]),
        ("expired", {}, "invalid", ["expired"]),
        ("expired", {"at": BEFORE}, "undetermined", ["expired", "no_time_stamp"]),
        ("expired", {"at": BEFORE, "stamper": "tsa"}, "valid", []),
        ("expired", {"at": BEFORE, "stamper": "tsa", "stamped_at": authority.SIGNED_AT},
         "invalid", ["expired"]),
        ("later", {}, "invalid", ["not_yet_valid"]),
        ("web-only", {}, "invalid", ["not_for_signing"]),
        ("authority", {"stamper": "tsa"}, "valid", []),
        ("authority", {"stamper": "tsa-foreign"}, "undetermined", ["unknown_time_stamp"]),
    ],
)  # fmt: skip
def test_the_word_follows_trust_and_time(
    read: Reader, issued: Issued, who: str, more: dict[str, Any], word: str, reasons: list[str]
):
    (one,) = read(altered.signed(issued(), who, **more))["signatures"]
    assert verdict(one) == (word, reasons)


@pytest.mark.nightly
def test_two_signatures_are_read_in_their_order(read: Reader, issued: Issued):
    first = altered.signed(issued(), visible=True)
    facts = read(altered.signed(first, "delegate", field="Firma2"))
    assert [one["field"] for one in facts["signatures"]] == ["Firma1", "Firma2"]
    assert [verdict(one) for one in facts["signatures"]] == [("valid", [])] * 2
    one, other = facts["signatures"]
    assert (one["page"], one["box"]) == (1, [*altered.BOX])
    assert (other["page"], other["box"]) == (0, [])


@pytest.mark.nightly
def test_a_trusted_stamp_decides_when_it_was_signed(read: Reader, issued: Issued):
    later = authority.SIGNED_AT + timedelta(minutes=7)
    claimed, stamped, untrusted = (
        read(altered.signed(issued(), stamped_at=later, stamper=stamper))["signatures"][0]
        for stamper in ("", "tsa", "tsa-foreign")
    )
    assert (claimed["signed_at"], claimed["stamped"]) == (authority.SIGNED_AT.isoformat(), False)
    assert (stamped["signed_at"], stamped["stamped"]) == (later.isoformat(), True)
    assert (untrusted["signed_at"], untrusted["stamped"]) == (claimed["signed_at"], False)


@pytest.mark.nightly
@pytest.mark.parametrize(("changes", "says"), [(False, "VALID"), (True, "INVALID")])
def test_the_command_of_pyhanko_says_the_same(
    read: Reader,
    issued: Issued,
    trust: dict[str, str],
    tmp_path: Path,
    changes: bool,
    says: str,
):
    content = altered.signed(issued())
    content = added.overlaid(content) if changes else content
    file = tmp_path / "paper.pdf"
    file.write_bytes(content)
    command = [sys.executable, "-m", "pyhanko", "sign", "validate", "--executive-summary"]
    command += ["--no-revocation-check", "--validation-time", authority.NOW.isoformat()]
    command += ["--trust-replace", "--trust", f"{trust['roots']}/root.pem", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip().rpartition(":")[2] == says, done.stderr
    assert read(content)["signatures"][0]["word"] == says.lower()
