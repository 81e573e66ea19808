"""Every operation of the API: from this one table come the routes, the OpenAPI document and the page about them."""

from web.api import analyses, analytics, clarifications, failures, fixes, learned, metrics, repositories, root, stats
from web.api.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *root.OPERATIONS,
    *analyses.OPERATIONS,
    # Before failures: /failures/summary names no failure.
    *analytics.OPERATIONS,
    *learned.OPERATIONS,
    *failures.OPERATIONS,
    *repositories.OPERATIONS,
    *fixes.OPERATIONS,
    *clarifications.OPERATIONS,
    *stats.OPERATIONS,
    *metrics.OPERATIONS,
)
