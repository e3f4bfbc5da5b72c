"""Idempotency: a form that is sent twice is one act."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

from flask import request
from wtforms import HiddenField


class SubmissionField(HiddenField):
    """Idempotency key: the page's token combined with the submitted values (`once`).

    A browser that goes back keeps the token; other values then make another act.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(default=lambda: secrets.token_urlsafe(12), **kwargs)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read the token of the page; make a new one for a malformed one."""
        said = str(valuelist[0]) if valuelist else ""
        good = re.fullmatch(r"[\w-]{8,40}", said, re.ASCII)
        self.data = said if good else secrets.token_urlsafe(12)

    @property
    def key(self) -> str:
        """Return the same key for a form sent twice, and another for any other form."""
        said = sorted(pair for pair in request.form.items(multi=True) if pair[0] != "csrf_token")
        return f"{self.data}-{hashlib.sha256(repr(said).encode()).hexdigest()[:12]}"
