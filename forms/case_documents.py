"""The shapes of plain documents: records without a table, stored as the step's answer.

A step that needs one reads the newest of the instance (None while there is none). Moments and days
are ISO text, as in `forms.records`. A test compares the shapes with the answers of all examples.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from forms.records import FileRef, Identity, Observation

# Inductions and training --------------------------------------------------------------------------


class InductionAttendee(Identity):
    """A person expected at an induction, or another one of the roster who attended."""

    role: str  # administrator, alternate, other
    attended: bool


class InductionAttendance(TypedDict):
    """`thematic_attendance`, `technical_attendance`."""

    at: str
    people: list[InductionAttendee]
    note: str


class TrainingSession(TypedDict):
    """A planned training session."""

    at: str
    minutes: int
    place: str
    topic: str


class Training(TypedDict):
    """`training`. `day_of("training")` is the end of the last session."""

    technical: list[TrainingSession]
    administrative: list[TrainingSession]


class HeldSession(TypedDict):
    """A training session that was held."""

    group: str  # technical, administrative
    on: str


class Attendee(Identity):
    """A person of the roster, once, with the attendance of the training."""

    group: str  # technical, administrative
    status: str  # present, absent, leave
    reason: str


class AttendanceCounts(TypedDict):
    """The numbers of people of a group."""

    people: int
    present: int
    absent: int
    leave: int


class TrainingReport(TypedDict):
    """`training_report`: everybody of the roster; `counts` by group."""

    sessions: list[HeldSession]
    people: list[Attendee]
    counts: dict[str, AttendanceCounts]
    file: FileRef | None


class Review(TypedDict):
    """A review; `decision` is the outcome, `reason` may be a note when it accepts.

    `training_review`, `demo_review` and `production_review` are no more than that.
    """

    decision: str
    reason: str
    on: str
    observations: NotRequired[list[Observation]]  # of reviews at anchors
    by: NotRequired[str]  # read only: the name of the reviewer


# The demo test --------------------------------------------------------------------------------


class Register(TypedDict):
    """`demo_register`, `production_register` (read only); None while it is not open."""

    opened_at: str
    source: str  # where the entity records: zaguan, official_platform, own_system
    address: str  # of another source
    people: dict[str, int]  # by profile
    sites: list[str]


class Load(TypedDict):
    """The people in a register, compared with the roster."""

    count: int  # people in the register
    expected: int  # people of the roster that are no baja
    by_profile: dict[str, int]  # of the register
    explanation: str  # "" when both agree


class DemoLoad(Load):
    """`demo_load`."""

    loaded_on: str  # the day of the confirmation


class Figure(TypedDict):
    """One of `demo_figures` (a list; read only): a figure as it is now."""

    name: str  # one of the six of `demo_evidence`
    count: int
    source: str  # that of the register, or "statement"
    by: str  # who stated it, or ""
    missing: list[str]  # sentences of demo_acceptance.dmn


class DemoNotes(TypedDict):
    """`demo_evidence` as its step gives it; the application adds the figures (`DemoEvidence`)."""

    notes: str


class DemoEvidence(DemoNotes):
    """`demo_evidence` as it is read: the submitted test."""

    visits: int
    operators: int
    corrections: int
    late_entries: int
    searches: int
    downloads: int
    source: str  # that of the register
    stated: dict[str, str]  # figure -> who stated it
    since_at: str
    counted_at: str


class DemoJudged(TypedDict):
    """`demo_judged` (read only): what the table of the case says of the submitted test, or None."""

    sentences: list[str]
    missing: dict[str, list[str]]  # figure -> sentences
    operators: int  # on the roster


class DemoValidation(Review):
    """`demo_validation`; `failed` lists figures of `demo_evidence`, or "other"."""

    failed: list[str]
    file: FileRef | None


# Production -----------------------------------------------------------------------------------


class DataOfficer(TypedDict):
    """The Oficial de Datos Personales."""

    given_names: str
    surnames: str
    email: str
    phone: str


class Production(TypedDict):
    """`production`. `day_of("production")` is `go_live_on`."""

    go_live_on: str
    link_kind: str  # own_site, pte
    link: str
    data_officer: DataOfficer
    load: Load


class Published(TypedDict):
    """One of `published` (a list, the best first; read only): evidence since go-live."""

    id: str  # first_visit, without_visits, export, statement
    source: str  # zaguan, official_platform, own_system, statement
    address: str
    published: str  # first_visit, without_visits
    published_on: str
    by: NotRequired[str]  # these four only of a statement
    on: NotRequired[str]
    saw: NotRequired[str]
    why: NotRequired[str]


class ProductionEvidence(TypedDict):
    """`production_evidence`; not written when the step is returned."""

    source: str  # as in `published`
    stated: bool  # only a coordinator's statement
    stated_by: str
    address: str
    statement: str
    published: str
    published_on: str
    link_in_place: bool  # always true: the person who answered opened the address and saw it
    checked_on: str


# Interest acts and decision-makers ------------------------------------------------------------


class InterestActs(TypedDict):
    """`interest_acts`."""

    starts_on: str
    where: str  # same_register, own_system
    address: str
    omissions_to: str  # an office
    omissions_email: str


class DecisionReview(Review):
    """`decision_review`."""

    number: str  # of the approving document
    file: FileRef | None


class TrainedHolder(Identity):
    """A holder in office; after an earlier session with the day of that session."""

    posts: list[str]
    status: str  # present, absent, leave
    reason: str
    held_on: str


class DecisionTraining(TypedDict):
    """`decision_training`: everybody in office."""

    held_on: str
    topic: str
    people: list[TrainedHolder]
    file: FileRef | None


class ChecklistLine(TypedDict):
    """A line of the checklist at closing."""

    name: str
    done: bool
    detail: str


class Closing(Review):
    """`closing`."""

    checklist: list[ChecklistLine]
    number: str  # of the constancia, "" where it was not typed


class Certificate(TypedDict):
    """`certificate`."""

    number: str
    signed_on: str
    file: FileRef | None


# Follow-up ------------------------------------------------------------------------------------


class OpenStep(TypedDict):
    """An open step of a case."""

    name: str
    party: str
    since: str
    due: str


class Progress(TypedDict):
    """`progress` (read only): the open steps of a case."""

    stage: str
    stage_name: str
    open: list[OpenStep]
    missing: list[str]


class Unblocking(TypedDict):
    """`unblocking`; `cause` is one of `forms.shapes.follow_up.CAUSES`."""

    cause: str
    done: str
    channel: str  # phone, mail, meeting, nobody
    contacted: str
    solved_by: str  # ISO date or ""
    on: str


class Call(TypedDict):
    """`call`. `day_of("call")` is `agreed_on`."""

    result: str  # the outcome
    phone: str
    reached: str
    post: str
    agreed_on: str  # ISO date or ""
    summary: str
    called_on: str
    failed_calls: int  # consecutive, since the last letter


class Addressee(TypedDict):
    """The addressee of a letter."""

    name: str
    post: str


class Letter(TypedDict):
    """`letter`: a draft, or a signed letter; None when the draft is returned."""

    addressee: Addressee
    subject: str
    text: str  # as typed
    body: str  # as printed: the deadline is its last paragraph
    missing: list[str]
    term_days: int  # working days
    drafted_on: str
    number: str  # "" until it is signed
    signed_on: NotRequired[str]
    file: NotRequired[FileRef | None]


# Upkeep ---------------------------------------------------------------------------------------


class AuthorityChange(TypedDict):
    """`authority_change`; `before` is the earlier authority.

    At the end of a mandate it is declared first: `after` is the new authority, who counts once a
    coordinator has looked; `left` names the posts of confidence whose holders left.
    """

    since_on: str
    ground: str
    support: str  # file id or ""
    before: dict[str, Any] | None
    after: NotRequired[dict[str, Any]]
    file: NotRequired[FileRef | None]
    administrator_stays: NotRequired[str]
    left: NotRequired[list[str]]
