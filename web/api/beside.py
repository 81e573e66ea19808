"""What the document tells of beside the operations: streams and probes, which are served in their own ways."""

from dataclasses import dataclass
from http import HTTPStatus

from msgspec import Struct

from web.health import Health, Readiness
from web.live_models import LiveEvent, LiveQuery

JSON = "application/json"
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Beside:
    """A route as the document has it. `answers` are the model of each status, `kind` how it is sent; `public` ones ask
    for nobody, and refuse nobody. A model of None is an answer without a body.
    """

    path: str
    name: str
    summary: str
    answers: tuple[tuple[HTTPStatus, type[Struct] | None], ...]
    about: str
    kind: str = JSON
    query: type[Struct] | None = None
    refusals: tuple[HTTPStatus, ...] = ()
    public: bool = False
    method: str = "GET"


_REFUSED = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
BESIDE: tuple[Beside, ...] = (
    Beside(
        "/events", "listen", "What happens, as server-sent events", ((HTTPStatus.OK, LiveEvent),), kind=EVENT_STREAM,
        query=LiveQuery, refusals=_REFUSED,
        about="The `data` of each event is a LiveEvent, its `event` the kind. Only of repositories that one may read, "
        "asked anew every minute. Come back with the header `Last-Event-ID`: nothing is missed within a day, and "
        "nothing told twice. A comment every 15 seconds shows that the stream lives. Ten a person, 200 a process.",
    ),
    Beside(
        "/ws", "open_socket", "The same events over a WebSocket", ((HTTPStatus.SWITCHING_PROTOCOLS, None),),
        query=LiveQuery, refusals=(*_REFUSED, HTTPStatus.FORBIDDEN),
        about="Each text message is a LiveEvent; nothing is taken. A program sends its token as the header; a page of "
        "FRONTEND_URL offers the subprotocols `ci-fixer` and its token; a session listens only from our own pages. At "
        "the end comes an event `end` with the reason, and close code 1013: come back with `last_event_id`.",
    ),
    Beside(
        "/health", "get_health", "How database, queue, GitHub and model stand",
        ((HTTPStatus.OK, Health), (HTTPStatus.SERVICE_UNAVAILABLE, Health)), public=True,
        about="`ok` and `degraded` are 200, `down` is 503. As of five seconds ago at most, GitHub of a minute.",
    ),
    Beside(
        "/ready", "get_readiness", "Whether this process can do its work",
        ((HTTPStatus.OK, Readiness), (HTTPStatus.SERVICE_UNAVAILABLE, Readiness)), public=True,
        about="For whoever sends requests here: the database answers and has every migration.",
    ),
)  # fmt: skip
