"""Settings in a file, in the format of systemd's EnvironmentFile, which no shell reads.

`python -m app.base.config.settings_file COMMAND …` runs a command with the variables of a file that
the command's user cannot read.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import MutableMapping
from pathlib import Path

from app.base.config.fault import BadSetting

#: The variable that names the file. Without it, it is `.env` of the working directory, if there.
PLACE = "ZAGUAN_SETTINGS"
#: Space, a comment, NAME=value, or a wrong line. A value is quoted parts, then text as it is
#: written, without the spaces around it: `#` begins a comment only where a line begins.
LINE = re.compile(
    r"""\s+|[#;][^\n]*"""
    r"""|(?P<name>[a-z_]\w*)[ \t]*=[ \t]*"""
    r"""(?P<quoted>(?:'[^']*'[ \t]*|"(?:[^"\\]|\\.)*"[ \t]*)*)"""
    r"""(?P<plain>(?![ \t'"])(?:\\.|[^\\\n])*?)[ \t]*(?:\n|\Z)|.""",
    re.ASCII | re.DOTALL | re.IGNORECASE,
)
QUOTED = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)
#: A backslash in double quotes, and outside of quotes: before the end of a line both vanish.
ESCAPED_IN_QUOTES = re.compile(r'\\(?:\n|(["\\`$]))')
ESCAPED = re.compile(r"\\(?:\n|(.))")


def add(environ: MutableMapping[str, str]) -> None:
    """Add the variables of the file to an environment, whose own values win.

    Values are taken as written: `$`, `&` and `#` have no meaning. Raise BadSetting if the file
    cannot be read or a line is not NAME=value; the message never has the line, which may be secret.
    """
    file = Path(environ.get(PLACE) or ".env")
    if not (environ.get(PLACE) or file.exists()):
        return
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise BadSetting(f"{file}: takes a file that can be read, in UTF-8 ({fault})") from None
    found = {}
    for line in LINE.finditer(text):
        if line["name"] and "\0" not in line[0]:
            parts = [
                a or ESCAPED_IN_QUOTES.sub(r"\1", b) for a, b in QUOTED.findall(line["quoted"])
            ]
            found[line["name"]] = "".join([*parts, ESCAPED.sub(r"\1", line["plain"])])
        elif line[0].strip() and line[0][0] not in "#;":
            number = text.count("\n", 0, line.start()) + 1
            raise BadSetting(f"{file}, line {number}: takes NAME=value")
    for name, value in found.items():
        environ.setdefault(name, value)


if __name__ == "__main__":
    try:
        add(os.environ)
    except BadSetting as fault:
        sys.exit(str(fault))
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606 - the command of deploy/zaguan
