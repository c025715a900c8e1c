"""What goes over the line from the browser: every address that is asked for, and where one is sent."""

from dataclasses import dataclass, field
from typing import TypeVar

import httpx

from tests.e2e.resident import Person

Somebody = TypeVar("Somebody", bound=Person)


@dataclass
class Watched:
    """Addresses, as a proxy's log, a history or a Referer would hold them; and what others were answered."""

    addresses: list[str] = field(default_factory=list)
    answers: list[tuple[str, bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)

    def watch(self, person: Somebody) -> Somebody:
        """Note where somebody goes from now on."""
        self.over(person.client)
        self.people.append(person)
        return person

    async def close(self) -> None:
        """Everybody leaves."""
        for person in self.people:
            await person.client.aclose()

    def over(self, client: httpx.AsyncClient) -> None:
        """The same for a client of another kind."""

        async def asked(request: httpx.Request) -> None:
            self.addresses += [str(request.url), request.headers.get("referer", "")]

        async def answered(response: httpx.Response) -> None:
            self.statuses.append(response.status_code)
            self.addresses.append(response.headers.get("location", ""))
            self.answers.append((str(response.url), str(response.headers.multi_items()).encode()))

        client.event_hooks = {"request": [asked], "response": [answered]}
