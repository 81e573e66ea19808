"""Every operation of the API: from this one table come the routes, the OpenAPI document and the page about them."""

from web.api import analyses, clarifications, failures, fixes, root, stats
from web.api.operation import Operation

OPERATIONS: tuple[Operation, ...] = (
    *root.OPERATIONS,
    *analyses.OPERATIONS,
    *failures.OPERATIONS,
    *fixes.OPERATIONS,
    *clarifications.OPERATIONS,
    *stats.OPERATIONS,
)
