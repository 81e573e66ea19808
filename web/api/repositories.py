"""Repositories: those that one may read, and what is known of one."""

from http import HTTPStatus

from web import analytics
from web.analytics_models import DaysQuery, RepositoriesQuery, RepositoryAnalytics, RepositoryPage, RepositoryPath
from web.api.operation import Asked, Operation


async def list_repositories(asked: Asked) -> RepositoryPage:
    """A page of repositories."""
    return await analytics.repository_page(asked.site, asked.person, asked.given_as(RepositoriesQuery))


async def get_repository_analytics(asked: Asked) -> RepositoryAnalytics:
    """One repository."""
    named = asked.path_as(RepositoryPath)
    days = asked.given_as(DaysQuery).days
    return await analytics.repository_analytics(asked.site, asked.person, f"{named.owner}/{named.repo}", days)


_UNSEEN = (HTTPStatus.NOT_FOUND,)
OPERATIONS: tuple[Operation, ...] = (
    Operation("GET", "/repositories", "list_repositories", "The repositories that one may read, with counts",
              list_repositories, RepositoryPage, query=RepositoriesQuery,
              about="GitHub is asked about at most 200 repositories for a page, so that one may be short, or empty, "
              "while `next_cursor` leads on."),
    Operation("GET", "/repositories/{owner}/{repo}/analytics", "get_repository_analytics",
              "What fails in one repository, and what mends it", get_repository_analytics, RepositoryAnalytics,
              path_model=RepositoryPath, query=DaysQuery, refusals=_UNSEEN),
    Operation("GET", "/analytics/repository/{owner}/{repo}", "get_analytics_of_repository",
              "The same under another path", get_repository_analytics, RepositoryAnalytics,
              path_model=RepositoryPath, query=DaysQuery, refusals=_UNSEEN),
)  # fmt: skip
