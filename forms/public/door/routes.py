"""Where the pages of the door are. The token of a mailed link stands in one address only."""

from starlette.routing import Route

from forms.public.crowd import CODES, at_most
from forms.public.door import account, attentie, opening, overview, story


def door_routes(here: str) -> list[Route]:
    """All of them, below a municipality's address."""
    street = f"{here}/mijn-straat"
    return [
        Route(street, overview.overview),
        Route(f"{street}/code", opening.code, methods=["GET"]),
        Route(f"{street}/code", at_most(CODES, opening.enter), methods=["POST"]),
        Route(f"{street}/code/opnieuw", at_most(CODES, opening.send_again), methods=["POST"]),
        Route(f"{street}/uit", opening.leave, methods=["POST"]),
        Route(f"{street}/dag", opening.left),
        Route(f"{street}/attentie", attentie.write, methods=["GET"]),
        Route(f"{street}/attentie", attentie.keep, methods=["POST"]),
        Route(f"{street}/attentie/{{attentie}}/weg", attentie.sure, methods=["GET"]),
        Route(f"{street}/attentie/{{attentie}}/weg", attentie.away, methods=["POST"]),
        Route(f"{street}/verhaal", story.write, methods=["GET"]),
        Route(f"{street}/verhaal", story.keep, methods=["POST"]),
        Route(f"{street}/verhaal/{{story}}/terug", story.sure, methods=["GET"]),
        Route(f"{street}/verhaal/{{story}}/terug", story.away, methods=["POST"]),
        Route(f"{street}/rekening", account.write, methods=["GET"]),
        Route(f"{street}/rekening", account.keep, methods=["POST"]),
        Route(f"{street}/rekening/controleer", account.check, methods=["GET"]),
        Route(f"{street}/rekening/controleer", account.send, methods=["POST"]),
        Route(f"{street}/{{token}}", opening.show, methods=["GET"]),
        Route(f"{street}/{{token}}", at_most(CODES, opening.send), methods=["POST"]),
    ]
