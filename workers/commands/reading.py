"""How a process that serves reads its code: soon, and for good."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

FOR_TERMINALS = ("rich", "colorama")
"""structlog reads them where they are there, to draw what a server never draws: a twelfth of the start."""
PLUGINS = "PYDANTIC_DISABLE_PLUGINS"
"""We have none. pydantic would look for one in every package that is installed, again and again."""


@contextmanager
def reading_code() -> Iterator[None]:
    """No garbage is looked for while modules are read: there is none, and what they hold stays for good.

    A sixth of the start, and no long pause later for looking through all of it again. What is for terminals
    seems not to be there meanwhile.
    """
    modules: dict[str, Any] = sys.modules
    hidden = [name for name in FOR_TERMINALS if name not in modules]
    modules.update(dict.fromkeys(hidden))
    os.environ.setdefault(PLUGINS, "__all__")
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        for name in hidden:
            del modules[name]
