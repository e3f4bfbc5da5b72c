"""The network of tests: sockets reach the loopback only, on ports that are free."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any


class NetworkRefused(AssertionError):
    """A test tried to reach another machine."""


def refuse() -> None:
    """Restrict this process to the loopback and local sockets from now on."""
    for method in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, method, guarded(getattr(socket.socket, method)))
    look_up = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        require_loopback(host)
        return look_up(host, *args, **kwargs)

    socket.getaddrinfo = getaddrinfo


def guarded(method: Any) -> Any:
    """Return a socket's method that checks the address first; it is always the last argument."""

    def call(self: socket.socket, *args: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            require_loopback(args[-1][0])
        return method(self, *args)

    return call


def require_loopback(host: str | bytes | None) -> None:
    """Raise NetworkRefused unless the host is this machine."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return
    try:
        if ipaddress.ip_address(name).is_loopback:
            return
    except ValueError:
        pass
    raise NetworkRefused(f"tests reach the loopback only, not {name}")


def free_port() -> int:
    """Return a free port of the loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Return whether something takes connections at a port of the loopback."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
