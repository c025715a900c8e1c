"""Records of a mail domain: what has to be there, as text to paste, and what to think of what is there."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.sign_in import is_loopback
from workers.doctor.findings import Finding, State, attention, broken, good

RELAYS = {
    "office365.com": "spf.protection.outlook.com",
    "outlook.com": "spf.protection.outlook.com",
    "gmail.com": "_spf.google.com",
    "amazonaws.com": "amazonses.com",
    "sendgrid.net": "sendgrid.net",
    "mailgun.org": "mailgun.org",
    "postmarkapp.com": "spf.mtasv.net",
    "mailjet.com": "spf.mailjet.com",
}
"""What well-known mail servers ask to be included, by the end of their name."""

Paste = tuple[str, ...]


def relay_of(host: str) -> str | None:
    """What a well-known mail server asks to be included."""
    return next((named for end, named in RELAYS.items() if host == end or host.endswith(f".{end}")), None)


def spf(name: str, host: str) -> Paste:
    """The record that lets the mail server send."""
    if not host or is_loopback(host):
        return (f'{name}. TXT "v=spf1 a:THE-HOST-THAT-SENDS -all"',)
    relay = relay_of(host)
    return (f'{name}. TXT "v=spf1 {f"include:{relay}" if relay else f"a:{host}"} -all"',)


def dkim(selector: str, name: str) -> Paste:
    """Where the key goes that the mail server signs with."""
    return (f'{selector}._domainkey.{name}. TXT "v=DKIM1; k=rsa; p=THE-PUBLIC-KEY"',)


def dmarc(name: str) -> Paste:
    """The record that tells what becomes of forged mail; reports show for some weeks that ours arrive."""
    return (f'_dmarc.{name}. TXT "v=DMARC1; p=quarantine; rua=mailto:dmarc@{name}"',)


def ask_for_dkim(name: str, host: str) -> str:
    """What to ask of whoever runs the mail server."""
    who = host or "the mail server"
    return (
        f"ask who runs {who}: sign our mail with DKIM for d={name}; which selector, and which record? "
        "Then set STRAAT_DKIM_SELECTOR"
    )


@dataclass(frozen=True)
class Spf:
    """A verdict on SPF; ``asks_further``: its words do not settle whether it names the mail server."""

    state: State
    told: str
    do: str = ""
    asks_further: bool = False

    def finding(self, paste: Paste) -> Finding:
        """With the text to paste where something is to be done."""
        return Finding(self.state, self.told, self.do, () if self.state is State.GOOD else paste)


def judge_spf(texts: Sequence[str], name: str, host: str) -> Spf:
    """What the texts of a domain say about who may send for it."""
    found = [text.lower() for text in texts if text.lower().split(" ")[0] == "v=spf1"]
    if not found:
        return Spf(State.BROKEN, f"SPF of {name} is missing: many refuse our mail", "add this record:")
    if len(found) > 1:
        told = f"SPF of {name} differs: {len(found)} records, so that none of them counts"
        return Spf(State.BROKEN, told, "make one of them, such as:")
    terms = found[0].split()[1:]
    if not terms or not any(term.endswith("all") or term.startswith("redirect=") for term in terms):
        told = f"SPF of {name} differs: it does not say what becomes of others"
        return Spf(State.ATTENTION, told, "end it with -all or ~all, such as:")
    if any(term in ("all", "+all", "?all") for term in terms):
        told = f"SPF of {name} differs: it lets everybody send"
        return Spf(State.ATTENTION, told, "end it with -all or ~all, such as:")
    relay = relay_of(host)
    if f"include:{relay}" in terms or {f"a:{host}", f"+a:{host}"} & set(terms):
        return Spf(State.GOOD, f"SPF of {name} is there, and names {relay or host}")
    return Spf(State.GOOD, f"SPF of {name} is there", asks_further=not is_loopback(host))


def named(so_far: Spf, name: str, host: str, passes: bool | None) -> Spf:  # noqa: FBT001 - or nobody can tell
    """The verdict once it was looked up whether the record lets the mail server send."""
    if passes:
        return Spf(State.GOOD, f"{so_far.told}, and names {host}")
    if passes is None:
        return Spf(State.GOOD, f"{so_far.told}; whether it names {host} cannot be told from outside")
    told = f"SPF of {name} differs: it does not name {host}"
    return Spf(
        State.ATTENTION, told, "fine if that hands our mail to a server that it does name; else add it:"
    )


def judge_dkim(texts: Sequence[str], selector: str, name: str, host: str) -> Finding:
    """Whether a key is where the mail server says that it is."""
    for text in texts:
        tags = _tags(text)
        if tags.get("p"):
            return good(f"DKIM of {name} is there: a key under {selector}")
        if "p" in tags:
            return broken(
                f"DKIM of {name} differs: the key {selector} was withdrawn", ask_for_dkim(name, host)
            )
    told = f"DKIM of {name} is missing: there is no key under {selector}"
    return broken(told, f"{ask_for_dkim(name, host)}; it looks like this:", dkim(selector, name))


def dmarc_in(texts: Sequence[str]) -> list[str]:
    """Those texts that are DMARC."""
    return [text for text in texts if text.replace(" ", "").lower().startswith("v=dmarc1")]


def judge_dmarc(texts: Sequence[str], name: str, above: str) -> Finding:
    """What is told to become of mail that was forged in our name."""
    if not texts:
        told = f"DMARC of {name} is missing: who gets forged mail is not told what to do with it"
        return attention(
            told, "add this record, and p=reject once reports show that our mail passes:", dmarc(name)
        )
    if len(texts) > 1:
        told = f"DMARC of {name} differs: {len(texts)} records, so that none of them counts"
        return broken(told, "make one of them, such as:", dmarc(name))
    tags = _tags(texts[0])
    asked = (tags.get("sp") if above != name else None) or tags.get("p", "")
    where = f" (of {above})" if above != name else ""
    if asked.lower() in ("reject", "quarantine"):
        return good(f"DMARC of {name} is there{where}: {asked.lower()}")
    told = f"DMARC of {name} differs{where}: it asks nobody to keep forged mail out"
    return attention(told, "let p be quarantine or reject:", dmarc(name))


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";"))
    return {key.strip().lower(): value.strip() for key, _, value in pairs if key.strip()}
