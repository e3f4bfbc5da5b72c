"""Searches a whole installation for a person: database, files, and what they contain, answers."""

from __future__ import annotations

import gzip
import io
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import duckdb
from flask import Flask
from sqlalchemy import inspect, select, table, text
from sqlalchemy.engine import make_url
from werkzeug.test import TestResponse

from app.base.models import BaselineName
from tests.app.installed import Installed

#: Places as (name, content).
Places = Iterable[tuple[str, str]]


def found(places: Places, wanted: Iterable[str]) -> set[str]:
    """Return the names of the places that contain one of these words."""
    words = [one.lower() for one in wanted]
    return {place for place, said in places if any(word in said.lower() for word in words)}


def rows(installed: Installed) -> Iterator[tuple[str, str]]:
    """Yield each table of the database with all its rows, also tables that no model knows.

    On SQLite these are the tables behind the index of words; on PostgreSQL, what the planner knows
    of columns is one of them. Rows that are compressed are read, too.
    """
    with installed.reading() as session:
        connection = session.connection()
        for name in inspect(connection).get_table_names():
            every = connection.execute(select(text("*")).select_from(table(name))).all()
            yield name, repr([tuple(row) for row in every])
        if connection.dialect.name == "postgresql":
            yield "pg_stats", repr(connection.execute(text("select * from pg_stats")).all())
        for lines in session.scalars(select(BaselineName.lines).where(BaselineName.lines != b"")):
            yield "lines", zlib.decompress(lines or b"").decode()


def files(app: Flask) -> Iterator[tuple[str, str]]:
    """Yield each file of an installation: on SQLite its database, as bytes and as a dump, too."""
    folders = [app.config["DATA"]]
    url = make_url(app.config["DATABASE_URL"])
    if url.get_backend_name() == "sqlite":
        database = Path(str(url.database))
        folders.append(database.parent)
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            yield "dump", "\n".join(connection.iterdump())
    yield from in_folders(folders)


def in_folders(folders: Iterable[Path]) -> Iterator[tuple[str, str]]:
    """Yield each file of some folders, unpacked."""
    for path in {path for folder in folders for path in folder.rglob("*") if path.is_file()}:
        yield path.name, unpacked(path.read_bytes(), path)


def unpacked(content: bytes, path: Path | None = None) -> str:
    """Return the text of a file: of gzip, workbooks and Parquet what is in them."""
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"\n".join(archive.read(name) for name in archive.namelist())
    elif content[:4] == b"PAR1" and path is not None:
        return repr(duckdb.sql(f"select * from read_parquet('{path}')").fetchall())
    return content.decode("utf-8", "replace")


def said(answer: TestResponse) -> str:
    """Return the text of an answer and close it."""
    with answer:
        return unpacked(answer.data)
