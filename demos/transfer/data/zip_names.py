"""The names inside of a zip as their writer meant them.

A zip says of a name only that it is UTF-8, or nothing. Nothing is said by macOS, which writes UTF-8 all the same, and
by Windows, which writes whatever its country used in the days of DOS.
"""

import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence

UTF8_FLAG = 0x800  # general purpose bit 11, APPNOTE.TXT 4.4.4
UNICODE_PATH = 0x7075  # extra field with the name in UTF-8, APPNOTE.TXT 4.6.9
# In this order: the first in which all that is not ASCII are letters. Western, Russian, Japanese, Chinese.
OLD = ("cp437", "cp850", "cp866", "cp932", "gbk")


def paths(members: Sequence[zipfile.ZipInfo]) -> tuple[list[str], str]:
    """(the path of each member, with / between its parts and composed letters; the old encoding it was read in, or "").

    One zip is written by one program: its names without a flag are all read alike.
    """
    raw = {id(m): _raw(m) for m in members if not m.flag_bits & UTF8_FLAG}
    encoding = _encoding([name for name in raw.values() if not name.isascii()])
    found = []
    for m in members:
        name = _unicode_path(m, raw[id(m)]) or raw[id(m)].decode(encoding) if id(m) in raw else m.orig_filename
        found.append(unicodedata.normalize("NFC", name.partition("\0")[0].replace("\\", "/")))
    return found, encoding if encoding != "utf-8" else ""


def _raw(member: zipfile.ZipInfo) -> bytes:
    """The bytes in the zip; `zipfile` takes what has no flag for cp437, which has a letter for every byte."""
    return member.orig_filename.encode("cp437")


def _encoding(names: list[bytes]) -> str:
    for encoding in ("utf-8", *OLD):
        try:
            decoded = [name.decode(encoding) for name in names]
        except UnicodeDecodeError:
            continue
        if encoding == "utf-8" or all(_is_letter(c) for name in decoded for c in name if not c.isascii()):
            return encoding
    return "cp437"  # what the format means by silence


def _is_letter(c: str) -> bool:
    half_width = "\uff61" <= c <= "\uff9f"  # what Chinese and Korean bytes look like in Japanese
    return unicodedata.category(c)[0] in "LM" and not half_width


def _unicode_path(member: zipfile.ZipInfo, raw: bytes) -> str:
    """The name in UTF-8 that some programs write beside the old one, or "" where there is none for this name."""
    extra = member.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        content, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and len(content) > 5 and content[1:5] == struct.pack("<I", zlib.crc32(raw)):
            try:
                return content[5:].decode("utf-8")
            except UnicodeDecodeError:
                return ""
    return ""
