"""Once only: a form that is sent twice is one act."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

from flask import request
from wtforms import HiddenField


class SubmissionField(HiddenField):
    """The form's own name, made with its page; `once` is what it comes to with what was typed.

    A browser that goes back keeps the name; what is typed anew then is another act.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default=lambda: secrets.token_urlsafe(12), **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """What the page said; a new name where that is none."""
        said = str(valuelist[0]) if valuelist else ""
        good = re.fullmatch(r"[\w-]{8,40}", said, re.ASCII)
        self.data = said if good else secrets.token_urlsafe(12)

    @property
    def once(self) -> str:
        """The same for a form that was sent twice, and for no other."""
        said = sorted(pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token")
        return f"{self.data}-{hashlib.sha256(repr(said).encode()).hexdigest()[:12]}"
