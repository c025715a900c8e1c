"""Canaries: values that exist nowhere else, valid for their field, one for everything personal that is typed.

The words have a stem in common, so that one search finds all of them; what is digits only stands in a list.
"""

from dataclasses import dataclass

from schwifty import IBAN

STEM = "kwartelqz"
"""No word of any language, and no piece of a uuid or a base64 of something else."""

HOUSE = "@bewoner.example"


@dataclass(frozen=True)
class Canary:
    """``key`` says whose and what; ``value`` is what is typed; ``digits`` is how it may be found besides."""

    key: str
    value: str
    digits: tuple[str, ...] = ()


def _word(key: str) -> str:
    """``ans.name`` as one word that is that canary's alone."""
    return STEM + key.replace(".", "").replace("_", "")


def _name(key: str) -> Canary:
    return Canary(key, f"{_word(key).capitalize()} Smit")


def _mail(key: str) -> Canary:
    return Canary(key, f"{_word(key)}{HOUSE}")


def _words(key: str, text: str) -> Canary:
    return Canary(key, f"{text} {_word(key)}.")


def _phone(key: str, digits: str) -> Canary:
    return Canary(key, f"06 {digits}", (digits, f"{digits[:4]} {digits[4:]}"))


def _iban(key: str, bank: str, number: str) -> Canary:
    """With right check digits; also as a page shows it, in groups of four."""
    compact = str(IBAN.generate("NL", bank_code=bank, account_code=number))
    grouped = " ".join(compact[start : start + 4] for start in range(0, len(compact), 4))
    return Canary(key, compact, (number, grouped.split(" ", 2)[2]))


ALL = {
    each.key: each
    for each in (
        *(_name("ans.name"), _mail("ans.email"), _phone("ans.phone", "87319043")),
        *(_name("bo.name"), _mail("bo.email")),
        *(_name("cas.name"), _mail("cas.email"), _phone("cas.phone", "87319151")),
        *(_name("dre.name"), _mail("dre.email")),
        *(_name("eef.name"), _mail("eef.email"), _words("eef.why", "Ik ken iedereen hier,")),
        *(_name("fred.name"), _mail("fred.email"), _phone("fred.phone", "87319262")),
        *(_name("gea.name"), _mail("gea.email"), _phone("gea.phone", "87319373"), _name("gea.new_name")),
        *(_mail("gea.new_email"), _mail("hugo.email"), _name("hugo.name")),
        *(_name("ines.name"), _mail("ines.email")),
        *(_name("joop.name"), Canary("joop.email", f"{_word('joop.email')}@later.example")),
        *(_name("kees.name"), Canary("kees.email", f"{_word('kees.email')}@weigert.example")),
        _words("ans.place", "Bij Ans thuis, Kanarielaan 8731, in de keuken,"),
        _words("cas.slot_place", "In de tuin van Cas, Kanarielaan 8732,"),
        _words("ans.approach", "Elke maand soep op de stoep,"),
        _words("ans.story", "Buurvrouw Toos kreeg bloemen,"),
        _words("ans.renewal", "Volgend jaar met minder, want mijn heup,"),
        _name("ans.holder"),
        _iban("ans.iban", "RABO", "0318273645"),
        _iban("ans.second_iban", "INGB", "0006495173"),
        _name("bank.payer"),
        _iban("bank.payer_iban", "TRIO", "0254819367"),
        _words("bank.remittance", "Gift van tante"),
        _words("fred.concern", "De gordijnen van nummer 8733 zijn dicht en ik hoor niemand,"),
        _words("passkey.name", "Telefoon van"),
    )
}
"""By key."""


def value(key: str) -> str:
    """What is typed."""
    return ALL[key].value


PLANTED = _name("planted.name")
"""One that goes through nothing, for who shows that a place is searched."""


def digits() -> dict[str, str]:
    """Numbers to find besides the words, and whose they are."""
    return {number: each.key for each in ALL.values() for number in each.digits}
