"""Pages for when the application cannot answer: whole, in Spanish, without a database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import html5lib
from flask import Flask

from app.ops import web_worker
from app.web import still_pages

Run = Callable[..., tuple[int, str, str]]


def test_a_page_is_html_and_says_what_to_do(app: Flask):
    for code in still_pages.TEXTS:
        page = still_pages.page(app, code)
        html5lib.HTMLParser(strict=True).parse(page)
        assert still_pages.TEXTS[code].title in page
        assert app.config["HELP_DESK"] in page
        assert ('<a class="govuk-link" href="/datos">' in page) == (code == 429)


def test_the_main_loop_answers_with_the_whole_page(app: Flask):
    for code in web_worker.REFUSALS:
        head, _, body = still_pages.response(app, code).decode().partition("\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {code} ")
        assert f"Content-Length: {len(body.encode())}" in head
        assert ("Retry-After: 5" in head) == ("Retry-After" in head) == (code == 503)
        assert body == still_pages.page(app, code)


def test_a_command_writes_the_pages_of_a_proxy_and_makes_nothing_else(run: Run, tmp_path: Path):
    folder = tmp_path / "pages"
    code, said, _ = run("error-pages", str(folder))
    assert code == 0
    names = {f"{code}.html" for code in still_pages.OF_PROXY}
    assert {path.name for path in folder.iterdir()} == names
    assert said.count("\n") == len(names)
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in folder.iterdir())
    assert not (tmp_path / "data").exists()
