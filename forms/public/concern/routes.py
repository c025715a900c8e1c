"""The addresses of concerns: for who tells, and for who picks up."""

from starlette.routing import Route

from forms.public.concern import professional, telling
from forms.public.crowd import CONCERN_CODES, at_most


def concern_routes(here: str) -> list[Route]:
    """All of them; ``here`` is a municipality."""
    zorg, melding = f"{here}/zorg", f"{here}/melding"
    return [
        Route(zorg, telling.begin),
        Route(f"{zorg}/gevaar", telling.danger),
        Route(f"{zorg}/vertel", telling.tell, methods=["GET"]),
        Route(f"{zorg}/vertel", telling.send, methods=["POST"]),
        Route(f"{zorg}/ontvangen/{{receipt}}", telling.received),
        Route(f"{melding}/code", professional.code, methods=["GET"]),
        Route(f"{melding}/code", at_most(CONCERN_CODES, professional.enter), methods=["POST"]),
        Route(f"{melding}/lezen", professional.read),
        Route(f"{melding}/dank", professional.thanks),
        Route(f"{melding}/lezen/{{act}}", professional.act, methods=["POST"]),
        Route(f"{melding}/{{token}}", professional.show, methods=["GET"]),
        Route(f"{melding}/{{token}}", at_most(CONCERN_CODES, professional.send), methods=["POST"]),
    ]
