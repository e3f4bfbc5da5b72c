"""A linter of migrations: they only expand the schema, so that the previous release goes on.

While `zaguan migrate` brings the schema to that of a new release, processes of the previous one
read and write. squawk judges the statements that a migration sends to PostgreSQL; a few rules are
added here. A migration that must break a rule names it with its reason, which begins with a release
that does not need what is lost:

    EXCEPTIONS = {"ban-drop-column": "0.9.0 neither reads nor writes mail.old"}
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

SQUAWK = str(Path(sys.executable).with_name("squawk"))

#: Rules of squawk about style, about what `db.migrate` does for all migrations, or that the server
#: enforces itself.
UNUSED = (
    "ban-concurrent-index-creation-in-transaction",
    "prefer-bigint-over-int",
    "prefer-identity",
    "prefer-robust-stmts",
    "prefer-text-field",
    "prefer-timestamp-tz",
    "require-lock-timeout",
    "require-statement-timeout",
)

#: A reference from a column that is new: no row has a value to check.
NEW_REFERENCE = re.compile(r"alter table \S+ add column .* references ", re.IGNORECASE | re.DOTALL)
CREATED = re.compile(r"create table (?:if not exists )?\"?(\w+)", re.IGNORECASE)
UNIQUE = re.compile(r"create unique index .*? on \"?(\w+)", re.IGNORECASE | re.DOTALL)
CHANGED = re.compile(r"(?:update|delete from|truncate)\s+\"?(\w+)", re.IGNORECASE)
TRIGGER = re.compile(r"(?:create|drop) (?:or replace )?trigger ", re.IGNORECASE)
#: Alembic's own table.
VERSION_TABLE = "alembic_version"


@dataclass(frozen=True)
class Finding:
    """A rule that a statement breaks, and why it matters."""

    rule: str
    message: str
    statement: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.message} In: {' '.join(self.statement.split())[:200]}"


def findings(statements: Sequence[str]) -> list[Finding]:
    """Return which rules the statements of one migration break, in their order."""
    ours = [one.strip() for one in statements if not one.lstrip().lower().startswith("select ")]
    made = {table for one in ours for table in CREATED.findall(one)}
    theirs = _by_squawk(ours)
    return [
        finding
        for number, one in enumerate(ours)
        for finding in (*theirs.get(number, ()), *_by_us(one, made))
    ]


def _by_squawk(statements: Sequence[str]) -> dict[int, list[Finding]]:
    """Return what squawk finds, by the number of the statement."""
    starts, text = [], ""
    for one in statements:
        starts.append(text.count("\n"))
        text += f"{one.rstrip(';')};\n"
    command = [SQUAWK, "--reporter=json", "--assume-in-transaction"]
    command += [f"--exclude={rule}" for rule in UNUSED]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    found: dict[int, list[Finding]] = {}
    for row in json.loads(done.stdout):
        number = max(n for n, start in enumerate(starts) if start <= row["line"])
        one = statements[number]
        if row["rule_name"] == "adding-foreign-key-constraint" and NEW_REFERENCE.match(one):
            continue
        found.setdefault(number, []).append(Finding(row["rule_name"], row["message"], one))
    return found


def _by_us(one: str, made: set[str]) -> list[Finding]:
    """Return what we add: statements whose effect the previous release would notice."""
    found = []
    unique, changed = UNIQUE.match(one), CHANGED.match(one)
    if unique and unique[1] not in made:
        found.append(Finding("unique-index", "The previous release may write two such rows.", one))
    if changed and changed[1] not in {*made, VERSION_TABLE}:
        found.append(Finding("data-change", "The previous release reads these rows.", one))
    if TRIGGER.match(one) and not any(f" on {table}" in one.lower() for table in made):
        found.append(Finding("trigger", "It changes what the previous release writes.", one))
    return found


def unexcused(
    found: Sequence[Finding], exceptions: Mapping[str, str], released: set[str]
) -> list[str]:
    """Return the findings without a valid exception, and the exceptions that are not valid.

    `released`: the releases that a reason may name.
    """
    broken = {one.rule for one in found}
    said = [str(one) for one in found if one.rule not in exceptions]
    for rule, reason in exceptions.items():
        release, _, why = reason.partition(" ")
        if rule not in broken:
            said.append(f"{rule}: the exception is not needed.")
        if release not in released or len(why) < 20:
            said.append(f"{rule}: the reason begins with a release, then says why: {reason!r}")
    return said
