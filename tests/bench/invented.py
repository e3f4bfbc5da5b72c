"""Invented people, officials, firms and motives, as frequent as they are in Peru.

Everything is derived from a number: the same number always gives the same person. A small filling
and a large one therefore have the same people, and none is held in memory.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from app.base.formatting import plain

#: Numbers below this are drawn from a table with one entry per number, so that a draw is one
#: lookup.
TABLE = 1 << 16
Thing = TypeVar("Thing")

#: The most common surnames, approximately in order. Thousands of invented ones follow.
COMMON_SURNAMES = """
Quispe Flores Sánchez García Rodríguez Rojas Huamán Mamani Vásquez Ramos López Torres Díaz Pérez
Gonzales Castillo Chávez Espinoza Mendoza Ramírez Cruz Fernández Castro Gutiérrez Romero Vargas
Reyes Ruiz Álvarez De_la_Cruz Salazar Condori León Cárdenas Aguilar Morales Ortiz Silva Campos
Guerrero Medina Cáceres Herrera Palomino Vega Salas Soto Delgado Aguirre Jiménez Paredes Carrasco
Hurtado Ríos Valverde Ccori Apaza Choque Zegarra Peña Núñez Martínez Benites Rivera Montoya
Villanueva Alvarado Cabrera Gómez Ñaupari Bravo Córdova Ayala Zúñiga Navarro Ticona Yupanqui
Poma Laura Meza
Ponce Luna Escobar Huaracha Inga Barrios Carhuas Farfán Tello Bautista Molina Arias Rosales Alarcón
Lozano Velásquez Huanca Calderón Sandoval Tapia Cueva Miranda Pacheco Guevara Robles Cornejo Quiroz
Solís Alva Trujillo Serrano Coaquira Bustamante Figueroa Galindo Olivera Lazo Puma Sulca Ochoa
""".split()
BEGINNINGS = """
A Ata Ay Ca Cca Cha Chi Chu Co Cu Hua Hui I Lla Llo Ma May Mu Na Ña Pa Pau Pi Pu Qui Ra Sa Si Su Ta
Ti To Tu U Va Vi Wa Ya Yu Za Be Bo Da Do Es Fa Ga Gui Jo Le Lu Me Mo Ne O Pe Ro So Te Vil
""".split()
MIDDLES = (
    "ca cha lla ma mi na ni pa que qui ra ri ru sa ta ti to va ya yo lle cu mu nco rpa".split()
)
ENDS = "ri llo chi ma que pa nca mpi nto hua ña ro rra les vidal ndo zano cusi lupa rca".split()
SURNAMES = 6_000
#: The decrease of frequency from one surname to the next (Zipf-Mandelbrot): the first is one of the
#: two surnames of one and a half percent of visitors, and of as many officials.
FALL, SHOULDER = 0.9, 16

GIVEN_NAMES = """
María José Juan Luis Carlos Rosa Ana Jorge Julio Víctor César Carmen Manuel Pedro Miguel Jesús
Flor Luz Elena Julia Óscar Raúl Hugo Ángel Sofía Lucía Inés Teresa Marco Antonio Alberto Walter
Percy Wilmer Edwin Fredy Yeni Gladys Nelly Norma Elizabeth Milagros Diana Rocío Patricia Silvia
Mónica Verónica Karina Janet Rubén Ricardo Roberto Fernando Eduardo Enrique Alejandro David Daniel
Christian Kevin Jhon Bryan Brayan Yessica Yesenia Katherine Maribel Marleny Nilda Vilma Zoila Hilda
Saúl Abel Efraín Eusebio Fortunato Toribio Wilfredo Zenón Ximena Valeria Camila Andrea Gabriela
Noemí Ruth Esther Betty Dora Edith Gloria Irma Juana Lidia Marina Olga Pilar Sonia Tania Úrsula
""".split()

UNITS = (
    """
