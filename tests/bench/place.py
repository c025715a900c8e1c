"""Where the benches are."""

CITY, YEAR = "rotterdam", 2026
