"""Pages as a program reads them: their forms, and what of somebody's typing became a tag of ours."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from tests.fuzz.values import CANARY

BUTTONS = ("submit", "image", "button", "reset")


@dataclass
class Field:
    """Something to fill in. ``options`` are what the page offers."""

    name: str
    kind: str
    value: str = ""
    options: list[str] = field(default_factory=list)


@dataclass
class Form:
    """A form that is posted, and where."""

    action: str
    fields: dict[str, Field] = field(default_factory=dict)
    multipart: bool = False

    @property
    def shape(self) -> tuple[str, tuple[str, ...]]:
        """What tells two forms apart."""
        return self.action, tuple(sorted(self.fields))


class Page(HTMLParser):
    """The forms and links of a page, and tags or attributes that nobody of us wrote."""

    def __init__(self, text: str, address: str) -> None:
        super().__init__(convert_charrefs=True)
        self.address = address
        self.language = ""
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.strangers: list[str] = []
        self.ids: set[str] = set()
        self.has_heading = False
        self._form: Form | None = None
        self._choosing: Field | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Every tag that opens."""
        said = {name: value or "" for name, value in attrs}
        self._judge(tag, said)
        self.ids |= {said["id"]} if "id" in said else set()
        match tag:
            case "html":
                self.language = said.get("lang", "")
            case "h1":
                self.has_heading = True
            case "a" if "href" in said:
                self.links.append(urljoin(self.address, said["href"]))
            case "form":
                self._begin(said)
            case "input" | "select" | "textarea" | "button":
                self._fill(tag, said)
            case "option" if self._choosing is not None:
                self._choosing.options.append(said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        """Every tag that closes."""
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._choosing = None

    def _judge(self, tag: str, said: dict[str, str]) -> None:
        names = [tag, *said]
        self.strangers += [f"<{tag} {name}>" for name in names if CANARY in name]
        self.strangers += [
            f"<{tag} {name}={value[:40]!r}>"
            for name, value in said.items()
            if CANARY in value and _runs(tag, name, value)
        ]

    def _begin(self, said: dict[str, str]) -> None:
        if said.get("method", "get").lower() != "post":
            return
        parts = urlsplit(urljoin(self.address, said.get("action", "")))
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self._form = Form(path, multipart="multipart" in said.get("enctype", ""))
        self.forms.append(self._form)

    def _fill(self, tag: str, said: dict[str, str]) -> None:
        form, name = self._form, said.get("name", "")
        if form is None or not name:
            return
        kind = said.get("type", "text") if tag == "input" else tag
        known = form.fields.setdefault(name, Field(name, kind, said.get("value", "")))
        if tag == "select":
            self._choosing = known
        elif kind in ("radio", "checkbox", *BUTTONS) or (tag == "button" and "value" in said):
            known.options.append(said.get("value", "on"))


def _runs(tag: str, name: str, value: str) -> bool:
    """Whether an attribute is one that a browser acts on, and what was typed begins it."""
    if name.startswith("on") or name == "style":
        return True
    acts = (tag, name) in {("script", "src"), ("iframe", "src"), ("form", "action")}
    return acts or (name in ("href", "src") and value.strip().lower().startswith(("javascript:", "data:")))


def merged(forms: Iterable[Form]) -> list[Form]:
    """Each form once, by where it goes and what it asks."""
    return list({form.shape: form for form in forms}.values())
