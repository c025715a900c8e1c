"""Who plays in the demo: a wijk of twenty streets and two elsewhere, each with its own story. All made up."""

from dataclasses import dataclass
from enum import IntEnum

from schwifty import IBAN

from schemas.attentie import Occasion
from schemas.refs import Slug, street_slug

MUNICIPALITY = "rotterdam"
WIJK = "Delfshaven"


class Ending(IntEnum):
    """How far a street comes; each ending includes the steps before it."""

    SIGNED_UP = 0
    CONFIRMED = 1
    PLANNED = 2
    WAITING = 3
    REFERRED = 4
    SHORT = 5
    ACCEPTED = 6
    APPROVED = 7
    REFUSED = 8
    SENT_BACK = 9
    PAID = 10
    HANDED = 11

    @property
    def by_bank(self) -> bool:
        """Whether its potje goes to the bank, whatever the bank does with it."""
        return self in (Ending.REFUSED, Ending.SENT_BACK, Ending.PAID)


@dataclass(frozen=True)
class Story:
    """One street, its gangmakers, and its ending."""

    street: str
    gangmaker: str
    second: str | None
    ending: Ending
    municipality: Slug = MUNICIPALITY
    wijk: str = WIJK

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

    @property
    def holder(self) -> str:
        """The name on the gangmaker's made-up bank card."""
        return f"{self.gangmaker[0]}. {self.gangmaker.partition(' ')[2]}"

    @property
    def iban(self) -> str:
        """The made-up account; the bank of the demo knows by it which story it is in."""
        return IBAN.generate("NL", bank_code="INGB", account_code=f"{STORIES.index(self) + 1:010}").compact


@dataclass(frozen=True)
class Street:
    """A story as one demo plays it; ``part`` tells its streets from those of earlier demos."""

    story: Story
    part: str

    @property
    def title(self) -> str:
        """As mails and pages call it."""
        return f"{self.story.street} ({self.part})" if self.part else self.story.street

    @property
    def slug(self) -> Slug:
        """As addresses and workflows call it."""
        return street_slug(self.story.street, self.part)

    @property
    def page(self) -> str:
        """Its page on the desk."""
        return f"/{self.story.municipality}/straten/{self.slug}"


STORIES = (
    Story("Rozenlaan", "Ans Bakker", "Bilal Demir", Ending.PAID),
    Story("Tulpstraat", "Carla Smit", None, Ending.PAID),
    Story("Kastanjehof", "Dirk de Wit", "Elif Kaya", Ending.PAID),
    Story("Havenkade", "Fatima El Idrissi", None, Ending.PAID),
    Story("Schippersweg", "Gerda Vos", "Hugo Mol", Ending.SENT_BACK),
    Story("Molenpad", "Ineke Prins", None, Ending.REFUSED),
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
    Story("Duindoornlaan", "Cato Brands", "Daan Vlug", Ending.HANDED, "den-haag", "Segbroek"),
    Story("Ringvaartkade", "Emma Tas", "Farid Azizi", Ending.SHORT, "aalsmeer", "Oosteinde"),
)

LABELS = {
    Ending.SIGNED_UP: "signed up, not yet confirmed",
    Ending.CONFIRMED: "confirmed, intake to plan",
    Ending.PLANNED: "intake planned",
    Ending.WAITING: "waits for a second gangmaker",
    Ending.REFERRED: "referred elsewhere",
    Ending.SHORT: "accepted, potje waits for budget (Aalsmeer)",
    Ending.ACCEPTED: "accepted, potje to approve",
    Ending.APPROVED: "potje approved, asked for their account",
    Ending.REFUSED: "payment rejected by the bank",
    Ending.SENT_BACK: "payment sent back by the bank",
    Ending.PAID: "potje paid",
    Ending.HANDED: "potje in cash and voucher, confirmed by code (Den Haag)",
}

ATTENTIES = {
    "Rozenlaan": (
        (Occasion.WELCOME, "12,50"),
        (Occasion.ILLNESS, "8"),
        (Occasion.MOURNING, "22,50"),
        (Occasion.COMPANY, "14"),
        (Occasion.WELCOME, "7,50"),
        (Occasion.ILLNESS, "6,95"),
        (Occasion.CELEBRATION, "20"),
    ),
    "Tulpstraat": (
        (Occasion.BIRTH, "15"),
        (Occasion.COMPANY, "30"),
        (Occasion.WELCOME, "9"),
        (Occasion.ILLNESS, "7,50"),
        (Occasion.COMPANY, "12,50"),
        (Occasion.WELCOME, "8,25"),
    ),
    "Kastanjehof": (
        (Occasion.ILLNESS, "9,95"),
        (Occasion.WELCOME, "10"),
        (Occasion.COMPANY, "18,40"),
        (Occasion.DIPLOMA, "6"),
        (Occasion.ILLNESS, "5"),
        (Occasion.COMPANY, "11"),
        (Occasion.WELCOME, "4,50"),
        (Occasion.BIRTH, "10"),
    ),
}
"""What some of the paid streets write down, the latest first; the others write nothing: that is as good."""

TALES = {
    "Rozenlaan": "De buurman van de hoek kwam thuis uit het ziekenhuis. De hele straat had zijn tuin gedaan.",
}
"""What a street tells, with leave to share it."""
