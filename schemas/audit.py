"""The audit log: the journal as an auditor reads it, each line with the digest of all that went before."""

import json
from datetime import datetime
from hashlib import sha256

from schemas.model import Model
from schemas.refs import Slug, StaffRef


class Line(Model):
    """One fact of the journal: references and names of facts, never anybody's words."""

    seq: int
    at: datetime
    name: str
    subject: str
    actor: StaffRef

    @property
    def canonical(self) -> bytes:
        """The bytes that count: one list, so that no two lines can be read as one."""
        told = [self.seq, self.at.isoformat(), self.name, self.subject, self.actor]
        return json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode()


def beginning(municipality: Slug) -> str:
    """The digest before the first line of a municipality."""
    return sha256(municipality.encode()).hexdigest()


def following(before: str, line: Line) -> str:
    """The digest after a line."""
    return sha256(bytes.fromhex(before) + line.canonical).hexdigest()
