"""The pulse of a process: each loop says that it goes round, also while a server is away."""

import time
from collections.abc import Iterator, Mapping

STILL = 300.0
"""Seconds without a beat after which a loop counts as stuck: well over its longest single step."""


class Pulse:
    """When each loop last said that it lives. Who rests, because it is not its turn, cannot be stuck."""

    def __init__(self, still: float = STILL) -> None:
        self._beats: dict[str, float] = {}
        self._resting: set[str] = set()
        self._still = still

    def beat(self, loop: str) -> None:
        """It goes round."""
        self._beats[loop] = time.time()
        self._resting.discard(loop)

    def rest(self, loop: str) -> None:
        """It waits for its turn, however long that takes."""
        self._beats[loop] = time.time()
        self._resting.add(loop)

    def forget(self, loop: str) -> None:
        """It has ended, as it should."""
        self._beats.pop(loop, None)
        self._resting.discard(loop)

    @property
    def beats(self) -> Mapping[str, float]:
        """The last beat of each loop, in seconds since 1970."""
        return dict(self._beats)

    def stuck(self) -> Iterator[str]:
        """The loops that should have said something by now."""
        now = time.time()
        for loop, beat in self._beats.items():
            if loop not in self._resting and now - beat > self._still:
                yield loop


PULSE = Pulse()
"""That of this process."""
