"""Anchors of a demo test and of going live: all that their pages show can be observed."""

from __future__ import annotations

from typing import Any

from forms import steps
from forms.drafts import errors_of
from forms.shapes.demo_test import invented_evidence
from tests.forms.filled import fill

TESTED: dict[str, Any] = {
    "demo_evidence": invented_evidence(),
    "demo_validation": {"decision": "validated", "file": {"id": "report", "pages": 2}},
}
LIVE: dict[str, Any] = {
    "production": {
        "go_live_on": "2026-10-12",
        "link_kind": "own_site",
        "link": "https://www.example.pe",
        "load": {"count": 7, "explanation": "Dos personas ya no trabajan."},
    },
    "production_register": {"source": "zaguan", "address": ""},
}


def test_what_a_page_shows_can_be_observed():
    for step, given, code, words in [
        ("approve_demo_test", TESTED, "visits.demo", "Las visitas de la prueba"),
        ("approve_demo_test", TESTED, "paper.demo_report", "Informe de la prueba"),
        ("approve_demo_test", TESTED, "page.demo_report.2", "página 2"),
        ("confirm_production", LIVE, "field.link_kind", "Dónde estará el enlace"),
        ("confirm_production", LIVE, "field.register", "Dónde registra"),
        ("confirm_production", LIVE, "field.explanation", "Por qué no coincide"),
        ("confirm_production", LIVE, "published.first_visits", "Las primeras visitas"),
        ("confirm_production", LIVE, "published.days_declared", "Días que declaró sin visitas"),
    ]:
        chosen = steps()[step]
        (returned,) = chosen.form.returning
        values = {"decision": returned, "observations": [{"anchor": code, "text": "Mira esto."}]}
        form = fill(chosen, values, given)
        assert form.validate(), errors_of(form)
        assert words in form.reason()
        (name,) = (name for name in chosen.gives if name in chosen.needs)
        again = fill(chosen, {}, given | {name: form.answer()[name]})
        (looked,) = again.earlier()
        assert looked.change.kind in ("same", "unknown")


def test_what_a_page_does_not_show_has_no_anchor():
    for step, given, code in [
        ("approve_demo_test", TESTED, "page.demo_report.3"),
        ("approve_demo_test", TESTED, "visits.production"),
        ("approve_demo_test", TESTED | {"demo_validation": None}, "paper.demo_report"),
        ("confirm_production", LIVE, "field.data_officer"),
        ("confirm_production", LIVE, "published.link"),
        ("confirm_production", LIVE | {"production": None}, "published.first_visits"),
    ]:
        assert fill(steps()[step], {}, given).anchor(code) is None


def test_another_look_at_going_live_shows_what_changed():
    for code, record, after, cells in [
        (
            "field.link_kind",
            "production",
            LIVE["production"] | {"link_kind": "pte"},
            ("Sitio web de la entidad", "Portal de Transparencia Estándar"),
        ),
        (
            "field.explanation",
            "production",
            LIVE["production"] | {"load": {"count": 9, "explanation": ""}},
            ("Dos personas ya no trabajan.", ""),
        ),
        (
            "field.register",
            "production_register",
            {"source": "official_platform", "address": "https://visitas.example.org"},
            ("Registro en Zaguán", "https://visitas.example.org"),
        ),
    ]:
        (kind,) = steps()["confirm_production"].form.anchored
        was = kind(LIVE).find(code).was
        ((_, old, new),) = kind(LIVE | {record: after}).change(code, was).cells
        assert old.startswith(cells[0])
        assert new.endswith(cells[1])
