"""Work that is done once in a process, or made cheap, instead of in every test.

Creating an application costs more than most tests do with it: Werkzeug compiles two functions for
each of our two hundred addresses, Jinja every template of a page.
"""

from __future__ import annotations

from copy import copy
from typing import Any, ClassVar

from argon2 import PasswordHasher
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import ClauseElement
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

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


#: What compiling a rule computes from its text: all but the functions that build addresses.
COMPILED = ("_parts", "_trace", "_converters", "arguments")


def addresses() -> None:
    """Compile each rule of the addresses only once, from now on, with its functions."""
    compiled, built = Rule.compile, Rule._compile_builder
    rules: dict[tuple[Any, ...], dict[str, Any]] = {}
    builders: dict[tuple[Any, ...], Any] = {}

    def compile_rule(rule: Rule) -> None:
        key = (rule.rule, repr(rule.defaults), rule.merge_slashes, rule.subdomain, rule.host)
        if key not in rules:
            compiled(rule)
            rules[key] = {name: copy(getattr(rule, name)) for name in COMPILED}
            return
        for name, value in rules[key].items():
            setattr(rule, name, copy(value))
        rule._build = rule._compile_builder(False).__get__(rule, None)
        rule._build_unknown = rule._compile_builder(True).__get__(rule, None)

    def compile_builder(rule: Rule, append_unknown: bool = True) -> Any:
        key = (rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown)
        if key not in builders:
            builders[key] = built(rule, append_unknown)
        return builders[key]

    Rule.compile = compile_rule  # type: ignore[assignment, method-assign]
    Rule._compile_builder = compile_builder  # type: ignore[assignment, method-assign]


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
