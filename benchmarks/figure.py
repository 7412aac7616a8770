"""One measured figure and how it is printed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`name: value unit`, the line that README quotes; `note` says how it was taken."""

    name: str
    value: float | int
    unit: str = ""
    note: str = ""

    def __str__(self) -> str:
        value = f"{self.value:.3f}" if isinstance(self.value, float) else str(self.value)
        tail = f"  ({self.note})" if self.note else ""
        return f"{self.name}: {value} {self.unit}".rstrip() + tail
