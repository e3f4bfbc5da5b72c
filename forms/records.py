"""The plain values that steps read (`NEEDS`) and write (`GIVES`), by record name.

Everything is JSON-able: dates are ISO text (`2026-11-24`), moments are ISO text in UTC with offset,
document numbers are text. Only `app/cases/records` converts them to rows and back. A record that is
not named here is a plain document (see `forms.case_documents`).
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Identity(TypedDict):
    """The document and names of a person."""

    document_type: str  # DNI, CE, PASAPORTE
    document_number: str
    given_names: str
    surnames: str


class Person(Identity):
    """A person, as named in an oficio."""

    post: str
    email: str  # "" when there is none


class Entity(TypedDict):
    """`entity`: catalogue data and what the entity stated about itself. Belongs to the entity."""

    code: str
    name: str
    acronym: str
    level: str  # nacional, regional, provincial, distrital …: as in the catalogue
    kind: str
    sector: str
    ruc: str
    address: str
    ubigeo: str
    place: str  # "Distrito, Provincia, Departamento"; read only
    website: str
    website_kind: str  # own_site, pte (Portal de Transparencia Estándar)
    phone: str
    has_register: bool


# `days_off` (read only): {ISO date: norm} of the days decreed as non-working, nationally, in the
# entity's region or for the entity; without weekends and national holidays.
# `returnable` (read only): whether the paper of the step can be returned instead of signed. Cases
# keep the diagram that they began with, and an older one may not lead back.
# `other_rucs` (read only): {RUC: name of the other entity that has it}.
# `unconfirmed_ruc` (read only): names of the entities with which this one shares a RUC that no
# coordinator has confirmed; [] where there is nothing to confirm.


class Official(Person):
    """A designated administrator or alternate."""

    unit: str
    link: str  # 276, 728, cas, servir, other
    link_other: str
    link_until_on: NotRequired[str]  # ISO date: the last day; only of a holder whose link ends
    informatics: bool
    informatics_how: str
    phone: str
    annex: str


class Administrator(TypedDict):
    """`administrator`: the designated person. Belongs to the entity."""

    holder: Official
    alternate: Official | None
    scope: str  # rvl, both
    notices_by_email: bool


class Authority(Person):
    """`authority`: the highest authority. Belongs to the entity."""

    since_on: str  # ISO date or ""


class Proclaimed(TypedDict):
    """`proclaimed` (read only): who was proclaimed as authority, by a list without documents.

    None once the authority of that period is recorded, and before the period begins.
    """

    given_names: str
    surnames: str
    post: str
    from_on: str  # ISO date
    source: str  # the list that names the person


class RosterRow(Identity):
    """One row of `roster` (a list of these), the SIP-RVL-002. Belongs to the entity."""

    post: str
    unit: str
    site: str
    email: str
    profile: str  # administrator, operator, decision_maker, visited_official
    movement: str  # alta, baja


# `accepted_roster` (read only): the roster of the last accepted presentation, or None.


class FileRef(TypedDict):
    """A stored file; `size` in bytes, `pages` only of a PDF."""

    id: str
    name: str
    size: int
    media_type: str
    pages: int | None


class OwnLetter(TypedDict):
    """A letter that the entity wrote itself, in place of the one that the application made."""

    number: str
    dated_on: str


class PaperRef(TypedDict):
    """One of `papers` (a list; read only): a paper that the application made for this filing."""

    # oficio_designacion, sip_rvl_001, sip_rvl_002, carta_presentacion, oficio_reiteracion,
    # comunicacion_control, constancia
    kind: str
    title: str
    made_at: NotRequired[str]  # of `papers`: when the application made it
    # Of `papers`: the number and the date (ISO) that are printed on it; "" where none is.
    number: NotRequired[str]
    dated_on: NotRequired[str]
    own: NotRequired[OwnLetter]  # of a signed paper that the entity wrote itself
    file: FileRef


class Observation(TypedDict):
    """A numbered observation about a target."""

    number: int
    target_kind: str  # paper, page, row, field, whole
    target: str  # a paper's kind or "all", "sip_rvl_001 p. 2", "sip_rvl_001: <label>", words
    text: str
    answer: str
    persists: bool
    # Where it was begun at an anchor (`forms.shapes.anchors`):
    anchor: NotRequired[str]  # its code
    paper: NotRequired[str]  # the kind of the paper that shows it, "" for none
    was: NotRequired[dict[str, Any]]  # what stood there
    # Added by the records:
    at: NotRequired[str]  # when it was made
    by_id: NotRequired[int]  # who made it; `by`, their name, is read only
    by: NotRequired[str]


class ReplacedFiling(TypedDict):
    """A filing that the entity presented again, corrected, before it was judged."""

    number: str
    presented_at: str
    signed: list[PaperRef]


class Filing(TypedDict):
    """`filing`, read: the open filing of the stage (designation or resubmission), or None."""

    kind: str  # designation, personnel
    number: str
    presented_at: str
    cut: str
    received_at: str
    desk_observed: bool  # the mesa de partes observed it (allowed once)
    rounds: int  # how often the review has observed it
    signed: list[PaperRef]
    observations: list[Observation]  # of the last round
    replaces: list[ReplacedFiling]  # the newest first
    salt: str  # of the codes of rows (`forms.shapes.anchors.Rows`)


class ObservedRecords(TypedDict):
    """`observed_records` (read only): what was under review when it was observed, or None."""

    entity: Entity
    roster: list[RosterRow] | None  # None if it did not change since
    authority: Authority | None
    administrator: Administrator | None


class ReplacedRecords(TypedDict):
    """One of `replaced_records` (a list; read only), as `Filing.replaces`, the newest first.

    It has the data that a replaced filing presented (`then`), and the data of the open one (`now`).
    """

    then: ObservedRecords
    now: ObservedRecords


class PrintedRecords(TypedDict):
    """`printed_certificate`, `printed_letter`, `printed_control_notice` (read only).

    The records that the paper states.

    They are as they were when the paper was made; None while there is no paper.
    """

    entity: Entity
    administrator: NotRequired[Administrator | None]  # these three only of the constancia
    decision_makers: NotRequired[list[Post] | None]
    production: NotRequired[dict[str, Any] | None]
    authority: NotRequired[Authority | None]  # these two only of the letter
    letter: NotRequired[dict[str, Any] | None]
    control_notice: NotRequired[dict[str, Any] | None]  # only of the communication


class FilingAct(TypedDict, total=False):
    """`filing`, written: what an act adds to it.

    `act` is one of filed (number, presented_at, signed, own) · received (cut, received_at) ·
    desk_observed (text, observations) · not_filed (text) · accepted (text) · observed
    (observations) · not_presented (text) · out_of_scope (ground, text) · corrected (number,
    presented_at, signed, own, answers).
    """

    act: str
    number: str
    presented_at: str
    cut: str
    received_at: str
    text: str
    ground: str
    signed: dict[str, str]  # paper kind -> file id
    own: dict[str, OwnLetter]  # of those in signed that the entity wrote itself
    observations: list[Observation]
    answers: dict[str, str]  # observation number -> answer


class PublishedSession(TypedDict):
    """One of `thematic_sessions`, `technical_sessions` (lists; read only).

    A published session in the future that still has a seat.
    """

    id: str
    at: str
    minutes: int
    place: str  # "" when by video
    link: str
    seats_left: int


class Wish(TypedDict):
    """The preference of an entity that chose no published session."""

    days: list[str]  # "0" (Monday) … "4"
    hours: str  # morning, afternoon, any
    from_on: str  # ISO date or ""
    note: str
    said_on: str


class InductionSession(TypedDict):
    """`thematic_session`, `technical_session`: the session that this entity attends.

    The timer `day_of("thematic_session")` reads `at`.
    """

    session: NotRequired[str]  # id of the published session in which it has a seat
    at: str
    minutes: int
    place: str
    link: str
    wish: NotRequired[Wish]  # in place of a session: `at` is then ""


class Post(Identity):
    """One of `decision_makers` (a list). Belongs to the entity.

    A post with capacity for public decision (Ley 28024, art. 5) and its holder.
    """

    post: str
    unit: str
    ground: str
    norm: str
    from_on: str
    to_on: str  # "" while the holder is in office
    capacity: NotRequired[str]  # acting (encargado); without it, the holder is titular
    resolution: NotRequired[str]  # of an acting holder


class Place(TypedDict):
    """One of `places` (a list). Belongs to the entity: a unit or a site that was opened or closed.

    Units and sites that are known from the people in them alone are not listed.
    """

    kind: str  # unit or site
    name: str
    from_on: str  # "" if unknown
    to_on: str  # "" while it is open
    reason: str  # of the last of the two days
