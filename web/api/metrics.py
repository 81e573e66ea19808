"""`/metrics`, for Prometheus."""

from collections.abc import AsyncIterator

from prometheus_client import CONTENT_TYPE_LATEST

from web.api.operation import Asked, Operation, Streamed
from web.scrape import scrape


async def get_metrics(asked: Asked) -> Streamed:
    """All figures as text."""
    text = await scrape(asked.site, asked.person)

    async def chunks() -> AsyncIterator[bytes]:
        yield text

    return Streamed(CONTENT_TYPE_LATEST, chunks())


OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/metrics", "get_metrics", "What is counted, as Prometheus reads it", get_metrics, None,
              streams=("text/plain",),
              about="Prometheus sends its token by `authorization: {credentials_file: …}` of its configuration. "
              "Counters of requests are of the process that answers; figures of failures, fixes and costs are of the "
              "repositories that the token's user may read, and name none."),
)  # fmt: skip
