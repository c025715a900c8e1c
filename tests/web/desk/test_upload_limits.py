"""Where files are sent, each to its last byte: one more is refused, announced or not; elsewhere far less.

What is in a file is weighed where it is read: ``test_camt.py`` (entities, zips, other kinds),
``test_logo.py`` (scripts in a drawing) and ``test_social_map.py``.
"""

from collections.abc import AsyncIterator

import httpx
import pytest

from forms.desk.app import UPLOADS
from forms.site.security import MAX_BODY_BYTES, Larger
from tests.web.desk.conftest import Seat

ROOMS = {"afschriften": "treasurer-1", "sociale-kaart": "coordinator-1"}
MULTIPART = {"content-type": "multipart/form-data; boundary=y"}
OPENING = b'--y\r\nContent-Disposition: form-data; name="bestand"; filename="a"\r\n\r\n'
PIECE = 1024 * 1024


async def pieces(size: int) -> AsyncIterator[bytes]:
    """A file that goes on, of so many bytes with what stands around it, without saying how many."""
    yield OPENING
    for start in range(len(OPENING), size, PIECE):
        yield b"x" * min(PIECE, size - start)


def room_of(upload: Larger) -> str:
    """The room that an upload belongs to."""
    return upload.paths.pattern.rpartition("/")[2]


def test_each_upload_is_looked_at() -> None:
    assert {room_of(upload) for upload in UPLOADS} == set(ROOMS)


@pytest.mark.parametrize("upload", UPLOADS, ids=room_of)
async def test_one_byte_over_is_refused(seat: Seat, upload: Larger) -> None:
    room = room_of(upload)
    browser, path = await seat(ROOMS[room]), f"/den-haag/{room}"

    async def answer(body: AsyncIterator[bytes] | bytes, **headers: str) -> httpx.Response:
        return await browser.post(path, content=body, headers=MULTIPART | headers)

    assert (await answer(pieces(upload.max_bytes))).status_code != 413
    assert (await answer(pieces(upload.max_bytes + 1))).status_code == 413
    announced = {"content-length": str(upload.max_bytes + 1)}
    assert (await answer(b"", **announced)).status_code == 413
    for other in (path + "/", path.upper(), f"{path}/x", f"/a/b/{room}"):
        refused = await browser.post(other, content=pieces(MAX_BODY_BYTES + 1), headers=MULTIPART)
        assert refused.status_code in (307, 404, 405, 413), other
    put = await browser.put(path, content=b"", headers={"content-length": str(MAX_BODY_BYTES + 1)})
    assert put.status_code == 413


@pytest.mark.parametrize("said", ["-1", "1e9", "0x10", "\uff19", "", "1, 2"])
async def test_a_length_that_is_none_is_refused(seat: Seat, said: str) -> None:
    browser = await seat("treasurer-1")
    headers = [("content-length", said.encode())]
    answer = await browser.post("/den-haag/goedkeuren", content=b"", headers=headers)
    assert answer.status_code == 413


async def test_a_squeezed_body_is_not_blown_up(seat: Seat) -> None:
    """What comes in is read as it is: nobody's gigabyte fits in a kilobyte here."""
    browser = await seat("treasurer-1")
    answer = await browser.post(
        "/den-haag/afschriften",
        content=b"\x1f\x8b\x08\x00" + bytes(500),
        headers=MULTIPART | {"content-encoding": "gzip"},
    )
    assert answer.status_code == 400
