"""A PDF with anything but pages is refused: scripts, attachments, a second file format."""

import io
import re
import zipfile

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from forms.fields.documents import FAULTS, examine

JS = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))


def blank(change=None, **options):
    """Return a page, after `change` modified the document."""
    target = io.BytesIO()
    with pikepdf.new() as made:
        made.add_blank_page()
        if change is not None:
            change(made)
        made.save(target, **options)
    return target.getvalue()


def annotation(made, **values):
    made.pages[0].obj.Annots = Array(
        [Dictionary(Type=Name.Annot, Rect=Array([0, 0, 9, 9]), **values)]
    )


def names(made, key, value):
    made.Root.Names = Dictionary({key: Dictionary(Names=Array([String("a"), value]))})


def embedded(made):
    stream = pikepdf.Stream(made, b"MZ", Type=Name.EmbeddedFile)
    return Dictionary(Type=Name.Filespec, F=String("a.exe"), EF=Dictionary(F=stream))


def field(made, **values):
    made.Root.AcroForm = Dictionary(Fields=Array([Dictionary(T=String("a"), **values)]))


SCRIPTS = {
    "when it is opened": lambda made: made.Root.__setitem__("/OpenAction", JS),
    "of the document": lambda made: made.Root.__setitem__("/AA", Dictionary(WC=JS)),
    "of a page": lambda made: made.pages[0].obj.__setitem__("/AA", Dictionary(O=JS)),
    "of a link": lambda made: annotation(made, Subtype=Name.Link, A=JS),
    "of a field": lambda made: field(made, FT=Name.Tx, AA=Dictionary(K=JS)),
    "by name": lambda made: names(made, "/JavaScript", JS),
    "after a link": lambda made: annotation(
        made, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://x"), Next=JS)
    ),
    "of a rendition": lambda made: annotation(
        made, Subtype=Name.Screen, A=Dictionary(S=Name.Rendition, JS=String("x"))
    ),
    "of a bookmark": lambda made: made.Root.__setitem__(
        "/Outlines", Dictionary(First=made.make_indirect(Dictionary(Title=String("a"), A=JS)))
    ),
    "that starts a program": lambda made: made.Root.__setitem__(
        "/OpenAction", Dictionary(S=Name.Launch, F=String("cmd.exe"))
    ),
    "that sends the form": lambda made: annotation(
        made, Subtype=Name.Link, A=Dictionary(S=Name.SubmitForm, F=String("https://x"))
    ),
    "that opens what is embedded": lambda made: annotation(
        made, Subtype=Name.Link, A=Dictionary(S=Name.GoToE)
    ),
    "of a dynamic form": lambda made: made.Root.__setitem__(
        "/AcroForm", Dictionary(Fields=Array([]), XFA=pikepdf.Stream(made, b"<xdp/>"))
    ),
    "whose kind stands in another object": lambda made: made.Root.__setitem__(
        "/OpenAction", Dictionary(S=made.make_indirect(Name.JavaScript), JS=String("x"))
    ),
    "of a model in three dimensions": lambda made: annotation(
        made,
        Subtype=Name("/3D"),
        **{"/3DD": pikepdf.Stream(made, b"", OnInstantiate=pikepdf.Stream(made, b"x()"))},
    ),
}
ATTACHMENTS = {
    "by name": lambda made: names(made, "/EmbeddedFiles", embedded(made)),
    "on a page": lambda made: annotation(made, Subtype=Name.FileAttachment, FS=embedded(made)),
    "of the document": lambda made: made.Root.__setitem__("/AF", Array([embedded(made)])),
}
PACKED = {"object_stream_mode": pikepdf.ObjectStreamMode.generate}


@pytest.mark.parametrize("options", [{}, PACKED], ids=["plain", "packed"])
@pytest.mark.parametrize("where", SCRIPTS)
def test_a_script_is_refused_wherever_it_is(where, options):
    found = examine(io.BytesIO(blank(SCRIPTS[where], **options)))
    assert found.fault == FAULTS["script"]


def test_an_unreferenced_script_is_refused():
    content = blank(SCRIPTS["when it is opened"])
    assert (
        examine(io.BytesIO(content.replace(b"/OpenAction", b"/OpenActiox"))).fault
        == (FAULTS["script"])
    )


def test_a_script_in_a_catalogue_that_is_no_object_is_refused():
    content = blank(SCRIPTS["when it is opened"], static_id=True)
    catalogue = re.search(rb"1 0 obj\n(<<.*?>>)\nendobj", content, re.DOTALL)
    assert catalogue
    moved = content.replace(b"/Root 1 0 R", b"/Root " + catalogue[1])
    moved = moved.replace(catalogue[0], b"1 0 obj\nnull\nendobj")
    assert examine(io.BytesIO(moved)).fault == FAULTS["script"]


def test_a_script_under_a_disguised_name_is_refused():
    content = blank(SCRIPTS["when it is opened"], static_id=True)
    disguised = content.replace(b"/JavaScript", b"/Java#53cript")
    assert disguised != content
    assert examine(io.BytesIO(disguised)).fault == FAULTS["script"]


@pytest.mark.parametrize("options", [{}, PACKED], ids=["plain", "packed"])
@pytest.mark.parametrize("where", ATTACHMENTS)
def test_an_attachment_is_refused_wherever_it_is(where, options):
    found = examine(io.BytesIO(blank(ATTACHMENTS[where], **options)))
    assert found.fault == FAULTS["attachment"]


