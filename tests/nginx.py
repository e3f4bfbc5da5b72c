"""A real nginx on the loopback, with the configuration in deploy/."""

from __future__ import annotations

import getpass
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.base.assets import STATIC
from tests import programs
from tests.app.together import until
from tests.network import free_port, listens

CONFIGURATION = Path(__file__).parents[1] / "deploy" / "nginx.conf"
#: The host name of the installation in it.
NAME = "zaguan.example.pe"
#: A folder that does not exist, for tests without those files.
NOWHERE = Path("/nonexistent")
AROUND = """
daemon off;
user {user};
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {block}
}}
"""


def shipped() -> str:
    """Return the configuration, as operators copy it."""
    return CONFIGURATION.read_text("utf-8")


def adapted(
    block: str,
    *,
    port: int,
    upstream: int,
    certificate: Path,
    pages: Path = NOWHERE,
    open_data: Path = NOWHERE,
) -> str:
    """Return the configuration with ports and a certificate of the loopback, and these files."""
    plain = next(free for free in iter(free_port, None) if free not in (port, upstream))
    for theirs, ours in {
        "server 127.0.0.1:8001 max_fails=0;": f"server 127.0.0.1:{upstream};",
        "    server 127.0.0.1:8002 max_fails=0;\n": "",
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "/etc/ssl/zaguan.pem": str(certificate),
        "/etc/ssl/zaguan.key": str(certificate.with_suffix(".key")),
        "/opt/zaguan/.venv/static/": f"{STATIC}/",
        "/opt/zaguan/.venv/pages/": f"{pages}/",
        "/var/lib/zaguan-open-data/": f"{open_data}/",
    }.items():
        assert theirs in block, theirs
        block = block.replace(theirs, ours)
    return block


@contextmanager
def running(block: str, port: int, folder: Path) -> Iterator[None]:
    """Start nginx with this configuration. Yield once it takes connections on the port."""
    program = programs.path("nginx")
    folder.mkdir()
    file = folder / "nginx.conf"
    file.write_text(AROUND.format(user=getpass.getuser(), folder=folder, block=block))
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(file)]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: server.poll() is not None or listens(port))
        assert server.poll() is None, (folder / "error.log").read_text()
        yield
    finally:
        server.terminate()
        server.communicate(timeout=20)
