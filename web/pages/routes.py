"""The pages and their forms."""

from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from storage.fixes import Delivery, FixState
from web import acts, lists
from web.acts import Verdict
from web.api.beside import BESIDE
from web.api.openapi import document
from web.api.operations import OPERATIONS
from web.bodies import read_form
from web.list_models import ClarificationsQuery, FixesQuery
from web.models import LONGEST_COMMENT
from web.pages.filters import diff_lines, moment, page_url, spans
from web.pages.reference import Reference, reference
from web.people import Person, page_person
from web.problems import Problem, not_found
from web.session import Session
from web.site import Site
from web.views import detail

_STYLE = (Path(__file__).parent / "style.css").read_bytes()
_WAYS = {
    None: "exactly this change",
    Delivery.COMMIT: "commit exactly this",
    Delivery.PULL_REQUEST: "open a pull request with exactly this",
    Delivery.SUGGESTIONS: "suggest exactly this to the author",
}
"""What an approval does, by how the fix is delivered."""
_TEMPLATES = Environment(loader=PackageLoader("web.pages"), autoescape=True, undefined=StrictUndefined)
_TEMPLATES.filters |= {"diff": diff_lines, "moment": moment, "page_url": page_url, "spans": spans}


@dataclass(frozen=True, slots=True)
class Pages:
    """What a browser opens."""

    site: Site

    async def home(self, request: Request) -> Response:
        """What waits for the person, or the way in."""
        session = self.site.cookies.session(request)
        if session is None:
            return self.show(request, None, "sign_in.html", to="/")
        person = page_person(session)
        waiting = await lists.fix_page(self.site, person, FixesQuery(state=FixState.PROPOSED, limit=50))
        asked = await lists.clarification_page(self.site, person, ClarificationsQuery(limit=20))
        latest = await lists.fix_page(self.site, person, FixesQuery(limit=20))
        decided = [one for one in latest.fixes if one.state is not FixState.PROPOSED]
        return self.show(
            request, session, "home.html", waiting=waiting, questions=asked.clarifications, decided=decided
        )

    async def fix(self, request: Request) -> Response:
        """One fix: what a decision rests on, the forms to make it, and what became of it."""
        session = self.site.cookies.session(request)
        if session is None:
            to = f"/f/F{_fix_id(request)}"
            return self.show(request, None, "sign_in.html", HTTPStatus.UNAUTHORIZED, to=to)
        found = await acts.fix_seen_by(self.site, page_person(session), _fix_id(request), fresh=False)
        async with self.site.services.database.connection() as connection:
            shown = await detail(connection, *found)
        return self.show(request, session, "fix.html", shown=shown, ways=_WAYS)

    async def docs(self, request: Request) -> Response:
        """The API, for people."""
        return self.show(request, self.site.cookies.session(request), "docs.html", reference=_reference())

    async def problem(self, request: Request, problem: Problem) -> Response:
        """A refusal as a page."""
        session = self.site.cookies.session(request)
        heading = problem.status.phrase
        return self.show(request, session, "problem.html", problem.status, heading=heading, detail=problem.detail)

    async def decide(self, request: Request) -> Response:
        """Take the form that approves or rejects."""
        person, form = await self._acting(request)
        fix_id, said = _fix_id(request), form.get("decision")
        if said not in ("approve", "reject"):
            raise Problem(HTTPStatus.BAD_REQUEST, "The form has no decision.")
        try:
            fix = await acts.decide(self.site, person, fix_id, Verdict(said == "approve", _comment(form)))
            words = f"F{fix_id} is {fix.state.value}."
        except Problem as problem:
            words = _said(problem)
        return self._back(request, f"/f/F{fix_id}", words)

    async def answer(self, request: Request) -> Response:
        """Take the form that answers a question."""
        person, form = await self._acting(request)
        words = _comment(form).strip()
        if not words:
            return self._back(request, "/", "An answer has words.")
        try:
            await acts.respond(self.site, person, request.path_params["clarification_id"], words)
            said = "Thank you. The plan goes on with your answer."
        except Problem as problem:
            said = _said(problem)
        return self._back(request, "/", said)

    def show(
        self,
        request: Request,
        session: Session | None,
        template: str,
        status: HTTPStatus = HTTPStatus.OK,
        **values: object,
    ) -> Response:
        """A page, with what the page before had to say."""
        cookies = self.site.cookies
        flash = cookies.flash(request)
        page = _TEMPLATES.get_template(template).render(
            session=session,
            csrf="" if session is None else cookies.csrf(session),
            flash=flash,
            can_sign_in=self.site.oauth is not None,
            **values,
        )
        response = HTMLResponse(page, int(status))
        if flash is not None:
            cookies.set_flash(request, response, None)
        return response

    async def _acting(self, request: Request) -> tuple[Person, dict[str, str]]:
        """Who sent a form, and the form. Raises Problem for nobody, and for a form that came from elsewhere."""
        session = self.site.cookies.session(request)
        if session is None:
            raise Problem(HTTPStatus.UNAUTHORIZED, "You are not signed in any more. Sign in and try again.")
        form = await read_form(request)
        if not self.site.cookies.is_ours(session, form.get("csrf", "")):
            raise Problem(HTTPStatus.FORBIDDEN, "This form did not come from our page. Go back and try again.")
        return page_person(session), form

    def _back(self, request: Request, path: str, words: str) -> Response:
        response = RedirectResponse(path, HTTPStatus.SEE_OTHER)
        self.site.cookies.set_flash(request, response, words)
        return response


def page_routes(pages: Pages) -> list[Route]:
    """Where the pages stand."""
    return [
        Route("/f/{name}", pages.fix),
        Route("/f/{name}/decide", pages.decide, methods=["POST"]),
        Route("/questions/{clarification_id}", pages.answer, methods=["POST"]),
        Route("/docs", pages.docs),
        Route("/style.css", style),
    ]


async def style(_: Request) -> Response:
    """How all pages look."""
    return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "max-age=3600"})


@cache
def _reference() -> Reference:
    return reference(document(OPERATIONS, BESIDE))


def _fix_id(request: Request) -> int:
    name: str = request.path_params["name"]
    number = name.removeprefix("F")
    if not (number.isascii() and number.isdigit() and len(number) < 20):
        raise not_found("fix")
    return int(number)


def _comment(form: dict[str, str]) -> str:
    return form.get("comment", "").replace("\r\n", "\n")[:LONGEST_COMMENT]


def _said(problem: Problem) -> str:
    """A refusal as the next page says it; what is not there stays a page of its own."""
    if problem.status is HTTPStatus.NOT_FOUND:
        raise problem
    return problem.detail
