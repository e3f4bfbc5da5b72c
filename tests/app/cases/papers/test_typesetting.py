"""The typesetter that stays: its bounds, what happens without it, and how it compresses."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pikepdf
import pytest

from app.cases import papers
from app.cases.papers import sheets, typesetting
from app.cases.papers.helper_process import HelperProcess, Patience
from app.cases.papers.typesetting import typesetter
from tests.app.cases.papers.test_papers import MADE_ON, roster, values
from tests.app.together import PATIENCE

Make = Callable[..., HelperProcess]


@pytest.fixture
def typesetter_with(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Yield a function that replaces the typesetter of this process by one with other bounds."""
    made: list[HelperProcess] = []

    def replace(**bounds: float) -> HelperProcess:
        made.append(typesetting.new_typesetter(typesetting.BOUNDS | bounds))
        monkeypatch.setattr(typesetting, "_typesetter", made[-1])
        return made[-1]

    yield replace
    for helper in made:
        helper.close()


def constancia() -> bytes:
    return papers.render("constancia", values(), MADE_ON)


def process_of(helper: HelperProcess) -> subprocess.Popen[bytes]:
    assert helper.process is not None
    return helper.process


def test_one_typesetter_makes_many_papers(typesetter_with: Make):
    helper = typesetter_with()
    made = []
    for kind in ("constancia", "sip_rvl_001", "constancia"):
        made.append(papers.render(kind, values(), MADE_ON))
        first = process_of(helper)
    assert (first.pid, helper.answered) == (process_of(helper).pid, 3)
    assert made[0] == made[2] != made[1]


def test_a_typesetter_that_holds_too_much_ends_and_is_replaced(typesetter_with: Make):
    helper = typesetter_with(held=1)
    content = constancia()
    first = process_of(helper)
    assert first.wait(PATIENCE) == 0
    assert constancia() == content
    assert process_of(helper).pid != first.pid
    assert helper.answered == 1


@pytest.mark.nightly
def test_a_typesetter_ends_without_orders_and_with_its_web_process(typesetter_with: Make):
    helper = typesetter_with(idle=0.1)
    content = constancia()
    assert process_of(helper).wait(PATIENCE) == 0
    assert constancia() == content
    helper = typesetter_with()
    assert constancia() == content
    process = process_of(helper)
    assert process.stdin is not None
    process.stdin.close()  # as the kernel does when the web process ends
    assert process.wait(PATIENCE) == 0


@pytest.mark.nightly
def test_a_paper_that_exceeds_the_bounds_is_refused_and_the_next_one_is_made(typesetter_with: Make):
    large = values(roster=roster(300))
    typesetter_with(memory=100 << 20)
    with pytest.raises(typesetting.CannotTypeset, match=r"ended without an answer|memory"):
        papers.render("sip_rvl_002", large, MADE_ON)
    helper = typesetter_with(seconds=0.02)
    with pytest.raises(typesetting.CannotTypeset, match="took too long"):
        papers.render("sip_rvl_002", large, MADE_ON)
    assert helper.process is None
    typesetter_with()
    assert constancia()


def test_a_paper_does_not_wait_for_those_of_others(
    typesetter_with: Make, monkeypatch: pytest.MonkeyPatch
):
    helper = typesetter_with()
    content = constancia()
    monkeypatch.setattr(typesetting, "PATIENCE", Patience(first=0, further=0))
    with helper.turn():
        assert constancia() == content
    assert helper.answered == 1


def test_a_typesetter_that_was_killed_is_replaced(typesetter_with: Make):
    helper = typesetter_with()
    content = constancia()
    process_of(helper).kill()
    assert constancia() == content


def test_a_typesetter_imports_no_application_and_no_reader_of_files():
    code = (
        f"import runpy, sys; runpy.run_path({str(typesetting.TYPESETTER)!r}); "
        "print({'app', 'forms', 'flask', 'pikepdf'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"set()"


# Compression -------------------------------------------------------------------------------------


def loose(people: int) -> bytes:
    """Return a SIP-RVL-002 as Typst writes it."""
    sheet = {
        "title": "SIP-RVL-002",
        **sheets.sheet("sip_rvl_002", values(roster=roster(people)), MADE_ON),
    }
    return typesetter.set_sheet(typesetting.order_of("sip_rvl_002", sheet, MADE_ON))


def test_a_finished_paper_has_the_objects_of_typst(monkeypatch: pytest.MonkeyPatch):
    content = loose(40)
    for least in (0, len(content) + 1):
        monkeypatch.setattr(typesetter, "LARGE", least)
        made = typesetter.finished(content)
        assert made == typesetter.finished(content)
        assert (len(made) < len(content) * 0.7) is (least == 0)
        with pikepdf.open(io.BytesIO(content)) as before, pikepdf.open(io.BytesIO(made)) as after:
            assert after.check_pdf_syntax() == []
            assert [str(one) for one in after.trailer.ID] == [str(one) for one in before.trailer.ID]
            for number in range(1, len(before.objects) + 1):
                one, other = before.get_object(number, 0), after.get_object(number, 0)
                assert one.unparse() == other.unparse()
                if isinstance(one, pikepdf.Stream):
                    assert one.read_raw_bytes() == other.read_raw_bytes()


def test_a_document_of_another_program_is_left_as_it_is(tmp_path: Path):
    path = tmp_path / "other.pdf"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(path, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    content = path.read_bytes()
    assert typesetter.finished(content) == content
