"""A page as a person sees it: elements by test id, rows of boxes. Reads HTML, nothing else."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from html.parser import HTMLParser

TODAY_CLOCK = datetime(2026, 11, 24, 19, 10, tzinfo=UTC)  # 2:10 PM at the clinic
VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list["Element"] = field(default_factory=list)
    words: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All words below, in order of appearance, single-spaced."""
        return " ".join(" ".join(self.words).split())

    def all(self, tag: str) -> list["Element"]:
        below = [found for child in self.children for found in child.all(tag)]
        return ([self] if self.tag == tag else []) + below


class Screen(HTMLParser):
    """Parsed page. Raises AssertionError when a tag is not closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Element("root", {})
        self._open = [self.root]
        self.feed(html)
        assert self._open == [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(made)
        if tag not in VOID:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.words.append(data)

    def find(self, test_id: str) -> list[Element]:
        """Elements with this data-testid."""
        queue, found = [self.root], []
        while queue:
            element = queue.pop(0)
            if element.attributes.get("data-testid") == test_id:
                found.append(element)
            queue.extend(element.children)
        return found

    def one(self, test_id: str) -> Element:
        (found,) = self.find(test_id)
        return found

    def rows(self, box: str) -> list[list[str]]:
        """Body rows of a box of the chart."""
        table = self.one(f"box-{box}").all("tbody")
        return [[cell.text for cell in row.children] for body in table for row in body.children]
