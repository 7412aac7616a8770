"""Absence: code lists without a fact of which a statement cannot hold. Found once, at compiling.

Most people have no fact of most lists: their answer then needs no walk through the statement.
"""

from app.clinical.rules.definitions import Combine, Days, Find, Lowest
from app.clinical.rules.nodes import Holds, Node, Truth
from app.clinical.rules.scene import UNSET, Index, Scene

Needs = frozenset[int] | None
"""Where the chart has no fact of any of these lists, the answer is False, or not known where
facts of that kind are in doubt. None: it may hold without any."""


def find_needs(node: Node, parts: dict[str, Node]) -> Needs:
    """From the node's own lists and what its parts need, which are compiled before it."""
    body = node.definition.body
    if isinstance(body, Find):
        return None if node.unloaded else frozenset(node.keys) or None
    if node.definition.bound is not None:  # holds for some one fact of this part
        return parts[node.definition.bound[0]].needs
    if isinstance(body, Combine) and body.how == "all":
        told = [part.needs for name in body.parts if (part := parts[name]).needs is not None]
        return min(told, key=len, default=None)
    if isinstance(body, Days) or (isinstance(body, Combine) and body.how == "any"):
        return _any_of([parts[name].needs for name in body.parts])
    return parts[body.base].needs if isinstance(body, Lowest) else None


def _any_of(each: list[Needs]) -> Needs:
    """Where one may hold without a fact, so may any of them."""
    told = [needs for needs in each if needs is not None]
    return frozenset[int]().union(*told) if len(told) == len(each) else None


def is_absent(node: Node, index: Index) -> bool:
    """It holds on no day: what it needs is not there, and there is no doubt about that."""
    return (
        node.needs is not None
        and node.needs.isdisjoint(index.present)
        and node.kinds.isdisjoint(index.doubted)
        and node.worded.isdisjoint(index.unmapped)
    )


def remember_absent(slot: int, node: Node, needs: frozenset[int]) -> Holds:
    """Once per scene, and without asking where none of the facts that it needs is there."""
    work, kinds, worded = node.holds, node.kinds, node.worded

    def holds(scene: Scene) -> Truth:
        memo = scene.memo
        found: Truth = memo[slot]
        if found is UNSET:
            index = scene.index
            if (  # is_absent, in line: asked of every statement of every measure
                needs.isdisjoint(index.present)
                and kinds.isdisjoint(index.doubted)
                and worded.isdisjoint(index.unmapped)
            ):
                found = False
            else:
                found = work(scene)
            memo[slot] = found
        return found

    return holds
