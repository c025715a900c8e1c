"""``straat staff``: the first programme lead of a desk, and who works there, from the command line."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from schemas.calendar import dutch_date
from schemas.my_data import OPERATOR
from schemas.staff import InvitationForm, Role
from store import policies, staff
from store.database import Connection
from store.vault import Vault
from workers.commands.person import HomeOf, run

app = typer.Typer(no_args_is_help=True, help="Who works at the desk of a municipality.")

Where = Annotated[str, typer.Option("--municipality", help="Its slug.")]
Mail = Annotated[str, typer.Option("--mail", help="Their mail address at work.")]


async def _known(conn: Connection, municipality: str) -> None:
    if await policies.current(conn, municipality) is None:
        typer.echo(f"There is no municipality {municipality}: apply its policy first.", err=True)
        raise typer.Exit(2)


@app.command("invite")
def invite(
    municipality: Where,
    mail: Mail,
    role: Annotated[Role, typer.Option("--role", help="What they do.")] = Role.LEAD,
    name: Annotated[str, typer.Option("--name", help="Their name; else the part before the @.")] = "",
    home: HomeOf = Path(".straat"),
) -> None:
    """Invite somebody by mail: a link, a code, and then a passkey or the municipality's account."""
    try:
        form = InvitationForm(name=name or mail.partition("@")[0], email=mail, role=role)
    except ValidationError:
        typer.echo("That is no mail address, or no name.", err=True)
        raise typer.Exit(2) from None

    async def invited(conn: Connection, vault: Vault) -> str:
        await _known(conn, municipality)
        return (await staff.invite(conn, vault, municipality, form, OPERATOR)).ref

    try:
        ref = run(home, invited)
    except staff.TooOften:
        typer.echo("There were enough invitations for now; try again in an hour.", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"Invited as {role}: {ref}. The mail is on its way.")


@app.command("list")
def everybody(municipality: Where, home: HomeOf = Path(".straat")) -> None:
    """Who works there: ref, roles, and how they come in. Names stay sealed."""

    async def told(conn: Connection, _: Vault) -> list[str]:
        await _known(conn, municipality)
        return [_line(row) for row in await staff.everybody(conn, municipality)]

    for line in run(home, told):
        typer.echo(line)


def _line(row: staff.Row) -> str:
    if row["ended_at"]:
        return f"{row['ref']}  ended {dutch_date(row['ended_at'])}"
    ways = [*["account"] * (row["account_by"] is not None), *["passkey"] * bool(row["passkeys"])]
    return f"{row['ref']}  {', '.join(row['roles']) or 'no role'}  {' and '.join(ways) or 'invited'}"


@app.command("end")
def end(municipality: Where, mail: Mail, home: HomeOf = Path(".straat")) -> None:
    """Somebody does not work there any more: roles, passkeys and sessions end at once."""

    async def ended(conn: Connection, vault: Vault) -> str | None:
        await _known(conn, municipality)
        found = await staff.of_address(conn, vault, municipality, mail)
        if found is None or found.ended_at is not None:
            return None
        await staff.end(conn, found, OPERATOR)
        return found.ref

    try:
        ref = run(home, ended)
    except staff.LastLead:
        typer.echo("This is the only programme lead: invite another one first.", err=True)
        raise typer.Exit(1) from None
    if ref is None:
        typer.echo("Nobody works there by that address.", err=True)
        raise typer.Exit(2)
    typer.echo(f"Ended: {ref}.")
