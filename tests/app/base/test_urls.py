"""Addresses of pages that mails and jobs build: the published ones, also outside of requests."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import BuildError

from app.base.urls import external_url, path_for

#: Endpoint and values → the path that people know from mails, papers and bookmarks.
PUBLISHED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("accounts.accept_invitation", {"token": "a-B_9"}, "/invitacion/a-B_9"),
    ("accounts.activate", {}, "/activar"),
    ("accounts.begin", {}, "/inicia"),
    ("accounts.choose_password", {"token": "a-B_9"}, "/clave/a-B_9"),
    ("accounts.forgotten", {}, "/clave"),
    ("accounts.mine", {}, "/cuenta"),
    ("accounts.own_absences", {}, "/cuenta/ausencias"),
    ("accounts.sign_in", {}, "/ingresar"),
    ("consult.list_of_entity", {"code": "E90001"}, "/visitas/E90001"),
    ("contacts.show", {"code": "E90001"}, "/entidades/E90001/contactos"),
    ("entities.show", {"code": "E90001"}, "/entidades/E90001"),
    ("extensions.resolve", {"code": "E90001", "request_id": 3}, "/entidades/E90001/pedidos/3"),
    ("incidents.list_incidents", {}, "/incidentes"),
    ("incoming.show", {"number": 7}, "/correos/recibidos/7"),
    ("notification.note", {"code": "E90001", "task_id": 5}, "/entidades/E90001/tareas/5/notificar"),
    ("public.file", {"file_id": "abc"}, "/archivos/abc"),
    ("public.security_txt", {}, "/.well-known/security.txt"),
    ("receipts.confirm", {"token": "7-0f"}, "/avisos/recibido/7-0f"),
    ("sending.unsubscribe", {"token": "7-0f"}, "/avisos/baja/7-0f"),
    ("shared_ruc.confirm", {"code": "E90001"}, "/entidades/E90001/ruc"),
    ("tasks.allow", {"task_id": 5}, "/tareas/5/permitir"),
    ("tasks.entered", {"task_id": 5}, "/tareas/5/encargo"),
    ("tasks.inbox", {}, "/pendientes"),
    ("tasks.open_step", {"task_id": 5}, "/tareas/5"),
)


def test_published_addresses_stay_as_they_are_and_an_unknown_page_has_none(app: Flask):
    with app.app_context():
        paths = [path_for(name, **values) for name, values, _ in PUBLISHED]
    assert paths == [path for _, _, path in PUBLISHED]
    with app.app_context(), pytest.raises(BuildError):
        path_for("tasks.nowhere")


def test_an_external_address_begins_with_the_public_url_outside_and_inside_of_requests(app: Flask):
    app.config["PUBLIC_URL"] = "https://zaguan.example.pe"
    with app.app_context():
        outside = external_url("tasks.open_step", task_id=5)
    with app.test_request_context("/otra", base_url="http://10.0.0.1:8000"):
        inside = external_url("tasks.open_step", task_id=5)
    assert outside == inside == "https://zaguan.example.pe/tareas/5"
