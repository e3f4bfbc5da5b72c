"""Who a certificate names, however its common name is written."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from asn1crypto.x509 import Name

from app.cases.papers.preflight.foreign.signers import Signer, signer_of

WITHOUT_ENTITY = Signer("PEREZ GOMEZ JUAN", "40000001")


@pytest.mark.parametrize(
    ("common", "more", "signer"),
    [
        ("PEREZ GOMEZ JUAN FIR 40000001 hard", {}, WITHOUT_ENTITY),
        ("PEREZ GOMEZ JUAN - DNI 40000001", {}, WITHOUT_ENTITY),
        ("PEREZ GOMEZ JUAN (DNI: 40.000.001)", {}, WITHOUT_ENTITY),
        ("40000001 PEREZ GOMEZ JUAN", {}, WITHOUT_ENTITY),
        ("PEREZ GOMEZ JUAN40000001", {}, WITHOUT_ENTITY),
        (
            "PEREZ GOMEZ JUAN FIR 40000001 hard (v2)",
            {},
            Signer("PEREZ GOMEZ JUAN (v2)", "40000001"),
        ),
        (
            "PEREZ GOMEZ JUAN FAU 20123456786 soft 2",
            {"serial_number": "PNOPE-40000002"},
            Signer("PEREZ GOMEZ JUAN 2", "40000002", "20123456786"),
        ),
        (
            "PEREZ GOMEZ JUAN - DNI 40000001 FAU 20123456786 hard",
            {"serial_number": "40000002"},
            Signer("PEREZ GOMEZ JUAN", "40000002", "20123456786"),
        ),
        ("PEREZ GOMEZ JUAN, CE 001234567", {}, Signer("PEREZ GOMEZ JUAN, CE")),
        ("JUAN PEREZ III 123456", {}, Signer("JUAN PEREZ III 123456")),
        ("40000001", {}, Signer("", "40000001")),
    ],
)
def test_no_number_stays_in_a_name(common: str, more: dict[str, str], signer: Signer):
    subject = Name.build({"common_name": common, **more})
    assert signer_of(SimpleNamespace(subject=subject)) == signer


def test_a_number_behind_a_long_name_is_not_shown():
    subject = Name.build({"common_name": "A" * 110 + " 40000001 " + "1234567890" * 900})
    assert not any(one.isdigit() for one in signer_of(SimpleNamespace(subject=subject)).name)