OWN = b'{"codigo":"7K2M9QXT04BD3F5H","tipo":"constancia","paginas":1,"firmas":[]}'


def of_ours(made, content=OWN, name="firmas.json", kind="/application/json", **said):
    """Attach what a paper that was issued here has, with some parts replaced."""
    stream = made.make_stream(content, Type=Name.EmbeddedFile, Subtype=Name(kind))
    parts = {"F": String(name), "UF": String(name), "AFRelationship": Name.Data}
    files = Dictionary(F=stream, UF=stream)
    spec = made.make_indirect(Dictionary({"/Type": Name.Filespec, "/EF": files}))
    for key, value in (parts | said).items():
        spec[f"/{key}"] = value
    names(made, "/EmbeddedFiles", spec)
    made.Root.AF = Array([spec])
    return spec


def with_a_second_file(made):
    of_ours(made).EF["/DOS"] = made.make_stream(b"MZ", Type=Name.EmbeddedFile)


def with_a_file_of_no_kind(made):
    of_ours(made).EF["/DOS"] = made.make_stream(b"MZ")


ALMOST_OURS = {
    "another name": lambda made: of_ours(made, name="firmas.exe"),
    "two names": lambda made: of_ours(made, F=String("firmas.exe")),
    "another relationship": lambda made: of_ours(made, AFRelationship=Name.Source),
    "another kind": lambda made: of_ours(made, kind="/text/html"),
    "no JSON": lambda made: of_ours(made, b"MZ"),
    "broken text": lambda made: of_ours(made, b'{"codigo":"\xff"}'),
    "nested without end": lambda made: of_ours(made, b"[" * 4000),
    "another JSON": lambda made: of_ours(made, b'{"codigo":"x"}'),
    "no object": lambda made: of_ours(made, b'["codigo","tipo","paginas","firmas"]'),
    "too long": lambda made: of_ours(made, OWN + b" " * 4096),
    "a bomb": lambda made: of_ours(made, OWN + b" " * 50_000_000),
    "a second file": with_a_second_file,
    "a file of no kind": with_a_file_of_no_kind,
    "a pin on a page": lambda made: annotation(made, Subtype=Name.FileAttachment, FS=of_ours(made)),
}


@pytest.mark.parametrize("options", [{}, PACKED], ids=["plain", "packed"])
def test_the_data_of_our_papers_is_accepted(options):
    assert examine(io.BytesIO(blank(of_ours, **options))).fault == ""


@pytest.mark.nightly
def test_what_only_resembles_the_data_of_our_papers_is_refused():
    for what, make in ALMOST_OURS.items():
        assert examine(io.BytesIO(blank(make))).fault == FAULTS["attachment"], what


def archived(content):
    target = io.BytesIO(content)
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("a.exe", "MZ")
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"MZ" + blank(),
        b"PK\x03\x04" + blank(),
        b"\r\n" + blank(),
        b"\xef\xbb\xbf" + blank(),
        b"<html><script>x</script>" + blank(),
        archived(blank()),
    ],
    ids=["program", "archive before", "lines", "mark", "page", "archive after"],
)
def test_a_pdf_that_is_also_another_format_is_refused(content):
    assert examine(io.BytesIO(content)).fault in (FAULTS["not_first"], FAULTS["archive"])


def signed(made):
    """Return a signed PDF: a signature field, permissions, evidence of the certificate."""
    value = made.make_indirect(
        Dictionary(
            Type=Name.Sig,
            Filter=Name("/Adobe.PPKLite"),
            SubFilter=Name("/ETSI.CAdES.detached"),
            Contents=String(b"\x30" * 900),
            ByteRange=Array([0, 10, 20, 30]),
        )
    )
    field = Dictionary(Type=Name.Annot, Subtype=Name.Widget, FT=Name.Sig, T=String("F"), V=value)
    made.Root.AcroForm = Dictionary(Fields=Array([made.make_indirect(field)]), SigFlags=3)
    made.Root.Perms = Dictionary(DocMDP=value)
    made.Root.DSS = Dictionary(Certs=Array([pikepdf.Stream(made, b"\x30\x82")]))


HONEST = {
    "a link": lambda made: annotation(
        made, Subtype=Name.Link, A=Dictionary(S=Name.URI, URI=String("https://example.pe"))
    ),
    "a link within": lambda made: annotation(
        made, Subtype=Name.Link, A=Dictionary(S=Name.GoTo, D=Array([0, Name.Fit]))
    ),
    "a signature": signed,
    "a page to begin with": lambda made: made.Root.__setitem__(
        "/OpenAction", Array([made.pages[0].obj, Name.Fit])
    ),
    "names like those": lambda made: made.pages[0].obj.__setitem__(
        "/Resources",
        Dictionary(Font=Dictionary({"/JS": Dictionary(Type=Name.Font), "/EFx": Dictionary()})),
    ),
    "words like those": lambda made: made.docinfo.__setitem__(
        "/Title", String("/S /JavaScript /EF /Launch")
    ),
}


@pytest.mark.parametrize("options", [{}, PACKED], ids=["plain", "packed"])
@pytest.mark.parametrize("what", HONEST)
def test_a_plain_pdf_is_accepted(what, options):
    assert examine(io.BytesIO(blank(HONEST[what], **options))).fault == ""


def test_a_signature_added_at_the_end_is_accepted():
    content = blank()
    trailer = content[content.rindex(b"trailer") :] if b"trailer" in content else b""
    assert examine(io.BytesIO(content + b"\n% more\n" + trailer)).pages == 1
