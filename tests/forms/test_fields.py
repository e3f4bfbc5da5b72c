"""Fields tidy what was typed, validate it, and say how to correct it."""

from datetime import date

from hypothesis import given as for_all
from hypothesis import strategies as some
from werkzeug.datastructures import MultiDict

from forms import StepForm
from forms.drafts import as_formdata, errors_of
from forms.fields import (
    ChecksField,
    ChoiceField,
    CountField,
    DateField,
    EmailField,
    LongTextField,
    MomentField,
    NameField,
    PaperNumberField,
    PhoneField,
    RucField,
    SelectOneField,
    TextField,
    TickField,
    TimeField,
    UbigeoField,
    WebsiteField,
    YesNoField,
)
from forms.fields.identifiers import document_fault, ruc_check_digit, ruc_fault, tidy_document
from forms.fields.people import Document
from forms.fields.rules import has_document_number

TODAY = {"today": date(2026, 11, 24)}


def judged(field, text, name="value"):
    """Return the field of a form with only that field, validated with that text."""
    form = type("One", (StepForm,), {name: field})(MultiDict([(name, text)]), given=TODAY)
    form.validate()
    return form[name]


def test_a_text_may_quote_the_number_of_a_paper_and_none_of_a_person():
    for text, has in [
        ("Falta la firma de DNI 12345678.", True),
        ("DNI12345678", True),
        ("001234567 (CE)", True),
        ("12345678-9", True),
        ("Está en el expediente 2026-0012345.", False),
        ("Oficio 045/2026/00123456", False),
        ("D000123-2026-PCM", False),
        ("Faltan 120 filas.", False),
    ]:
        assert has_document_number(text) == has


def test_the_number_of_a_paper_names_no_person():
    for number, sentence in [
        ("Juan Pérez Quispe", "tiene cifras"),
        ("45678912", "parece un DNI"),
        ("DNI 45.678.912", "parece un DNI"),
        ("045-2026 <b>", "con letras, cifras"),
        ("045-2026-MDE/A", ""),
        ("2026-0012", ""),
        ("D000123-2026-PCM-SIP", ""),
        ("77 de 2026 (e)", ""),
        ("OFICIO-000045-2026-MDE", ""),
        ("Oficio 45-2026", "Escribe solo el número"),
        ("N.º 77 de 2026 (e)", "Escribe solo el número"),
        ("Constancia N.º 77-2026", "Escribe solo el número"),
        ("", ""),
    ]:
        errors = judged(PaperNumberField("Número"), number).errors
        assert [sentence in one for one in errors] == ([True] if sentence else [])


@for_all(some.from_regex(r"\A(10|15|16|17|20)[0-9]{8}\Z"))
def test_only_one_last_digit_makes_a_ruc_valid(first_ten):
    good = [digit for digit in "0123456789" if not ruc_fault(first_ten + digit, entity=False)]
    assert good == [ruc_check_digit(first_ten)]


def test_the_ruc_of_an_entity_has_any_spacing_and_a_wrong_one_is_refused_with_a_reason():
    for ruc in ["20168999926", "20131367938", " 20168-999926 "]:
        assert not judged(RucField("RUC", needed="Escribe el RUC."), ruc).errors
    for ruc, sentence in [
        ("", "Escribe el RUC."),
        ("2016899992", "11 dígitos"),
        ("20168999927", "último dígito"),
        ("10168999926", "empieza con 20"),
        ("٢٠١٦٨٩٩٩٩٢٦", "11 dígitos"),
    ]:
        assert sentence in judged(RucField("RUC", needed="Escribe el RUC."), ruc).errors[0]
    first = "1600000000"
    assert not ruc_fault(first + ruc_check_digit(first), entity=False)


