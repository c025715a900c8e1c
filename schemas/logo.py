"""A municipality's logo: a small drawing (SVG) or picture (PNG) beside its policy, weighed when read.

An SVG is a program in the hands of a browser, so only what draws is taken: no script, no style, no foreign
objects, and nothing that is fetched from elsewhere.
"""

import re
from base64 import b64encode
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree as ET

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from pydantic import Base64Bytes, ConfigDict

from schemas.model import Model

MOST_BYTES = 32 * 1024
LARGEST_SIDE = 2000
"""Pixels of a PNG."""

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,60}\.(svg|png)")
SVG = "http://www.w3.org/2000/svg"
XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
DRAWING = frozenset(
    [
        "svg",
        "g",
        "title",
        "desc",
        "defs",
        "path",
        "rect",
        "circle",
        "ellipse",
        "line",
        "polyline",
        "polygon",
        "linearGradient",
        "radialGradient",
        "stop",
        "clipPath",
        "mask",
        "use",
        "symbol",
    ]
)
"""The elements that draw, and those that hold them."""

ELSEWHERE = re.compile(r"url\(\s*(?!#)", re.IGNORECASE)
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"

ET.register_namespace("", SVG)


class LogoKind(StrEnum):
    """The value is the last part of the logo's address."""

    SVG = "svg"
    PNG = "png"


MEDIA_TYPES = {LogoKind.SVG: "image/svg+xml", LogoKind.PNG: "image/png"}


class Logo(Model):
    """The logo itself: it is stored with the policy, so that each version keeps its own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: LogoKind
    content: Base64Bytes

    @property
    def media_type(self) -> str:
        """What it is served as."""
        return MEDIA_TYPES[self.kind]

    @property
    def path(self) -> str:
        """The last part of its address; that changes with the contents."""
        return f"logo.{self.kind}?v={sha256(self.content).hexdigest()[:10]}"


def read_logo(folder: Path, name: str) -> Logo:
    """The logo in a file beside the policy. Raises ``ValueError`` with what is wrong."""
    if not NAME.fullmatch(name):
        raise ValueError("allowed is the name of an .svg or .png file beside this one, in small letters")
    try:
        content = (folder / name).read_bytes()
    except OSError as error:
        raise ValueError(f"this file cannot be read ({error.strerror})") from None
    if len(content) > MOST_BYTES:
        raise ValueError(f"it has {len(content)} bytes; allowed are {MOST_BYTES}")
    kind = LogoKind(name.rpartition(".")[2])
    safe = _drawing(content) if kind is LogoKind.SVG else _picture(content)
    return Logo(kind=kind, content=b64encode(safe))


def _drawing(content: bytes) -> bytes:
    """The drawing as we write it down ourselves: comments and instructions to a browser are not in it."""
    try:
        root = fromstring(content, forbid_dtd=True)
    except (ET.ParseError, DefusedXmlException, ValueError, LookupError):
        raise ValueError("it is no SVG that can be read, or it has a DOCTYPE") from None
    if root.tag != f"{{{SVG}}}svg" or "viewBox" not in root.attrib:
        raise ValueError("it must be an <svg> with a viewBox")
    for element in root.iter():
        _only_draws(element)
    return bytes(ET.tostring(root, encoding="utf-8"))


def _only_draws(element: ET.Element) -> None:
    name = element.tag.removeprefix(f"{{{SVG}}}")
    if name not in DRAWING:
        raise ValueError(
            f"<{name.rpartition('}')[2]}> is not allowed; save it as plain SVG, letters as paths"
        )
    for key, value in element.attrib.items():
        link = key in ("href", XLINK_HREF)
        foreign = key.startswith("{") and key not in (XLINK_HREF, SPACE)
        if foreign or key == "style" or key.lower().startswith("on") or ELSEWHERE.search(value):
            raise ValueError(f"the attribute {key.rpartition('}')[2]} of <{name}> is not allowed")
        if link and not value.startswith("#"):
            raise ValueError(f"<{name}> points outside the drawing")


def _picture(content: bytes) -> bytes:
    sides = [int.from_bytes(content[at : at + 4]) for at in (16, 20)]
    if not content.startswith(PNG) or not all(0 < side <= LARGEST_SIDE for side in sides):
        raise ValueError(f"it is no PNG of at most {LARGEST_SIDE} by {LARGEST_SIDE} pixels")
    return content