Alcaldía|Gerencia Municipal|Logística|Obras - Estudios|Recursos Humanos|Secretaría General|Tesorería
Presupuesto|Planeamiento|Asesoría Jurídica|Imagen Institucional|Desarrollo Social|Administración
Tecnologías de la Información|Fiscalización|Rentas|Desarrollo Urbano|Catastro|Gestión Ambiental
Seguridad Ciudadana|Control Patrimonial|Contabilidad|Abastecimiento|Defensa Civil|Archivo Central
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
POSTS = (
    """
Director General|Directora|Jefe|Jefa|Gerente|Gerenta|Subgerente|Especialista|Asesora|Asesor
Coordinador|Coordinadora|Analista|Secretaria General|Ejecutora Coactiva|Procurador
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

KINDS_OF_FIRM = (
    """
Constructora|Consultores|Servicios Generales|Inversiones|Importaciones|Distribuidora|Corporación
Transportes|Ingenieros|Laboratorios|Grupo|Comercial|Estudio Jurídico|Minera|Agroexportadora
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
FORMS_OF_FIRM = ("S.A.C.", "E.I.R.L.", "S.A.", "S.R.L.", "S.A.C.")
KINDS_OF_BODY = (
    """
Municipalidad Distrital de|Municipalidad Provincial de|Gobierno Regional de|Universidad Nacional de
Hospital de Apoyo de|Dirección Regional de Salud de|Unidad de Gestión Educativa Local de
""".replace("\n", "|")
    .strip("|")
    .split("|")
)

OCCASIONS = (
    """
Reunión de trabajo sobre|Coordinación de|Entrega de documentos de|Trámite de|Consulta sobre
Presentación de|Seguimiento de|Audiencia sobre|Sustento de|Lectura del expediente de|Mesa técnica de
Levantamiento de observaciones de|Invitación a|Pago por|Inspección de|Capacitación en
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
MATTERS = (
    """
saneamiento físico legal|el convenio marco|un proyecto de agua y alcantarillado|licencia de obra
la adquisición de equipos médicos|el presupuesto participativo|mantenimiento vial
la transferencia de partidas|un proceso de selección|fraccionamiento de deuda|arbitrios municipales
el plan de desarrollo concertado|seguridad alimentaria|un expediente técnico|residuos sólidos
la concesión de un servicio|la liquidación de un contrato|becas de estudio|vacaciones truncas
defensa ribereña|un reclamo por cobros|electrificación rural|la certificación ambiental
la inscripción de una asociación|riego tecnificado|programas sociales|el padrón de comités|turismo
telefonía móvil|titulación de predios
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
PLACES = ("Oficina {0}", "Sala de reuniones {1}", "Piso {1}", "Mesa de partes", "")


def zipf(count: int, fall: float, shoulder: float) -> list[float]:
    """Return the weights of the first, the second … of `count` things."""
    return [1 / (place + shoulder) ** fall for place in range(count)]


def drawing(things: Sequence[Thing], weights: Sequence[float]) -> list[Thing]:
    """Return a table from which a number below TABLE draws a thing as often as its weight says."""
    table: list[Thing] = []
    total, reached = sum(weights), 0.0
    for thing, weight in zip(things, weights, strict=True):
        reached += weight
        table += [thing] * (round(reached / total * TABLE) - len(table))
    return table


def surnames() -> list[str]:
    """Return the common surnames, and thousands built from syllables."""
    random = Random(1)
    found = {name.replace("_", " "): None for name in COMMON_SURNAMES}
    while len(found) < SURNAMES:
        middle = random.choice(MIDDLES) if random.random() < 0.6 else ""
        found[random.choice(BEGINNINGS) + middle + random.choice(ENDS)] = None
    return list(found)


Word = tuple[str, str]


def _words(names: Sequence[str]) -> list[Word]:
    """Return each name as the register writes it, in capitals, and as searches compare it."""
    return [(name.upper(), plain(name)) for name in names]


def _both(text: str) -> tuple[str, str]:
    """Return the two usual spellings of a text."""
    return text, text.upper()


OF_SURNAMES = drawing(_words(surnames()), zipf(SURNAMES, FALL, SHOULDER))
OF_GIVEN_NAMES = drawing(_words(GIVEN_NAMES), zipf(len(GIVEN_NAMES), 0.7, 3))
MOTIVES = [
    (said, plain(said))
    for occasion in OCCASIONS
    for matter in MATTERS
    for said in _both(f"{occasion} {matter}".replace(" de el ", " del "))
]
Random(2).shuffle(MOTIVES)
OF_MOTIVES = drawing(MOTIVES, zipf(len(MOTIVES), 0.8, 5))
OF_UNITS = drawing(UNITS, zipf(len(UNITS), 0.5, 2))
OF_POSTS = drawing(POSTS, zipf(len(POSTS), 0.5, 2))


def numbers(kind: bytes, number: int) -> tuple[int, ...]:
    """Return sixteen numbers below TABLE that are derived from one."""
    digest = hashlib.blake2b(number.to_bytes(8, "little"), digest_size=32, person=kind)
    return struct.unpack("<16H", digest.digest())


@dataclass(frozen=True, slots=True)
class Person:
    """A visitor. Fields that begin with `plain` are compared by searches."""

    name: str
    plain_name: str
    document_type: str
    document_number: str
    kind: str
    entity: str
    plain_entity: str
    ruc: str


def name_of(drawn: Sequence[int]) -> Word:
    """Return a name from five numbers: two surnames, one given name or two."""
    first, second = OF_SURNAMES[drawn[0]], OF_SURNAMES[drawn[1]]
    given, other = OF_GIVEN_NAMES[drawn[2]], OF_GIVEN_NAMES[drawn[3]]
    if drawn[4] % 4 == 0 or given == other:
        return f"{first[0]} {second[0]} {given[0]}", f"{first[1]} {second[1]} {given[1]}"
    return (
        f"{first[0]} {second[0]} {given[0]} {other[0]}",
        f"{first[1]} {second[1]} {given[1]} {other[1]}",
    )


def person(number: int) -> Person:
    """Return the visitor of that number."""
    drawn = numbers(b"visitor", number)
    name, plain_name = name_of(drawn)
    document = _document(number, drawn[5] % 1000)
    kind, entity, ruc = _represented(drawn[6:])
    return Person(name, plain_name, *document, kind, entity, plain(entity), ruc)


def _document(number: int, drawn: int) -> tuple[str, str]:
    """Return the identity document: mostly a DNI; five in a thousand have none."""
    if drawn < 950:
        return "DNI", f"7{number:07}"
    if drawn < 980:
        return "CE", f"00{number:07}"
    return ("PASAPORTE", f"DEMO{number:07}") if drawn < 995 else ("", "")


def _represented(drawn: Sequence[int]) -> tuple[str, str, str]:
    """Return the represented party: a firm, a public body, or none."""
    share = drawn[0] % 100
    if share < 40:
        return "self", "", ""
    if share < 75:
        return "private", *firm(drawn[1] * drawn[2] // TABLE % 4_000)
    return "public", *body(drawn[1] * drawn[2] // TABLE % 600)


def firm(number: int) -> tuple[str, str]:
    """Return the firm of that number, with its RUC. A few are businesses of a natural person."""
    drawn = numbers(b"firm", number)
    name = OF_SURNAMES[(drawn[0] * 31) % TABLE][0].title()
    what = KINDS_OF_FIRM[drawn[1] % len(KINDS_OF_FIRM)]
    said = f"{what} {name} {FORMS_OF_FIRM[drawn[2] % len(FORMS_OF_FIRM)]}"
    return said, f"{'10' if drawn[3] % 33 == 0 else '20'}{number:09}"


def body(number: int) -> tuple[str, str]:
    """Return the public body of that number, with its RUC."""
    drawn = numbers(b"body", number)
    name = OF_SURNAMES[(drawn[0] * 31) % TABLE][0].title()
    return f"{KINDS_OF_BODY[drawn[1] % len(KINDS_OF_BODY)]} {name}", f"201{number:08}"


def official(entity: int, number: int) -> dict[str, str]:
    """Return a member of an entity's personnel, as its register stores officials."""
    drawn = numbers(b"official", entity * 1_000 + number)
    name, _ = name_of(drawn)
    words = name.split()
    middle = len(words) - (1 if len(words) < 4 else 2)
    return {
        "document_type": "DNI",
        "document_number": f"6{entity * 1_000 + number:07}",
        "surnames": " ".join(words[:middle]),
        "given_names": " ".join(words[middle:]),
        "post": OF_POSTS[drawn[5]],
        "unit": OF_UNITS[drawn[6]],
        "profile": "decision_maker" if drawn[7] % 5 == 0 else "visited_official",
    }
