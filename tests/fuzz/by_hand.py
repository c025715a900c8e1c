"""The few forms that none of our pages shows today, because what they are about is not there today."""

from collections.abc import Iterator
from uuid import uuid4

from tests.fuzz.reading import Field, Form
from tests.fuzz.town import Town
from tests.web.addresses import Address, addresses

ROOM = "/{municipality}"
BY_HAND: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("desk", f"{ROOM}/beheer/{{submission}}"): ("operator-1", ("form",)),
    ("desk", f"{ROOM}/betalen"): ("treasurer-1", ("form", "jaar", "day")),
    ("desk", f"{ROOM}/jaar/{{year}}/{{step}}"): ("treasurer-1", ("form", "sure")),
    ("desk", f"{ROOM}/koppelingen/webhooks/{{webhook}}/again"): ("lead-1", ("form", "event")),
    ("desk", f"{ROOM}/koppelingen/webhooks/{{webhook}}/resume"): ("lead-1", ("form",)),
    ("desk", f"{ROOM}/mensen/nog-eens"): ("coordinator-1", ("form", "aanmelding", "email")),
    ("desk", f"{ROOM}/mijn-aanmelding/passkeys/{{passkey}}/weg"): ("with a passkey", ("form", "sure")),
    ("desk", f"{ROOM}/rekeningen/{{ref}}/stop"): ("treasurer-1", ("form", "sure")),
    ("desk", f"{ROOM}/talentenjacht-nieuw"): (
        "coordinator-1",
        ("form", "wijk", "streets", "until", "sure", "scout-den-haag:scout-1", "street-goudsbloemlaan"),
    ),
}
"""Each with who sends it, and its fields. A form that a page does show needs no line here."""


def found_by_hand(town: Town) -> Iterator[tuple[str, Form, Address]]:
    """Who sends it, the form, and its route."""
    for (app, route), (name, fields) in BY_HAND.items():
        address = next(each for each in addresses(town.apps[app]) if each.path == route)
        who = next(each for each in town.people if each.name == name)
        path = town.seen_from(who.municipality).real(address, who.municipality)
        values = {"form": str(uuid4()), "sure": "yes"}
        yield name, Form(path, {each: Field(each, "text", values.get(each, "")) for each in fields}), address
