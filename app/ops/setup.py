"""Make an installation ready: schema, diagrams, catalogue, calendar, demo."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.administration import catalogue
from app.administration.users.forms import Invitation
from app.base import calendar, config, db, private
from app.base.config.fault import Foreseen
from app.base.files import places
from app.base.models import JobRun, ProcessInstance, User
from app.base.urls import external_url
from app.cases import custody, processes
from app.cases.processes import versions
from app.ops import after_restore, trial_people
from app.ops.progress import counted, step
from app.people import access
from app.people.access import tickets
from app.register.export import changes
from app.register.registers import mandates
from app.register.suppression import listed

#: Name of the job run that records when a new installation's demo began and ended.
DEMO = "demo"

#: The options of the command that creates a superuser, and what each takes.
TAKES = {
    "document_type": "DNI or CE",
    "document_number": "the 8 digits of a DNI, or the number of a carné de extranjería",
    "given_names": "a person's names",
    "surnames": "a person's surnames",
    "email": "an e-mail address",
}


class CannotSetUp(Foreseen):
    """The installation cannot be made ready; the message says what to do."""

    exit_code = 2


def refuse_older() -> Mapping[str, Any]:
    """Raise db.OlderSchema if the configured database is of an earlier release; touch nothing.

    Return the settings.
    """
    settings = config.load(only_looking=True)
    calendar.clock_from_environment()  # so that a bad one is named first
    db.refuse_older(settings["DATABASE_URL"])
    return settings


def must_be_set_up() -> None:
    """Raise CannotSetUp if nothing was set up yet. Creates neither folder nor file."""
    settings = refuse_older()
    url = make_url(settings["DATABASE_URL"])
    missing = url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists()
    engine = None if missing else db.connect(settings["DATABASE_URL"])
    try:
        if engine is None or not db.is_ready(engine):
            raise CannotSetUp("Nothing is set up here yet: run `zaguan setup` first.")
    finally:
        if engine is not None:
            engine.dispose()


def keep_private(app: Flask, *, whole: bool) -> list[Path]:
    """Make what holds personal data private to the user that the application runs as.

    This is the data folder, the database, the secret and, if `whole`, each stored file. Other
    files there are not touched. Return the paths that other users can still reach as owners.
    """
    data: Path = app.config["DATA"]
    ours = [data, data / "secret-key", *db.sqlite_files(app.config["DATABASE_URL"])]
    left = [path for path in ours if path.exists() and not private.tighten(path)]
    return left + (private.tighten_all(data / places.FILES) if whole else [])


def say_what_is_open(app: Flask, *, whole: bool = False) -> None:
    """Make the data private, and print what other users of the machine can still reach."""
    for path in keep_private(app, whole=whole)[:20]:
        click.echo(f"Other users of this machine can reach {path}: it is not ours.", err=True)


def migrate(settings: Mapping[str, Any]) -> None:
    """Bring the schema of the configured database up to date, as its owner."""
    db.migrate(settings["DATABASE_OWNER_URL"], settings["DATABASE_URL"])


def upgrade(app: Flask) -> None:
    """Bring the schema up to date, so that this code can start."""
    migrate(app.config)
    with app.app_context():
        with db.writing(app) as session:
            _begin_list(session)
        listed.exchange(app.extensions["engine"])


def _begin_list(session: Session) -> None:
    """Make the list of suppressions of a new installation, unless its database was copied here."""
    if changes.is_ahead(session.connection()):  # by other means than ours
        after_restore.leave_the_server(session.connection())
    listed.begin(session)


def prepare(app: Flask) -> None:
    """Bring schema, diagrams, catalogue and calendar up to date.

    Raises CannotSetUp, db.NotOwner and db.OlderSchema.
    """
    try:
        migrate(app.config)
    except DatabaseError as fault:
        raise CannotSetUp(f"The database cannot be opened: {fault.orig}") from None
    say_what_is_open(app, whole=True)
    with app.app_context(), db.writing(app) as session:
        _deploy(session)
        processes.check_live(session)
        catalogue.load(session)
        mandates.load(session)
        _begin_list(session)
    with app.app_context():
        listed.exchange(app.extensions["engine"])


def _deploy(session: Session) -> None:
    """Deploy the diagrams that came with the code, or offer them, and say so."""
    in_force = versions.take_from_code(session)
    if not versions.came_with_code(session, in_force):
        click.echo(
            f"In force stays version {versions.name_of(in_force)} of the diagrams, which did not "
            "come with the code. The version of the code is offered: `zaguan deploy` puts it into "
            "force."
        )


def rebuild_clocks(app: Flask) -> tuple[int, int]:
    """Rebuild the clocks of all onboardings from the log, a transaction each. Return how many
    differed, and how many there are."""
    differed = 0
    with app.app_context():
        with db.open_session(app.extensions["engine"], writes=False) as session:
            ids = custody.all_onboardings(session)
        for instance_id in counted(ids, len(ids), "Reading clocks from the log"):
            with db.writing(app) as session:
                row = session.get_one(ProcessInstance, instance_id)
                differed += custody.rebuild(session, row)
    return differed, len(ids)


def suppress_again(app: Flask) -> None:
    """Apply the list of suppressions, before anything is served: the database may be of a backup.

    Raises CannotSetUp if there is no list of this installation.
    """
    with app.app_context():
        listed.exchange(app.extensions["engine"])
        try:
            with db.writing(app) as session:
                count = listed.apply(session)
        except listed.NoList as fault:
            raise CannotSetUp(str(fault)) from None
    if count:
        click.echo(f"Suppressed again, as the list says: {count}.")


def must_have_invented_people_only(app: Flask) -> None:
    """Raise CannotSetUp if real people have accounts: their installation takes no demo."""
    with db.writing(app) as session:
        real = session.scalar(select(User.id).where(User.email.not_like("%@example.%")).limit(1))
    if real is not None:
        raise CannotSetUp("This installation has real users: a demo cannot be added.")


def run(app: Flask, *, demo_entities: int) -> None:
    """Make a new installation ready with a demo, or bring an existing one up to date.

    A demo that was interrupted is started again.
    """
    with step("Preparing the database, the diagrams and the catalogue"):
        prepare(app)
    if not demo_entities:
        return
    with app.app_context():
        if _demo_was_interrupted(app):
            begin_anew(app)
        with db.open_session(app.extensions["engine"], writes=False) as session:
            is_new = not session.scalar(select(func.count(User.id)))
        if is_new:
            with step(f"Running {demo_entities} entities through the past months"):
                fill_demo(app, entities=demo_entities, seed=1)
        trial_people.show(app)


def fill_demo(app: Flask, *, entities: int, seed: int) -> None:
    """Fill an installation with a demo. For a new installation, record when it is complete.

    A demo that was interrupted is started again: what it left is not a valid history.
    """
    from app.ops import demo

    if _demo_was_interrupted(app):
        begin_anew(app)
    with db.writing(app) as session:
        is_new = not session.scalar(select(func.count(User.id)))
        if is_new:
            begun = {"started_at": calendar.now(), "seen_at": calendar.now()}
            db.insert_missing(session, JobRun, {"name": DEMO, "result": {}, "error": "", **begun})
    demo.fill(app, entities=entities, seed=seed)
    if is_new:
        with db.writing(app) as session:
            session.get_one(JobRun, DEMO).ended_at = calendar.now()


def _demo_was_interrupted(app: Flask) -> bool:
    with db.open_session(app.extensions["engine"], writes=False) as session:
        run = session.get(JobRun, DEMO)
    return run is not None and run.ended_at is None


def begin_anew(app: Flask) -> None:
    """Delete everything that an interrupted demo left, and prepare the installation again.

    Raises CannotSetUp if real people have accounts by now.
    """
    must_have_invented_people_only(app)
    click.echo("The demo was interrupted before its end: it begins anew.")
    app.extensions["engine"].dispose()
    with db.as_owner(app) as engine, engine.begin() as connection:
        db.drop_all(connection)
    shutil.rmtree(app.config["DATA"] / places.FILES, ignore_errors=True)
    prepare(app)


#: The reason of a role that a command gives, as the form of a page asks for one.
BY_COMMAND = "Lo dio un comando."


def create_superuser(app: Flask, person: Mapping[str, str]) -> str:
    """Create a superuser. Return the address at which the password is chosen.

    Raises CannotSetUp, which names each invalid value.
    """
    form = Invitation(MultiDict({**person, "role": "superuser", "reason": BY_COMMAND}))
    if not form.validate():
        takes = (f"{name}: takes {TAKES.get(name, form.errors[name])}" for name in form.errors)
        raise CannotSetUp("\n".join(takes))
    person = {name: form[name].data for name in TAKES}
    with db.writing(app) as session:
        user = access.open_account(session, person, "superuser", None, None)
        token = tickets.issue(session, "invitation", user=user)
        return external_url("accounts.accept_invitation", token=token)
