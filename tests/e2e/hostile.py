"""Requests that no page of ours sends, for every door of the web process."""

from dataclasses import dataclass, field
from uuid import uuid4

FORM = {"content-type": "application/x-www-form-urlencoded"}
MULTIPART = {"content-type": "multipart/form-data; boundary=grens"}
FILE = (
    b'--grens\r\nContent-Disposition: form-data; name="street"; filename="x.exe"\r\n\r\nMZ\r\n--grens--\r\n'
)
LONG = "a" * 5_000
HUGE = "a" * 70_000
NOBODY = uuid4()


@dataclass(frozen=True)
class Request:
    """One of them."""

    method: str
    path: str
    content: bytes | str | None = None
    headers: dict[str, str] = field(default_factory=dict)


def post(path: str, content: bytes | str, headers: dict[str, str] | None = None) -> Request:
    """A form, or what should look like one."""
    return Request("POST", path, content, FORM if headers is None else headers)


STEP, CHECK = "/rotterdam/aanmelden/straat", "/rotterdam/aanmelden/controleer"
ANSWER = "/rotterdam/antwoord/abcdefghijklmnopqrstuvwxyz"

PATHS = [
    "/%00",
    "/%ff%fe",
    "/rotterdam%00",
    "/rotterdam/",
    "//rotterdam//",
    "/../../etc/passwd",
    "/static/..%2f..%2f..%2fpyproject.toml",
    "/static/%00",
    "/static",
    "/atlantis",
    "/atlantis/aanmelden",
    "/atlantis/aanmelden/straat",
    "/atlantis/gezicht.css",
    "/rotterdam/aanmelden/%F0%9F%8C%B7",
    "/rotterdam/aanmelden/ontvangen/%00",
    "/rotterdam/aanmelden/ontvangen/' or 1=1 --",
    "/rotterdam/antwoord/%00",
    f"/rotterdam/antwoord/{LONG}",
    f"/{LONG}",
    "/rotterdam?campagne=<script>alert(1)</script>",
    "/rotterdam?campagne=%00%ff&taal=klingon",
    "/rotterdam/aanmelden?campagne=" + LONG,
    "/rotterdam/straten?pagina=99999999999999999999999999&zoek=%00&fase=zomaar&wijk=%ff",
    "/rotterdam/straten?pagina=-1",
    "/rotterdam/straten?pagina=\u0661",
    "/rotterdam/straten/%00",
    f"/rotterdam/straten/{LONG}",
    "/rotterdam/mijn-straat/%00",
    f"/rotterdam/mijn-straat/{LONG}",
    "/rotterdam/mijn-straat?klaar=%00",
    "/rotterdam/mijn-straat/attentie/geen-uuid/weg",
    f"/rotterdam/mijn-straat/verhaal/{NOBODY}/terug",
    "/atlantis/mijn-straat",
    "/rotterdam/goedkeuren?jaar=99999999999999999999&wijk=%00&pagina=-1",
    "/rotterdam/goedkeuren?goedgekeurd=9999999999999999&cent=\u0661",
    "/rotterdam/betalen?jaar=nul",
    "/rotterdam/betalen/geen-uuid",
    f"/rotterdam/betalen/{NOBODY}?pagina=99999999999999999999",
    f"/rotterdam/afschriften/{NOBODY}",
    f"/rotterdam/afschriften/regels/{NOBODY}",
    "/rotterdam/afschriften?pagina=%00",
    "/rotterdam/budget/0",
    "/rotterdam/budget/99999999999999999999",
    f"/rotterdam/budget/2026/boekingen/{NOBODY}",
    "/rotterdam/jaar/-1",
    "/rotterdam/rapporten?jaar=\u0661",
    "/rotterdam/rapporten?jaar=99999999999999999999",
    "/rotterdam/rapporten/2026/boeken.exe",
    "/?naar=//elders.example/x",
    "/?naar=%00",
]

