"""Work that is done once in a process, or made cheap, instead of in every test.

Creating an application costs more than most tests do with it: Flask registers four hundred
addresses, Jinja compiles every template of a page.
"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar

from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import ClauseElement
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Map, Rule

import app as product
from app.people.accounts import new_devices, passwords


class Templates(BytecodeCache):
    """A cache of compiled templates, by their text."""

    _compiled: ClassVar[dict[tuple[str, str], Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Load the compiled form of the same text."""
        bucket.code = self._compiled.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store the compiled form of a text."""
        self._compiled[bucket.key, bucket.checksum] = bucket.code


def templates(app: Flask) -> None:
    """Compile a template of an application only if no other application has compiled it."""
    app.jinja_env.bytecode_cache = Templates()


def addresses() -> None:
    """Give each later application the addresses of the first; one that adds an address gets a copy.

    Registering pages is most of what creating an application costs, and that is mostly addresses.
    """
    register = product.register_pages
    shared: Map | None = None

    def register_pages(app: Flask) -> None:
        nonlocal shared
        if shared:
            app.url_map = shared
            app.add_url_rule = partial(_only_answer, app)  # type: ignore[method-assign]
        register(app)
        shared = app.url_map
        app.add_url_rule = partial(_add, app)  # type: ignore[method-assign]

    product.register_pages = register_pages


def _only_answer(app: Flask, rule: str, endpoint: str, view: Any, **_: Any) -> None:
    """Let an application answer at an address that its map already has."""
    app.view_functions[endpoint] = view


def _add(app: Flask, *given: Any, **more: Any) -> None:
    """Add an address to this application alone."""
    app.url_map = Map([_same(rule) for rule in app.url_map.iter_rules()])
    Flask.add_url_rule(app, *given, **more)


def _same(rule: Rule) -> Rule:
    """Return a rule for another map, with what Flask notes at it."""
    copied = rule.empty()
    copied.provide_automatic_options = rule.provide_automatic_options  # type: ignore[attr-defined]
    return copied


def statements() -> None:
    """Compile a statement once per kind of database, not once per engine.

    SQLAlchemy caches compiled statements by dialect, and each engine has a separate one.
    """
    compile_cached = ClauseElement._compile_w_cache
    first: dict[str, Dialect] = {}
    shared_cache: Any = LRUCache(10_000)

    def compile_shared(
        statement: Any, dialect: Dialect, *, compiled_cache: Any, **given: Any
    ) -> Any:
        shared = first.setdefault(dialect.name, dialect)
        cache = None if compiled_cache is None else shared_cache
        return compile_cached(statement, shared, compiled_cache=cache, **given)

    ClauseElement._compile_w_cache = compile_shared  # type: ignore[assignment, method-assign]


def cheap_passwords() -> None:
    """Make the hash of a password cheap from now on. A separate test checks its cost in service."""
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


#: The function that mails about new devices.
ANNOUNCE = new_devices.announce


def silent_sign_ins() -> None:
    """Mail nobody about new devices: each browser of a test is one."""
    new_devices.announce = lambda *_: None
