"""The shape of a street: a part, a block, a flat; two that become one, one that becomes two."""

from temporalio import workflow
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.workflow import ParentClosePolicy

from workflows.engine import attributes, do, refuse, refuse_if
from workflows.street_people import StreetPeople

with workflow.unsafe.imports_passed_through():
    from schemas import steps
    from schemas.calendar import dutch_date
    from schemas.facts import Template
    from schemas.refusals import Refusal
    from schemas.shapes import (
        Merge,
        MergeOrder,
        Reshape,
        Split,
        TakeIn,
        merge_refusal,
        parted,
        split_refusal,
        taken_in,
    )
    from schemas.street import Phase, StreetStart, stopped, weighed, without


class StreetShape(StreetPeople):
    """What carries the potje. History stays: with the street that goes on, and with the one that does not."""

    @workflow.update(description="Een andere vorm")
    async def reshape(self, reshape: Reshape) -> None:
        """Another shape, or other words for the part; the address of the street stays what it was."""
        await self._ready()
        async with self._lock:
            self.may_reshape(reshape)
            self._change(shape=reshape.shape, part=reshape.part)
            fact = self._fact(self._once("shaped"), actor=reshape.by)
            await do(steps.SHAPE_STREET, fact, f"De vorm van de straat: {self._state.title}")
            self._show()

    @reshape.validator
    def may_reshape(self, reshape: Reshape) -> None:
        """What ended has its last shape."""
        if self._state.phase is Phase.ENDED:
            refuse_if(Refusal.STREET_OVER)

    @workflow.update(description="Deze straat gaat verder in een andere")
    async def merge(self, merge: Merge) -> None:
        """Its people become gangmakers there; its own potje is taken back if it is still on its way."""
        await self._ready()
        async with self._lock:
            self.may_merge(merge)
            self._merging = True
            try:
                await self._go_into(merge)
            finally:
                self._merging = False
            self._show_moved()

    async def _go_into(self, merge: Merge) -> None:
        state = self._state
        taking = TakeIn(source=state.slug, name=state.title, people=state.gangmakers, by=merge.by)
        order = MergeOrder(
            municipality=state.municipality, into=merge.into, key=self._once(state.slug), taking=taking
        )
        merged = await do(steps.MERGE_STREET, order, f"Verder in {merge.into}: neem de gangmakers mee")
        if merged.refusal:
            refuse(merged.refusal)
        self._state = stopped(self._state)
        self._change(gangmakers=[], merged_into=merge.into)
        fact = self._fact(self._once("merged"), leaving=taking.people, actor=merge.by)
        await do(steps.SHAPE_STREET, fact, f"Ging verder in {merge.into}")
        await self._take_potje_back(merge.by)

    @merge.validator
    def may_merge(self, merge: Merge) -> None:
        """Only what is active, and not into itself."""
        refuse_if(merge_refusal(self._state, merge))

    @workflow.update(description="Een andere straat gaat hier verder")
    async def take_in(self, taking: TakeIn) -> None:
        """The people of another street join, as a coordinator agreed with them; a mail tells them."""
        await self._ready()
        self.may_take_in(taking)
        async with self._lock:
            self.may_take_in(taking)
            self._state = weighed(taken_in(self._state, taking), self._own_terms().minimum_gangmakers)
            letters = self._letters(Template.STREET_MERGED, self._state.gangmakers)
            fact = self._fact(f"tookin-{taking.source}", letters=letters, actor=taking.by)
            await do(steps.SHAPE_STREET, fact, f"{taking.name} gaat hier verder")
            self._show()

    @take_in.validator
    def may_take_in(self, taking: TakeIn) -> None:
        """Only an active street that is not itself on its way into another."""
        if self._merging:
            refuse_if(Refusal.STREET_BUSY)
        if self._state.phase is not Phase.ACTIVE:
            refuse_if(Refusal.STREET_NOT_ACTIVE)

    @workflow.update(description="Een deel gaat verder als eigen straat")
    async def split(self, split: Split) -> None:
        """Some gangmakers go on as a part with a potje of its own."""
        await self._ready()
        async with self._lock:
            self.may_split(split)
            part = parted(self._state, split)
            try:
                await workflow.start_child_workflow(
                    "StreetWorkflow",
                    StreetStart(state=part),
                    id=part.workflow_id,
                    parent_close_policy=ParentClosePolicy.ABANDON,
                    search_attributes=attributes(part.municipality, part.phase, part.wijk),
                    static_summary=f"{part.title}, {self._own_terms().municipality_name}",
                )
            except WorkflowAlreadyStartedError:
                refuse(Refusal.STREET_EXISTS)
            minimum = self._own_terms().minimum_gangmakers
            self._state = without(self._state, split.people, minimum, dutch_date(workflow.now()))
            letters = self._letters(Template.STREET_SPLIT, split.people, part=part.title)
            letters += self._letters(Template.STREET_SPLIT, self._state.gangmakers, part=part.title)
            fact = self._fact(f"split-{part.slug}", letters=letters, leaving=split.people, actor=split.by)
            await do(steps.SHAPE_STREET, fact, f"{part.title} gaat verder als eigen straat")
            self._show()

    @split.validator
    def may_split(self, split: Split) -> None:
        """Both parts keep at least one gangmaker."""
        refuse_if(split_refusal(self._state, split))
