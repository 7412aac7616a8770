"""A browser small enough to read: cookies, redirects, forms, fetch metadata. Runs no script.

It stores Secure cookies over loopback http, as real browsers do for trustworthy origins.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

MAX_HOPS = 10


@dataclass(slots=True)
class Form:
    action: str
    method: str
    fields: dict[str, str]


class PageParser(HTMLParser):
    """Forms, links and the visible text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.text = ""
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {k: v or "" for k, v in attrs}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag == "form":
            method = found.get("method", "get").lower()
            self.forms.append(Form(found.get("action", ""), method, {}))
        elif tag == "input" and self.forms and found.get("name"):
            kind = found.get("type", "text")
            if kind not in ("radio", "checkbox") or "checked" in found:
                self.forms[-1].fields[found["name"]] = found.get("value", "")
        elif tag == "select":
            self._select = found.get("name", "")
        elif tag == "option" and self.forms and self._select and "selected" in found:
            self.forms[-1].fields[self._select] = found.get("value", "")

    def handle_data(self, data: str) -> None:
        self.text += data


@dataclass(slots=True)
class Page:
    url: str
    status: int
    html: str
    headers: httpx.Headers
    hops: list[str] = field(default_factory=list)

    @property
    def parsed(self) -> PageParser:
        parser = PageParser()
        parser.feed(self.html)
        return parser

    @property
    def text(self) -> str:
        """Visible words with white space folded."""
        return " ".join(self.parsed.text.replace("\xa0", " ").split())

    def form(self, action_ends: str) -> Form:
        return next(f for f in self.parsed.forms if f.action.endswith(action_ends))


class MiniBrowser:
    """One browser profile. `framed` sends what a frame inside the EHR's page would send;
    `keeps_cookies` false is a browser that blocks them."""

    def __init__(self, *, framed: bool = True, keeps_cookies: bool = True) -> None:
        self._http = httpx.Client(timeout=120, trust_env=False)
        self._cookies: dict[str, dict[str, str]] = {}
        self._dest = "iframe" if framed else "document"
        self._keeps = keeps_cookies

    def close(self) -> None:
        self._http.close()

    def get(self, url: str) -> Page:
        return self._go("GET", url, site="cross-site")

    def stop_before(self, url: str, fragment: str) -> str:
        """Follow redirects up to, and not into, the first URL that contains `fragment`."""
        for _hop in range(MAX_HOPS):
            answer = self._send("GET", url, "cross-site", None, "")
            url = urljoin(url, answer.headers["location"])
            if fragment in url:
                return url
        raise AssertionError(f"never came to {fragment}")

    def submit(self, page: Page, form: Form, values: dict[str, str]) -> Page:
        """Send a form of `page` as its own script-less browser would."""
        url = urljoin(page.url, form.action)
        return self.post(url, form.fields | values)

    def post(
        self, url: str, fields: dict[str, str], *, site: str = "same-origin", origin: str = "null"
    ) -> Page:
        return self._go("POST", url, site=site, data=fields, origin=origin)

    def cookies_of(self, url: str) -> dict[str, str]:
        return self._cookies.setdefault(urlsplit(url).netloc, {})

    def _go(
        self,
        method: str,
        url: str,
        *,
        site: str,
        data: dict[str, str] | None = None,
        origin: str = "",
    ) -> Page:
        hops: list[str] = []
        for _hop in range(MAX_HOPS):
            answer = self._send(method, url, site, data, origin)
            hops.append(url)
            target = answer.headers.get("location")
            if answer.status_code not in (301, 302, 303) or not target:
                return Page(url, answer.status_code, answer.text, answer.headers, hops)
            method, url, data, origin = "GET", urljoin(url, target), None, ""
        raise AssertionError(f"redirect loop: {hops}")

    def _send(
        self, method: str, url: str, site: str, data: dict[str, str] | None, origin: str
    ) -> httpx.Response:
        jar = self.cookies_of(url)
        headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": self._dest}
        if origin:
            headers["Origin"] = origin
        if jar and self._keeps:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in jar.items())
        self._http.cookies.clear()
        answer = self._http.request(method, url, headers=headers, data=data)
        for line in answer.headers.get_list("set-cookie"):
            name, _, rest = line.partition("=")
            value = rest.split(";")[0]
            if "Max-Age=0" in line or not value:
                jar.pop(name, None)
            elif self._keeps:
                jar[name] = value
        return answer
