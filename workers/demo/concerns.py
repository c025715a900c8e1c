"""What neighbours worry about in the demo: two concerns, told on the public form."""

from collections.abc import Mapping

from workers.demo.cast import MUNICIPALITY, WIJK
from workers.demo.visitor import Visitor

FORM = f"/{MUNICIPALITY}/zorg/vertel"
WORDS = (
    "De gordijnen op de hoek zijn al een week dicht en er brandt geen licht.",
    "Mijn bovenbuur valt vaak en wil geen dokter bellen.",
)
REPORTER = "Joke Melders"


async def tell_concerns(urls: Mapping[str, str]) -> None:
    """One without a name, one by somebody who may be called."""
    async with Visitor(urls["public"]) as neighbour:
        await neighbour.read(f"/{MUNICIPALITY}/zorg")
        plain = {"wijk": WIJK, "knows": "not", "step": "send"}
        await neighbour.press(
            FORM, FORM, topic="loneliness", urgency="week", words=WORDS[0], who="anonymous", **plain
        )
        await neighbour.press(
            FORM,
            FORM,
            topic="care",
            urgency="today",
            words=WORDS[1],
            who="me",
            name=REPORTER,
            email="joke.melders@bewoner.example",
            phone="06 12345678",
            may_call="yes",
            **plain,
        )
