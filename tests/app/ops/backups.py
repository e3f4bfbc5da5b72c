"""Backups for tests, damaged in the ways that a restore must detect, and what a restore left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import inspect, select

from app.base.models import LogEntry
from tests.app.walk import Walk


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def change(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def part_of(backup_folder: Path) -> Path:
    """Return the largest part of the database."""
    return max(
        (path for path in backup_folder.glob("database-*/*")), key=lambda path: path.stat().st_size
    )


def file_of(backup_folder: Path) -> Path:
    """Return a stored file."""
    return next(path for path in (backup_folder / "files").rglob("*") if path.is_file())


def falsify_manifest(backup_folder: Path) -> None:
    """Change a figure in the manifest."""
    document = json.loads((backup_folder / "manifest.json").read_text())
    document["tables"]["task"]["rows"] += 1
    (backup_folder / "manifest.json").write_text(json.dumps(document))


def restores(app: Flask) -> list[dict[str, Any]]:
    """Return what the log says of restores."""
    query = select(LogEntry.data).where(LogEntry.kind == "protection.restored")
    with app.extensions["engine"].connect() as connection:
        return list(connection.scalars(query))


def is_empty(app: Flask) -> bool:
    """Return whether an installation is unused."""
    with app.extensions["engine"].connect() as connection:
        return not inspect(connection).get_table_names()


def moved(walk: Walk, app: Flask) -> Walk:
    """Return the walk, continued in another installation."""
    other = object.__new__(Walk)
    other.app, other.people, other.id = app, walk.people, walk.id
    return other
