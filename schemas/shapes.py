"""Streets of several shapes: two that become one, one that becomes two."""

from schemas.model import Model
from schemas.refs import Slug, StaffRef, VaultRef, street_slug
from schemas.refusals import Refusal
from schemas.street import Phase, Shape, StreetState


class Reshape(Model):
    """Another shape, and the words for the part of the street that carries the potje."""

    shape: Shape
    part: str | None = None
    by: StaffRef


class Merge(Model):
    """A street goes on in another."""

    into: Slug
    by: StaffRef


class TakeIn(Model):
    """A street that comes in: its people become gangmakers here."""

    source: Slug
    name: str
    people: list[VaultRef]
    by: StaffRef


class MergeOrder(Model):
    """What the step needs to ask the other street; ``key`` makes asking again harmless."""

    municipality: Slug
    into: Slug
    key: str
    taking: TakeIn


class Merged(Model):
    """What the other street said."""

    refusal: Refusal | None = None


class Split(Model):
    """These gangmakers go on as a part of their own."""

    part: str
    people: list[VaultRef]
    by: StaffRef


def merge_refusal(state: StreetState, merge: Merge) -> Refusal | None:
    """Why a street cannot go on in another."""
    if state.phase is not Phase.ACTIVE:
        return Refusal.STREET_NOT_ACTIVE
    return Refusal.STREET_ITSELF if merge.into == state.slug else None


def split_refusal(state: StreetState, split: Split) -> Refusal | None:
    """Why a street cannot become two."""
    if state.phase is not Phase.ACTIVE:
        return Refusal.STREET_NOT_ACTIVE
    if any(person not in state.gangmakers for person in split.people):
        return Refusal.NOT_A_GANGMAKER
    if not split.people or len(split.people) >= len(state.gangmakers):
        return Refusal.SPLIT_NOBODY
    return Refusal.STREET_EXISTS if street_slug(state.name, split.part) == state.slug else None


def taken_in(state: StreetState, taking: TakeIn) -> StreetState:
    """The street with the people and the name of the other; taking in twice changes nothing."""
    people = [*state.gangmakers, *(person for person in taking.people if person not in state.gangmakers)]
    part = state.part or ""
    if taking.name not in (state.name, *part.removeprefix("samen met ").split(" en ")):
        part = f"{part} en {taking.name}" if part else f"samen met {taking.name}"
    return state.model_copy(update={"gangmakers": people, "shape": Shape.SEVERAL, "part": part or None})


def parted(state: StreetState, split: Split) -> StreetState:
    """The new street that the others begin; its potje is proposed by who split it off."""
    return StreetState(
        municipality=state.municipality,
        slug=street_slug(state.name, split.part),
        name=state.name,
        part=split.part,
        wijk=state.wijk,
        phase=Phase.ACTIVE,
        gangmakers=split.people,
        accepted_by=split.by,
        intakes=1,
        shape=Shape.PART,
        since=state.since,
        split_from=state.slug,
        decided_year=state.decided_year,
    )
