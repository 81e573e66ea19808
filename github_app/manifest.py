"""The App's manifest, `app.yml`: what the App asks for when it is registered.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from pathlib import Path

import msgspec

MANIFEST = Path(__file__).parent.parent / "app.yml"


class ManifestError(Exception):
    """The file cannot be read as a manifest; the text names the field."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in the file; permissions by GitHub's names with the levels `read` and `write`."""

    name: str
    description: str
    url: str
    public: bool
    default_permissions: dict[str, str]
    default_events: list[str]


def read_manifest(path: Path = MANIFEST) -> Manifest:
    """The manifest at `path`. Raises ManifestError."""
    try:
        return msgspec.yaml.decode(path.read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise ManifestError(f"{path.name} is no manifest: {error}") from error
