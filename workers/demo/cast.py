"""Who plays in the demo: a wijk of twenty streets, each with its own story. All of it is made up."""

from dataclasses import dataclass
from enum import IntEnum


class Ending(IntEnum):
    """How far a street comes; each ending includes the steps before it."""

    SIGNED_UP = 0
    CONFIRMED = 1
    PLANNED = 2
    WAITING = 3
    REFERRED = 4
    ACCEPTED = 5
    APPROVED = 6
    PAID = 7


@dataclass(frozen=True)
class Story:
    """One street, its gangmakers, and its ending."""

    street: str
    gangmaker: str
    second: str | None
    ending: Ending

    @property
    def slug(self) -> str:
        """The start of the made-up addresses of its people."""
        return self.street.lower().replace(" ", "-")

    @property
    def email(self) -> str:
        """The gangmaker's made-up address."""
        return f"{self.gangmaker.split()[0].lower()}.{self.slug}@bewoner.example"

    @property
    def second_email(self) -> str | None:
        """The second gangmaker's made-up address, if there is one."""
        return f"{self.second.split()[0].lower()}.{self.slug}@bewoner.example" if self.second else None

    @property
    def emails(self) -> list[str]:
        """The addresses of all who are asked to confirm, in the order in which they are."""
        return [email for email in (self.email, self.second_email) if email]


STORIES = (
    Story("Rozenlaan", "Ans Bakker", "Bilal Demir", Ending.PAID),
    Story("Tulpstraat", "Carla Smit", None, Ending.PAID),
    Story("Kastanjehof", "Dirk de Wit", "Elif Kaya", Ending.PAID),
    Story("Havenkade", "Fatima El Idrissi", None, Ending.PAID),
    Story("Schippersweg", "Gerda Vos", "Hugo Mol", Ending.PAID),
    Story("Molenpad", "Ineke Prins", None, Ending.PAID),
    Story("Lindeplein", "Joris Kok", None, Ending.APPROVED),
    Story("Merelstraat", "Khadija Amrani", "Leo Bos", Ending.APPROVED),
    Story("Zonneveld", "Maria Silva", None, Ending.ACCEPTED),
    Story("Korenbloemhof", "Niels Dekker", "Olga Novak", Ending.ACCEPTED),
    Story("Ganzendijk", "Piet van Dam", None, Ending.ACCEPTED),
    Story("Vlierweg", "Rachida Haddad", None, Ending.REFERRED),
    Story("Spoorsingel", "Sjoerd Jansen", None, Ending.WAITING),
    Story("Weverslaan", "Tineke Mulder", None, Ending.WAITING),
    Story("Bakkerssteeg", "Umar Yilmaz", "Vera Post", Ending.PLANNED),
    Story("Oude Sluis", "Wim Hoekstra", None, Ending.PLANNED),
    Story("Parkzicht", "Xandra Blom", None, Ending.PLANNED),
    Story("Esdoornstraat", "Yara Peters", None, Ending.CONFIRMED),
    Story("Zwanenhof", "Zeki Aydin", "Anneke Los", Ending.CONFIRMED),
    Story("Vuurtorenpad", "Bram Kuiper", None, Ending.SIGNED_UP),
)

LABELS = {
    Ending.SIGNED_UP: "signed up, not yet confirmed",
    Ending.CONFIRMED: "confirmed, intake to plan",
    Ending.PLANNED: "intake planned",
    Ending.WAITING: "waits for a second gangmaker",
    Ending.REFERRED: "referred elsewhere",
    Ending.ACCEPTED: "accepted, potje to approve",
    Ending.APPROVED: "potje approved, to be paid",
    Ending.PAID: "potje paid",
}
