"""Make pages of a document from photographs: grey, upright, A4 at 150 dpi, JPEG.

A page holds only the points of its photograph: no place, time, device or comment.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import pi_heif
from PIL import Image

from forms.fields.foreign.bounds import Fault, Picture

#: Of an upright A4 sheet at 150 dpi, in points.
SHORT, LONG = 1240, 1754
#: Bytes of a page: twenty of them fit in the 5 MB that a mesa de partes takes.
MOST_BYTES = 240_000
#: Points of a photograph, and of its sides.
MOST_POINTS = 64_000_000
LONGEST, SHORTEST = 20_000, 480
#: Qualities and sizes that are tried until a page is small enough.
QUALITIES = (80, 70, 60, 50, 40)
SCALES = (1.0, 0.8, 0.6, 0.4)
#: Formats as Pillow calls them. Phones write JPEG with a second picture (MPO); the first is used.
FORMATS = ("JPEG", "PNG", "HEIF")
ORIENTATION = 0x0112
#: EXIF's orientation → what makes the picture upright.
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
WHITE = 255


def pages(content: bytes, sizes: Sequence[int]) -> list[Picture]:
    """Return a page per photograph; `content` has them one after the other, `sizes` their bytes.

    Raises Fault with the number of the photograph that cannot be used.
    """
    pi_heif.options.DECODE_THREADS = 0
    pi_heif.register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # `_opened` has its own limit
    made, start = [], 0
    for number, size in enumerate(sizes, 1):
        try:
            made.append(page(content[start : start + size]))
        except MemoryError:
            raise Fault("too_large", number) from None
        except Fault as fault:
            raise Fault(fault.code, number) from None
        except Exception:  # noqa: BLE001 - libraries raise what they like at a damaged file
            raise Fault("damaged", number) from None
        start += size
    return made


def page(content: bytes) -> Picture:
    """Return the page of one photograph. Raises Fault, and what libraries raise."""
    with _opened(content) as photograph:
        turn = TURNS.get(_orientation(photograph))
        ratio = max(photograph.size) / LONG
        wanted = (int(photograph.width / ratio), int(photograph.height / ratio))
        photograph.draft("L", wanted)  # a JPEG is decoded at half its size, a quarter, an eighth
        grey = _grey(photograph)
    if turn is not None:
        grey = grey.transpose(turn)
    frame = (SHORT, LONG) if grey.height >= grey.width else (LONG, SHORT)
    grey.thumbnail(frame, Image.Resampling.LANCZOS)
    return _encoded(grey)


def _opened(content: bytes) -> Image.Image:
    """Return a photograph whose points are not decoded yet. Raises Fault."""
    photograph: Image.Image = Image.open(io.BytesIO(content), formats=FORMATS)
    width, height = photograph.size
    if width * height > MOST_POINTS or max(width, height) > LONGEST:
        raise Fault("too_large")
    if min(width, height) < SHORTEST:
        raise Fault("too_small")
    if photograph.format == "PNG" and getattr(photograph, "is_animated", False):
        raise Fault("animated")
    return photograph


def _orientation(photograph: Image.Image) -> Any:
    """Return what EXIF says of the orientation; None if it is damaged."""
    try:
        return photograph.getexif().get(ORIENTATION)
    except Exception:  # noqa: BLE001 - the points can be good all the same
        return None


def _grey(photograph: Image.Image) -> Image.Image:
    """Return the points in grey, on white where they are transparent, without metadata."""
    photograph.load()
    if photograph.mode.startswith("I"):  # 16 bits a point
        made = photograph.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif photograph.has_transparency_data:
        clear = photograph.convert("LA" if photograph.mode == "LA" else "RGBA")
        made = Image.new("L", clear.size, WHITE)
        made.paste(clear.convert("L"), mask=clear.getchannel("A"))
    elif photograph.mode == "L":
        made = photograph.copy()
    else:
        made = photograph.convert("RGB").convert("L")
    made.info = {}
    return made


def _encoded(grey: Image.Image) -> Picture:
    """Return the first JPEG that is small enough, from the best. Raises Fault."""
    for scale in SCALES:
        size = (round(grey.width * scale), round(grey.height * scale))
        scaled = grey if scale == 1 else grey.resize(size, Image.Resampling.LANCZOS)
        for quality in QUALITIES:
            target = io.BytesIO()
            scaled.save(target, "JPEG", quality=quality, optimize=True)
            if len(target.getbuffer()) <= MOST_BYTES:
                return Picture(*scaled.size, target.getvalue())
    raise Fault("too_large")
