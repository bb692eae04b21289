"""Zips for tests, good and hostile. Every hostile one has the words that its sentence must hold."""

import io
import stat
import zipfile
from functools import cache

from PIL import Image


def jpeg(number: int, size: int = 48) -> bytes:
    """A different photo for each number: a gradient, so that no two are alike after compression either."""
    image = Image.linear_gradient("L").resize((size, size)).rotate(number * 37 % 360)
    tint = Image.new("RGB", (size, size), (number * 53 % 256, number * 91 % 256, number * 17 % 256))
    file = io.BytesIO()
    Image.blend(image.convert("RGB"), tint, 0.5).save(file, "JPEG", quality=90)
    return file.getvalue()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def good(count: int = 6, prefix: str = "") -> dict[str, bytes]:
    """Two classes of so many photos."""
    return {
        f"{prefix}{name}/{i}.jpg": jpeg(10 * k + i) for k, name in enumerate(("cats", "dogs")) for i in range(count)
    }


def link() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in good().items():
            archive.writestr(name, content)
        entry = zipfile.ZipInfo("cats/link.jpg")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/hostname")
    return made.getvalue()


def encrypted() -> bytes:
    """The flag bit of a password set in both directories; no photo can be read without it."""
    data = bytearray(zipped(good()))
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 8] |= 1
        at += 4
    return bytes(data)


@cache
def hostile() -> dict[str, tuple[bytes, str]]:
    """Name -> (zip, a part of the sentence)."""
    many = {f"cats/{i}.jpg": b"" for i in range(10_001)}
    return {
        "text": (b"this is no zip", "no zip"),
        "empty file": (b"", "no zip"),
        "cut off": (zipped(good())[:-30], "no zip"),
        "empty": (zipped({}), "holds no photos"),
        "traversal": (zipped(good() | {"../../cats/x.jpg": jpeg(1)}), "leads outside"),
        "absolute": (zipped(good() | {"/etc/x.jpg": jpeg(1)}), "leads outside"),
        "backslashes": (zipped(good() | {"..\\..\\x.jpg": jpeg(1)}), "leads outside"),
        "drive": (zipped(good() | {"C:/x.jpg": jpeg(1)}), "leads outside"),
        "link": (link(), "holds a link"),
        "nested": (zipped(good() | {"dogs/more.zip": zipped(good())}), "another archive"),
        "bomb": (zipped(good() | {"cats/b.bmp": bytes(50_000_000)}, zipfile.ZIP_DEFLATED), "times its size"),
        "too many": (zipped(many), "10001 entries"),
        "password": (encrypted(), "password"),
        "one class": (zipped({f"cats/{i}.jpg": jpeg(i) for i in range(4)}), "is 1"),
        "no folders": (zipped({f"{i}.jpg": jpeg(i) for i in range(4)}), "4 photos outside of folders"),
        "one photo": (zipped(good() | {"birds/1.jpg": jpeg(99)}), "'birds' has 1"),
        "only broken": (zipped({f"{c}/{i}.jpg": b"broken" for c in "ab" for i in range(3)}), "are 0"),
    }
