"""``python -m tests.fuzz --inputs 100000 --seed 7``: wrong input of every kind, until so many were tried.

Exit code 1 when a promise did not hold; then it says which, and the shortest input that showed it.
"""

import argparse
import asyncio
import sys
import time

from tests.fuzz.run import SHARES, Run, server, spread


def main() -> int:
    """The figure by kind, and what was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=2000, help="how many in all")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same inputs")
    parser.add_argument("--only", default=",".join(SHARES), help="kinds, with commas between")
    asked = parser.parse_args()
    kinds = asked.only.split(",")
    if wrong := sorted(set(kinds) - set(SHARES)):
        parser.error(f"no such kind: {', '.join(wrong)}; there are {', '.join(SHARES)}")
    return asyncio.run(run(asked.inputs, asked.seed, kinds))


async def run(inputs: int, seed: int, kinds: list[str]) -> int:
    """One kind after the other, told as it goes."""
    began = time.monotonic()
    async with server() as postgres:
        trying = Run(postgres, seed)
        for kind, many in spread(inputs, kinds).items():
            since = time.monotonic()
            await trying.of(kind, many)
            minutes = (time.monotonic() - since) / 60
            _say(f"{kind:<10} {trying.findings.inputs[kind]:>7} inputs  {minutes:6.1f} minutes")
    found = trying.findings
    _say(
        f"{'all':<10} {sum(found.inputs.values()):>7} inputs  {(time.monotonic() - began) / 60:6.1f} minutes"
    )
    _say(f"{trying.accepted} forms were taken in; {len(found.found)} findings")
    if found.found:
        _say(found.told())
    return 1 if found.found else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
