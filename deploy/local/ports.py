"""Where every part of the local stack listens; one base moves them all."""

import socket
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Self

from deploy.local.errors import StackError

DEFAULT_BASE = 8600
LOWEST_BASE = 1024
HIGHEST_BASE = 65535 - 10


@dataclass(frozen=True)
class Ports:
    """Ports on 127.0.0.1."""

    public: int
    desk: int
    temporal_ui: int
    mail: int
    temporal: int
    postgres: int
    smtp: int
    temporal_http: int
    temporal_metrics: int
    worker_watch: int
    web_watch: int

    @classmethod
    def from_base(cls, base: int = DEFAULT_BASE) -> Self:
        """Eleven ports in a row from `base`; `StackError` when those are not ordinary ports."""
        if not LOWEST_BASE <= base <= HIGHEST_BASE:
            raise StackError(
                f"Ports cannot start at {base}: choose a base from {LOWEST_BASE} to "
                f"{HIGHEST_BASE}, for example --ports {DEFAULT_BASE + 100}."
            )
        return cls(*range(base, base + 11))

    @property
    def base(self) -> int:
        """The first of them, what `--ports` takes."""
        return self.public

    def check_free(self, without: Iterable[str] = ()) -> None:
        """`StackError` that names the first port somebody else listens on."""
        for name, port in asdict(self).items():
            if name not in without and not is_free(port):
                raise StackError(
                    f"Port {port} ({name.replace('_', ' ')}) is in use by another program: stop "
                    f"that program, or move the whole stack, for example with --ports "
                    f"{self._elsewhere()}."
                )

    def _elsewhere(self) -> int:
        return self.base + 100 if self.base + 100 <= HIGHEST_BASE else DEFAULT_BASE


def is_free(port: int) -> bool:
    """Whether we could listen on this port of 127.0.0.1; a closing connection is no obstacle."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
