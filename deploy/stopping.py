"""How long a stop takes: the figures that belong together, in one place.

told to stop ── GRACE ── what is under way ended ── BOUND ── the process has ended ── PATIENCE ── it is killed
"""

GRACE = 4.0
"""Seconds that a step, a request or a mail under way gets to end."""

BOUND = 12.0
"""Seconds, after those of draining, in which a process of ours has ended whatever hangs: by its own clock."""

PATIENCE = 15.0
"""Seconds before whoever told it to stop kills it. Compose, Kubernetes and systemd give no less."""
