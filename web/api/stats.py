"""How the App itself does."""

from http import HTTPStatus

from web import stats
from web.api.operation import Asked, Operation
from web.stats_models import AgentStats, AgentStatsQuery, Stats, StatsQuery


async def get_stats(asked: Asked) -> Stats:
    """Deliveries, jobs, analyses."""
    return await stats.stats_seen(asked.site, asked.person, asked.given_as(StatsQuery))


async def get_agent_stats(asked: Asked) -> AgentStats:
    """Plans, tokens, costs, outcomes."""
    return await stats.agent_stats(asked.site, asked.person, asked.given_as(AgentStatsQuery))


_UNSEEN = (HTTPStatus.NOT_FOUND,)
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/stats", "get_stats", "How the App does: deliveries, jobs that wait, durations of analyses",
              get_stats, Stats, query=StatsQuery, refusals=_UNSEEN,
              about="Deliveries are of the whole instance, since one is of no repository until it is read; all else is "
              "of the repositories that one may read."),
    Operation("GET", "/stats/agent", "get_agent_stats", "What the agent was asked, what it cost, what came of it",
              get_agent_stats, AgentStats, query=AgentStatsQuery, refusals=_UNSEEN),
)  # fmt: skip
