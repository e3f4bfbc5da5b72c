"""Photographs of papers, good and bad, made for tests."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter

#: A sheet as HEIC, with its maker in EXIF; nothing that is installed can write one.
HEIC = (
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAZdtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAA"
    "AAAAADRpbG9jAAAAAERAAAIAAQAAAAABuwABAAAAAAAAAO4AAgAAAAACqQABAAAAAAAAADgAAAA4aWluZgAAAAAAAgAAABVp"
    "bmZlAgAAAAABAABodmMxAAAAABVpbmZlAgAAAQACAABFeGlmAAAAAA5waXRtAAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHho"
    "dmNDAQNwAAAAkAAAAAAAWvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAWroCQGEAAQArQgEBA3AAAAMAkAAA"
    "AwAAAwBaoASyAMhZbqSSmubgIaDAgAAADIAAAAMAhGIAAQAHRAHBcrBiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAA"
    "AAAAAAJYAAADIAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAABppcmVmAAAAAAAAAA5jZHNjAAIA"
    "AQABAAABLm1kYXQAAADqKAGvGRpnIkDzjjjjTTTI9wHgT//0clxitYiWBoEYA2wuxqAAAAMAAAMAUcCnkea2un8Uc+EiqPmz"
    "euslOYqvHAexTdBhkx2MqLjAKyAaUMlDHLUAAAMAAAMAAAMAACPghwAAAwAAAwAAAwAAAwACcgAAAwAAAwAAAwAAAwABEwAA"
    "AwAAAwAAAwAAAwAUkAAAAwAAAwAAAwAAAwBZwAAAAwAAAwAAAwAAAwDXgAAAAwAAAwAAAwAAAwHnAAADAAADAAADAAADAs4A"
    "AAMAAAMAAAMAAAMD4gAAAwAAAwAAAwAABGwAAAMAABQQAAAABkV4aWYAAE1NACoAAAAIAAEBDwACAAAAEwAAABoAAAAAVEVM"
    "RUZPTk8gREUgUFJVRUJBAAA="
)
#: Sides of a photograph that is quick to make.
SIZE = (900, 1200)


def sheet(size: tuple[int, int] = SIZE, mode: str = "RGB") -> Image.Image:
    """Return a white sheet with a black bar along its upper edge."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).rectangle((0, 0, size[0], size[1] // 8), fill="black")
    return image.convert(mode)


def saved(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """Return the bytes of an image."""
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def jpeg(size: tuple[int, int] = SIZE, **options: Any) -> bytes:
    """Return a photograph as JPEG."""
    return saved(sheet(size), **options)


def with_place(orientation: int = 1) -> bytes:
    """Return a JPEG with where and with what it was taken, and how it was held."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "TELEFONO DE PRUEBA"
    exif.get_ifd(0x8825)[1] = "S"
    exif.get_ifd(0x8825)[2] = (12.0, 2.0, 45.6)
    upright = sheet()
    degrees = {6: 90, 8: 270, 3: 180}.get(orientation, 0)
    turned = upright.rotate(degrees, expand=True)
    return saved(turned, exif=exif, comment=b"TELEFONO DE PRUEBA")


def png_of(width: int, height: int, depth: int = 8, colour: int = 2, rows: bytes = b"") -> bytes:
    """Return a PNG that declares its size and has these rows."""

    def part(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content))
            + kind
            + content
            + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")


def deep_png() -> bytes:
    """Return a PNG with 16 bits a point: a grey sheet with a black bar."""
    width, height = SIZE
    dark, bright = b"\x00" + b"\x00\x00" * width, b"\x00" + b"\xff\xf0" * width
    rows = dark * (height // 8) + bright * (height - height // 8)
    return png_of(width, height, 16, 0, zlib.compress(rows))


def bomb() -> bytes:
    """Return a PNG of a few kilobytes that unpacks to a gigabyte."""
    return png_of(19_000, 19_000, rows=zlib.compress(b"\0" * 10_000_000))


def animated() -> bytes:
    """Return a PNG of two frames."""
    return saved(sheet(), "PNG", save_all=True, append_images=[sheet().rotate(180)])


def clear_png() -> bytes:
    """Return a PNG whose paper is transparent."""
    image = sheet(mode="RGBA")
    image.putalpha(sheet(mode="L").point(lambda value: 255 - value))
    return saved(image, "PNG")


def heic() -> bytes:
    """Return a small HEIC of such a sheet."""
    return base64.b64decode(HEIC)


#: What is refused → the words of its sentence.
BAD: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "está vacía"),
    "truncated.jpg": (lambda: jpeg()[:-900], "dañada"),
    "truncated.png": (lambda: saved(sheet(), "PNG")[:-900], "dañada"),
    "header.jpg": (lambda: b"\xff\xd8\xff\xe0" + b"\0" * 2000, "dañada"),
    "header.heic": (lambda: b"\0\0\0\x18ftypheic" + b"\0" * 2000, "dañada"),
    "text.jpg": (lambda: b"no es una fotografia", "no es JPEG, PNG ni HEIC"),
    "picture.gif": (lambda: saved(sheet(), "GIF"), "no es JPEG, PNG ni HEIC"),
    "animated.png": (animated, "animación"),
    "bomb.png": (bomb, "demasiado grande"),
    "declared.png": (lambda: png_of(60_000, 60_000), "demasiado grande"),
    "long.png": (lambda: png_of(500, 30_000), "demasiado grande"),
    "thumbnail.jpg": (lambda: jpeg((160, 120)), "demasiado pequeña"),
}


def photographed(paper: Image.Image) -> bytes:
    """Return a photograph of a printed page: on a table, a little askew, in uneven light."""
    width, height = paper.size
    table = Image.new("L", (round(width * 1.2), round(height * 1.15)), 90)
    table.paste(paper.convert("L"), (width // 10, height // 14))
    far = width // 25  # the upper edge is farther away
    corners = (-far, 0, 0, table.height, table.width, table.height - far, table.width + far, far)
    held = table.transform(
        table.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=90
    )
    light = Image.linear_gradient("L").resize(held.size).point(lambda value: 150 + value // 3)
    lit = ImageChops.multiply(held, light).filter(ImageFilter.GaussianBlur(1))
    noise = Image.effect_noise(lit.size, 12)
    return saved(Image.blend(lit, noise, 0.08).convert("RGB"), quality=90)
