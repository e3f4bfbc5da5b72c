"""The plain values that steps read (`NEEDS`) and write (`GIVES`), by record name.

Everything is JSON-able: dates are ISO text (`2026-11-24`), moments are ISO text in UTC with offset,
document numbers are text. Only `app/cases/records` converts them to rows and back. A record that is
not named here is a plain document: the step's `answer()` defines its shape, and its readers get the
newest one of the instance (None while there is none).
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Person(TypedDict):
    """A person, as named in an oficio."""

    document_type: str  # DNI, CE, PASAPORTE
    document_number: str
    given_names: str
    surnames: str
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
# `other_rucs` (read only): {RUC: name of the other entity that has it}.
# `unconfirmed_ruc` (read only): names of the entities with which this one shares a RUC that no
# coordinator has confirmed; [] where there is nothing to confirm.


class Official(Person):
    """A designated administrator or alternate."""

    unit: str
    link: str  # 276, 728, cas, servir, other
    link_other: str
    informatics: bool
    informatics_how: str
    phone: str
    annex: str


class Administrator(TypedDict):
    """`administrator`: the designated person. Belongs to the entity."""

    holder: Official
    alternate: Official | None
    scope: str  # rvl, rao, both
    notices_by_email: bool


# `authority`: a Person, plus `since_on` (ISO date or ""). Belongs to the entity.


class RosterRow(TypedDict):
    """One row of `roster` (a list of these), the SIP-RVL-002. Belongs to the entity."""

    document_type: str
    document_number: str
    given_names: str
    surnames: str
    post: str
    unit: str
    site: str
    email: str
    profile: str  # administrator, operator, decision_maker, visited_official
    movement: str  # alta, baja


class PaperRef(TypedDict):
    """One of `papers` (a list; read only): a paper that the application made for this filing."""

    # oficio_designacion, sip_rvl_001, sip_rvl_002, carta_presentacion, oficio_reiteracion,
    # constancia
    kind: str
    title: str
    made_at: NotRequired[str]  # of `papers`: when the application made it
    file: dict[str, Any]  # id, name, size (bytes), media_type, pages


class Observation(TypedDict):
    """A numbered observation about a target."""

    number: int
    target_kind: str  # paper, page, field
    target: str  # a paper's kind or "all", "sip_rvl_001 p. 2", "sip_rvl_001: <field's label>"
    text: str
    answer: str
    persists: bool


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


class FilingAct(TypedDict, total=False):
    """`filing`, written: what an act adds to it.

    `act` is one of filed (number, presented_at, signed) · received (cut, received_at) ·
    desk_observed (text, observations) · not_filed (text) · accepted (text) · observed
    (observations) · not_presented (text) · out_of_scope (ground, text) · corrected (number,
    presented_at, signed, answers).
    """

    act: str
    number: str
    presented_at: str
    cut: str
    received_at: str
    text: str
    ground: str
    signed: dict[str, str]  # paper kind -> file id
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


class InductionSession(TypedDict):
    """`thematic_session`, `technical_session`: the session that this entity attends.

    The timer `day_of("thematic_session")` reads `at`.
    """

    session: NotRequired[str]  # id of the published session in which it has a seat
    at: str
    minutes: int
    place: str
    link: str


class Post(TypedDict):
    """One of `decision_makers` (a list). Belongs to the entity.

    A post with capacity for public decision (Ley 28024, art. 5) and its holder.
    """

    post: str
    unit: str
    ground: str
    norm: str
    document_type: str
    document_number: str
    given_names: str
    surnames: str
    from_on: str
    to_on: str  # "" while the holder is in office


# Plain documents, in the order in which the process writes them. {…} is a mapping, [x] a list of
# x; a `file` is as in `PaperRef`, or None where it is optional.
#
# `thematic_session`, `technical_session` while the entity has only said what would suit it: an
# `InductionSession` whose `at` is "" and that has `wish`: {"days": ["0" (Monday) … "4"],
# "hours": "morning"|"afternoon"|"any", "from_on": date|"", "note": str, "said_on": date}.
# `thematic_attendance`, `technical_attendance`: {"at": moment, "people": [{"role":
# "administrator"|"alternate", "document_type", "document_number", "given_names", "surnames",
# "attended": bool}], "note": str}.
# A load is {"count": int (people that the register held), "expected": int (people of the roster
# that are no baja), "by_profile": {profile: int} (of the register), "explanation": str ("" when
# both agree)}. `demo_load` is one, with "loaded_on": the day on which it was confirmed (before
# 0.3 that of the load, and "loaded_by": {"role", "name"}).
# `training`: {"technical": [session], "administrative": [session]} with session =
# {"at": moment, "minutes": int, "place": str, "topic": str}; day_of("training") is when the last
# one ends.
# `training_report`: {"sessions": [{"group", "on": date}], "people": [{"document_type",
# "document_number", "given_names", "surnames", "group": "technical"|"administrative", "status":
# "present"|"absent"|"leave", "reason": str}] (everybody of the roster, once), "counts": {group:
# {"people", "present", "absent", "leave"}}, "file"}.
# A review is {"decision": the outcome, "reason": str, "on": date}. `training_review`,
# `demo_review` and `production_review` are no more than that.
# `demo_register`, `production_register` (read only): {"opened_at": moment, "source": where the
# entity records: "zaguan"|"official_platform"|"own_system", "address": str (of another source),
# "people": {profile: int}, "sites": [str]}, or None while the environment is not open.
# `demo_figures` (read only): [{"name": one of the six of `demo_evidence`, "count": int, "source":
# that of the register or "statement", "by": who stated it or "", "missing": [sentences of
# demo_acceptance.dmn]}], as they are now.
# `demo_evidence`: as the test was handed in {"visits", "operators", "corrections", "late_entries",
# "searches", "downloads": int, "source": that of the register, "stated": {name: who stated it},
# "since_at" and "counted_at": moment, "notes": str}; a step gives {"notes"} alone. Before 0.3:
# "source": "typed", with "from_on" and "to_on" instead of the moments.
# `demo_validation`: a review with "failed": [one of those six, or "other"] and "file".
# `production`: {"go_live_on": date, "link_kind": "own_site"|"pte", "link": str,
# "data_officer": {"given_names", "surnames", "email", "phone"}, "load": a load};
# day_of("production") is go_live_on.
# `published` (read only): what shows that the entity publishes since it went live, the best first:
# [{"id": "first_visit"|"without_visits"|"export"|"statement", "source": "zaguan"|
# "official_platform"|"own_system"|"statement", "address": str, "published": "first_visit"|
# "without_visits", "published_on": date}]; a statement has "by", "on", "saw" and "why" too.
# `link_check` (read only): {"address": str, "asked_at": moment, "result": "found"|"answered"|
# "refused"|"failed", "sentence": str}, or None while the link was not asked.
# `production_evidence`: {"source": as in `published`, "stated": bool (a coordinator's word alone),
# "stated_by": str, "address": str, "statement": str, "published", "published_on", "link_in_place":
# True, "checked_on": date}; not written when the step is returned.
# `interest_acts`: {"starts_on": date, "where": "same_register"|"own_system", "address": str,
# "omissions_to": str (an office), "omissions_email": str}.
# `decision_review`: a review with "number": str (of the approving document) and "file".
# `decision_training`: {"held_on": date, "topic": str, "people": [{"document_type",
# "document_number", "given_names", "surnames", "posts": [str], "status", "reason", "held_on"}]
# (everybody in office; who attended an earlier session keeps its day), "file"}.
# `closing`: a review with "checklist": [{"name": str, "done": bool, "detail": str}].
# `certificate`: {"number": str, "signed_on": date, "file"}.
# `unblocking`: {"cause": one of forms.shapes.follow_up.CAUSES, "done": str,
# "channel": "phone"|"mail"|"meeting"|"nobody", "contacted": str, "solved_by": date|"", "on": date}.
# `call`: {"result": the outcome, "phone": str, "reached": str, "post": str, "agreed_on": date|"",
# "summary": str, "called_on": date, "failed_calls": int (in a row, since the last letter)};
# day_of("call") is agreed_on.
# `letter`: {"addressee": {"name", "post"}, "subject": str, "text": str (as typed), "body": str
# (as printed: the term is its last paragraph), "missing": [str], "term_days": int (working days),
# "drafted_on": date, "number": ""} and, once signed, "number": str, "signed_on": date, "file".
# `authority_change`: {"since_on": date, "ground": str, "support": file id or "",
# "before": the authority so far or None}.
# `roster_review`: {"reviewed_on": date, "added": int, "removed": int, "changed": int}.
# `decision_makers_review`: {"changed": bool, "added": [Post], "removed": [Post], "on": date}.
