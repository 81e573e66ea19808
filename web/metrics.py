"""What this process counts of itself, for Prometheus: nothing in it names a repository or a person.

https://prometheus.io/docs/practices/naming/
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

_METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
"""What else a stranger sends is one label, or he would make as many as he likes."""
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""With 50 ms and 150 ms among them, which lists and dashboards are held to."""


class Metrics:
    """The counters of one process, in a registry of its own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._deliveries = Counter(
            "ci_fixer_deliveries",
            "Requests to the webhook by what became of them",
            ["outcome"],
            registry=self._registry,
        )
        self._requests = Counter(
            "ci_fixer_http_requests", "Requests by route", ["route", "method", "status"], registry=self._registry
        )
        self._seconds = Histogram(
            "ci_fixer_http_request_seconds",
            "How long requests took, streams left out",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._listeners = Gauge("ci_fixer_live_listeners", "Who listens to live events now", registry=self._registry)

    def delivered(self, outcome: str) -> None:
        """Count a request to the webhook: `accepted`, `duplicate`, or the status that it was refused with."""
        self._deliveries.labels(outcome).inc()

    def answered(self, route: str, method: str, status: int, seconds: float | None) -> None:
        """Count a request by the template of its path; `seconds` is None for a stream."""
        self._requests.labels(route, method if method in _METHODS else "other", str(status)).inc()
        if seconds is not None:
            self._seconds.labels(route).observe(seconds)

    def text(self, listeners: int, beside: Iterable[Metric]) -> bytes:
        """All of it, and what was read elsewhere for this time, in the format that Prometheus reads."""
        self._listeners.set(listeners)
        found = CollectorRegistry()
        found.register(_Given(list(beside)))
        return generate_latest(self._registry) + generate_latest(found)


class _Given(Collector):
    def __init__(self, given: list[Metric]) -> None:
        self._given = given

    def collect(self) -> Iterable[Metric]:
        return self._given


def labelled(
    metric: Metric, rows: Iterable[tuple[tuple[str, ...], float]], names: tuple[str, ...], suffix: str = ""
) -> Metric:
    """`metric` with a sample for each of `rows`, by the values of its labels."""
    for values, value in rows:
        metric.add_sample(metric.name + suffix, dict(zip(names, values, strict=True)), value)
    return metric
