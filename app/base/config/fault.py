"""Errors that an operator can mend."""

from __future__ import annotations

from typing import ClassVar


class Foreseen(Exception):
    """An error that an operator can mend: commands print its message and advice, no traceback."""

    exit_code: ClassVar[int] = 1
    advice: ClassVar[str] = ""


class BadSetting(Foreseen):
    """A setting cannot be used; the message names the variable and its valid values."""

    exit_code = 2
