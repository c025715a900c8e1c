"""``straat`` within the test's own process: the same commands and words, without the start of a Python."""

import asyncio

from typer.testing import CliRunner

from tests.workers.test_cli import Ended, Shell
from workers.cli import app


class Inside(Shell):
    """As :class:`Shell`, in a thread; one command at a time, for they share the environment."""

    async def run(self, *words: str) -> Ended:
        """The command, ended; whatever happens, nobody is shown a traceback."""
        ended = await asyncio.to_thread(CliRunner().invoke, app, words, env=self.env)
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        return Ended(ended.exit_code, ended.stdout, ended.stderr)
