"""Sign-ups from other systems, as the public form takes them; the mail that asks to confirm is the same."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import asyncpg
from fastapi import Path
from pydantic import ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response

from forms.api.caller import Caller, Calling, operations
from forms.api.taking import complete, state_of, take
from forms.api.telling import Asked, Link, Links, Moment, Told
from forms.public.sending import Incoming
from schemas.client import Scope
from schemas.facts import SignupStatus
from schemas.refs import Language
from schemas.signup import CAMPAIGN, Email, Name, Phone, StreetName, StreetPart, Together

router = operations(Scope.SUBMISSIONS_WRITE, "submissions")

PLACES = {
    "name": "gangmaker.name",
    "email": "gangmaker.email",
    "phone": "gangmaker.phone",
    "second_name": "secondGangmaker.name",
    "second_email": "secondGangmaker.email",
}
"""What the form calls a field, and where it stands here."""

EXAMPLE: JsonDict = {
    "id": "0b5f7d0e-6f3c-4f0e-9a55-6a6f0f8f3d21",
    "street": "Rozenlaan",
    "wijk": "Noord",
    "gangmaker": {"name": "Aïsha de Boer", "email": "aisha@voorbeeld.nl", "phone": "06 12 34 56 78"},
    "secondGangmaker": {"name": "Jan Smit", "email": "jan@voorbeeld.nl"},
    "language": "nl",
}


class Gangmaker(Asked):
    """Who signs up."""

    name: Name = Field(examples=["Aïsha de Boer"])
    email: Email = Field(
        description="Hier komt de mail heen met de vraag om te bevestigen.", examples=["aisha@voorbeeld.nl"]
    )
    phone: Phone = Field(None, examples=["06 12 34 56 78"])


class SecondGangmaker(Asked):
    """The neighbour they want to do it with, who confirms for themselves."""

    name: Name = Field(examples=["Jan Smit"])
    email: Email = Field(examples=["jan@voorbeeld.nl"])


class NewSubmission(Asked):
    """A sign-up."""

    id: UUID = Field(
        description="Een UUID die u zelf maakt. Stuurt u hetzelfde nog eens, dan verandert er niets.",
        examples=["0b5f7d0e-6f3c-4f0e-9a55-6a6f0f8f3d21"],
    )
    street: StreetName = Field(description="De naam van de straat.", examples=["Rozenlaan"])
    part: StreetPart = Field(
        None, description="Welk deel, bij een lange straat.", examples=["tussen de brug en het plein"]
    )
    wijk: Annotated[str, Field(min_length=1, max_length=300)] = Field(
        description="Een wijk uit de lijst van de gemeente.", examples=["Noord"]
    )
    gangmaker: Gangmaker
    second_gangmaker: SecondGangmaker | None = Field(None, description="Leeg als er nog geen tweede is.")
    language: Language = Field(Language.NL, description="De taal van de mails.", examples=["nl"])
    campaign: Annotated[str, Field(pattern=CAMPAIGN.pattern)] | None = Field(
        None, description="De code van het kanaal van een campagne.", examples=["voorjaar"]
    )

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    def answers(self) -> dict[str, str]:
        """What the public form would have held."""
        second = self.second_gangmaker
        given = {
            "street": self.street,
            "part": self.part,
            "wijk": self.wijk,
            "name": self.gangmaker.name,
            "email": self.gangmaker.email,
            "phone": self.gangmaker.phone,
            "together": Together.YES if second else Together.NOT_YET,
            "second_name": second.name if second else None,
            "second_email": second.email if second else None,
        }
        return {field: value for field, value in given.items() if value is not None}


class State(StrEnum):
    """Where a submission stands."""

    RECEIVED = "received"
    AWAITING = "awaitingConfirmation"
    CONFIRMED = "confirmed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


STATES = {
    None: State.RECEIVED,
    SignupStatus.AWAITING: State.AWAITING,
    SignupStatus.CONFIRMED: State.CONFIRMED,
    SignupStatus.EXPIRED: State.EXPIRED,
    SignupStatus.WITHDRAWN: State.WITHDRAWN,
}


class Submission(Told):
    """A submission: where it stands, and nothing about anybody."""

    id: UUID
    receipt: str = Field(description="Het nummer voor de bewoner.", examples=["7KXP-M2QD"])
    state: State
    received_at: Moment
    links: Links = Field(alias="_links")


def told(caller: Caller, row: asyncpg.Record) -> Submission:
    """A submission as its client may see it."""
    return Submission(
        id=row["id"],
        receipt=row["receipt"],
        state=STATES[row["status"]],
        received_at=row["received_at"],
        links=Links(self=Link(href=address_of(caller, row["id"]))),
    )


def address_of(caller: Caller, submission: UUID) -> str:
    """Where a submission can be followed."""
    return f"{caller.api.url}/submissions/{submission}"


@router.post("/submissions", status_code=201, operation_id="createSubmission", summary="Meld een straat aan")
async def create(calling: Calling, body: NewSubmission, response: Response) -> Submission:
    """Neemt een aanmelding aan, met dezelfde regels als het formulier voor bewoners.

    De gangmaker krijgt een mail en doet pas mee na een ja. Stuurt u hetzelfde id met dezelfde inhoud nog
    eens, dan krijgt u status 200 en hetzelfde antwoord. Met een andere inhoud krijgt u 409.
    """
    form = complete(calling, body.answers(), PLACES)
    incoming = Incoming(body.id, form, body.language, body.campaign, calling.client.ref)
    row, new = await take(calling, incoming)
    response.status_code = 201 if new else 200
    response.headers["Location"] = address_of(calling, body.id)
    return told(calling, row)


@router.get("/submissions/{id}", operation_id="getSubmission", summary="Zie hoe het met een aanmelding staat")
async def read(
    calling: Calling,
    submission: Annotated[
        UUID,
        Path(
            alias="id",
            description="Het id van de aanmelding.",
            examples=["0b5f7d0e-6f3c-4f0e-9a55-6a6f0f8f3d21"],
        ),
    ],
) -> Submission:
    """Geeft de stand van een aanmelding die via de API binnenkwam. Er staat niets persoonlijks in."""
    async with calling.api.db.connection() as conn:
        return told(calling, await state_of(conn, calling, submission))
