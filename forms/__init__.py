"""The human tasks of the process: a folder per user task; the folders are the registry.

The folder `forms/<id>/` answers the user task `<id>` of a diagram. Its `__init__.py` defines

- `Form`, a `StepForm`;
- `NEEDS` and `GIVES`, the names of the records (see `forms.records`) that it reads and writes;
  optional `SHOWS`, the names of those that only its page reads, never its answer;
- `ACCEPTS` and `REFUSES`, examples of answers (see `forms.examples`): tests, demo data and
  documentation at once; and `GIVEN`, the records that all of them read.

The folder may hold `page.html` (a template that extends `tasks/step.html`), where the fields alone
do not make the page. It always holds `ask.txt`, the sentence that mails use, and `lacks.txt`, what
is missing while the step is open ("Falta …"), without a full stop.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from forms.conditions import applies, settle
from forms.drafts import is_faulty, walk
from forms.examples import Example, Refusal
from forms.fields.rules import AS_IS, CheckedForm
from forms.papers import MADE

HERE = Path(__file__).parent

#: Pages of a file that can be divided here; a longer one is divided before it is uploaded.
MOST_DIVIDED = 60
#: Folders next to the steps: the fields of forms, and shapes that several steps share.
SHARED = frozenset({"fields", "shapes"})

Given = Mapping[str, Any]

#: The subject of a PCM step's decision: nothing (the step registers, schedules or writes), the
#: entity's work in the stage, or its work in the whole case.
Decides = Literal["nothing", "stage", "case"]


@dataclass(frozen=True)
class FileInfo:
    """The data of a stored file that forms can read; `size` in bytes, `pages` only of a PDF."""

    id: str
    name: str
    size: int
    media_type: str
    pages: int | None = None
    #: What was found in it as it came (`app.cases.papers.preflight.findings`), as plain values.
    findings: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_stopped(self) -> bool:
        """Whether a finding stops it once, until the user changes it or says why it stays."""
        return any(finding["stops"] for finding in self.findings)


@dataclass(frozen=True)
class Page:
    """One page of a step: its key in the URL, its title, the names of its fields."""

    key: str
    title: str
    fields: tuple[str, ...]
    hint: str = ""


class StepForm(CheckedForm):
    """The form of a user task.

    It receives plain values only. `given` holds one entry per name in the step's NEEDS (None while
    the record does not exist; the same for its SHOWS where its page is shown), plus `today` (a date
    in Lima), and `validating` (True) where a stage is being validated, so that its work lies in the
    past. `files` holds the documents of this task, by id. A document field accepts no other id.
    Fields that do not apply are empty, unless `settles` is False, as drafts need it.
    """

    #: Papers of which its page asks the number and the date before they are downloaded to sign.
    numbered: ClassVar[tuple[str, ...]] = ()
    #: The page's heading, in the imperative.
    heading: ClassVar[str] = ""
    #: One or two sentences under the heading.
    lead: str = ""
    #: The label of the button that answers the step.
    button: str = "Enviar"
    #: Every outcome that `outcome()` can return; gateways read no others of this step.
    outcomes: ClassVar[tuple[str, ...]] = ("done",)
    #: The pages, in order. Empty means one page with every field.
    pages: ClassVar[tuple[Page, ...]] = ()
    #: Steps from whose drafts a new task of this step is filled, where the field names agree.
    inherits: ClassVar[tuple[str, ...]] = ()
    #: Fields that a repeated step does not copy from its earlier answer.
    fresh: ClassVar[tuple[str, ...]] = ()
    #: Papers that this step's page regenerates from the draft (see `app.cases.papers`), by kind.
    papers: ClassVar[tuple[str, ...]] = ()
    #: Whether a coordinator may enter the answer on the entity's behalf, as dictated. Never where
    #: the answer is a signature, a constancia or a person's approval.
    dictated: ClassVar[bool] = False
    #: Template of the difference that the answers make, for the page before they are sent.
    difference: ClassVar[str] = ""
    #: Every step in a lane of the PCM says what it decides on (`access.duties` bars from it the
    #: people who prepared that). A step of the entity does not set it.
    decides: ClassVar[Decides | None] = None
    #: Whether an answer that decides nothing is confirmed like a decision, because it sets others
    #: in motion.
    sets_in_motion: ClassVar[bool] = False

    def __init__(
        self,
        formdata: Any = None,
        *,
        given: Given | None = None,
        files: Mapping[str, FileInfo] | None = None,
        settles: bool = True,
    ) -> None:
        self.given: Given = given or {}
        self.files: Mapping[str, FileInfo] = files or {}
        self.validated = False
        super().__init__(formdata)
        for field in self:
            field.step_form = self
        lists = [field for field in self if hasattr(field, "begin")] if settles else []
        for listed in lists:
            listed.begin()
        self.prepare()
        for listed in lists:
            listed.set_blank_apart()
        if settles:
            settle(self)

    def prepare(self) -> None:
        """Set choices, conditions and fields that depend on `given`, once the fields have their
        data; fields that do not apply are emptied afterwards."""

    @property
    def today(self) -> date:
        """The day in Lima on which the step is being answered."""
        day: date = self.given["today"]
        return day

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Return initial values by field name for a step without a draft."""
        return {}

    def outcome(self) -> str:
        """Return the outcome that gateways read. Only called on a valid form."""
        return self.outcomes[0]

    def answer(self) -> dict[str, Any]:
        """Return one JSON-able value per name in GIVES, for the records. Only for a valid form."""
        raise NotImplementedError

    @classmethod
    @cache
    def absorbs(cls) -> bool:
        """Return whether a field of this form keeps earlier uploads: a document, a roster."""
        return any(hasattr(field, "absorb") for field in walk(cls()))

    @classmethod
    @cache
    def has_conditions(cls) -> bool:
        """Return whether a page may not show all of its fields."""
        return any(getattr(field, "when", None) for field in walk(cls(settles=False)))

    def faults_on(self, page: Page) -> bool:
        """Return whether a page of this form has a field in error; validate first if needed."""
        if not self.validated:
            self.validate()
        return is_faulty(self[name] for name in page.fields if name in self)

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate every field and the rules across them, and remember that it was done."""
        self.validated = True
        return super().validate(extra_validators)

    @property
    def is_valid(self) -> bool:
        """Whether a validated form has no errors."""
        return not is_faulty(self)

    def cautions(self, page: Page | None = None) -> list[str]:
        """Return the warnings about values that are accepted nevertheless.

        Fields on `page` are left out: they show their own warnings.
        """
        here = page.fields if page else ()
        fields = (f for f in walk(self) if getattr(f, "caution", False))
        away = (field for field in fields if field.name.partition("-")[0] not in here)
        return [field.warning for field in away if field.warning]

    @classmethod
    def is_confirmed(cls) -> bool:
        """Return whether the answer is sent from the review alone, which shows what follows."""
        return cls.sets_in_motion or cls.decides in ("stage", "case")

    def reviewed(self, page: Page) -> list[str]:
        """Return the fields of a page that the review lists: those that apply."""
        return [name for name in page.fields if name in self and applies(self[name])]

    def unusual(self) -> list[str]:
        """Return what deserves a second look before a valid answer is confirmed: full sentences."""
        return []

    def signed_papers(self) -> dict[str, str]:
        """Return the signed copies in the answer of papers that the application made: kind → id of
        the file."""
        return {one.paper: one.data for one in self.made_documents() if one.data}

    def made_documents(self) -> list[Any]:
        """Return the fields for signed copies of papers that the application made."""
        documents = (field for field in self if getattr(field, "kind", "") == "document")
        return [field for field in documents if field.paper in MADE]

    def may_hold_others(self, field: Any) -> bool:
        """Return whether the pages of a document may belong to other papers of this step.

        A file with digital signatures would lose them.
        """
        signed = any(finding["word"] for finding in field.info.findings)
        return not signed and (field.info.pages or 0) > 1 and len(self.made_documents()) > 1

    def can_be_divided(self, field: Any) -> bool:
        """Return whether the pages of a document can be divided between papers of this step."""
        return self.may_hold_others(field) and field.info.pages <= MOST_DIVIDED

    def as_they_are(self) -> dict[str, str]:
        """Return why documents stay although findings stop them: id of the file → reason."""
        documents = [field for field in self if getattr(field, "kind", "") == "document"]
        reasons = ((field.data, f"{AS_IS}{field.name}") for field in documents if field.data)
        return {
            file_id: self[name].data
            for file_id, name in reasons
            if name in self and self[name].data
        }

    def signed_marks(self) -> dict[str, tuple[str, date | None]]:
        """Return the number and the date that a signature gives papers: kind → both."""
        return {}

    def void_papers(self) -> tuple[str, ...]:
        """Return the kinds of issued papers that the answer makes void."""
        return ()

    def certificate_number(self) -> str:
        """Return the number that the answer gives a constancia, where a user typed one."""
        return ""

    def draft_answer(self) -> dict[str, Any]:
        """Return the records of a draft that may not be valid yet, for papers."""
        return {}

    def reason(self) -> str:
        """Return the text at the top of a step that this answer returns (plain text with lines)."""
        return ""

    @classmethod
    @cache
    def screens(cls) -> tuple[Page, ...]:
        """Return the pages in order; a form without `pages` is one page."""
        if cls.pages:
            return cls.pages
        return (Page("respuesta", cls.heading, tuple(field.name for field in cls())),)


@dataclass(frozen=True, eq=False)
class Step:
    """The loaded folder of a user task. There is one per folder, so that it can be a key."""

    id: str
    form: type[StepForm]
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    accepts: tuple[Example, ...]
    refuses: tuple[Refusal, ...]
    ask: str
    lacks: str
    template: str | None
    shows: tuple[str, ...] = ()

    @property
    def outcomes(self) -> frozenset[str]:
        """Every outcome that an answer to this step can have."""
        return frozenset(self.form.outcomes)


class IncompleteStep(LookupError):
    """A step's folder lacks one of its parts; the message says which."""


