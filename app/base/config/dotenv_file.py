"""Settings in a file `.env` of the working directory."""

from __future__ import annotations

from collections.abc import MutableMapping
from io import StringIO
from pathlib import Path

from dotenv.parser import parse_stream

from app.base.config.fault import BadSetting

NAME = ".env"


def add(environ: MutableMapping[str, str], file: Path) -> None:
    """Add the variables of a file to an environment, whose own values win. No file adds nothing.

    Values are taken as written: `$` refers to no other variable. Raise BadSetting if the file
    cannot be read or a line is not NAME=value; the message never has the line, which may be secret.
    """
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as fault:
        raise BadSetting(f"{file}: takes a file that can be read, in UTF-8 ({fault})") from None
    found = {}
    for line in parse_stream(StringIO(text)):
        blank = line.key is None and not line.error
        if blank:
            continue
        if line.key is None or line.value is None or "\0" in line.original.string:
            text = line.original.string
            number = line.original.line + text[: len(text) - len(text.lstrip())].count("\n")
            raise BadSetting(f"{file}, line {number}: takes NAME=value")
        found[line.key] = line.value
    for name, value in found.items():
        environ.setdefault(name, value)
