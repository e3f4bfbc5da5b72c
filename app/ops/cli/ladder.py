"""The ladder of reminders: compare that of another version with the one in force."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy.orm import Session

from app.base import db
from app.base.definitions import definition_of, find_version
from app.cases import processes, reminders
from app.ops.cli.group import commands, installed
from workflows.contract import InvalidDiagram
from workflows.definition import Definition, read_folder


@commands.command("compare-reminders")
@click.argument("version", metavar="FOLDER|VERSION")
def compare_reminders(version: str) -> None:
    """Print what the ladder in force and that of another version would send in 30 working days.

    The other version is a folder of diagrams and tables, or one of this installation: a number, or
    the beginning of a hash. Nothing is stored or sent.
    """
    app = installed()
    with app.app_context(), db.open_session(app.extensions["engine"], writes=False) as session:
        definition = _version(session, version)
        if reminders.is_same(session, definition):
            click.echo("Both have the same ladder: no reminder changes.")
            return
        for line in _lines(reminders.compare(session, definition)):
            click.echo(line)


def _version(session: Session, given: str) -> Definition:
    """Return a version by folder, number or hash. Raise BadParameter or InvalidDiagram."""
    if Path(given).is_dir():
        texts = read_folder(Path(given))
        if faults := processes.check(texts).faults:
            raise InvalidDiagram(faults)
        return Definition.parse(texts)
    found = find_version(session, given)
    if found is None:
        raise click.BadParameter(
            f"{given} is neither a folder nor one version of this installation"
        )
    return definition_of(found)


def _lines(both: reminders.Comparison) -> list[str]:
    now, then = both.now, both.then
    first = both.days[0]
    lines = [f"{'day':<12}{'mails now':>11}{'then':>8}{'reminders now':>16}{'then':>8}"]
    for name, before, after in (
        *((day.isoformat(), now.days[day], then.days[day]) for day in both.days),
        ("all", now.total, then.total),
    ):
        counts = f"{before.mails:>11}{after.mails:>8}{before.reminders:>16}{after.reminders:>8}"
        lines.append(f"{name:<12}{counts}")
    lines.append("")
    for title, before_of, after_of in (
        ("by kind of mail", now.total.kinds, then.total.kinds),
        ("by recipient", now.total.capacities, then.total.capacities),
    ):
        names = sorted({*before_of, *after_of})
        counted = (f"{name} {before_of[name]} -> {after_of[name]}" for name in names)
        lines.append(f"{title}: {', '.join(counted)}")
    lines += [
        f"first morning, {first}: {now.days[first].mails} -> {then.days[first].mails} mails",
        f"of days that have passed, in the next mails: {now.caught_up} -> {then.caught_up}",
        f"the most mails: {now.days[now.fullest].mails} on {now.fullest} -> "
        f"{then.days[then.fullest].mails} on {then.fullest}",
        f"at most in one mail: {now.most_of_person} -> {then.most_of_person} reminders; "
        f"at most about one entity on a day: {now.most_of_entity} -> {then.most_of_entity}",
        f"reaching no person: {now.total.unreached} -> {then.total.unreached} reminders",
        f"entities: {both.more} with more reminders ({both.begin} with their first), "
        f"{both.fewer} with fewer ({both.cease} with none any more)",
    ]
    for one in both.largest:
        since = f", more from {one.more_from}" if one.more_from else ""
        lines.append(f"    {one.entity.code} {one.entity.name}: {one.now} -> {one.then}{since}")
    lines.append("Terms are those of today: another deadlines.dmn moves no open step by itself.")
    return lines
