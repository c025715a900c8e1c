"""Policy files: three different municipalities load, and every mistake is told with key, value and rule."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.contrast import contrast
from schemas.policy import PayoutKind, Policy, PolicyError, budget_year, read_policy, terms_of
from schemas.refs import Language
from tests.conftest import MUNICIPALITIES, TODAY

RIGHT = """
name = "Proefstad"
bag_code = "0000"
minimum_gangmakers = 1
wijken = ["Noord", "Zuid"]
[face]
title = "Lief en leed"
colour = "#00703c"
[contact]
name = "het team"
email = "team@proefstad.example"
phone = "010 123 45 67"
[spelregels]
nl = ["Een."]
en = ["One."]
[potje]
receipt_reminder = "P5D"
[[potje.parts]]
kind = "cash"
euros = 75.50
[signup]
reminders = ["P3D", "P7D"]
expires_after = "P14D"
[intake]
minutes = 45
[renewal]
month = 9
day = 1
[retention]
declined = "P28D"
[[budgets]]
year = 2026
euros = 1000
"""
LENGTH = 'a length of time is written as "P14D" (14 days) or "PT12H" (12 hours)'
TOP = (
    "bag_code, bank, budgets, closing, concerns, contact, face, forecast, funders, intake, "
    "minimum_gangmakers, name, oin, payout, potje, renewal, retention, scouting, sign_in, signup, "
    "spelregels, wijken"
)
INTAKE = "minutes, plan_within, profile, reminder_before"
PAYOUT = "account_reminder, auditor_email, return_window, statement_reminder"
FUNDERS = '[[funders]]\nkey = "fonds"\nname = "Het fonds"\n'


def unknown(allowed: str) -> str:
    """The rule for a key nobody knows."""
    return f"this key is not known; allowed are {allowed}"


ARABIC = "\N{ARABIC-INDIC DIGIT ZERO}" * 4
MISTAKES = [
    ("[face]", "motto = 1\n[face]", f"motto = 1: {unknown(TOP)}"),
    (
        "[face]",
        '[face]\ncolor = "red"',
        f'face.color = "red": {unknown("accent, colour, logo, title, welcome")}',
    ),
    ("kind =", "sort = 1\nkind =", f"potje.parts.0.sort = 1: {unknown('euros, kind')}"),
    ("year =", "month = 1\nyear =", f"budgets.0.month = 1: {unknown('euros, funder, line, year')}"),
    ("[signup]", "[zomer]\n[signup]", f"zomer: {unknown(TOP)}"),
    ('"P28D"', '"P0D"', 'retention.declined = "P0D": allowed is more than nothing and at most 730 days'),
    ("minutes = 45", "minuten = 45", f"intake.minuten = 45: {unknown(INTAKE)}"),
    ('"0000"', "0", "bag_code = 0: Input should be a valid string"),
    ('"0000"', f'"{ARABIC}"', f"bag_code = \"{ARABIC}\": String should match pattern '^[0-9]{{4}}$'"),
    ('"Noord"', '""', 'wijken.0 = "": String should have at least 1 character'),
    (
        '"Noord"',
        '"Zuid"',
        'wijken = ["Zuid", "Zuid"]: each wijk may occur once; Zuid occurs more often',
    ),
    ("gangmakers = 1", "gangmakers = 9", "minimum_gangmakers = 9: Input should be less than or equal to 5"),
    (
        "75.50",
        "75.505",
        "potje.parts.0.euros = 75.505: Decimal input should have no more than 2 decimal places",
    ),
    ("75.50", "-75", "potje.parts.0.euros = -75: Input should be greater than 0"),
    ("75.50", "nan", "potje.parts.0.euros = NaN: Input should be a finite number"),
    ('"cash"', '"goud"', "potje.parts.0.kind = \"goud\": Input should be 'bank', 'cash' or 'voucher'"),
    (
        "[signup]",
        '[[potje.parts]]\nkind = "cash"\neuros = 1\n[signup]',
        "potje.parts: each kind may occur once; cash occurs more often",
    ),
    ('"P5D"', '"vijf dagen"', f'potje.receipt_reminder = "vijf dagen": {LENGTH}'),
    ('"P28D"', "28", f"retention.declined = 28: {LENGTH}"),
    ('"P28D"', '"28"', f'retention.declined = "28": {LENGTH}'),
    ('"P28D"', '"P3Y"', 'retention.declined = "P3Y": allowed is more than nothing and at most 730 days'),
    (
        '"P7D"',
        '"P2D"',
        'signup.reminders = ["P3D", "P2D"]: each reminder must come later than the one before',
    ),
    ('"P14D"', '"P7D"', 'signup.expires_after = "P7D": the end must come later than every reminder'),
    (
        "#00703c",
        "#ffee00",
        'face.colour = "#ffee00": its contrast against white is 1.2; allowed is 4.5 or more',
    ),
    (
        "[contact]",
        'accent = "#f4c35a"\n[contact]',
        'face.accent = "#f4c35a": its contrast against the page is 1.5; allowed is 3 or more',
    ),
    ("[contact]", '[face.welcome]\nnl = "Dag."\n[contact]', "face.welcome.en: this key is required"),
    (
        "[contact]",
        '[face.welcome]\nnl = "Dag <b>buur</b>."\nen = "Hello."\n[contact]',
        'face.welcome.nl = "Dag <b>buur</b>.": allowed is plain text on one line, without < or >',
    ),
    (
        "[contact]",
        f'[face.welcome]\nnl = "{"a" * 161}"\nen = "Hello."\n[contact]',
        f'face.welcome.nl = "{"a" * 161}": String should have at most 160 characters',
    ),
    ("#00703c", "groen", "face.colour = \"groen\": String should match pattern '^#[0-9a-fA-F]{6}$'"),
    ("[renewal]\nmonth = 9\nday = 1\n", "", "renewal: this key is required"),
    ("day = 1\n", "", "renewal.day: this key is required"),
    ("day = 1", "day = 31", "renewal.day = 31: Input should be less than or equal to 28"),
    ("[intake]\nminutes = 45", "[intake.minutes]", "intake.minutes: Input should be a valid integer"),
    (
        '"Een."',
        '"Een.", "Twee."',
        "spelregels: nl and en must hold the same number of lines; they hold 2 and 1",
    ),
    (
        "[[budgets]]",
        "[[budgets]]\nyear = 2026\neuros = 5\n[[budgets]]",
        "budgets: each grant may occur once; 2026 potjes gemeente occurs more often",
    ),
    (
        "year = 2026",
        'year = 2026\nline = "taart"',
        "budgets.0.line = \"taart\": Input should be 'potjes', 'starter', 'campaign' or 'hours'",
    ),
    (
        "year = 2026",
        'year = 2026\nfunder = "fonds"',
        "budgets: no such funder: fonds; allowed are gemeente",
    ),
    (
        "[[budgets]]",
        f"{FUNDERS}{FUNDERS}[[budgets]]",
        "funders: each funder may occur once; fonds occurs more often",
    ),
    (
        "[[budgets]]",
        f"{FUNDERS.replace('fonds', 'gangmakers')}[[budgets]]",
        "funders.0.key = \"gangmakers\": 'gangmakers' stands for what gangmakers paid themselves",
    ),
    (
        "[[budgets]]",
        '[bank]\nholder = "Proefstad"\niban = "NL00 INGB 0000 0005 99"\n[[budgets]]',
        'bank.iban = "NL00 INGB 0000 0005 99": this is not a valid IBAN: check its letters and digits',
    ),
    (
        "[[budgets]]",
        '[closing]\nstreets = "burn"\n[[budgets]]',
        "closing.streets = \"burn\": Input should be 'keep' or 'return'",
    ),
    (
        "[[budgets]]",
        '[payout]\nauditor = "x"\n[[budgets]]',
        f'payout.auditor = "x": {unknown(PAYOUT)}',
    ),
    ("year = 2026", "year = 26", "budgets.0.year = 26: Input should be greater than or equal to 2020"),
    (
        "team@proefstad.example",
        "team",
        'contact.email = "team": value is not a valid email address: An email address must have an @-sign.',
    ),
    ('name = "Proefstad"', "name = Proefstad", "this is not valid TOML: Invalid value (at line 2, column 8)"),
    ('name = "Proefstad"', 'name = "x"\nslug = "x"', "slug: leave it out; the file's name is the slug"),
]


@dataclass(frozen=True)
class Files:
    """Writes policy files and tells what is wrong with them."""

    folder: Path

    def lines(self, content: str | bytes, name: str = "proefstad.toml") -> list[str]:
        """What is said about a file."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        with pytest.raises(PolicyError) as error:
            read_policy(path)
        assert str(error.value) == "\n".join(error.value.lines)
        return error.value.lines


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """An empty folder."""
    return Files(tmp_path)


