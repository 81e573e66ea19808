"""Where a model is reached."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A model, its service's address (None: the maker's own) and the key, which no repr shows.

    `retry_pause` is the first wait in seconds after a 429 or 5xx; the second is twice as long, and each is spread.
    """

    model: str
    api_key: str = field(repr=False)
    base_url: str | None = None
    retry_pause: float = 1.0
