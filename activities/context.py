"""What activities work with; the worker makes one and hands it to them."""

from dataclasses import dataclass

from store.database import Database
from store.keys import Keyring
from store.vault import Vault


@dataclass(frozen=True)
class Tools:
    """The database, the keys, and the addresses that letters and details point to."""

    db: Database
    keyring: Keyring
    vault: Vault
    public_url: str
    desk_url: str
    mail_from: str
    sent_before: bool = False
    """What is written again after a restore was mailed when it was written first."""
