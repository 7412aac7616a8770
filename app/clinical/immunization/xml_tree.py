"""XML: bytes to a small tree that can say where each element stands. Knows no schedule.

A document type or an entity is refused before anything is expanded, so a hostile file costs no
more than its own size. The parser opens no other file.
"""

from xml.parsers import expat

from app.errors import ScheduleRefused

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 24


class Node:
    """One element: its tag, its own text, its children in order, and its line in `file`."""

    __slots__ = ("children", "file", "line", "parent", "tag", "text")

    def __init__(self, tag: str, file: str, line: int, parent: "Node | None") -> None:
        self.tag = tag
        self.file = file
        self.line = line
        self.parent = parent
        self.text = ""
        self.children: list[Node] = []

    @property
    def where(self) -> str:
        """The path from the root, counting from 1 where an element repeats, and the line."""
        steps: list[str] = []
        node: Node | None = self
        while node is not None:
            steps.append(node._step())
            node = node.parent
        return f"{'/'.join(reversed(steps))} (line {self.line})"

    def _step(self) -> str:
        same = [n for n in self.parent.children if n.tag == self.tag] if self.parent else []
        return f"{self.tag}[{same.index(self) + 1}]" if len(same) > 1 else self.tag

    def all(self, tag: str) -> list["Node"]:
        return [n for n in self.children if n.tag == tag]

    def get(self, tag: str) -> "Node | None":
        return next((n for n in self.children if n.tag == tag), None)

    def value(self, tag: str) -> str:
        """The text of a child; "" when it is absent, empty or the text n/a."""
        node = self.get(tag)
        return node.own if node else ""

    @property
    def own(self) -> str:
        text = self.text.strip()
        return "" if text.lower() == "n/a" else text

    def refuse(self, why: str) -> ScheduleRefused:
        return ScheduleRefused(self.file, self.where, why)


class _Builder:
    def __init__(self, file: str) -> None:
        self.file = file
        self.root: Node | None = None
        self.open: list[Node] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._forbidden
        self.parser.EntityDeclHandler = self._forbidden

    def _start(self, tag: str, _attributes: dict[str, str]) -> None:
        parent = self.open[-1] if self.open else None
        node = Node(tag, self.file, self.parser.CurrentLineNumber, parent)
        if len(self.open) >= MAX_DEPTH:
            raise node.refuse("elements are nested too deep")
        if parent is None:
            self.root = node
        else:
            parent.children.append(node)
        self.open.append(node)

    def _end(self, _tag: str) -> None:
        self.open.pop()

    def _text(self, data: str) -> None:
        self.open[-1].text += data

    def _forbidden(self, *_: object) -> None:
        line = self.parser.CurrentLineNumber
        raise ScheduleRefused(self.file, f"line {line}", "a document type or entity is not allowed")


def parse_xml(data: bytes, file: str) -> Node:
    """The root of `data`; ScheduleRefused names `file` and the line when it is not usable XML."""
    if len(data) > MAX_BYTES:
        raise ScheduleRefused(file, "the file", "it is larger than 8 MB")
    builder = _Builder(file)
    try:
        builder.parser.Parse(data, True)
    except expat.ExpatError as error:
        why = expat.ErrorString(error.code)
        raise ScheduleRefused(file, f"line {error.lineno}", f"not well-formed ({why})") from None
    if builder.root is None:
        raise ScheduleRefused(file, "line 1", "it holds no element")
    return builder.root
