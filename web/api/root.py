"""What answers here, for whoever asks."""

from importlib.metadata import PackageNotFoundError, version

from web.api.operation import Asked, Operation
from web.root_models import About, Links

_DISTRIBUTION = "ci-fixer"


async def get_root(_: Asked) -> About:
    """Name, version and where to go on."""
    return About("CI Fixer", _version(), Links())


def _version() -> str:
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        # Run from a checkout that was never installed.
        return "unknown"


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/", "get_root", "What answers here, and where to go on", get_root, About, public=True,
              about="A browser that asks for HTML is given the first page instead."),
)  # fmt: skip
