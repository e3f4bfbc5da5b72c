"""Debian's PostgreSQL, pgbouncer, postfix and nginx, as docs/day-one.md configures them."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from urllib.parse import quote

from tests.deploy.trial.machine import run, settings, wait_for
from tests.deploy.trial.visitor import CERTIFICATE, NAME

DEPLOY = Path("/srv/deploy")
DAY_ONE = Path("/srv/docs/day-one.md")
POOLER = Path("/etc/pgbouncer/pgbouncer.ini")
#: The ports of PostgreSQL and of pgbouncer.
DIRECT, POOLED = "5432", "6432"


def psql(statement: str, database: str = "postgres") -> str:
    """Run a statement as the owner of the server."""
    words = ("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", database)
    return run(*words, "--set=ON_ERROR_STOP=1", user="postgres", text=statement).strip()


#: The roles of the database: of the application, and of the owner of its tables.
ROLES = ("zaguan", "zaguan_owner")


#: The database of the installation, and the one into which its backup is restored.
DATABASES = ("zaguan", "restored")


#: The name of PostgreSQL's machine, its certificate, and what addresses say of it.
DATABASE, TRUSTED = "db.example.pe", "/etc/ssl/database.pem"
OVER_TLS = f"?sslmode=verify-full&sslrootcert={TRUSTED}"


def certificate(file: str, name: str) -> str:
    """Write a new certificate for a name of a machine. Return the file of its key."""
    key = file.replace(".pem", ".key")
    new = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2")
    named = ("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}")
    run(*new, "-keyout", key, "-out", file, *named)
    return key


def database() -> tuple[str, str]:
    """Start PostgreSQL over TLS, with two roles and a database. Return the addresses for ROLES."""
    version, name = run("pg_lsclusters", "--no-header").split()[:2]
    run("pg_ctlcluster", version, name, "start")
    key = certificate(TRUSTED, DATABASE)
    own = f"/var/lib/postgresql/{version}/{name}"
    for file, setting in ((TRUSTED, "ssl_cert_file"), (key, "ssl_key_file")):
        run("install", "-m", "0600", "-o", "postgres", file, f"{own}/{setting}")
        psql(f"alter system set {setting} = '{own}/{setting}'")
    psql("alter system set ssl = on")
    psql("select pg_reload_conf()")
    addresses = []
    for role in ROLES:
        password = secrets.token_urlsafe(9) + " a&b$HOME#c%d/e@f:'\""
        psql(f"create role {role} login password $${password}$$")
        user = f"{role}:{quote(password, safe='')}"
        addresses.append(f"postgresql+psycopg://{user}@{DATABASE}:{DIRECT}/zaguan{OVER_TLS}")
    psql("create database zaguan owner zaguan_owner")
    application, owner = addresses
    return application, owner


def log_is_protected() -> bool:
    """Return whether the application may insert into the log, and change nothing there."""
    rights = "has_table_privilege('zaguan', 'log', 'insert'), has_table_privilege('zaguan', 'log', "
    return psql(f"select {rights}'update,delete,truncate')", "zaguan") == "t|f"


def pooler() -> None:
    """Start pgbouncer with the configuration that is shipped."""
    text = (DEPLOY / "pgbouncer.ini").read_text("utf-8")
    over_tls = f"server_tls_sslmode = verify-full\nserver_tls_ca_file = {TRUSTED}\n"
    POOLER.write_text(f"{text}{over_tls}", "utf-8")
    line = 'select format(\'"%s" "%s"\', rolname, rolpassword) from pg_authid'
    users = psql(f"{line} where rolname = 'zaguan'")
    Path("/etc/pgbouncer/userlist.txt").write_text(f"{users}\n", "utf-8")
    run("pgbouncer", "--daemon", str(POOLER), user="postgres")
    wait_for("pgbouncer", Path("/run/postgresql/pgbouncer.pid").exists)


def mail() -> None:
    """Start postfix: what the documentation says. Other addresses are accepted, then unknown."""
    block = DAY_ONE.read_text("utf-8").split("```\n")[1]
    main, master, transport = re.split(r"^# .+\n", block, flags=re.MULTILINE)[1:]
    with Path("/etc/postfix/master.cf").open("a", encoding="utf-8") as file:
        file.write(f"\n{master.strip()}\n")
    Path("/etc/postfix/transport").write_text(transport, "ascii")
    for line in (
        *main.strip().splitlines(),
        "default_transport = local",
        f"myhostname = {NAME}",
        "inet_interfaces = 127.0.0.1",
        "inet_protocols = ipv4",
        "alias_maps =",
        "smtpd_tls_security_level = none",
        "maillog_file = /var/log/mail.log",
    ):
        run("postconf", "-e", line)
    run("postfix", "start")


def proxy() -> None:
    """Start nginx with the configuration that is shipped and a new certificate."""
    certificate(CERTIFICATE, NAME)
    sites = Path("/etc/nginx/sites-enabled")
    (sites / "default").unlink()
    (sites / "zaguan").symlink_to("../sites-available/zaguan")
    run("nginx")


def stop() -> None:
    """Stop everything that was started here."""
    version, name = run("pg_lsclusters", "--no-header").split()[:2]
    run("nginx", "-s", "quit")
    run("postfix", "stop")
    run("kill", Path("/run/postgresql/pgbouncer.pid").read_text("ascii").strip())
    run("pg_ctlcluster", version, name, "stop", "--mode=fast")


def filled_in(database_url: str) -> dict[str, str]:
    """Return what an operator fills in, next to what the file has."""
    assert settings()["ZAGUAN_PUBLIC_URL"] == f"https://{NAME}"
    return {
        "ZAGUAN_DATABASE_URL": database_url,
        "ZAGUAN_SMTP_HOST": "127.0.0.1",
        "ZAGUAN_SMTP_PORT": "25",
        "ZAGUAN_SMTP_SECURITY": "none",
    }
