"""A table of another entity is noticed: by its RUC, by its people, or because all are new."""

import io

import openpyxl
from werkzeug.datastructures import MultiDict

from forms import Page, StepForm
from forms.drafts import errors_of, merge
from forms.fields.roster import RosterField
from forms.fields.sheets import read_file, read_text
from forms.shapes.foreign_rows import doubt

OWN, OTHER = "20000000010", "20000000028"
HEAD = "Documento;Nombres;Apellidos;Cargo;Unidad;Sede;Correo;Perfil"
ANA = "DNI 00000101;Ana;Quispe Ejemplo;Recepcionista;Administración;Central;a@example.pe;Operador"
TABLE = f"{HEAD}\n{ANA}"


class Form(StepForm):
    roster = RosterField("Relación")


def errors(draft, ruc=OWN):
    form = Form(MultiDict(draft), given={"entity": {"ruc": ruc}})
    form.validate()
    return errors_of(form)


def post(draft=(), action="roster:roster:paste", **values):
    posted = MultiDict({f"roster-{name}": value for name, value in values.items()})
    posted["action"] = action
    page = Page("a", "A", ("roster",))
    return merge(Form, page, draft, posted, MultiDict(), lambda *_: None)


def test_a_table_with_the_ruc_of_another_entity_is_refused_and_one_without_accepted():
    for titles in [f"Entidad de ejemplo, RUC {OTHER}\n", f"RUC;{OTHER}\n", f"RUC:;{OTHER};;\n"]:
        draft = post(paste=titles + TABLE)
        assert f"dice RUC {OTHER}" in errors(draft)["roster"]
        assert errors(draft, OTHER) == {}
        assert errors(draft, "") == {}, "the entity's RUC is unknown"
    for titles in ("", "Personal de la entidad\n", "RUC 20000000029\n", "Resolución 20131\n"):
        assert errors(post(paste=titles + TABLE)) == {}


def test_the_ruc_stays_in_the_draft_until_the_table_goes():
    draft = post(paste=f"RUC {OTHER}\n{TABLE}")
    assert "roster" in errors(post(draft, action="next"))
    assert errors(post(draft, paste=TABLE, mode="replace")) == {}
    cleared = post(draft, action="roster:roster:clear")
    assert "RUC" not in errors(cleared)["roster"], "nobody is listed, which is another error"


def test_a_table_of_another_entity_is_refused_too_after_a_right_one():
    right = post(paste=f"RUC {OWN}\n{TABLE}")
    assert errors(right) == {}
    other = f"RUC {OTHER}\n{HEAD}\n{ANA.replace('00000101', '00000102')}"
    assert f"dice RUC {OTHER}" in errors(post(right, paste=other))["roster"]


def test_the_ruc_may_be_in_the_name_of_the_file():
    book = openpyxl.Workbook()
    for line in TABLE.splitlines():
        book.active.append(line.split(";"))
    written = io.BytesIO()
    book.save(written)
    written.seek(0)
    assert read_file(f"SIP-RVL-002_{OTHER}.xlsx", written).rucs == {OTHER}
    assert read_text(TABLE).rucs == set()


PEOPLE = [("DNI", f"{number:08}") for number in range(20)]
NEW, THERE = PEOPLE[:6], set(PEOPLE[10:20])


def test_a_doubt_names_its_reason_and_a_few_new_people_of_a_large_entity_raise_none():
    for new, named, elsewhere, asks in [
        (NEW, set(), set(NEW[:3]), "3 de 6 personas"),
        (NEW, {PEOPLE[10]}, set(NEW[:3]), "3 de 6 personas"),
        (NEW, {PEOPLE[10]}, set(NEW[:2]), ""),
        (NEW[:3], set(), set(NEW[:2]), ""),
        (NEW, set(), set(), "6 personas nuevas y ninguna de las 10"),
        (NEW, {PEOPLE[10]}, set(), ""),
        (NEW[:4], set(), set(), ""),
    ]:
        found = doubt(new, THERE, named, elsewhere)
        assert found == "" if not asks else asks in found
    assert doubt(PEOPLE[:5], set(PEOPLE[5:]), set(), set()) == ""
