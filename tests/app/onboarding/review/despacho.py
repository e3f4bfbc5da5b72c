"""The Despacho with letters that wait for its signature, for tests of `/firmas`."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pikepdf

from tests.app.walk import Walk
from tests.pages import CheckingClient

CODES = ("E90001", "E90002", "E90003")


def registered(task: int) -> dict[str, str]:
    return {"number": f"D0001{task}-2026-PCM-SIP", "signed_on": "04/05/2026"}


@cache
def blank_of(code: str) -> bytes:
    """Return a PDF of one blank page that no other paper has."""
    target = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.docinfo["/Title"] = code
        pdf.save(target)
    return target.getvalue()


@dataclass
class Despacho:
    """Letters of three entities that wait for a signature."""

    walk: Walk
    #: The bytes of each letter, by the id of its task; and its code.
    issued: dict[int, bytes]
    codes: dict[int, str]
    browser: CheckingClient

    def download(self, address: str) -> bytes:
        with self.browser.get(address) as answer:
            content: bytes = answer.data
            return content

    def take(self, files: Mapping[str, bytes]) -> Any:
        """Upload a ZIP with these files."""
        return self.upload(zipped(files))

    def upload(self, content: bytes) -> Any:
        data = {"firmados": (io.BytesIO(content), "firmados.zip")}
        return self.browser.post("/firmas", data=data, content_type="multipart/form-data")

    def register(self, *tasks: int, seen: str = "", **more: str) -> Any:
        """Register papers, each with its number, with the ticks of the notes of a page."""
        fields = {
            f"{name}-{task}": value
            for task in tasks
            for name, value in (registered(task) | more).items()
        }
        ticks = dict(re.findall(r'name="(seen-\d+)" value="(\w+)"', seen))
        return self.browser.post("/firmas/registrar", data={"t": list(tasks)} | fields | ticks)

    def give_back(self, task: int, why: str, shown: str = "") -> Any:
        """Return one paper from the page, or from an earlier one."""
        page = shown or self.browser.get("/firmas").text
        codes = dict(re.findall(r'name="(paper-\d+)" value="(\w+)"', page))
        data = {"t": str(task), f"why-{task}": why} | codes
        return self.browser.post("/firmas/devolver", data=data, follow_redirects=True)

    def count(self, model: Any, **which: Any) -> int:
        with self.walk.reading() as session:
            count: int = session.query(model).filter_by(**which).count()
            return count


def zipped(files: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()
