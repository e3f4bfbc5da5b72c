"""Style sheet and fonts of the pages: made once from npm packages, served with a hash.

`build` makes `static/build/` (not committed): one style sheet, of govuk-frontend without what
is GOV.UK's own and of `static/css/`, and Inter in the subsets that Spanish needs. Nothing that
no page uses is shipped.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, abort, request, url_for
from flask_compress import Compress
from werkzeug.security import safe_join

from app.base.config.fault import Foreseen
from app.base.config.shipped import NPM_PACKAGES

WEB = Path(__file__).parents[1] / "web"
STATIC = WEB / "static"
BUILD = STATIC / "build"

#: Own sources, in the order in which they override each other.
SHEETS = (
    "theme.css",
    "layout.css",
    "components.css",
    "forms.css",
    "pages.css",
    "case.css",
    "workbench.css",
    "register.css",
    "consult.css",
    "batches.css",
    "diagram.css",
    "manual.css",
    "programme.css",
    "papers.css",
    "print.css",
)

FONT_STACK = '"Inter Variable","Inter fallback",arial,sans-serif'

#: Subset of Inter → the characters for which the browser fetches it.
SUBSETS = {
    "latin-ext": "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,"
    "U+0329,U+1D00-1DBF,U+1E00-1E9F,U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,"
    "U+2C60-2C7F,U+A720-A7FF",
    "latin": "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,"
    "U+0329,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD",
}

#: Components of govuk-frontend that no page uses: GOV.UK's own, and those that need scripts.
UNUSED = re.compile(
    r"\.govuk-(?:accordion|character-count|cookie-banner|date-input|exit-this-page|feedback"
    r"|file-upload-(?:button|wrapper)|footer|frontend-supported|generic-header|header"
    r"|language-navigation|logo|password-input|phase-banner|service-navigation|tabs|tag"
    r"|task-list)(?![a-z])"
)

#: The package contains no text of its licence; this is the text that the MIT licence requires.
GOVUK_LICENCE = "/*! govuk-frontend, MIT, Crown Copyright (Government Digital Service) */"

#: The types of served files, by the ending of the name.
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}

IMMUTABLE = "public, max-age=31536000, immutable"


class CannotBuild(Foreseen):
    """A package is absent or not as expected; the message says which file and what to do."""


class NotBuilt(Foreseen):
    """A page asks for a file that `make assets` has yet to make."""


def init_app(app: Flask) -> None:
    """Serve the static files of `app`, compress its answers, offer `static_url` to pages."""
    app.add_url_rule("/static/<path:name>", "static", serve)
    app.jinja_env.globals["static_url"] = static_url
    app.config.setdefault("COMPRESS_ALGORITHM", ["br", "gzip"])
    # A streamed response compresses itself, without holding the request until its end.
    app.config.setdefault("COMPRESS_STREAMS", False)
    Compress(app)


def serve(name: str) -> Response:
    """Return a static file; with the hash of its content in the URL, it is cached for good.

    The files are few and small: they are read whole, so that their compressed size is known.
    """
    place = safe_join(str(STATIC), name)
    kind = TYPES.get(Path(name).suffix)
    if place is None or kind is None or not Path(place).is_file():
        abort(404)
    return served(Path(place), kind)


def served(file: Path, kind: str) -> Response:
    """Answer with a file of that type; cached for good where the URL has its present hash."""
    current = content_hash(file)
    response = Response(file.read_bytes(), mimetype=kind)
    response.set_etag(current)
    immutable = request.args.get("v") == current
    response.headers["Cache-Control"] = IMMUTABLE if immutable else "no-cache"
    response.make_conditional(request)
    return response


def static_url(name: str) -> str:
    """Return the address of a static file, with the hash of its content. Raises NotBuilt."""
    return url_for("static", name=name, v=content_hash(STATIC / name))


def content_hash(file: Path) -> str:
    """Return twelve hexadecimal digits of the file's content. Raises NotBuilt."""
    try:
        changed = file.stat().st_mtime_ns
    except FileNotFoundError:
        raise NotBuilt(f"{file} is absent: run `make assets`") from None
    return hash_at(file, changed)


