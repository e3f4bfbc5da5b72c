"""The headers by which every response restricts what the browser may do."""

from __future__ import annotations

from flask import Flask, Response, request

#: No inline script or style anywhere, nothing from elsewhere, no page in another's frame.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # The check against forged requests reads the referrer of our pages.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

ONE_YEAR = 31_536_000  # seconds


def init_app(app: Flask) -> None:
    """Add the headers to every response of `app`, errors included."""
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    """Return the response with its headers; headers that a view has set stay.

    A response without a rule for caching is not cached: pages hold personal data, and the computers
    of small entities are shared.
    """
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR}")
    response.headers.setdefault("Cache-Control", "no-store")
    return response
