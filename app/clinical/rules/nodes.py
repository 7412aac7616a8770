"""Nodes: compiled definitions. Each answers True, False or None (not known) for a scene.

None comes from data that was not read, value sets that are not loaded, or a birth date or sex
that is not recorded; never from a fact that merely fails a test.
"""

from collections.abc import Callable

from app.clinical.rules.definitions import Definition, Find
from app.clinical.rules.rows import Row
from app.clinical.rules.scene import UNSET, Index, Scene

Truth = bool | None
Holds = Callable[[Scene], Truth]
Select = Callable[[Scene], list[Row]]


class Node:
    """A compiled definition. `select` is None for a statement that is not about facts; `unbound`
    is the inner question of one that holds for some one fact; `sought` are the code lists that it
    and its parts look at, `needs` those without a fact of which it cannot hold (see absence).
    `worded`: kinds of fact of which a local code's words may mean what it or a part looks for.
    `is_fixed`: neither the day asked nor the period is in it; its answer stays with the facts."""

    __slots__ = (
        "asked",
        "definition",
        "holds",
        "is_fixed",
        "keys",
        "kinds",
        "letters",
        "needs",
        "own_kinds",
        "parts",
        "picky",
        "select",
        "sentences",
        "sought",
        "unbound",
        "unloaded",
        "unreadable",
        "worded",
        "words",
    )  # fmt: skip

    def __init__(self, definition: Definition) -> None:
        self.definition = definition
        self.parts: tuple[Node, ...] = ()
        self.holds: Holds = lambda scene: None
        self.unbound: Holds | None = None
        self.select: Select | None = None
        self.kinds: frozenset[str] = frozenset()
        self.letters: frozenset[str] = frozenset()
        self.own_kinds: frozenset[str] = frozenset()
        self.keys: tuple[int, ...] = ()
        self.sought: tuple[int, ...] = ()
        self.is_fixed = False
        self.needs: frozenset[int] | None = None
        self.unloaded: tuple[str, ...] = ()
        self.picky = False
        self.words: tuple[str, ...] = ()
        self.worded: frozenset[str] = frozenset()
        self.asked: tuple[Node, ...] = ()
        self.unreadable: Callable[[Scene], bool] | None = None
        self.sentences = _sentences(definition)

    def rows(self, scene: Scene) -> list[Row]:
        """The facts it found; none for a statement that is not about facts."""
        return self.select(scene) if self.select else []

    def doubted(self, scene: Scene) -> bool:
        """Facts that it needs may exist although the chart does not show them."""
        index = scene.index
        if self.unloaded or (index.withheld and not index.withheld.isdisjoint(self.keys)):
            return True
        if index.missing and not self.kinds.isdisjoint(index.missing):
            return True
        if self.unreadable is not None and not index.as_published and self.unreadable(scene):
            return True
        return bool(index.unmapped) and looks_unmapped(index, self.kinds, self.words)


def _sentences(definition: Definition) -> dict[Truth, str]:
    """The definition's words for each answer."""
    name = definition.name
    denied = f"{'No' if isinstance(definition.body, Find) else 'Not'} {name}"
    return {
        True: definition.says or name[:1].upper() + name[1:],
        False: definition.otherwise or denied,
        None: f"Not known: {name}",
    }


def remember(slot: int, work: Callable[[Scene], object]) -> Callable[[Scene], object]:
    """Work once per scene: shared definitions are asked by many measures."""

    def answer(scene: Scene) -> object:
        found = scene.memo[slot]
        if found is UNSET:
            found = scene.memo[slot] = work(scene)
        return found

    return answer


def every(parts: tuple[Holds, ...]) -> Holds:
    """All hold; None when none fails but one is not known."""

    def holds(scene: Scene) -> Truth:
        answer: Truth = True
        for part in parts:
            found = part(scene)
            if found is False:
                return False
            if found is None:
                answer = None
        return answer

    return holds


def some(parts: tuple[Holds, ...]) -> Holds:
    """Any holds; None when none does but one is not known."""

    def holds(scene: Scene) -> Truth:
        answer: Truth = False
        for part in parts:
            found = part(scene)
            if found:
                return True
            if found is None:
                answer = None
        return answer

    return holds


def neither(parts: tuple[Holds, ...]) -> Holds:
    """None of them holds."""
    any_holds = some(parts)

    def holds(scene: Scene) -> Truth:
        found = any_holds(scene)
        return None if found is None else not found

    return holds


def looks_unmapped(index: Index, kinds: frozenset[str], words: tuple[str, ...]) -> bool:
    """A local code that no mapping explains, and whose display reads like what is sought."""
    if not words:
        return False
    texts = [text for kind, text in index.unmapped.items() if kind in kinds]
    return any(word in text for text in texts for word in words)
