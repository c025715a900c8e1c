"""``straat worker`` and ``straat web``; also by themselves, as the stack on one machine starts them.

``python -m workers.commands.serving web`` reads no library of command lines: a twentieth of the start.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from importlib import import_module
from typing import NoReturn

from workers.commands.reading import reading_code


def worker() -> None:
    """Run the workflows and activities, the relay, the postman and the herald."""
    _serve("worker")


def web() -> None:
    """Serve the public pages and the desk."""
    _serve("web")


SERVE = {"worker": worker, "web": web}


def leave(run: Callable[[], None]) -> NoReturn:
    """Run, and leave by ``os._exit``: native threads of the SDK can crash an orderly exit."""
    code = 0
    try:
        run()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _serve(name: str) -> None:
    """Until it is told to stop; exit code 2 with a sentence about wrong settings or keys, 1 for an error."""
    with reading_code():
        import structlog  # noqa: PLC0415 - all that follows is read within such a block

        from store.keys import KeyFileError  # noqa: PLC0415
        from workers import logs  # noqa: PLC0415
        from workers.settings import Settings, SettingsError  # noqa: PLC0415
    log = structlog.get_logger("straat")
    try:
        settings = Settings.read()
        logs.set_up(name, settings.log_level)
        with reading_code():
            process = import_module(f"workers.{name}")
        asyncio.run(process.run(settings))
    except SettingsError as error:
        _refuse(f"These settings are missing or wrong:\n{error}")
    except KeyFileError as error:
        _refuse(f"STRAAT_MASTER_KEY_FILE: {error}")
    except Exception:
        log.exception("ends by an error")
        sys.exit(1)


def _refuse(sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr)  # noqa: T201 - whoever started it reads it
    sys.exit(2)


if __name__ == "__main__":
    leave(SERVE[sys.argv[1]])