def test_a_document_number_is_validated_by_its_kind_with_its_error_at_the_number():
    for kind, number, stored, good in [
        ("DNI", "01234567", "01234567", True),
        ("DNI", "01.234.567", "01234567", True),
        ("DNI", "01234567-8", "01234567", True),
        ("DNI", "1234567", "1234567", False),
        ("DNI", "00000000", "00000000", False),
        ("CE", "00ab12345", "00AB12345", True),
        ("CE", "12345678", "12345678", False),
        ("PASAPORTE", "ej 104", "EJ104", True),
        ("PASAPORTE", "1234", "1234", False),
        ("PASAPORTE", "A" * 13, "A" * 13, False),
        ("RUC", "20168999926", "20168999926", False),
    ]:
        assert tidy_document(kind, number) == stored
        assert (document_fault(kind, stored) == "") is good
    form = Document(MultiDict({"document_type": "DNI", "document_number": "123"}))
    assert not form.validate()
    assert "8 dígitos" in form.document_number.errors[0]


def test_a_district_is_recognised_by_code_or_by_name_and_an_unknown_one_refused():
    for text, code in [
        ("150122", "150122"),
        ("miraflores, lima,  LIMA", "150122"),
        ("10101", "010101"),
    ]:
        field = judged(UbigeoField("Ubigeo"), text)
        assert not field.errors
        assert field.data == code
        assert field.place
    for text in ["159999", "Miraflores", "070", "<script>"]:
        assert judged(UbigeoField("Ubigeo"), text).errors


def test_an_address_is_accepted_unless_broken_and_outside_the_state_with_a_warning():
    for text in ["persona@entidad.gob.pe", "a.b+c@mail.example.pe", "ñ@example.pe"]:
        assert not judged(EmailField("Correo"), text).errors
    for text in [
        "a",
        "a@b",
        "a@@example.pe",
        "a@example..pe",
        "a b@",
        "a@-x.pe",
        "x" * 65 + "@a.pe",
    ]:
        assert "correo completo" in judged(EmailField("Correo"), text).errors[0]
    assert "gob.pe" in judged(EmailField("Correo"), "a@example.pe").warning
    assert judged(EmailField("Correo"), "a@munidemo.gob.pe").warning == ""
    assert judged(EmailField("Correo"), "a@fakegob.pe").warning != ""


def test_a_web_address_is_http_with_a_name_and_may_leave_out_https():
    for text, stored in [
        ("www.example.org", "https://www.example.org"),
        ("http://example.org/a?b=c", "http://example.org/a?b=c"),
        ("https://peñón.example.pe/", "https://peñón.example.pe/"),
    ]:
        field = judged(WebsiteField("Página"), text)
        assert not field.errors
        assert field.data == stored
    for text in [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user:pass@example.org",
        "https://localhost/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "ftp://example.org",
        "https://exa mple.org",
        "https://example.org:0/",
        "https://example.org:99999999/",
        "una página",
    ]:
        assert "https://" in judged(WebsiteField("Página"), text).errors[0]


def test_a_telephone_is_written_as_people_do_but_with_digits():
    for text in ["01 6150000", "(084) 221-234", "+51 999 999 999"]:
        assert not judged(PhoneField("Teléfono"), text).errors
    for text in ["12345", "1" * 16, "no tengo", "٠١٢٣٤٥٦"]:
        assert judged(PhoneField("Teléfono"), text).errors


def test_a_day_is_read_in_every_usual_format_and_an_invalid_one_is_explained():
    for text in ["5/8/2026", "05/08/26", "5-8-2026", "05.08.2026", "2026-08-05"]:
        field = judged(DateField("Fecha"), text)
        assert field.data == date(2026, 8, 5)
        assert field.iso == "2026-08-05"
    for text in ["31/02/2026", "5/8", "5/8/1026", "5/8-2026", "mañana", "8/13/26"]:
        field = judged(DateField("Fecha"), text)
        assert "día/mes/año" in field.errors[0]
        assert field._value() == text


def test_a_time_is_read_in_24_hours_and_an_invalid_one_refused():
    for text, iso in [("9:05", "09:05"), ("23:59", "23:59"), ("7.30", "07:30")]:
        assert judged(TimeField("Hora"), text).iso == iso
    for text in ["24:00", "9", "9:5", "3pm"]:
        assert "00:00 a 23:59" in judged(TimeField("Hora"), text).errors[0]


class Meeting(StepForm):
    at = MomentField("Sesión", needed="Escribe cuándo es la sesión.")
    until = MomentField("Fin")


