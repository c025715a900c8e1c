"""Looking for canaries in bytes: as they are, and in whatever form bytes are carried in."""

import base64
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote

from tests.privacy.canaries import STEM, digits

DEEPEST = 3
"""Base64 of something packed, in base64: further nobody wraps."""
WORD = re.compile(rb"[a-z]{1,24}")
RUNS = re.compile(rb"[A-Za-z0-9+/_-]{24,}={0,2}")
SOFT = re.compile(rb"=\r?\n")
PACKED = {b"\x1f\x8b\x08": 31, b"\x78\x9c": 15, b"\x78\x01": 15, b"\x78\xda": 15}
ZSTD = b"\x28\xb5\x2f\xfd"
PIECE = 256
MOST = 64 * 1024 * 1024


CORE = STEM[1:]
"""Without the letter that may be a capital."""
WORDS = (CORE, *digits())


@dataclass(frozen=True)
class Hit:
    """Where a canary was, which it seems to be, and in what form."""

    where: str
    form: str
    what: str


def _in_base64(word: str) -> Iterator[bytes]:
    """The letters of a word in base64 that are the same whatever stands before and after it."""
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + word.encode())
        first = -(-before * 8 // 6)
        yield coded[first : len(coded) - (4 if coded.endswith(b"=") else 0) or None]


def _forms(word: str) -> Iterator[tuple[str, bytes]]:
    yield "as it is", word.encode()
    yield "utf-16", word.encode("utf-16-le")
    yield "utf-16", word.encode("utf-16-be")[1:]
    yield "hex", word.encode().hex().encode()
    yield "escaped", "".join(f"\\u{ord(sign):04x}" for sign in word).encode()
    yield "escaped", "".join(f"%{ord(sign):02x}" for sign in word).encode()
    yield "escaped", "".join(f"={ord(sign):02x}" for sign in word).encode()
    yield "escaped", "".join(f"&#{ord(sign)};" for sign in word).encode()
    if quote(word) != word:
        yield "escaped", quote(word).lower().encode()


SOUGHT = {needle: (form, word) for word in WORDS for form, needle in _forms(word)}
"""In the haystack with small letters."""

CASED = {
    needle: ("base64", word)
    for word in WORDS
    for cased in {word, word.upper()}
    for needle in _in_base64(cased)
}
"""In the haystack as it is: base64 tells capitals apart."""


def search(where: str, content: bytes, *, deep: bool = True, level: int = 0) -> Iterator[Hit]:
    """Every canary in some bytes. Not ``deep``: only as it is, in bytes that are many."""
    small = content.lower()
    if not deep:
        for word in WORDS:
            yield from _found(where, small, word.encode(), "as it is", word)
        return
    for needle, (form, word) in SOUGHT.items():
        yield from _found(where, small, needle, form, word)
    for needle, (form, word) in CASED.items():
        yield from _found(where, content, needle, form, word)
    if b"=\n" in small or b"=\r\n" in small:
        soft = SOFT.sub(b"", small)
        broken = (word for word in WORDS if word.encode() not in small)
        for word in broken:
            yield from _found(where, soft, word.encode(), "quoted-printable", word)
    if level < DEEPEST:
        for inner, form in _inside(content):
            yield from search(f"{where} ({form})", inner, level=level + 1)


def _found(where: str, haystack: bytes, needle: bytes, form: str, word: str) -> Iterator[Hit]:
    at = haystack.find(needle)
    while at >= 0:
        plain = form in ("as it is", "quoted-printable")
        yield Hit(where, form, _around(haystack, at, word) if plain else word)
        at = haystack.find(needle, at + len(needle))


def _around(haystack: bytes, at: int, word: str) -> str:
    """The whole word of the canary: it says whose it is."""
    if word != CORE:
        return digits()[word]
    match = WORD.match(haystack, at)
    return f"{STEM[0]}{match[0].decode()}" if match else word


def _inside(content: bytes) -> Iterator[tuple[bytes, str]]:
    """What is packed, or coded, somewhere in these bytes."""
    for magic, bits in PACKED.items():
        at = content.find(magic)
        while at >= 0:
            if inner := _unpacked(content[at:], bits):
                yield inner, "packed"
            at = content.find(magic, at + 1)
    if ZSTD in content:
        raise AssertionError("something is packed with zstd: teach this search to read it")
    for run in RUNS.finditer(content):
        if inner := _decoded(run[0]):
            yield inner, "base64"


def _unpacked(content: bytes, bits: int) -> bytes:
    """As far as it goes: what is packed may be broken off, or followed by something else."""
    packed, whole = zlib.decompressobj(bits), bytearray()
    with suppress(zlib.error):
        for start in range(0, min(len(content), MOST), PIECE):
            whole += packed.decompress(content[start : start + PIECE], MOST)
            if packed.eof:
                break
    return bytes(whole)


def _decoded(run: bytes) -> bytes:
    """Only what is packed in it: the words themselves are found in base64 as it stands."""
    try:
        inner = base64.b64decode(run.translate(bytes.maketrans(b"-_", b"+/")) + b"==")
    except ValueError:
        return b""
    return inner if any(magic in inner[:64] for magic in (*PACKED, ZSTD)) else b""


def packed(content: bytes) -> bytes:
    """As a store might pack it, for who tries this search."""
    return gzip.compress(content)
