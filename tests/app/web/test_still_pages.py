"""Pages for when the application cannot answer: whole, in Spanish, without a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import html5lib
import pytest
from flask import Flask

from app.web import still_pages

Run = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("code", still_pages.TEXTS)
def test_a_page_is_html_and_says_what_to_do(app: Flask, code: int):
    head, _, body = still_pages.response(app, code).decode().partition("\r\n\r\n")
    html5lib.HTMLParser(strict=True).parse(body)
    assert head.startswith(f"HTTP/1.1 {code} ")
    assert f"Content-Length: {len(body.encode())}" in head
    assert ("Retry-After" in head) == (code in (429, 502, 503))
    assert still_pages.TEXTS[code].title in body
    assert app.config["HELP_DESK"] in body


def test_a_command_writes_the_pages_of_a_proxy_and_makes_nothing_else(run: Run, tmp_path: Path):
    folder = tmp_path / "pages"
    code, said, _ = run("error-pages", str(folder))
    assert code == 0
    assert {path.name for path in folder.iterdir()} == {
        "429.html",
        "431.html",
        "502.html",
        "503.html",
    }
    assert said.count("\n") == 4
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in folder.iterdir())
    assert not (tmp_path / "data").exists()


def test_the_host_of_another_site_is_in_no_address(app: Flask):
    for path in ("/", "/ingresar", "/datos", "/visitas"):
        answer = app.test_client().get(path, headers={"Host": "otra.example.org"})
        assert "otra.example.org" not in answer.get_data(as_text=True)
        assert "otra.example.org" not in str(answer.headers)
