"""Install a wheel, use it, restore its backup, replace it by another build, and use that.

`python3 -m tests.deploy.trial WHEEL`, as root in a new Debian with a separate network. Exit code 0,
or the step that failed with the logs.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import sys
import threading
import time
import traceback
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.deploy.trial import servers
from tests.deploy.trial.machine import (
    LOGS,
    Failed,
    Unit,
    change_settings,
    end_at_once,
    run,
    wait_for,
    zaguan,
)
from tests.deploy.trial.visitor import Visitor, pdf, token

WEB = ("zaguan-web@8001", "zaguan-web@8002")
WORKER = "zaguan-worker"
#: The settings that root alone reads.
OWNER = Path("/etc/zaguan/owner.env")
#: People of the demo: the Gestor, a coordinator, an auditor, and the people of entities.
GESTOR, COORDINATOR, AUDITOR = "00000001", "00000002", "00000005"
OF_ENTITIES = ("00000014", "00000012", "00000011")
ENTITIES = "3"


def say(words: str) -> None:
    """Print a step, with the seconds since the start."""
    print(f"{time.monotonic() - BEGUN:5.0f} s  {words}", flush=True)


BEGUN = time.monotonic()


def install(wheel: str) -> None:
    """Install a wheel, twice: the second time changes nothing."""
    link, file = Path("/opt/zaguan/.venv"), Path("/etc/zaguan/zaguan.env")
    run("/srv/deploy/install", wheel)
    before = link.readlink(), file.read_bytes()
    run("/srv/deploy/install", wheel)
    if (link.readlink(), file.read_bytes()) != before:
        raise Failed("a second deploy/install changed something")


def ready(port: str) -> bool:
    """Return whether a web process answers at a port of this machine."""
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
    try:
        connection.request("GET", "/salud")
        return connection.getresponse().status in (200, 503)
    except OSError:
        return False
    finally:
        connection.close()


def begin(name: str) -> Unit:
    """Start a unit; of web processes, wait until it answers."""
    unit = Unit(name)
    if unit.instance:
        wait_for(f"{name} answers", lambda: ready(unit.instance))
    return unit


def step_with_a_paper() -> tuple[Visitor, str, str, str]:
    """Return a visitor, their open step that takes a paper, its page and the paper's field."""
    for document in OF_ENTITIES:
        visitor = Visitor(document)
        pages = [visitor.get(path).text for path in ("/", "/pendientes")]
        for path in sorted(set(re.findall(r'href="(/tareas/\d+)', "".join(pages)))):
            page = visitor.get(path).text
            form = re.search(r'<form id="paso" method="post" action="([^"]+)"', page)
            field = re.search(r'name="action" value="(?:upload|drop):(\w+)"', page)
            if form and field:
                return visitor, form[1], page, field[1]
    raise Failed("no open step takes a paper")


def upload_a_paper() -> None:
    """Upload a PDF in an open step of one of the entities, and read it again.

    If one is there from before, it must be the same; it is replaced.
    """
    paper = pdf("Documento inventado de una prueba")
    visitor, path, page, field = step_with_a_paper()
    if f'value="drop:{field}"' in page:
        if file_of(visitor, page) != paper:
            raise Failed("the paper that was there is another")
        revision = re.search(r'name="revision" value="(\d+)"', page)
        fields = {"revision": revision[1] if revision else "0", "action": f"drop:{field}"}
        visitor.send(path, page, fields)
        page = visitor.get(path).text
    revision = re.search(r'name="revision" value="(\d+)"', page)
    values = [("csrf_token", token(page)), ("revision", revision[1] if revision else "0")]
    values += [("action", f"upload:{field}")]
    answer = visitor.upload(path, values, field, "prueba.pdf", paper)
    if file_of(visitor, visitor.get(path).text) != paper:
        raise Failed(f"{path} does not have the paper ({answer.status})")


def file_of(visitor: Visitor, page: str) -> bytes:
    """Return the bytes of the paper that a step shows. Raises Failed if there is none."""
    found = re.search(r'<p class="document__file"><a [^>]*href="([^"]+)"', page)
    if found is None:
        raise Failed("the step shows no paper")
    return visitor.get(found[1]).body


def export() -> None:
    """Download the open data of the whole register."""
    answer = Visitor().get("/visitas.csv")
    if not answer.headers["Content-Type"].startswith("text/csv") or b"," not in answer.body:
        raise Failed(f"/visitas.csv: {answer.headers} {answer.text[:300]}")


