"""Limits look back over a change of master key, and no further than an old key stays."""

import os
from ipaddress import ip_address

from forms.site.visitors import digests
from store import limits, rotation
from store.database import Database
from store.keys import KEY_BYTES, Keyring
from store.limits import LONGEST, Limit
from store.vault import Vault

FEW = Limit("few", 3)


async def test_what_was_counted_under_the_former_key_counts_on(db: Database) -> None:
    old, new = os.urandom(KEY_BYTES), os.urandom(KEY_BYTES)
    before, after = Keyring({1: old, 2: new}, frozenset({2})), Keyring({1: old, 2: new})
    reader = ip_address("203.0.113.9")
    async with db.transaction() as conn:
        for whose in (
            lambda ring: digests(ring, reader),
            lambda ring: Vault(ring).digests("rotterdam", "a@b.nl"),
        ):
            assert [await limits.attempt(conn, FEW, whose(before)) for _ in range(2)] == [True, True]
            assert whose(after)[0] != whose(before)[0]
            assert (await limits.left(conn, FEW, whose(after))).tries == 1
            assert [await limits.attempt(conn, FEW, whose(after)) for _ in range(2)] == [True, False]
            assert not await limits.attempt(conn, FEW, whose(before)), (
                "a process that knows the new key, and seals with the old one still"
            )
            assert (await limits.wait(conn, FEW, whose(after))).total_seconds() > 3500
            await conn.execute("delete from post.attempt")


def test_an_old_key_stays_longer_than_any_limit_looks_back() -> None:
    """So `straat keys retire` need not weigh what was counted under it."""
    assert rotation.LONGEST_COOKIE > LONGEST


async def test_what_no_limit_looks_at_goes_without_anybody_trying(db: Database) -> None:
    async with db.transaction() as conn:
        await conn.execute(
            "insert into post.attempt (key, at) values ('x', now() - interval '2 hours'), ('y', now())"
        )
        await limits.forget(conn)
        assert await conn.fetchval("select array_agg(key) from post.attempt") == ["y"]
