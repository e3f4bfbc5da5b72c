"""A browser over https, which trusts the certificate of the trial alone."""

from __future__ import annotations

import http.client
import re
import ssl
from collections.abc import Mapping, Sequence
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

from tests.deploy.trial.machine import Failed

NAME = "zaguan.example.pe"
CERTIFICATE = "/etc/ssl/zaguan.pem"
PASSWORD = "zaguan de prueba"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
#: The code of an invented person of a demo.
CODE = re.compile(r"el código de ahora es <strong>(\d{6})<")
BOUNDARY = "limit-of-a-part"


class Answer:
    """An answer: status, headers, and the body as bytes and as text."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.body = answer.read()
        self.text = self.body.decode("utf-8", "replace")
        self.location = urlsplit(answer.headers.get("Location", "")).path


class Visitor:
    """A user of the pages, by their DNI; "" for everyone."""

    def __init__(self, document: str = "") -> None:
        self.trusted = ssl.create_default_context(cafile=CERTIFICATE)
        self.cookies: SimpleCookie = SimpleCookie()
        if document:
            self.sign_in(document)

    def ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "", host: str = NAME
    ) -> Answer:
        """Return the answer to a request, over a new connection."""
        connection = http.client.HTTPSConnection(NAME, context=self.trusted, timeout=60)
        headers = {
            "Host": host,
            "Referer": f"https://{NAME}{path}",
            "Cookie": "; ".join(f"{name}={one.value}" for name, one in self.cookies.items()),
            **({"Content-Type": kind} if kind else {}),
        }
        try:
            connection.request(method, path, body, headers)
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        return answer

    def get(self, path: str) -> Answer:
        """Return a page after its redirects. Raises Failed if it is not answered with 200."""
        for _ in range(5):
            answer = self.ask("GET", path)
            if not answer.location:
                break
            path = answer.location
        if answer.status != 200:
            raise Failed(f"{path} was answered {answer.status}: {answer.text[:500]}")
        return answer

    def send(self, path: str, page: str, fields: Mapping[str, str]) -> Answer:
        """Send a form with the token of its page."""
        form = {"csrf_token": token(page), **fields}
        kind = "application/x-www-form-urlencoded"
        return self.ask("POST", path, urlencode(form).encode(), kind)

    def sign_in(self, document: str) -> Answer:
        """Sign in. Raises Failed."""
        fields = {
            "document_type": "DNI", "document_number": document, "password": PASSWORD,
        }  # fmt: skip
        answer = self.send("/ingresar", self.get("/ingresar").text, fields)
        if answer.status not in (302, 303):
            said = re.findall(r"error-message[^>]*>(.*?)</p>", answer.text, re.DOTALL)
            raise Failed(f"signing in as {document} was answered {answer.status}: {said}")
        if answer.location != "/ingresar/codigo":
            return answer
        page = self.get(answer.location).text
        shown = CODE.search(page)
        if shown is None:
            raise Failed(f"no code is shown to {document}")
        return self.send(answer.location, page, {"factor_code": shown[1]})

    def upload(
        self, path: str, fields: Sequence[tuple[str, str]], field: str, name: str, content: bytes
    ) -> Answer:
        """Send a form with a PDF."""
        parts = [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
            for key, value in fields
        ]
        parts += [
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{field}"; '
            f'filename="{name}"\r\nContent-Type: application/pdf\r\n\r\n'
        ]
        body = "".join(parts).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()
        return self.ask("POST", path, body, f"multipart/form-data; boundary={BOUNDARY}")


def token(page: str) -> str:
    """Return the token of a page's forms. Raises Failed."""
    found = TOKEN.search(page)
    if found is None:
        raise Failed(f"a page has no form: {page[:500]}")
    return found[1]


def pdf(words: str) -> bytes:
    """Return a PDF of one page with these words."""
    text = f"BT /F1 14 Tf 60 700 Td ({words}) Tj ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    start = len(made)
    made += b"xref\n0 6\n0000000000 65535 f \n"
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    return made + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