def finished_files() -> None:
    """Download the finished files of the open data. The manifest has their hashes."""
    visitor = Visitor()

    def listed() -> list[dict[str, str]]:
        manifest = json.loads(visitor.get("/datos/archivos.json").text)
        files: list[dict[str, str]] = manifest["archivos"]
        return files

    wait_for("finished files", listed)
    for one in listed():
        answer = visitor.get(f"/datos/archivos/{one['nombre']}")
        if hashlib.sha256(answer.body).hexdigest() != one["sha256"]:
            raise Failed(f"{one['nombre']} is not the file of the manifest")


def look() -> None:
    """Read what everyone reads: health, static files from nginx, and no other name."""
    visitor = Visitor()
    health = json.loads(visitor.ask("GET", "/salud").text)
    if health.get("as_public_address") is not True:
        raise Failed(f"/salud: {health}")
    sheet = re.search(r'href="(/static/build/[^"]+\.css\?v=\w+)"', visitor.get("/").text)
    if sheet is None or "immutable" not in visitor.get(sheet[1]).headers["Cache-Control"]:
        raise Failed("no style sheet")
    if (status := visitor.ask("GET", "/", host="otra.example.pe").status) != 421:
        raise Failed(f"another name was answered {status}")


def bounce() -> None:
    """Ask for another password: the mail cannot be delivered, and comes back."""
    visitor = Visitor()
    fields = {"document_type": "DNI", "document_number": AUDITOR}
    visitor.send("/clave", visitor.get("/clave").text, fields)
    reader = Visitor(GESTOR)
    wait_for(
        "the bounce is read",
        lambda: "La dirección no existe</span>" in reader.get("/correos/recibidos").text,
    )


#: Seconds between two pages: one address reads fewer of the register than its limit a minute.
PAUSE = 0.3


@contextlib.contextmanager
def under_load() -> Iterator[None]:
    """Read and write all the time. Raises Failed if anything was not answered."""
    faults: list[str] = []
    counts = {"read": 0, "written": 0}
    over = threading.Event()

    def work(kind: str, paths: tuple[str, ...]) -> None:
        visitor = Visitor(COORDINATOR) if kind == "written" else Visitor()
        while not over.is_set():
            for path in paths:
                try:
                    if kind == "written":
                        visitor.sign_in(COORDINATOR)
                    visitor.get(path)
                    counts[kind] += 1
                except (Failed, OSError) as fault:
                    faults.append(f"{time.monotonic() - BEGUN:.1f} s: {path}: {fault}"[:120])
                time.sleep(PAUSE)

    kinds = {"read": ("/", "/visitas", "/ayuda", "/datos"), "written": ("/", "/entidades")}
    threads = [threading.Thread(target=work, args=one) for one in kinds.items()]
    for one in threads:
        one.start()
    try:
        yield
    finally:
        over.set()
        for one in threads:
            one.join()
    say(f"  meanwhile {counts['read']} pages were read and {counts['written']} people signed in")
    if faults or not all(counts.values()):
        raise Failed(f"{len(faults)} requests failed: {faults[:3]} {faults[-3:]}")


def restore(application: str, owner: str) -> None:
    """Back up, and restore into another database with another data folder. Raises Failed."""
    backup, data = Path("/var/backups/zaguan"), Path("/var/lib/zaguan-restored")
    for folder in (backup, data):
        folder.mkdir(parents=True)
        shutil.chown(folder, "zaguan", "zaguan")
    zaguan("backup", str(backup), environment={"ZAGUAN_DATABASE_URL": application})
    servers.psql("create database restored owner zaguan_owner")
    elsewhere = {
        "ZAGUAN_DATA": str(data),
        "ZAGUAN_DATABASE_URL": application.replace("/zaguan?", "/restored?"),
        "ZAGUAN_DATABASE_OWNER_URL": owner.replace("/zaguan?", "/restored?"),
    }
    zaguan("restore", str(backup), environment=elsewhere)
    zaguan("setup", "--no-demo", environment=elsewhere)
    for table in ("entity", "stored_file"):
        counts = [servers.psql(f"select count(*) from {table}", one) for one in servers.DATABASES]
        if len(set(counts)) > 1 or counts[0] == "0":
            raise Failed(f"{table} has {counts} rows")


