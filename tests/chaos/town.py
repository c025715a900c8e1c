"""Three made-up municipalities, where what takes weeks takes seconds."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from deploy.local.straat import once
from schemas.calendar import dutch_date
from tests.chaos.house import House

YEAR = dutch_date(datetime.now(UTC)).year
BANK, BY_HAND, TURNS = "stormdorp", "stormhaven", "stormveld"
"""By bank; in cash and vouchers, for two; by bank, with a year that turns when an operator says so."""

CITIES = (BANK, BY_HAND, TURNS)
CODES = {BANK: "9998", BY_HAND: "9997", TURNS: "9996"}
WIJK = "Centrum"

POLICY = """
name = "{name}"
bag_code = "{code}"
minimum_gangmakers = {minimum}
wijken = ["Centrum", "Haven"]

[face]
title = "Lief & Leedstraat {name}"
colour = "#00703c"

[contact]
name = "het Lief & Leedteam {name}"
email = "liefenleed@{slug}.example"
phone = "010 765 43 21"

[spelregels]
nl = ["Het potje is voor kleine attenties."]
en = ["The potje is for small kindnesses."]

[potje]
receipt_reminder = "PT45S"

{parts}

[signup]
reminders = ["PT12S", "PT40S"]
expires_after = "P14D"

[intake]
plan_within = "PT20S"

[renewal]
month = 9
day = 1
reminders = ["PT3S"]
call_after = "PT7S"
sleep_after = "PT{sleep}S"
youngest = "PT1S"

[retention]
declined = "PT{keep}S"
ended = "PT{keep}S"

[bank]
holder = "Stichting Lief en Leed {name}"
iban = "NL81 INGB 0000 0005 99"

[payout]
auditor_email = "accountant@{slug}.example"
account_reminder = "PT15S"

[[budgets]]
year = {year}
euros = 90000

[[budgets]]
year = {next}
euros = 90000

[[concerns.professionals]]
key = "wijkteam"
organisation = "Wijkteam {name}"
email = "wijkteam@{slug}.example"
phone = "010 765 43 22"

[[concerns.professionals]]
key = "welzijn"
organisation = "Welzijn {name}"
email = "welzijn@{slug}.example"
phone = "010 765 43 23"

[[concerns.routes]]
ladder = ["wijkteam", "welzijn"]

[concerns]
follow_up = "PT10S"
keep = "PT{keep}S"
"""
ON_ACCOUNT = '[[potje.parts]]\nkind = "bank"\neuros = 150\n'
IN_HAND = '[[potje.parts]]\nkind = "cash"\neuros = 75\n\n[[potje.parts]]\nkind = "voucher"\neuros = 25\n'


def policy(slug: str, *, sleep: int, keep: int) -> str:
    """The policy file of one of them; ``sleep`` and ``keep`` in seconds."""
    text = POLICY.format(
        slug=slug,
        name=slug.capitalize(),
        code=CODES[slug],
        minimum=2 if slug == BY_HAND else 1,
        parts=IN_HAND if slug == BY_HAND else ON_ACCOUNT,
        sleep=sleep,
        keep=keep,
        year=YEAR,
        next=YEAR + 1,
    )
    # A section's own keys come before its tables.
    before, concerns = text.split("[[concerns.professionals]]", 1)
    tables, keys = concerns.split("[concerns]\n", 1)
    return f"{before}[concerns]\n{keys}\n[[concerns.professionals]]{tables}"


async def found(house: House, *, sleep: int, keep: int) -> None:
    """All of them take part from now on."""
    with TemporaryDirectory() as folder:
        files = []
        for slug in CITIES:
            path = Path(folder, f"{slug}.toml")
            await asyncio.to_thread(path.write_text, policy(slug, sleep=sleep, keep=keep))
            files.append(str(path))
        env = house.stack.env | {"DATABASE_URL": house.database.app_url}
        await once(house.home.logs, env, "municipality", "apply", *files)