def test_a_moment_of_lima_is_stored_in_utc():
    form = Meeting(MultiDict({"at-date": "5/8/2026", "at-time": "20:15"}), given=TODAY)
    assert form.validate()
    assert form.at.iso == "2026-08-06T01:15:00+00:00"
    assert as_formdata(Meeting, {"at": form.at.iso}) == [
        ("at-date", "05/08/2026"),
        ("at-time", "20:15"),
    ]


def test_a_required_moment_has_both_halves_and_its_error_at_the_day():
    form = Meeting(MultiDict({"until-date": "5/8/2026", "at-time": "9:00"}), given=TODAY)
    assert not form.validate()
    assert errors_of(form) == {
        "at-date": "Sesión: escribe también la fecha.",
        "until-time": "Fin: escribe también la hora.",
    }
    form = Meeting(MultiDict({"x": "1"}), given=TODAY)
    assert not form.validate()
    assert errors_of(form) == {"at-date": "Escribe cuándo es la sesión."}


def test_text_is_tidied_has_no_control_characters_and_a_limit():
    field = judged(TextField("Cargo"), "  Jefe\u00a0 de\u200b  área\ufeff ")
    assert field.data == "Jefe de área"
    assert judged(LongTextField("Nota"), "a \r\n\r\n\r\n\r\n b\t c ").data == "a\n\nb c"
    for text in ["a\x00b", "a\u202eb", "a\x1bb", "\ue000"]:
        assert judged(TextField("Cargo"), text).errors
        assert judged(LongTextField("Nota"), text).errors
    assert "5 caracteres como máximo" in judged(TextField("Cargo", limit=5), "123456").errors[0]


def test_a_name_has_only_letters_of_any_script():
    for text in ["María José", "O’Higgins", "D'Ángelo", "Núñez-Ríos", "李", "Ma."]:
        assert not judged(NameField("Nombres"), text).errors
    for text in ["R2D2", "<b>", "-", "a@b", "Ana; DROP"]:
        assert "solo letras" in judged(NameField("Nombres"), text).errors[0]


COLOURS = (("r", "Rojo"), ("v", "Verde", {"hint": "Como la hierba"}))


def test_only_offered_choices_are_accepted():
    for field in (ChoiceField, SelectOneField, ChecksField):
        assert judged(field("Color", COLOURS), "x").errors
        assert not judged(field("Color", COLOURS), "v").errors
    assert judged(ChoiceField("Color", COLOURS), "v").label_of_data == "Verde"


def test_choices_that_a_form_sets_later_are_offered_with_their_hints():
    field = judged(ChoiceField("Color"), "v")
    field.choices = COLOURS
    assert [choice.render_kw for choice in field.iter_choices()] == [
        {},
        {"hint": "Como la hierba"},
    ]


def test_yes_and_no_are_both_answers_and_a_required_box_must_be_ticked():
    field = YesNoField("¿Sí?", needed="Responde.")
    assert judged(field, "no").yes is False
    assert judged(field, "yes").yes is True
    assert judged(field, "").errors == ["Responde."]
    assert judged(TickField("Declaro", needed="Marca la casilla."), "").errors
    assert judged(TickField("Declaro", needed="Marca la casilla."), "y").data is True


def test_a_count_is_a_whole_number_between_its_ends():
    for text in ["-1", "1.5", "101", "²", "uno", "9" * 12]:
        field = judged(CountField("Asistentes", most=100), text)
        assert "de 0 a 100" in field.errors[0]
        assert field.number is None


class Conditional(StepForm):
    link = ChoiceField("Vínculo", (("cas", "CAS"), ("other", "Otro")), needed="Elige.")
    which = TextField("¿Cuál?", needed="Di cuál.", when=("link", "other"))


def test_a_field_can_be_required_only_after_another_answer():
    assert Conditional(MultiDict({"link": "cas"}), given=TODAY).validate()
    form = Conditional(MultiDict({"link": "other"}), given=TODAY)
    assert not form.validate()
    assert errors_of(form) == {"which": "Di cuál."}