def build_again(wheel: str) -> str:
    """Return another build of a wheel: the same files, in an archive with another hash."""
    again = shutil.copy(wheel, "/tmp")
    with zipfile.ZipFile(again, "a") as archive:
        archive.comment = b"built again"
    return again


def replace(wheel: str, units: dict[str, Unit], owned: dict[str, str]) -> None:
    """Replace the code without a stop: one process after the other."""
    with under_load():
        before = Path("/opt/zaguan/.venv").readlink()
        install(wheel)
        if Path("/opt/zaguan/.venv").readlink() == before:
            raise Failed("the other build was not installed")
        zaguan("migrate", environment=owned)
        for name in (*WEB, WORKER):
            units[name].stop()
            units[name] = begin(name)
            say(f"  restarted {name}")
        zaguan("setup", "--no-demo", environment=owned)
    if not servers.log_is_protected():
        raise Failed("the application may change the log")


def kill(units: dict[str, Unit]) -> None:
    """Kill a process that answers, then all of a port: the service goes on, and both come back."""
    unit = units[WEB[0]]
    victim = unit.children()[0]
    end_at_once(victim)
    for _ in range(5):
        Visitor(COORDINATOR).get("/")
    wait_for("another process", lambda: unit.children() and victim not in unit.children())
    main = unit.process.pid
    end_at_once(main, *unit.children())
    for _ in range(20):
        Visitor(COORDINATOR).get("/")
    wait_for("the unit again", lambda: unit.process.pid != main and ready(unit.instance))


def image(wheel: str) -> None:
    """Install as an image does: run the command of the Containerfile, in place of what is there."""
    for folder in ("/opt/zaguan", "/etc/zaguan"):
        shutil.rmtree(folder)
    shutil.copytree("/srv/deploy", "/tmp/deploy")
    shutil.copy(wheel, "/tmp")
    text = Path("/tmp/deploy/Containerfile").read_text("utf-8").replace("\\\n", " ")
    command = re.search(r"^RUN (.+)$", text, re.MULTILINE)
    if command is None:
        raise Failed("the Containerfile installs nothing")
    run("bash", "-c", command[1])
    for place in ("static/build", "pages/502.html"):
        if not Path("/opt/zaguan", place).exists():
            raise Failed(f"the image has no {place}")
    say("  " + run("/opt/zaguan/.venv/bin/zaguan", "--version").strip())


def work(wheel: str) -> None:
    """Do everything, step by step."""
    say("deploy/install")
    install(wheel)
    say("PostgreSQL, pgbouncer, postfix, nginx")
    direct, owner = servers.database()
    servers.pooler()
    servers.mail()
    servers.proxy()
    say("zaguan setup, with a demo of invented people")
    pooled = direct.partition("?")[0].replace(servers.DIRECT, servers.POOLED)
    change_settings(**servers.filled_in(pooled), ZAGUAN_SECOND_FACTOR="offered")
    OWNER.write_text(f"ZAGUAN_DATABASE_OWNER_URL={owner}\n", "utf-8")
    owned = {"ZAGUAN_DATABASE_URL": direct}
    zaguan("setup", "--entities", ENTITIES, environment=owned)
    units = {name: begin(name) for name in (*WEB, WORKER)}
    say("signing in, uploading a paper, exporting")
    look()
    upload_a_paper()
    export()
    say("a backup, restored elsewhere")
    restore(direct, owner)
    say("replacing the code while people read and write")
    replace(build_again(wheel), units, owned)
    look()
    upload_a_paper()
    export()
    finished_files()
    say("a mail that bounces")
    bounce()
    say("killing web processes")
    kill(units)
    say(zaguan("--version").strip())
    for unit in units.values():
        unit.stop()
    servers.stop()
    say("what the Containerfile runs")
    image(wheel)


def main() -> int:
    """Run the trial. Return the exit code."""
    LOGS.mkdir(parents=True)
    try:
        work(sys.argv[1])
    except Exception:  # noqa: BLE001 - whatever failed is printed, with the logs
        traceback.print_exc()
        logs = [*LOGS.glob("*.log"), Path("/var/log/mail.log"), Path("/var/log/nginx/error.log")]
        for log in logs:
            if log.exists():
                text = log.read_text("utf-8", "replace")
                faults = [line for line in text.splitlines() if '"level": "error"' in line]
                print(f"---- {log}", *faults[-3:], text[-3000:], sep="\n", flush=True)
        return 1
    print("OK", flush=True)
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
