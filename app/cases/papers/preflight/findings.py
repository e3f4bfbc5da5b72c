"""Findings: what an uploaded paper is and who signed it, against what was issued, in plain words.

Nothing here reads a file or the database. A finding that `stops` is shown once before the paper is
filed: the user changes the file, or says why it stays. No finding keeps anyone from filing, since
what is presented must be received (TUO Ley 27444, art. 136).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from app.base import formatting
from app.cases.papers.preflight import comparing
from app.cases.papers.preflight.facts import Facts, Reason, Signature

#: The words of the State's validator, by `Signature.word`.
WORDS = {"valid": "VÁLIDO", "invalid": "NO VÁLIDO", "undetermined": "INDETERMINADO"}
#: Why a signature is not valid, by its reasons.
REASONS: Mapping[Reason, str] = {
    "broken": "el archivo cambió después de firmarse",
    "changed_after": "se agregó algo después de la firma",
    "not_whole": "no cubre todo el archivo",
    "expired": "el certificado estaba vencido",
    "not_yet_valid": "el certificado todavía no valía",
    "revoked": "el certificado está revocado",
    "not_for_signing": "el certificado no es para firmar",
    "bad_chain": "la cadena del certificado no es correcta",
    "broken_time_stamp": "el sello de tiempo no corresponde",
    "against_rules": "no respeta lo que pide el campo de firma",
    "unreadable": "la firma no se puede leer",
    "no_time_stamp": "ningún sello de tiempo dice que se firmó antes",
    "unknown_root": "no conocemos a quien emitió el certificado",
    "no_revocation_data": "no pudimos comprobar si el certificado está revocado",
    "unknown_time_stamp": "no conocemos a quien puso el sello de tiempo",
    "weak_algorithm": "usa un algoritmo que ya no se acepta",
    "unread": "comprobarla tomaba demasiado tiempo",
}
HANDWRITTEN = "Firma manuscrita: la verifica quien revisa."
#: How the RUC of an entity begins. One that begins otherwise may hold the DNI of a person.
ENTITY = "20"
SIGN_AGAIN = "Firma otra vez el documento que descargaste, sin cambiarlo después."
HAVE_SIGNED_AGAIN = "Pide que se firme otra vez, sin cambiar el archivo después."
#: Missing pages that a finding names.
NAMED = 12


@dataclass(frozen=True)
class Finding:
    """A finding: its code, what it says, and what to do. `word`: of a signature, otherwise ""."""

    code: str
    text: str
    advice: str = ""
    stops: bool = False
    word: str = ""

    def plain(self) -> dict[str, Any]:
        """Return it as it is stored (`FileUse.findings`)."""
        return asdict(self)


@dataclass(frozen=True)
class Issued:
    """An issued paper, as findings need it; `issued_on`: its day in words."""

    code: str
    kind: str
    title: str
    entity: str
    entity_id: int
    instance_id: int | None
    document: str
    pages: int
    issued_on: str
    is_replaced: bool = False
    is_void: bool = False
    #: Whether a signed copy of it was presented or registered.
    is_presented: bool = False


@dataclass(frozen=True)
class Expected:
    """What a field takes: the paper in force (None if there is none now), and who signs.

    `signers`: the numbers of the documents of those who sign; `whose`: how a sentence calls them.
    `ruc`: of the entity whose certificates sign, "" if unknown. `is_made`: the application makes
    this paper. `is_own`: the entity wrote it in its own system. `same_as`: the title of another
    paper for which the same file was uploaded. `must_be_new`: a version that was presented before
    was observed.
    """

    title: str
    entity_id: int
    instance_id: int
    paper: Issued | None = None
    signers: frozenset[str] = frozenset()
    whose: str = ""
    ruc: str = ""
    is_made: bool = True
    is_own: bool = False
    same_as: str = ""
    must_be_new: bool = False


@dataclass(frozen=True)
class Matched:
    """What the bytes and the codes of a file are known as.

    `same`: the issued file itself. `begins_with`: the issued file to which something was added.
    `by_code`: the papers of the codes that were read on its pages, None for an unknown code.
    `texts`: code → the digests of the texts of its issued pages, where they are known.
    """

    same: Issued | None = None
    begins_with: Issued | None = None
    by_code: Mapping[str, Issued | None] = field(default_factory=dict)
    texts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def papers(self) -> list[Issued]:
        """The papers that the file holds: the one of its bytes, otherwise those of its codes."""
        exact = self.same or self.begins_with
        return [exact] if exact else [paper for paper in self.by_code.values() if paper]

    def code_of(self, title: str) -> str | None:
        """Return the code of the only paper that the file holds, if it has this title."""
        papers = self.papers
        return papers[0].code if len(papers) == 1 and papers[0].title == title else None


NOT_READ = Finding("not_read", "No alcanzamos a revisarlo: lo mira quien revisa.")
ORIGINAL = Finding(
    "original",
    "Es el documento tal como se emitió, sin firmas.",
    "Sube el que firmaste.",
    stops=True,
)
PRESENTED = Finding(
    "presented",
    "Es la versión que ya presentaste y que se observó.",
    "Descarga otra vez el documento, que sale con tus correcciones, fírmalo y súbelo.",
    stops=True,
)


def judge(facts: Facts, expected: Expected, matched: Matched) -> list[Finding]:
    """Return the findings, those on signatures first."""
    found = list(_of_signatures(facts, expected, matched))
    if expected.same_as:
        found.append(
            Finding(
                "same_file",
                f"Es el mismo archivo que subiste como {expected.same_as}.",
                "Sube aquí el archivo de este documento.",
                stops=True,
            )
        )
    if expected.is_made and matched.same:
        found.append(ORIGINAL)
    if expected.is_made and not expected.is_own:
        found += _of_paper(facts, expected, matched)
    if facts["cut_short"]:
        text = "No alcanzamos a mirarlo entero: lo mira quien revisa."
        found.append(Finding("cut_short", text))
    is_ours = matched.same or matched.begins_with  # with the address that was ours then
    if not is_ours and any(page["foreign_codes"] for page in facts["looked"]):
        text = "Trae un QR que lleva a otra parte. No lo abrimos."
        found.append(Finding("foreign_code", text))
    return found


# Signatures --------------------------------------------------------------------------------------


def _of_signatures(facts: Facts, expected: Expected, matched: Matched) -> Iterator[Finding]:
    for signature in facts["signatures"]:
        yield _verdict(signature, expected)
        yield from _of_signer(signature, expected)
    if facts["signatures"]:
        return
    if is_scan(facts):
        yield Finding("handwritten", HANDWRITTEN)
    elif expected.is_made and facts["looked"] and matched.same is None:
        yield Finding(
            "unsigned",
            "No tiene firma digital, y no es un escaneo.",
            "Fírmalo con tu certificado, o imprímelo, fírmalo a mano y escanéalo.",
            stops=True,
        )


def is_scan(facts: Facts) -> bool:
    """Return whether at least one page, and most pages, are pictures without text."""
    pictures = sum(page["holds"] == "image" for page in facts["looked"])
    return 2 * pictures >= len(facts["looked"]) > 0


def _verdict(signature: Signature, expected: Expected) -> Finding:
    word, name = WORDS[signature["word"]], signature["name"] or "un firmante sin nombre"
    at = f", del {formatting.moment(signature['signed_at'])}" if signature["signed_at"] else ""
    stamp = ", con sello de tiempo" if signature["stamped"] else ""
    why = [REASONS[reason] for reason in signature["reasons"]]
    more = f": {formatting.listed(why)}" if why else ""
    is_bad = signature["word"] == "invalid"
    is_made = expected.is_made and not expected.is_own
    return Finding(
        "signature",
        f"Firma de {name}{at}{stamp}{more}.",
        (SIGN_AGAIN if is_made else HAVE_SIGNED_AGAIN) if is_bad else "",
        stops=is_bad,
        word=word,
    )


def _of_signer(signature: Signature, expected: Expected) -> Iterator[Finding]:
    name = signature["name"] or "Quien firmó"
    number, ruc = signature["document"], signature["ruc"]
    if not number and signature["name"] and expected.signers:
        text = "El certificado no trae el número de quien firma: lo compara quien revisa."
        yield Finding("no_number", text)
    elif number and expected.signers and number not in expected.signers:
        yield Finding(
            "other_signer",
            f"{name} no es {expected.whose}.",
            "Si firma por encargo o delegación, súbelo así y di con qué documento.",
            stops=True,
        )
    if not ruc and (number or signature["name"]):
        text = "El certificado es de la persona; no indica entidad."
        yield Finding("citizen", text)
    elif ruc and expected.ruc and ruc != expected.ruc:
        which = f", con RUC {ruc}" if ruc.startswith(ENTITY) else ""
        yield Finding(
            "other_ruc",
            f"El certificado de {name} es de otra entidad{which}.",
            "Fírmalo con el certificado de esta entidad o con el DNI electrónico.",
            stops=True,
        )


# The paper ---------------------------------------------------------------------------------------


def _of_paper(facts: Facts, expected: Expected, matched: Matched) -> Iterator[Finding]:
    papers = matched.papers
    if not papers:
        yield _unknown(expected, matched)
        return
    if len(papers) > 1:
        titles = formatting.listed([paper.title for paper in papers])
        yield Finding(
            "several_papers",
            f"El archivo trae varios documentos: {titles}.",
            "Repártelo entre sus documentos, o sube cada uno por separado.",
            stops=True,
        )
        return
    (paper,) = papers
    if other := _other(paper, expected):
        yield other
        return
    if matched.begins_with and comparing.was_added_before_signing(facts):
        when = " antes de firmarlo" if facts["signatures"] else ""
        yield Finding(
            "added",
            f"Se agregó algo al documento{when}.",
            "Firma el archivo que descargaste, sin escribir ni dibujar nada en él.",
            stops=True,
        )
    elif matched.begins_with is None and matched.same is None:
        yield from _of_bytes(facts, comparing.differing(facts, matched.texts.get(paper.code, ())))
        yield from _of_copy(facts, paper)
    yield from _more_pages(facts, paper)


def _unknown(expected: Expected, matched: Matched) -> Finding:
    """Return what to say of a file in which no issued paper was found."""
    if matched.by_code:
        return Finding(
            "unknown_code",
            "Su código no es de ningún documento emitido aquí.",
            f"Descarga el documento ({expected.title}), fírmalo y súbelo.",
            stops=True,
        )
    return Finding(
        "no_code",
        "No encontramos el código que el documento lleva al pie de cada página.",
        "Si lo escaneaste, hazlo otra vez con la página completa y derecha. Si es otro documento, "
        f"sube el que se emitió: {expected.title}.",
        stops=True,
    )


def _other(paper: Issued, expected: Expected) -> Finding | None:
    """Return what to say if the paper is not the one that the field takes; None if it is."""
    wanted = expected.paper
    if wanted and paper.code == wanted.code:
        return PRESENTED if expected.must_be_new and paper.is_presented else None
    if paper.entity_id != expected.entity_id:
        code, text = "other_entity", f"Es de otra entidad: {paper.entity}."
    elif paper.title != expected.title:
        code, text = "other_paper", f"Es otro documento: {paper.title}."
    elif paper.instance_id != expected.instance_id:
        code, text = "other_case", f"Es de otro trámite de la entidad, del {paper.issued_on}."
    elif paper.is_void:
        code, text = "void", f"Está anulado: se emitió el {paper.issued_on}."
    elif paper.is_replaced or (wanted and paper.document != wanted.document):
        code, text = "older_version", f"Es una versión anterior, del {paper.issued_on}."
    else:
        return None
    advice = f"Descarga el documento vigente ({expected.title}), fírmalo y súbelo."
    return Finding(code, text, advice, stops=True)


def _more_pages(facts: Facts, paper: Issued) -> Iterator[Finding]:
    """Yield how many pages a file has besides those of the paper, which may stand twice in it."""
    numbers = [code["page"] for page in facts["looked"] for code in page["codes"] if code["page"]]
    repeated = len(numbers) - len(set(numbers))
    more = facts["pages"] - paper.pages - repeated
    if paper.pages and more > 0:
        pages = formatting.plural(more, "página", "páginas")
        text = f"Trae {pages} más que el documento: las mira quien revisa."
        yield Finding("more_pages", text)


def _of_bytes(facts: Facts, differing: Sequence[int]) -> Iterator[Finding]:
    """Yield what a file is whose bytes are not those that were issued, unless it is a scan.

    `differing`: the pages whose text is another.
    """
    if differing:
        where = "la página" if len(differing) == 1 else "las páginas"
        named = formatting.listed([str(number) for number in differing[:NAMED]])
        yield Finding(
            "other_text",
            f"El texto de {where} {named} no es el del documento que se emitió.",
            "Firma el archivo que descargaste, sin cambiarlo, imprimirlo como PDF ni guardarlo con "
            "otro programa.",
            stops=True,
        )
    elif not is_scan(facts):
        program = f" ({facts['producer']})" if facts["producer"] else ""
        yield Finding(
            "resaved",
            f"Está guardado con otro programa{program}: ya no es el archivo que se emitió.",
            "Firma el archivo que descargaste, sin imprimirlo como PDF ni guardarlo otra vez.",
            stops=True,
        )


def _of_copy(facts: Facts, paper: Issued) -> Iterator[Finding]:
    """Yield what is wrong with the pages of a copy whose bytes are not those that were issued."""
    numbers = [
        code["page"] for page in facts["looked"] for code in page["codes"] if code["page"] > 0
    ]
    is_whole = len(facts["looked"]) == facts["pages"]
    missing = sorted(set(range(1, paper.pages + 1)) - set(numbers)) if numbers else []
    if missing and is_whole and facts["pages"] < paper.pages:
        named = formatting.listed([str(number) for number in missing[:NAMED]])
        yield Finding(
            "missing_pages",
            f"Faltan páginas del documento, que tiene {paper.pages}: {named}.",
            "Escanea todas las páginas en un solo archivo.",
            stops=True,
        )
    elif is_whole and facts["pages"] < paper.pages:
        pages = formatting.plural(facts["pages"], "página", "páginas")
        yield Finding(
            "fewer_pages",
            f"Tiene {pages}, y el documento que se emitió, {paper.pages}.",
            "Escanea todas las páginas en un solo archivo.",
            stops=True,
        )
    elif missing and is_whole:
        named = formatting.listed([str(number) for number in missing[:NAMED]])
        text = f"No se lee el código de estas páginas: {named}. Las mira quien revisa."
        yield Finding("unread_pages", text)
    first = list(dict.fromkeys(numbers))
    if first != sorted(first):
        yield Finding(
            "page_order",
            "Las páginas no están en su orden.",
            "Ordénalas y sube el archivo otra vez.",
            stops=True,
        )
    elif len(numbers) != len(set(numbers)):
        yield Finding("repeated_page", "Una página está repetida.")