@lru_cache(maxsize=64)
def hash_at(file: Path, changed: int) -> str:
    """Return the hash of a file that was last changed then; the file is read once."""
    del changed
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]


def build(packages: Path = NPM_PACKAGES, target: Path = BUILD) -> None:
    """Make the static files from the npm packages. Raises CannotBuild."""
    target.mkdir(parents=True, exist_ok=True)
    inter = packages / "@fontsource-variable" / "inter"
    govuk = packages / "govuk-frontend"
    try:
        faces = [font_face(inter, subset, target) for subset in SUBSETS]
        shutil.copyfile(inter / "LICENSE", target / "inter-LICENSE.txt")
        theirs = (govuk / "dist/govuk/govuk-frontend.min.css").read_text("utf-8")
    except FileNotFoundError as absent:
        raise CannotBuild(f"{absent.filename} is absent: run `npm ci`") from absent
    ours = [without_comments((STATIC / "css" / name).read_text("utf-8")) for name in SHEETS]
    sheet = "\n".join(['@charset "UTF-8";', *faces, GOVUK_LICENCE, unbranded(theirs), *ours])
    (target / "zaguan.css").write_text(sheet, "utf-8")


def font_face(inter: Path, subset: str, target: Path) -> str:
    """Copy a subset of Inter and give the rule that names it, address with hash."""
    name = f"inter-{subset}.woff2"
    shutil.copyfile(inter / "files" / f"inter-{subset}-wght-normal.woff2", target / name)
    return (
        '@font-face{font-family:"Inter Variable";font-weight:100 900;font-display:swap;'
        f'src:url({name}?v={content_hash(target / name)}) format("woff2");'
        f"unicode-range:{SUBSETS[subset]}}}"
    )


def unbranded(css: str) -> str:
    """Return govuk-frontend's style sheet with our font, without its fonts, crest and unused parts.

    Raise CannotBuild if a part of GOV.UK's identity would stay: a new version has moved it.
    """
    result = used_rules(without_comments(css))
    result = re.sub(r'"?GDS Transport"?,arial,sans-serif', FONT_STACK, result)
    for theirs in ("GDS Transport", "url(", "crest"):
        if theirs in result:
            raise CannotBuild(
                f"govuk-frontend.min.css: {theirs!r} is left; mend app/base/assets.py"
            )
    return result


def used_rules(css: str) -> str:
    """Return the rules that some page can need."""
    result = []
    for prelude, body in rules(css):
        if prelude.startswith(("@media", "@supports")):
            inside = used_rules(body)
            if inside:
                result.append(f"{prelude}{{{inside}}}")
        elif body == "font-family:sans-serif":
            continue  # their font is not for paper; ours is
        elif prelude.startswith("@"):
            if not prelude.startswith(("@font-face", "@charset")):
                result.append(f"{prelude}{{{body}}}")
        else:
            selectors = [one for one in split_selectors(prelude) if not UNUSED.search(one)]
            if selectors:
                result.append(f"{','.join(selectors)}{{{body}}}")
    return "".join(result)


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield prelude and body of each block at the outermost level."""
    depth = start = opened = 0
    for found in re.finditer(r'"[^"]*"|[{};]', css):
        mark, at = found.group(), found.start()
        if mark == "{":
            depth += 1
            opened = at if depth == 1 else opened
        elif mark == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened + 1 : at]
                start = at + 1
        elif mark == ";" and depth == 0:  # a statement without a block, such as @charset
            start = at + 1


def split_selectors(prelude: str) -> list[str]:
    """Return the selectors of a list; a comma inside parentheses does not part them."""
    return [one.strip() for one in re.split(r",(?![^()]*\))", prelude)]


def without_comments(css: str) -> str:
    """Return a style sheet without comments, indents and empty lines."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return "\n".join(line.strip() for line in bare.splitlines() if line.strip())
