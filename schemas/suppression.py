"""Small numbers are not shown, and cannot be computed from what is."""

from collections.abc import Mapping
from typing import TypeVar

Key = TypeVar("Key")

SMALLEST_SHOWN = 5
"""Fewer than this could point at somebody."""


def hidden(counts: Mapping[Key, int]) -> set[Key]:
    """What is not shown beside a total that is.

    The small ones, and the next smallest as long as the total less what is shown would tell one of them, or
    a group that is itself too small.
    """
    rising = sorted(counts, key=lambda key: counts[key])
    out = [key for key in rising if counts[key] < SMALLEST_SHOWN]
    for key in rising[len(out) :]:
        if not out or (len(out) > 1 and sum(counts[each] for each in out) >= SMALLEST_SHOWN):
            break
        out.append(key)
    return set(out)
