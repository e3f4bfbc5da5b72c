"""A paper that the application made is not taken as its own signed copy."""

from __future__ import annotations

import io

from sqlalchemy import select

from app import files
from app.models import FileUse
from tests.app.walk import Walk


def test_an_unsigned_paper_is_refused_where_its_signed_copy_is_wanted(walk: Walk) -> None:
    walk.begin()
    walk.answer("designate_administrator")
    walk.answer("list_personnel")
    client = walk.browser("preparer")
    address = client.get(f"/tareas/{walk.task('file_designation').id}").location
    with walk.app.app_context(), walk.reading() as session:
        made = session.scalars(select(FileUse).where(FileUse.kind == "sip_rvl_001")).one()
        content = files.path_of(made.sha256).read_bytes()

    def bring(brought: bytes) -> str:
        upload = {"signed_sip_rvl_001": (io.BytesIO(brought), "firmado.pdf")}
        return client.post(address, data={"action": "next"} | upload).text

    sentence = "Formato SIP-RVL-001, firmado: Ese es el documento sin firmar. Sube el que firmaste."
    assert sentence in bring(content)
    # A signature in the file adds to it.
    assert sentence not in bring(content + b"\n% signature")
