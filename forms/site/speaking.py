"""Templates of one language, that read rows: what every page says alike is said when they are compiled."""

from collections.abc import Callable
from typing import Any, cast

from asyncpg import Record
from jinja2 import Environment, nodes
from jinja2.visitor import NodeTransformer

SAYS = ("_", "gettext")
Say = Callable[[str], str]


class Speaking(Environment):
    """An environment that speaks one language, and reads rows of the database."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree: nodes.Template = Said(cast("Say", self.globals["_"])).visit(
            super()._parse(source, name, filename)
        )
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 - whatever a template is given
        """A row is asked for its column first, since it has no attribute of that name."""
        if type(obj) is Record:
            try:
                return obj[attribute]
            except KeyError:
                pass
        return super().getattr(obj, attribute)


class Said(NodeTransformer):
    """Puts what a sentence is in this language in the place of asking for it: a third of what a list cost."""

    def __init__(self, say: Say) -> None:
        self._say = say

    def visit_Call(self, node: nodes.Call, *more: Any, **named: Any) -> nodes.Node:  # noqa: ANN401, N802
        """A sentence that is written in the template itself, with nothing to fill in."""
        asked = self.generic_visit(node, *more, **named)
        match asked:
            case nodes.Call(
                node=nodes.Name(name=name),
                args=[nodes.Const(value=str(sentence))],
                kwargs=[],
                dyn_args=None,
                dyn_kwargs=None,
            ) if name in SAYS:
                return nodes.Const(self._say(sentence), lineno=node.lineno)
        return asked
