"""What somebody, or something, could type: by accident, by habit, or to see what breaks."""

from functools import cache
from typing import Any
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

CANARY = "kwetterlied"
"""A word that is in no text, name or log of ours: where it turns up, somebody's typing did."""

LACED = (
    f"<{CANARY}>",
    f"\"><{CANARY} {CANARY}='1'>",
    f"' {CANARY}='1",
    f"--><script {CANARY}>1</script>",
    f"]]></style></textarea></title><{CANARY}>",
    f"&lt;{CANARY}&gt;",
    f"{{{{ {CANARY} }}}}{{% include '{CANARY}' %}}",
    f"${{jndi:ldap://{CANARY}.example/a}}",
    f"Jan\r\nSet-Cookie: {CANARY}=1",
    f"Jan\nBcc: {CANARY}@voorbeeld.nl",
    f"{CANARY}@voorbeeld.nl",
    f"{CANARY}@voorbeeld.nl\r\nBcc: jan@voorbeeld.nl",
    f'"{CANARY} aan zee"@voorbeeld.nl',
    f"=cmd|'/C {CANARY}'!A0",
    f"javascript:{CANARY}()",
    f"https://{CANARY}.example/in",
    f"'; drop table post.mail; -- {CANARY}",
    f"%{CANARY}%s%n%x",
    f"{CANARY}\x00",
    f"\u202e{CANARY}\u202c",
    f"{CANARY} " * 400,
)
SHARP = (
    *("", " ", "\t\n", "\x00", "a\x00b", "\x1b[31m", "\x7f", "\ufeff", "\ufffe", "\u2028"),
    *(
        "\u202e\u0661\u0662",
        "\u200b",
        "e" + "\u0301" * 300,
        "\U0001f469\u200d\U0001f467",
        "\ud800",
        "\udfff\ud83d",
    ),
    *("İ" * 90, "ß" * 301, "ﬃ" * 161, "\U0001f337" * 300, "a" * 300, "a" * 301, "a" * 5000, "a " * 2500),
    *("-1", "0", "-0", "00", "1", "1.5", "1e9", "1e309", "-1e309", "NaN", "Infinity", "0x10", "1_000", "١٢"),
    *("32768", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808"),
    *("9" * 30, "1" + "0" * 400, "0,005", "1.000.000.000", "€ 1.250,50", "12,345", "150,-", "$ 5", "1,2,3"),
    *("0000-01-01", "0001-01-01", "9999-12-31", "10000-01-01", "2026-02-29", "2028-02-29", "2027-02-29"),
    *(
        "29-2-2027",
        "29-2-2028",
        "31-12-9999",
        "1-1-0001",
        "1-1-1",
        "32-13-2026",
        "29 februari 2027",
        "vandaag",
    ),
    *("24:00", "23:59", "23:59:60", "25:61", "-1:00", "2:30", "02:30", "2027-03-28", "2026-10-25"),
    *("00000000-0000-0000-0000-000000000000", "geen-uuid", "{}", "[]", "null", "true", "yes", "no", "on"),
    *(
        "' or 1=1 --",
        "%",
        "_",
        "\\",
        "%%\\%",
        "../../etc/passwd",
        "..",
        ".",
        "/",
        "//",
        "http://[",
        "http://[::1",
    ),
    *(
        "a@b",
        "@",
        "a@b@c",
        "a@" + "b" * 300 + ".nl",
        "\u00e9@\u00e9.nl",
        "a@xn--.nl",
        "jan@voorbeeld.nl",
        "<a@b.nl>",
    ),
    *(
        "+31612345678",
        "06",
        "0" * 40,
        "+999",
        "112",
        "NL91ABNA0417164300",
        "NL91ABNA0417164301",
        "NL00",
        "GB82",
    ),
)

_LETTERS = st.characters(codec="utf-8")
_ANYTHING = st.characters()
_ODD = st.characters(categories=("Mn", "Cf", "Cc", "Cs", "Co", "Zl", "Zp", "Lm", "So"))


def _laced(text: str) -> str:
    return f"{text}\"'><{CANARY} {CANARY}=1>{text}"


@cache
def typed() -> st.SearchStrategy[str]:
    """One field, or one place in an address: what is known to cut, and much that nobody knows."""
    return st.one_of(
        st.sampled_from(SHARP),
        st.sampled_from(LACED),
        st.text(_LETTERS, max_size=30),
        st.text(_ANYTHING, max_size=60),
        st.text(_ODD, min_size=1, max_size=40),
        st.text(st.sampled_from("0123456789.,-+eE €:/"), max_size=14),
        st.text(_LETTERS, max_size=12).map(_laced),
        st.integers(-(2**66), 2**66).map(str),
        st.floats().map(str),
        st.dates().map(str),
        st.datetimes().map(str),
        st.times().map(lambda each: f"{each:%H:%M}"),
        st.uuids().map(str),
    )


def to_bytes(text: str) -> bytes:
    """A text as a careless program would send it, half characters too."""
    return text.encode("utf-8", "surrogatepass")


def quoted(text: str, *, safe: str = "") -> str:
    """The same in an address or a form."""
    return quote_from_bytes(to_bytes(text), safe=safe)


def encoded(pairs: list[tuple[str, str]]) -> bytes:
    """A form, in the order of its fields; a name may stand in it twice."""
    return "&".join(f"{quoted(name)}={quoted(value)}" for name, value in pairs).encode()


def multipart(
    pairs: list[tuple[str, str]], files: list[tuple[str, str, bytes]], boundary: str = "grens"
) -> bytes:
    """The same with files: field, name of the file, content."""
    parts = []
    for name, value in pairs:
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{_plain(name)}"\r\n\r\n'
        parts.append(to_bytes(head) + to_bytes(value) + b"\r\n")
    for name, called, content in files:
        said = f'Content-Disposition: form-data; name="{_plain(name)}"; filename="{_plain(called)}"'
        kind = "Content-Type: application/octet-stream"
        parts.append(to_bytes(f"--{boundary}\r\n{said}\r\n{kind}\r\n\r\n") + content + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


def _plain(name: str) -> str:
    return name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")


def header(text: str) -> str:
    """What can stand in a header at all: servers refuse the rest before it reaches us."""
    kept = "".join(sign if sign.isprintable() else "?" for sign in text)
    return kept.encode("latin-1", "replace").decode("latin-1").strip()[:6000]


@cache
def headers() -> st.SearchStrategy[dict[str, str]]:
    """Headers that lie, or say nothing that anybody understands."""
    names = (
        *("accept", "accept-language", "accept-encoding", "range", "if-none-match", "if-modified-since"),
        *("host", "x-forwarded-for", "x-forwarded-host", "forwarded", "x-real-ip", "user-agent", "referer"),
        *(
            "origin",
            "sec-fetch-site",
            "authorization",
            "content-encoding",
            "expect",
            "x-http-method-override",
        ),
        *("traceparent", "accept-charset", "te", "if-match", "cookie2", "content-language"),
    )
    odd = st.sampled_from(
        (
            *("nl;q=9", "en;q=NaN,nl", "*;q=-1", "tlh", "en" * 500, "nl,,;=,en;q=1e309", "x-" + "a" * 300),
            *("bytes=0-0", "bytes=5-2", "bytes=-9999999999999999999999", "bytes=0-1," * 300, "bytes=٣-"),
            *("gzip", "br", "identity;q=0", "null", "same-origin", "cross-site", "none"),
            *("127.0.0.1", "::1", "1.2.3.4, , 999.1.1.1", 'for="[::1]:x";by=', "for=" * 400, "http://[::1"),
            *("Sat, 99 Foo 2026 99:99:99 GMT", "W/", "*", "Bearer", "Bearer x", "Basic Og==", "100-continue"),
        )
    )
    return st.dictionaries(
        st.sampled_from(names), st.one_of(odd, typed().map(header)), min_size=1, max_size=3
    )


COOKIES = (
    "aanmelding",
    "taal",
    "deur",
    "binnen",
    "rekening",
    "straat-8601",
    "straat-8601-heen",
    "straat-8601-code",
)
"""Those of the public pages, and of a desk on the port of the tests."""


@cache
def odd_cookies() -> st.SearchStrategy[dict[str, str]]:
    """What somebody made of our cookies."""
    values = typed().map(lambda text: quoted(text, safe=" <>'()@:/{}"))
    return st.dictionaries(st.sampled_from(COOKIES), values, min_size=1, max_size=3)


def chance(draw: Any, percent: int) -> bool:
    """Whether something of so many in a hundred happens."""
    return bool(draw(st.integers(1, 100)) <= percent)
