"""A file as a browser sends it."""

from __future__ import annotations

import io
from typing import Any


def with_file(content: bytes, name: str, **fields: str) -> dict[str, Any]:
    """What a client's `post` is given to send a file (`file`) and fields beside it.

    The form is written by hand: the test client would make a file on disk of a large one, and
    leave it open.
    """
    parts = [
        f'--limit\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    parts.append(
        f'--limit\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = "".join(parts).encode() + content + b"\r\n--limit--\r\n"
    return {
        "input_stream": io.BytesIO(body),
        "content_length": len(body),
        "content_type": "multipart/form-data; boundary=limit",
    }
