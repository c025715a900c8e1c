"""Settings that other branches bring. Whoever merges the last of them empties this, and the tests go on."""

COMING = frozenset(
    (
        "STRAAT_API_CONTACT",
        "STRAAT_FORWARDED_HEADER",
        "STRAAT_SIGN_IN_SECRETS",
        "STRAAT_TRUSTED_PROXIES",
    )
)
