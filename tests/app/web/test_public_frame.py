"""The frame of public pages: one menu, the link to sign in, and the owner of the service."""

from __future__ import annotations

import pytest
from flask import Flask

from app.web.navigation.places import PUBLIC_PLACES
from tests.pages import CheckingClient

NOTICE = {
    "RESPONSIBLE": "Presidencia de Ejemplo",
    "CONTACT": "mailto:consultas@example.pe",
    "LEGAL_NOTICE": "https://www.example.pe/terminos",
    "PRIVACY_NOTICE": "https://www.example.pe/privacidad",
}
PAGES = ("/", "/visitas", "/datos", "/ayuda", "/ingresar", "/activar", "/seguir", "/no-existe")


@pytest.mark.parametrize("path", PAGES)
def test_a_public_page_has_the_menu_and_the_way_in(client: CheckingClient, path: str):
    page = client.get(path).text
    menu = page.partition('<nav class="menu"')[2].partition("</nav>")[0]
    for label, _ in PUBLIC_PLACES:
        assert f">{label}</a>" in menu
    assert '<a class="account__person" href="/ingresar"' in page.partition("<main")[0]


def test_the_menu_says_which_page_this_is(client: CheckingClient):
    page = client.get("/cobertura").text
    assert '<a class="menu__link" href="/cobertura" aria-current="page">' in page
    page = client.get("/correcciones").text
    assert '<a class="menu__link" href="/visitas" aria-current="true">' in page


def test_the_home_page_says_whose_service_this_is(app: Flask, client: CheckingClient):
    app.config.update(NOTICE, PUBLIC_URL="https://zaguan.example.pe")
    page = client.get("/").text
    for said in ("Presidencia de Ejemplo", ">consultas@example.pe<", ">zaguan.example.pe<"):
        assert said in page
    for address in (
        "mailto:consultas@example.pe",
        NOTICE["LEGAL_NOTICE"],
        NOTICE["PRIVACY_NOTICE"],
    ):
        assert f'href="{address}"' in page
    assert 'href="/accesibilidad"' in page


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("RESPONSIBLE", "Responsable"),
        ("CONTACT", "Contacto"),
        ("LEGAL_NOTICE", "Aviso legal"),
        ("PRIVACY_NOTICE", "Aviso de privacidad"),
    ],
)
def test_a_setting_that_is_not_set_leaves_out_its_line(
    app: Flask, client: CheckingClient, name: str, line: str
):
    app.config.update(NOTICE)
    assert line in client.get("/").text
    app.config[name] = ""
    assert line not in client.get("/").text


def test_the_page_of_codes_says_who_sends_them(app: Flask, client: CheckingClient):
    without = client.get("/activar").text
    assert "zaguan@example.pe" in without
    assert "los envía" not in without
    app.config.update(NOTICE)
    page = client.get("/activar").text
    assert "los envía Presidencia de Ejemplo." in page
    assert "consultas@example.pe" in page
