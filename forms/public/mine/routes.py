"""Where the pages of *my data* are. The token of a mailed link stands in one address only."""

from starlette.routing import Route

from forms.public.crowd import CODES, LINKS, at_most
from forms.public.mine import change, erase, opening, overview


def mine_routes(here: str) -> list[Route]:
    """All of them, below a municipality's address."""
    mine = f"{here}/mijn-gegevens"
    return [
        Route(mine, opening.ask, methods=["GET"]),
        Route(mine, at_most(LINKS, opening.send_link), methods=["POST"]),
        Route(f"{mine}/verstuurd", opening.sent),
        Route(f"{mine}/code", opening.code, methods=["GET"]),
        Route(f"{mine}/code", at_most(CODES, opening.enter), methods=["POST"]),
        Route(f"{mine}/uit", opening.leave, methods=["POST"]),
        Route(f"{mine}/dag", opening.left),
        Route(f"{mine}/overzicht", overview.overview),
        Route(f"{mine}/mijn-gegevens.json", overview.as_json),
        Route(f"{mine}/mijn-gegevens.html", overview.as_html),
        Route(f"{mine}/verbeteren", change.write, methods=["GET"]),
        Route(f"{mine}/verbeteren", change.keep, methods=["POST"]),
        Route(f"{mine}/adres", change.address, methods=["GET"]),
        Route(f"{mine}/adres", at_most(CODES, change.confirm), methods=["POST"]),
        Route(f"{mine}/wissen", erase.sure, methods=["GET"]),
        Route(f"{mine}/wissen", erase.erase, methods=["POST"]),
        Route(f"{mine}/gewist", erase.erased),
        Route(f"{mine}/{{token}}", opening.show, methods=["GET"]),
        Route(f"{mine}/{{token}}", at_most(CODES, opening.send_code), methods=["POST"]),
    ]
