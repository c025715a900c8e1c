"""The groups of what the doctor looks at: by themselves, since the command line names them at its start."""

from enum import StrEnum


class Group(StrEnum):
    """What belongs together, in the order in which it is told."""

    SETTINGS = "settings"
    DATABASE = "database"
    TEMPORAL = "temporal"
    KEYS = "keys"
    MAIL = "mail"
    WORK = "work"
    CLOCK = "clock"
    BACKUPS = "backups"
    PAGES = "pages"
    MACHINE = "machine"