@cache
def steps() -> Mapping[str, Step]:
    """Return all steps by id: one per folder of this package. Raises IncompleteStep.

    The package's `__path__` lists the places, so that a step can be tried from another folder.
    """
    folders = (folder for place in __path__ for folder in Path(place).iterdir())
    return {
        folder.name: read_step(folder)
        for folder in sorted(folders, key=lambda folder: folder.name)
        if (folder / "__init__.py").is_file() and folder.name not in SHARED
    }


def read_step(folder: Path) -> Step:
    """Return the step of one folder.

    Raises IncompleteStep: a programming error, found by the contract test and at every start.
    """
    module = importlib.import_module(f"forms.{folder.name}")
    for part in ("Form", "NEEDS", "GIVES", "GIVEN", "ACCEPTS", "REFUSES"):
        if not hasattr(module, part):
            raise IncompleteStep(f"forms/{folder.name}/__init__.py has no {part}.")
    for text in ("ask.txt", "lacks.txt"):
        if not (folder / text).is_file():
            raise IncompleteStep(f"forms/{folder.name}/ has no {text}.")
    return Step(
        id=folder.name,
        form=module.Form,
        needs=tuple(module.NEEDS),
        gives=tuple(module.GIVES),
        accepts=tuple(replace(one, given=module.GIVEN | one.given) for one in module.ACCEPTS),
        refuses=tuple(replace(one, given=module.GIVEN | one.given) for one in module.REFUSES),
        ask=(folder / "ask.txt").read_text("utf-8").strip(),
        lacks=(folder / "lacks.txt").read_text("utf-8").strip(),
        template=f"{folder.name}/page.html" if (folder / "page.html").is_file() else None,
        shows=tuple(getattr(module, "SHOWS", ())),
    )
