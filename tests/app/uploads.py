"""A file as a browser sends it."""

from __future__ import annotations

import io
from typing import Any


def with_file(content: bytes, name: str, into: str = "file", **fields: str) -> dict[str, Any]:
    """Return the arguments of a client's `post` that send a file (`into`) and other fields.

    The body is written here: the test client would write a large file to disk, and leave it open.
    """
    parts = [
        f'--limit\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    parts.append(
        f'--limit\r\nContent-Disposition: form-data; name="{into}"; filename="{name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    body = "".join(parts).encode() + content + b"\r\n--limit--\r\n"
    return {
        "input_stream": io.BytesIO(body),
        "content_length": len(body),
        "content_type": "multipart/form-data; boundary=limit",
    }
