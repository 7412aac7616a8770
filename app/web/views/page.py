"""What the frame of every page needs, whatever stands in it."""

from dataclasses import dataclass
from typing import Literal

Dir = Literal["ltr", "rtl"]
Theme = Literal["", "light", "dark"]


@dataclass(frozen=True, slots=True)
class Page:
    """`nonce` is the response's CSP nonce. `title` holds no patient data: it reaches histories.

    `host_origins` may tell the script that the chart changed. `theme` forces light or dark.
    `styles` are files of static/; `look` is the address of a sheet
    that follows them with the EHR's colors, "" for none (views.look).
    """

    title: str = "Chartside"
    nonce: str = ""
    lang: str = "en"
    dir: Dir = "ltr"
    theme: Theme = ""
    host_origins: tuple[str, ...] = ()
    styles: tuple[str, ...] = ("chartside.css",)
    look: str = ""
