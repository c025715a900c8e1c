"""What a process counts itself, beside what stands in the database."""

from prometheus_client import Counter

MAILS = Counter(
    "straat_mails", "Attempts to bring a mail to the mail server, by what came of them.", ["state"]
)
