"""The place of each of the 25 regions on a map of tiles, about where it lies in Peru."""

from __future__ import annotations

from collections.abc import Mapping

#: Department, and Callao → three letters, and column and line of its tile from the north-west.
TILES: Mapping[str, tuple[str, int, int]] = {
    "Tumbes": ("TUM", 0, 0),
    "Piura": ("PIU", 0, 1),
    "Amazonas": ("AMA", 2, 1),
    "Loreto": ("LOR", 3, 1),
    "Lambayeque": ("LAM", 0, 2),
    "Cajamarca": ("CAJ", 1, 2),
    "San Martín": ("SAM", 2, 2),
    "La Libertad": ("LAL", 1, 3),
    "Huánuco": ("HUC", 2, 3),
    "Ucayali": ("UCA", 3, 3),
    "Áncash": ("ANC", 1, 4),
    "Pasco": ("PAS", 2, 4),
    "Junín": ("JUN", 3, 4),
    "Madre de Dios": ("MDD", 5, 4),
    "Callao": ("CAL", 0, 5),
    "Lima": ("LIM", 1, 5),
    "Huancavelica": ("HUV", 2, 5),
    "Ayacucho": ("AYA", 3, 5),
    "Cusco": ("CUS", 4, 5),
    "Ica": ("ICA", 2, 6),
    "Apurímac": ("APU", 3, 6),
    "Puno": ("PUN", 4, 6),
    "Arequipa": ("ARE", 3, 7),
    "Moquegua": ("MOQ", 4, 7),
    "Tacna": ("TAC", 4, 8),
}
