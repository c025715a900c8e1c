"""A logo is weighed when a policy is read: it draws, and does nothing else."""

from base64 import b64encode
from pathlib import Path

import pytest

from schemas.logo import MOST_BYTES, Logo, LogoKind, read_logo
from schemas.policy import Face, Policy, PolicyError, read_policy
from tests.conftest import MUNICIPALITIES

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 8 8">'
GOOD = HEAD + '<defs><path id="a" d="M0 0h8"/></defs><use href="#a"/><rect fill="url(#a)"/></svg>'
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (44).to_bytes(4) + (44).to_bytes(4) + b"\x08\x06"

BAD = [
    ("<script>alert(1)</script>", "<script> is not allowed"),
    ("<style>path{fill:red}</style>", "<style> is not allowed"),
    ("<foreignObject/>", "<foreignObject> is not allowed"),
    ('<image href="#a"/>', "<image> is not allowed"),
    ('<a href="#a"/>', "<a> is not allowed"),
    ('<animate attributeName="href"/>', "<animate> is not allowed"),
    ('<script xmlns="http://www.w3.org/1999/xhtml"/>', "<script> is not allowed"),
    ('<path onload="x()"/>', "the attribute onload of <path> is not allowed"),
    ('<path ONCLICK="x()"/>', "the attribute ONCLICK of <path> is not allowed"),
    ('<path style="fill:red"/>', "the attribute style of <path> is not allowed"),
    ('<path fill="url(//elders.example/a)"/>', "the attribute fill of <path> is not allowed"),
    ('<path xml:base="https://elders.example/"/>', "the attribute base of <path> is not allowed"),
    ('<use href="https://elders.example/a.svg#a"/>', "<use> points outside the drawing"),
    ('<use xlink:href="javascript:x()"/>', "<use> points outside the drawing"),
    ('<use href=" #a"/>', "<use> points outside the drawing"),
    ("<path>", "it is no SVG that can be read"),
]


def refusal(folder: Path, content: str | bytes, name: str = "logo.svg") -> str:
    """What is said about a file."""
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ValueError, match=r".") as refused:
        read_logo(folder, name)
    return str(refused.value)


@pytest.mark.parametrize(("piece", "said"), BAD)
def test_what_does_more_than_draw_is_refused(tmp_path: Path, piece: str, said: str) -> None:
    assert said in refusal(tmp_path, f"{HEAD}{piece}</svg>")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"<html/>",
        b'<svg viewBox="0 0 8 8"/>',
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b'<!DOCTYPE svg [<!ENTITY a "b">]>' + GOOD.encode(),
        b'<?xml version="1.0" encoding="nergens"?>' + GOOD.encode(),
    ],
)
def test_what_is_no_drawing_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(tmp_path, content)


def test_it_is_small(tmp_path: Path) -> None:
    assert f"allowed are {MOST_BYTES}" in refusal(tmp_path, GOOD + " " * MOST_BYTES)


def test_instructions_and_comments_do_not_come_along(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text('<?xml-stylesheet href="//elders.example/a.css"?><!-- hallo -->' + GOOD)
    logo = read_logo(tmp_path, "a.svg")
    assert b"elders" not in logo.content
    assert b"hallo" not in logo.content
    assert logo.content.startswith(b'<svg xmlns="http://www.w3.org/2000/svg"')
    assert (logo.kind, logo.media_type) == (LogoKind.SVG, "image/svg+xml")


@pytest.mark.parametrize("name", ["../a.svg", "/etc/a.svg", "A.svg", "a.gif", ".svg", "a.svg\n", "map/a.svg"])
def test_it_lies_beside_the_policy(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="beside this one"):
        read_logo(tmp_path, name)


def test_a_picture(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    assert read_logo(tmp_path, "a.png").content == PNG
    large = PNG.replace((44).to_bytes(4), (2001).to_bytes(4))
    for content in (GOOD.encode(), PNG[:20], large):
        assert "it is no PNG" in refusal(tmp_path, content, "b.png")


def test_a_policy_keeps_its_logo(tmp_path: Path) -> None:
    (rotterdam,) = [path for path in MUNICIPALITIES if path.stem == "rotterdam"]
    policy = read_policy(rotterdam)
    assert policy.face.logo
    assert Policy.model_validate(policy.model_dump(mode="json")) == policy
    text = rotterdam.read_text("utf-8")
    (tmp_path / "rotterdam.toml").write_text(text)
    with pytest.raises(PolicyError) as wrong:
        read_policy(tmp_path / "rotterdam.toml")
    (line,) = wrong.value.lines
    assert line.startswith('rotterdam.toml: face.logo = "rotterdam-logo.svg": this file cannot be read (No')
    (tmp_path / "rotterdam-logo.svg").write_text(GOOD)
    other = read_policy(tmp_path / "rotterdam.toml")
    assert other != policy
    assert other.face.logo
    assert other.face.logo.path != policy.face.logo.path


def test_a_logo_outside_a_file_is_itself() -> None:
    logo = Logo(kind=LogoKind.PNG, content=b64encode(PNG))
    assert Face(title="a", colour="#000000", logo=logo).logo == logo
    with pytest.raises(ValueError, match="logo"):
        Face.model_validate({"title": "a", "colour": "#000000", "logo": "a.svg"})
