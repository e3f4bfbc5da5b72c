"""The human side of the process: a folder per user task, and the folder is the registry.

The folder `forms/<id>/` answers the user task `<id>` of a diagram. Its `__init__.py` offers

- `Form`, a `StepForm`;
- `NEEDS` and `GIVES`, names of records (see `forms.records`) that it reads and writes;
- `ACCEPTS` and `REFUSES`, examples of answers (see `forms.examples`): tests, demo data and
  documentation at once;

and it may hold `page.html` (a template that extends `tasks/step.html`, where the fields alone
do not make the page); it always holds `ask.txt`, the sentence that mails use, and `lacks.txt`,
what is missing while the step is open ("Falta …"), without a full stop.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Literal

from wtforms import Form as WTForm

from forms.drafts import is_faulty, walk
from forms.examples import Example, Refusal

HERE = Path(__file__).parent

#: Folders beside the steps: the fields that forms are made of, and shapes that several share.
SHARED = frozenset({"fields", "shapes"})

Given = Mapping[str, Any]

#: What a step of the PCM decides on: nothing (it registers, programs or writes), what the entity
#: did in the stage, or what it did in the whole case.
Decides = Literal["nothing", "stage", "case"]


@dataclass(frozen=True)
class FileInfo:
    """A stored file as a form may know it; `size` in bytes, `pages` only of a PDF."""

    id: str
    name: str
    size: int
    media_type: str
    pages: int | None = None


@dataclass(frozen=True)
class Page:
    """One screenful of a step: its key in the address, its title, the names of its fields."""

    key: str
    title: str
    fields: tuple[str, ...]
    hint: str = ""


class StepForm(WTForm):
    """The form of a user task.

    It sees plain values only: `given` holds one entry per name in the step's NEEDS (None while
    the record does not exist) plus `today` (a date in Lima), and `validating` (True) where a stage
    is validated, so that what it would have done lies in the past already; `files` are the
    documents that this very task holds, by id. A document field accepts no other id.
    """

    class Meta:
        locales: ClassVar = ["es"]

    #: What the page says to its reader, in the imperative.
    heading: ClassVar[str] = ""
    #: One or two sentences under the heading.
    lead: ClassVar[str] = ""
    #: The label of the button that answers the step.
    button: ClassVar[str] = "Enviar"
    #: Every outcome that `outcome()` can return; gateways read no others of this step.
    outcomes: ClassVar[tuple[str, ...]] = ("done",)
    #: Screenfuls, in order. Empty means one page with every field.
    pages: ClassVar[tuple[Page, ...]] = ()
    #: Steps whose drafts a fresh task of this step is filled from, where the names agree.
    inherits: ClassVar[tuple[str, ...]] = ()
    #: Fields that a step which comes again does not take from its earlier answer.
    fresh: ClassVar[tuple[str, ...]] = ()
    #: Papers that this step's page makes afresh from the draft (see `app.cases.papers`), by kind.
    papers: ClassVar[tuple[str, ...]] = ()
    #: Whether a coordinator may enter the answer on the entity's behalf, as it is dictated: never
    #: where the answer is a signature, a constancia or somebody's approval.
    dictated: ClassVar[bool] = False
    #: Every step in a lane of the PCM says what it decides on (`access.duties` bars from it
    #: the people who prepared that); a step of the entity says nothing.
    decides: ClassVar[Decides | None] = None

    def __init__(
        self,
        formdata: Any = None,
        *,
        given: Given | None = None,
        files: Mapping[str, FileInfo] | None = None,
    ) -> None:
        self.given: Given = given or {}
        self.files: Mapping[str, FileInfo] = files or {}
        self.judged = False
        super().__init__(formdata)
        for field in self:
            field.step_form = self
        self.prepare()

    def prepare(self) -> None:
        """Choices and fields that depend on `given`; runs after the fields have their data."""

    @property
    def today(self) -> date:
        """The day in Lima on which the step is being answered."""
        day: date = self.given["today"]
        return day

    @classmethod
    def prefill(cls, given: Given) -> Mapping[str, Any]:
        """Values that the fields start with when the step has no draft yet, by field name."""
        return {}

    def outcome(self) -> str:
        """What gateways read of this answer; only asked of a valid form."""
        return self.outcomes[0]

    def answer(self) -> dict[str, Any]:
        """What goes to the records: one JSON-able value per name in GIVES; of a valid form."""
        raise NotImplementedError

    @classmethod
    @cache
    def absorbs(cls) -> bool:
        """Whether a field of this form keeps what was brought before: a document, a roster."""
        return any(hasattr(field, "absorb") for field in walk(cls()))

    def faults_on(self, page: Page) -> bool:
        """Whether a screenful of this form, as validated or not yet, has a field in error."""
        if not self.judged:
            self.validate()
        return is_faulty(self[name] for name in page.fields if name in self)

    def validate(self, extra_validators: Any = None) -> bool:
        """Checks every field; steps add rules over several fields."""
        self.judged = True
        return bool(super().validate(extra_validators))

    @property
    def is_good(self) -> bool:
        """Whether a judged form has nothing wrong."""
        return not is_faulty(self)

    def cautions(self, page: Page | None = None) -> list[str]:
        """Return what the reader should know of values that are accepted nevertheless.

        Not of fields on `page`, which say it themselves.
        """
        here = page.fields if page else ()
        fields = (f for f in walk(self) if getattr(f, "caution", False))
        away = (field for field in fields if field.name.partition("-")[0] not in here)
        return [field.warning for field in away if field.warning]

    def draft_answer(self) -> dict[str, Any]:
        """What can be said of the records from a draft that may not be valid yet, for papers."""
        return {}

    def reason(self) -> str:
        """What a step that this answer returns shows on top (plain text, lines allowed)."""
        return ""

    @classmethod
    @cache
    def screens(cls) -> tuple[Page, ...]:
        """The pages in order; a form without `pages` is one page."""
        if cls.pages:
            return cls.pages
        return (Page("respuesta", cls.heading, tuple(field.name for field in cls())),)


@dataclass(frozen=True, eq=False)
class Step:
    """A user task's folder, read; there is one of each, so that it can be a key."""

    id: str
    form: type[StepForm]
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    accepts: tuple[Example, ...]
    refuses: tuple[Refusal, ...]
    ask: str
    lacks: str
    template: str | None

    @property
    def outcomes(self) -> frozenset[str]:
        """Every outcome that an answer to this step can have."""
        return frozenset(self.form.outcomes)


class IncompleteStep(LookupError):
    """A step's folder lacks one of its parts; the message says which."""


@cache
def steps() -> Mapping[str, Step]:
    """All steps by id: one per folder of this package. Raises IncompleteStep.

    The package's places are its `__path__`, so a step can be tried without being written here.
    """
    folders = (folder for place in __path__ for folder in Path(place).iterdir())
    return {
        folder.name: read_step(folder)
        for folder in sorted(folders, key=lambda folder: folder.name)
        if (folder / "__init__.py").is_file() and folder.name not in SHARED
    }


def read_step(folder: Path) -> Step:
    """The step of one folder.

    Raises IncompleteStep: a programming error, found by the contract test and by every start.
    """
    module = importlib.import_module(f"forms.{folder.name}")
    for part in ("Form", "NEEDS", "GIVES", "ACCEPTS", "REFUSES"):
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
        accepts=tuple(module.ACCEPTS),
        refuses=tuple(module.REFUSES),
        ask=(folder / "ask.txt").read_text("utf-8").strip(),
        lacks=(folder / "lacks.txt").read_text("utf-8").strip(),
        template=f"{folder.name}/page.html" if (folder / "page.html").is_file() else None,
    )