def test_three_municipalities_of_three_shapes() -> None:
    found = {policy.slug: policy for policy in map(read_policy, MUNICIPALITIES)}
    shapes = {
        slug: ({part.kind: part.cents for part in policy.potje.parts}, policy.minimum_gangmakers)
        for slug, policy in found.items()
    }
    assert shapes == {
        "rotterdam": ({PayoutKind.BANK: 150_00}, 1),
        "den-haag": ({PayoutKind.CASH: 75_00, PayoutKind.VOUCHER: 25_00}, 2),
        "aalsmeer": ({PayoutKind.CASH: 100_00}, 2),
    }
    assert all(policy.potje.cents in (100_00, 150_00) for policy in found.values())
    assert all(policy.budgets for policy in found.values())


def test_a_right_file_is_read_in_full(files: Files) -> None:
    path = files.folder / "proefstad.toml"
    path.write_text(RIGHT)
    policy = read_policy(path)
    assert (policy.slug, policy.potje.cents, policy.intake.minutes) == ("proefstad", 75_50, 45)
    assert policy.intake.reminder_before == timedelta(days=1)
    assert policy.spelregels.within(Language.EN) == ["One."]
    assert Policy.model_validate(policy.model_dump(mode="json")) == policy


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES, ids=[each[2][:40] for each in MISTAKES])
def test_a_mistake_is_told_with_key_value_and_rule(files: Files, right: str, wrong: str, told: str) -> None:
    assert RIGHT.count(right) >= 1
    [line] = files.lines(RIGHT.replace(right, wrong, 1))
    assert line.startswith(f"proefstad.toml: {told}")


