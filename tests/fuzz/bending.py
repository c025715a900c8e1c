"""How a file is spoiled on its way: by a disk, a mail program, an editor, or somebody."""

from typing import Any

from hypothesis import strategies as st

from tests.fuzz.values import to_bytes, typed

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1", "cp1252", "utf-7", "cp037")
ATTACKS = (
    '<!DOCTYPE a [<!ENTITY b "c">]>',
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
    '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">',
    '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;"> ]>',
    '<?xml-stylesheet href="http://127.0.0.1:1/a.xsl"?>',
    "<!-- " + "-" * 4000 + " -->",
    "<a>" * 3000,
    "<![CDATA[" + "x" * 4000 + "]]>",
    '<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="/etc/passwd"/></x>',
)


def bytes_bent(content: bytes) -> st.SearchStrategy[bytes]:
    """A file that a disk, a mail program or an editor spoiled."""

    @st.composite
    def bent(draw: Any) -> bytes:
        if not content:
            return bytes(draw(st.binary(max_size=40)))
        how, at = draw(st.integers(0, 9)), draw(st.integers(0, max(0, len(content) - 1)))
        until = min(len(content), at + draw(st.integers(1, 60)))
        match how:
            case 0:
                return content[:at]
            case 1:
                return content[:at] + content[until:]
            case 2:
                return content[:at] + draw(st.binary(max_size=12)) + content[at:]
            case 3:
                return content[:at] + content[at:until] * draw(st.integers(2, 30)) + content[until:]
            case 4:
                return (
                    content[:at] + bytes([content[at] ^ (1 << draw(st.integers(0, 7)))]) + content[at + 1 :]
                )
            case 5:
                to = draw(st.sampled_from(ENCODINGS))
                return content.decode("utf-8", "replace").encode(to, "replace")
            case 6:
                return content.replace(
                    b"\n", draw(st.sampled_from((b"\r\n", b"\r", b"\0", b"\n\n", b"\x0b")))
                )
            case 7:
                return draw(st.binary(max_size=400))
            case 8:
                return content + content
        return content[:at] + to_bytes(draw(typed())) + content[until:]

    return bent()
