"""Style sheet, fonts and headers: the files, their addresses, and what browsers may do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from app.base import assets
from app.web import security_headers
from tests.app.web import bare


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fast_process: None) -> Flask:
    return bare.make(tmp_path, monkeypatch)


PACKAGED = """@charset "UTF-8";:root{--govuk-brand-colour:#1d70b8}
/*! Not ours */@font-face{font-family:GDS Transport;src:url(/assets/fonts/light.woff2)}
.govuk-header,.govuk-button{font-family:GDS Transport,arial,sans-serif}
.govuk-footer__crown{background:url(/assets/images/govuk-crest.svg)}
@media print{.govuk-tabs{display:none}.govuk-body{font-family:sans-serif}}
@media print{.govuk-link{color:#000}}
.govuk-link:not(:hover,:focus){color:red}"""


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    inter = tmp_path / "node_modules/@fontsource-variable/inter"
    (inter / "files").mkdir(parents=True)
    (inter / "LICENSE").write_text("SIL Open Font License")
    for subset in assets.SUBSETS:
        (inter / "files" / f"inter-{subset}-wght-normal.woff2").write_bytes(subset.encode())
    sheet = tmp_path / "node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.css"
    sheet.parent.mkdir(parents=True)
    sheet.write_text(PACKAGED)
    return tmp_path / "node_modules"


def test_the_style_sheet_has_our_font_and_nothing_that_is_govuk_s_own(
    packages: Path, tmp_path: Path
):
    assets.build(packages, tmp_path / "build")
    sheet = (tmp_path / "build/zaguan.css").read_text("utf-8")
    theirs = sheet[: sheet.index("--ink")]
    assert ".govuk-button{font-family:" + assets.FONT_STACK in theirs
    assert "@media print{.govuk-link{color:#000}}" in theirs
    assert ".govuk-link:not(:hover,:focus){color:red}" in theirs
    for brand in ("GDS", "crest", "crown", "govuk-header", "govuk-tabs", "font-family:sans-serif"):
        assert brand not in theirs
    assert re.search(r"url\(inter-latin\.woff2\?v=[0-9a-f]{12}\)", theirs)
    assert (tmp_path / "build/inter-LICENSE.txt").exists()


def test_what_cannot_be_built_stops_the_build(tmp_path: Path):
    with pytest.raises(assets.CannotBuild, match="url"):
        assets.unbranded(".govuk-somewhere{background:url(/assets/images/govuk-crest.svg)}")
    with pytest.raises(assets.CannotBuild, match="npm ci"):
        assets.build(tmp_path, tmp_path / "build")


def test_a_file_with_the_hash_of_its_content_is_cached_for_good(site: Flask):
    with site.test_request_context():
        address = assets.static_url("build/zaguan.css")
    client = site.test_client()
    assert client.get(address).headers["Cache-Control"] == assets.IMMUTABLE
    assert client.get("/static/build/zaguan.css?v=old").headers["Cache-Control"] == "no-cache"
    (assets.STATIC / "build/zaguan.css").write_text("changed")
    with site.test_request_context():
        assert assets.static_url("build/zaguan.css") != address


def test_a_file_that_is_not_there_is_not_found_and_none_outside_the_folder_is_served(site: Flask):
    client = site.test_client()
    assert client.get("/static/nothing.css").status_code == 404
    assert client.get("/static/../look.py").status_code == 404
    assert client.get("/static/%2e%2e/look.py").status_code == 404


def test_a_file_that_is_not_built_yet_is_named(site: Flask):
    with site.test_request_context(), pytest.raises(assets.NotBuilt, match="make assets"):
        assets.static_url("build/absent.css")


def test_answers_travel_compressed(site: Flask):
    client = site.test_client()
    page = client.get("/static/build/zaguan.css", headers={"Accept-Encoding": "gzip"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert len(page.data) < 400


def test_every_answer_allows_only_our_sources_is_not_cached_and_stays_with_https(site: Flask):
    for path in ("/", "/nothing"):
        headers = site.test_client().get(path).headers
        assert headers["Content-Security-Policy"] == security_headers.CONTENT_SECURITY_POLICY
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert "Strict-Transport-Security" not in headers
    answer = site.test_client().get("/", base_url="https://zaguan.example.pe")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_the_host_of_another_site_is_in_no_address(app: Flask):
    for path in ("/", "/ingresar", "/datos", "/visitas"):
        answer = app.test_client().get(path, headers={"Host": "otra.example.org"})
        assert "otra.example.org" not in answer.get_data(as_text=True)
        assert "otra.example.org" not in str(answer.headers)
