"""What the web needs to know about where it runs."""

from dataclasses import dataclass
from pathlib import Path

from forms.site.visitors import Networks


@dataclass(frozen=True)
class WebSettings:
    """Addresses as a reader's browser sees them, without a slash at the end."""

    public_url: str
    desk_url: str
    temporal_ui_url: str
    temporal_namespace: str
    local_sign_in: bool
    api_contact: str = "api@liefenleed.example"
    """Who answers questions about the API."""
    sign_in_secrets: Path | None = None
    """The folder with the secret of each municipality's client, a file each."""
    trusted_proxies: Networks = ()
    """Whose word about the address of a reader is believed."""
    forwarded_header: str = "x-forwarded-for"
    """The one header that they write it in."""