POSTS = [
    post(STEP, b"street=%ff%fe&wijk=Noord"),
    post(STEP, b"\xff\xfe\x00street"),
    post(STEP, "street=%00&wijk=%00&part=%00"),
    post(STEP, f"street={LONG}&part={LONG}&wijk={LONG}"),
    post(STEP, f"street={HUGE}"),
    post(STEP, "street=" + "%F0%9F%8C%B7" * 60 + "&wijk=Noord"),
    post(STEP, "street=Laan&street=Plein&wijk=Noord&wijk=Zuid"),
    post(STEP, "&".join(f"veld{number}=x" for number in range(400))),
    post(STEP, "{}", {"content-type": "application/json"}),
    post(STEP, "street=Laan", {"content-type": "text/plain"}),
    post(STEP, "street=Laan", {}),
    post(STEP, FILE, MULTIPART),
    post(STEP, FILE[:40], MULTIPART),
    post(STEP, b"", MULTIPART),
    post(STEP, b"--x", {"content-type": "multipart/form-data"}),
    post(STEP, "street=Laan", {"content-type": "application/x-www-form-urlencoded; charset=utf-7"}),
    post(STEP, "street=Laan", FORM | {"content-encoding": "gzip"}),
    post(STEP, "street=Laan", FORM | {"cookie": "aanmelding=%%%; taal=%%%; taal=xx"}),
    post(STEP, "street=Laan", FORM | {"cookie": f"aanmelding={LONG}"}),
    post(STEP, "street=Laan", FORM | {"host": "elders.example", "x-forwarded-host": "elders.example"}),
    post("/rotterdam/aanmelden/u", "name=%E2%80%AEnaam&email=a@b@c&phone=" + "9" * 300),
    post("/rotterdam/aanmelden/samen", "together=misschien&second_email=%00"),
    post("/rotterdam/aanmelden/bestaat-niet", "x=y"),
    post(CHECK, "form=geen-uuid"),
    post(CHECK, f"form={NOBODY}"),
    post(CHECK, ""),
    post(ANSWER, "answer=yes"),
    post(ANSWER, "answer=misschien"),
    post("/rotterdam", "x=y"),
    post("/", f"municipality={LONG}&seat=%00&naar=//elders.example"),
    post("/uit", "x=%00"),
    post("/rotterdam/intakes/intake-rotterdam-x-1/plan", f"form={NOBODY}&day=x"),
    post("/rotterdam/intakes/%00/plan", f"form={NOBODY}"),
    post("/rotterdam/intakes/intake-rotterdam-x-1/record", "form=geen"),
    post("/rotterdam/potjes/potje-rotterdam-x-2026/approve", f"form={NOBODY}"),
    post("/rotterdam/potjes/potje-rotterdam-x-2026/steal", f"form={NOBODY}"),
    post("/rotterdam/mijn-straat/abcdefghijklmnopqrstuvwxyz", ""),
    post("/rotterdam/mijn-straat/code", "code=123456"),
    post("/rotterdam/mijn-straat/code", "code=123456", FORM | {"cookie": "deur=%%%; binnen=%%%"}),
    post("/rotterdam/mijn-straat/code/opnieuw", ""),
    post("/rotterdam/mijn-straat/rekening", f"holder={LONG}&iban={LONG}", FORM | {"cookie": "rekening=%%%"}),
    post("/rotterdam/mijn-straat/rekening/controleer", f"form={NOBODY}"),
    post("/rotterdam/mijn-straat/attentie", f"form={NOBODY}&day=%00&amount=%00&occasion=%00"),
    post("/rotterdam/mijn-straat/verhaal", f"form=geen&text={LONG}&share=misschien"),
    post("/rotterdam/mijn-straat/uit", ""),
    post("/rotterdam/goedkeuren", f"form={NOBODY}&jaar=x&welke=gekozen"),
    post("/rotterdam/goedkeuren", f"form={NOBODY}&" + "&".join(f"potje=p{n}" for n in range(200))),
    post("/rotterdam/betalen", f"form={NOBODY}&jaar=2026&day=2026-02-30"),
    post(f"/rotterdam/betalen/{NOBODY}/release", f"form={NOBODY}"),
    post(f"/rotterdam/betalen/{NOBODY}/download", f"form={NOBODY}"),
    post(f"/rotterdam/betalen/{NOBODY}/steal", f"form={NOBODY}"),
    post("/rotterdam/afschriften", FILE, MULTIPART),
    post("/rotterdam/afschriften", FILE[:40], MULTIPART),
    post("/rotterdam/afschriften", "bestand=x"),
    post(f"/rotterdam/afschriften/regels/{NOBODY}", f"form={NOBODY}&place=grant"),
    post("/rotterdam/budget/2026/grant", f"form={NOBODY}&cents=%00&reason=%00"),
    post("/rotterdam/budget/2026/bribe", f"form={NOBODY}"),
    post("/rotterdam/jaar/2026/close", ""),
    post(f"/rotterdam/rekeningen/{NOBODY}/stop", f"form={NOBODY}"),
]

METHODS = [
    Request(method, path)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE", "PROPFIND", "STRAAT")
    for path in ("/", "/rotterdam", STEP, CHECK, ANSWER, "/gezond", "/static/site.css")
]

HOSTILE = [*(Request("GET", path) for path in PATHS), *POSTS, *METHODS]
