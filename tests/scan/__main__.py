"""``make wapiti``: a stack of its own, with the demo in it, scanned by Wapiti; ends with 1 on any finding.

Only this machine is asked, and only for as long as :data:`SECONDS` allow, and a stack is made for it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.conftest import free_base
from tests.e2e.running import STRAAT, Running, environment
from workers.demo.cast import MUNICIPALITY

WAPITI = Path(__file__).parents[2] / ".wapiti" / "venv" / "bin" / "wapiti"
MODULES = (
    "cookieflags,crlf,csp,exec,file,htaccess,http_headers,methods,permanentxss,redirect,sql,upload,xss,xxe"
)
"""Those that need nothing outside this machine. Its *csrf* looks for tokens; we ask the browser instead."""

SECONDS = {"--max-scan-time": "60", "--max-attack-time": "45"}
BOUNDS = {"--depth": "6", "--max-links-per-page": "30", "--max-files-per-dir": "8", "--max-parameters": "12"}
HTTP_ONLY = "Secure flag is not set"
"""On http there is no other way; with https every cookie has it (tests/web/test_every_address.py)."""


@dataclass
class Scan:
    """What one walk through one app gave."""

    name: str
    pages: int
    seconds: float
    findings: list[str]


def scan(name: str, url: str, folder: Path, cookie: str = "") -> Scan:
    """Walk from an address, as whoever the cookie says, and attack what was found."""
    report = folder / f"{name}.json"
    command = [str(WAPITI), "--url", url, "--scope", "domain", "--module", MODULES, "--flush-session"]
    command += ["--store-session", str(folder), "--no-bugreport", "--verbose", "0", "--timeout", "10"]
    command += [part for pair in (SECONDS | BOUNDS).items() for part in pair]
    command += ["--format", "json", "--output", str(report), "--exclude", f"{url.rstrip('/')}/uit"]
    command += ["--cookie-value", cookie, "--drop-set-cookie"] if cookie else []
    began = time.monotonic()
    done = subprocess.run(
        command, env={**os.environ, "HOME": str(folder)}, capture_output=True, text=True, check=False
    )
    if not report.exists():
        raise SystemExit(f"Wapiti gave no report:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    told = json.loads(report.read_text("utf-8"))
    pages = told["infos"]["crawled_pages_nbr"]
    return Scan(name, pages, time.monotonic() - began, list(map(line, found(told))))


def found(told: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Vulnerabilities, and what broke; in their kinds."""
    both = {**told["vulnerabilities"], **told["anomalies"]}
    return [(kind, each) for kind, all_of in both.items() for each in all_of if HTTP_ONLY not in each["info"]]


def line(finding: tuple[str, dict[str, Any]]) -> str:
    """A finding on one line."""
    kind, each = finding
    return f"{kind}: {each['method']} {each['path']} {each.get('parameter') or ''} {each['info']}"


def seat(desk: str, key: str) -> str:
    """The cookie of somebody who signed in, as a header has it."""
    with httpx.Client(base_url=desk) as browser:
        browser.post("/", data={"municipality": MUNICIPALITY, "seat": key})
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def scans(running: Running, folder: Path) -> list[Scan]:
    """A stranger on the public pages, and two people at the desk."""
    public, desk = running.urls["public"], running.urls["desk"]
    here = f"{desk}/{MUNICIPALITY}/vandaag"
    return [
        scan("public", f"{public}/{MUNICIPALITY}", folder),
        scan("coordinator", here, folder, seat(desk, "coordinator-1")),
        scan("treasurer", here, folder, seat(desk, "treasurer-1")),
    ]


def main() -> int:
    """The figures, and every finding."""
    outer = Path(tempfile.mkdtemp(prefix="straat-scan-"))
    outer.chmod(0o755)
    running = Running(outer, free_base(24_400))
    try:
        running.wait()
        demo = [*STRAAT, "demo", "--home", str(running.home)]
        subprocess.run(demo, check=True, env=environment(), stdout=subprocess.DEVNULL)
        told = scans(running, outer)
    finally:
        running.end()
        shutil.rmtree(outer, ignore_errors=True)
    for each in told:
        sys.stdout.write(f"{each.name}: {each.pages} pages, {each.seconds:.0f} s\n")
        sys.stdout.writelines(f"  {finding}\n" for finding in each.findings)
    findings = sum(len(each.findings) for each in told)
    walked_nowhere = [each.name for each in told if each.pages < 5]
    sys.stdout.write(f"{len(MODULES.split(','))} modules, {findings} findings\n")
    return 1 if findings or walked_nowhere else 0


if __name__ == "__main__":
    sys.exit(main())
