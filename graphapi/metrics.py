"""Every metric, declared in one place; `GET /metrics` shows them.

Labels have few values: kinds, states and names of ours, never an id or anything a caller wrote.
"""

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

JOB_MOVES = Counter(
    "graphapi_job_moves_total",
    "Moves of jobs, by kind and by the state they came to.",
    ["kind", "state"],
)

PROVIDER_REQUEST_SECONDS = Histogram(
    "graphapi_provider_request_seconds",
    "Time that requests to a provider took, by whether it answered at all.",
    ["provider", "answered"],
    # A status takes 50 ms, an image a minute.
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
)

SUBSCRIBERS = Gauge(
    "graphapi_subscribers",
    "Subscriptions being served now.",
)

EVENTS_SENT = Counter(
    "graphapi_events_sent_total",
    "Events handed to subscribers.",
)

HTTP_REQUESTS = Counter(
    "graphapi_http_requests_total",
    "HTTP requests answered, by route, not by address.",
    ["route", "method", "status"],
)


def exposition() -> tuple[bytes, str]:
    """Return every metric as text for a collector, and its content type."""
    return generate_latest(), CONTENT_TYPE_LATEST
