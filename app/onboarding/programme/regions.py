"""The place of each of the 25 regions on a map of tiles, about where it lies in Peru."""

from __future__ import annotations

from collections.abc import Mapping

#: Department, or Callao → three letters, and the column of its tile, from the west. They go row by
#: row from the north: a tile that is not east of the one before it begins the next row.
TILES: Mapping[str, tuple[str, int]] = {
    "Tumbes": ("TUM", 0),
    "Piura": ("PIU", 0),
    "Amazonas": ("AMA", 2),
    "Loreto": ("LOR", 3),
    "Lambayeque": ("LAM", 0),
    "Cajamarca": ("CAJ", 1),
    "San Martín": ("SAM", 2),
    "La Libertad": ("LAL", 1),
    "Huánuco": ("HUC", 2),
    "Ucayali": ("UCA", 3),
    "Áncash": ("ANC", 1),
    "Pasco": ("PAS", 2),
    "Junín": ("JUN", 3),
    "Madre de Dios": ("MDD", 5),
    "Callao": ("CAL", 0),
    "Lima": ("LIM", 1),
    "Huancavelica": ("HUV", 2),
    "Ayacucho": ("AYA", 3),
    "Cusco": ("CUS", 4),
    "Ica": ("ICA", 2),
    "Apurímac": ("APU", 3),
    "Puno": ("PUN", 4),
    "Arequipa": ("ARE", 3),
    "Moquegua": ("MOQ", 4),
    "Tacna": ("TAC", 4),
}
