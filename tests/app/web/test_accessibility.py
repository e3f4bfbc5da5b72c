"""The accessibility statement: its facts are those of the project, and every page leads to it."""

from __future__ import annotations

import json
import re

from app.base.formatting import day
from app.web.public import statement
from tests.tree import ROOT

PACKAGES = json.loads((ROOT / "package.json").read_text("utf-8"))


def test_the_statement_names_its_checkers_what_fails_what_was_not_tested_and_who_answers(
    app, client
):
    assert {name: PACKAGES["devDependencies"][name] for name in statement.CHECKERS} == dict(
        statement.CHECKERS
    )
    page = client.get("/accesibilidad").text
    for version in statement.CHECKERS.values():
        assert version in page
    heads = re.findall(r"<h2[^>]*>([^<]+)", page)
    assert {"Qué falla", "Qué no se ha probado"} <= set(heads)
    assert "lectores de pantalla" in page
    assert f"mailto:{app.config['HELP_DESK']}" in page
    assert day(statement.REVIEWED_ON) in page
    assert "noindex" not in page


def test_every_page_leads_to_the_statement(client):
    for path in ["/", "/que-es-zaguan", "/ingresar", "/visitas", "/nada"]:
        footer = client.get(path).text.partition("<footer")[2]
        assert 'href="/accesibilidad">Accesibilidad</a>' in footer