def test_every_mistake_is_told_at_once(files: Files) -> None:
    wrong = (
        RIGHT.replace("month = 9", "month = 13").replace('"cash"', '"goud"').replace("[contact]", "[kontakt]")
    )
    keys = [line.split(": ")[1].split(" = ")[0] for line in files.lines(wrong)]
    assert sorted(keys) == ["contact", "kontakt", "potje.parts.0.kind", "renewal.month"]


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: path.write_bytes(b'name = "\xff"'), "this is not valid TOML: 'utf-8' codec"),
        (
            lambda path: path.write_text(f"oin = {'9' * 5000}"),
            "this is not valid TOML: a value is too long or too deep",
        ),
        (
            lambda path: path.write_text(f"oin = {'[' * 5000}"),
            "this is not valid TOML: a value is too long or too deep",
        ),
        (Path.as_posix, "this file cannot be read (No such file or directory)"),
        (lambda path: path.mkdir(), "this file cannot be read (Is a directory)"),
        (lambda path: path.write_text(""), "name: this key is required"),
    ],
    ids=["not utf-8", "a long number", "deep", "missing", "a folder", "empty"],
)
def test_what_is_no_policy_file_is_told(tmp_path: Path, make: Callable[[Path], object], told: str) -> None:
    path = tmp_path / "proefstad.toml"
    make(path)
    with pytest.raises(PolicyError) as error:
        read_policy(path)
    assert error.value.lines[0].startswith(f"proefstad.toml: {told}")


@pytest.mark.parametrize("name", ["Den Haag.toml", "den--haag.toml", "-.toml"])
def test_a_file_name_that_is_no_slug_is_told(files: Files, name: str) -> None:
    [line] = files.lines(RIGHT, name)
    assert line == (
        f'{name}: slug = "{name.removesuffix(".toml")}": '
        "the file's name may have lower-case letters, digits and single hyphens"
    )


@given(st.text("ab[]=.\"'\n #1-{}", max_size=60))
def test_no_text_at_all_makes_the_reader_stumble(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "proefstad.toml"
    path.write_text(f"{RIGHT}\n{text}")
    try:
        read_policy(path)
    except PolicyError as error:
        assert error.lines
        assert all(line.startswith("proefstad.toml: ") for line in error.lines)


def test_terms_keep_what_a_year_decides_with() -> None:
    for policy in map(read_policy, MUNICIPALITIES):
        terms = terms_of(policy, 3, "https://desk.test")
        assert (terms.version, terms.municipality) == (3, policy.slug)
        assert sum(cents for _, cents in terms.potje) == policy.potje.cents
        assert (terms.turn_month, terms.turn_day) == (policy.renewal.month, policy.renewal.day)
        assert type(terms).model_validate_json(terms.model_dump_json()) == terms
    assert budget_year(TODAY) == 2026


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#FFFFFF", "#000000") == contrast("#000000", "#ffffff")
