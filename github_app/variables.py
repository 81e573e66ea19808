"""Every variable that is read from the environment, as data: `.env.example` and docs/environment.md come of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: `what` it is for in a line, `default` in words for people, `example` as `.env` would have it.

    One that is `needed` stands in `.env.example` uncommented and empty. `secret` ones are never shown.
    """

    name: str
    what: str
    default: str = ""
    example: str = ""
    needed: bool = False
    secret: bool = False


GROUPS: tuple[tuple[str, tuple[Variable, ...]], ...] = (
    (
        "The GitHub App (`ci-fixer setup` registers it and writes these)",
        (
            Variable("GITHUB_APP_ID", "The App's id, from its settings page.", example="123456", needed=True),
            Variable(
                "GITHUB_PRIVATE_KEY_PATH", "The .pem file that GitHub made for the App.", example="app.pem", needed=True
            ),
            Variable("GITHUB_PRIVATE_KEY_FILE", "Another name of GITHUB_PRIVATE_KEY_PATH.", example="app.pem"),
            Variable(
                "GITHUB_PRIVATE_KEY",
                "The key itself in place of a file, with its line breaks or with `\\n` written out.",
                secret=True,
            ),
            Variable(
                "GITHUB_WEBHOOK_SECRET",
                "The secret of the App's webhook, at least 16 characters (`openssl rand -hex 32`).",
                needed=True,
                secret=True,
            ),
            Variable("GITHUB_WEBHOOK_SECRET_PREVIOUS", "The one before it, while it is being replaced.", secret=True),
            Variable(
                "GITHUB_CLIENT_ID",
                "The App's client id, for signing in on its pages.",
                "no sign-in, tokens only",
                example="Iv23liABCDEF0123",
            ),
            Variable("GITHUB_CLIENT_SECRET", "The App's client secret, needed with the client id.", secret=True),
            Variable(
                "GITHUB_API_URL",
                "GitHub's API; of an Enterprise server `https://HOST/api/v3`.",
                "https://api.github.com",
                example="https://api.github.com",
            ),
            Variable(
                "GITHUB_WEB_URL",
                "Where an Enterprise server's pages are, if not at `https://HOST`.",
                "https://github.com",
                example="https://github.com",
            ),
        ),
    ),
    (
        "The database",
        (
            Variable(
                "DATABASE_URL",
                "A PostgreSQL of your own; a Supabase URL as it is copied there, but for the one of port 6543.",
                "an embedded one",
                example="postgresql://ci_fixer:PASSWORD@localhost:5432/ci_fixer",
                secret=True,
            ),
            Variable("CI_FIXER_DATA", "The folder of the embedded one.", ".ci-fixer", example=".ci-fixer"),
        ),
    ),
    (
        "The model that proposes where no recipe helps",
        (
            Variable("GOOGLE_API_KEY", "The key of the Gemini API.", "no model is asked", secret=True),
            Variable("GEMINI_API_KEY", "Another name of GOOGLE_API_KEY.", secret=True),
            Variable(
                "GEMINI_MODEL",
                "Another model; `openai:…`, `anthropic:…`, `ollama:…` where that library is installed.",
                "gemini-2.5-pro",
                example="gemini-2.5-pro",
            ),
            Variable("GEMINI_BASE_URL", "Another address of the Gemini API.", example="https://gemini.acme.dev"),
            Variable(
                "CI_FIXER_MODELS",
                "Models that a repository's file may choose beside that one, with commas between.",
                "none",
                example="gemini-2.5-flash",
            ),
            Variable(
                "CI_FIXER_ENGINE",
                "`recipes_only`, `gemini`, or `portia` (docs/decisions/0005-portia.md).",
                "gemini with a key",
                example="recipes_only",
            ),
            Variable(
                "PORTIA_API_KEY",
                "Taken and not used: the SDK's runs are kept in our tables, and its makers' cloud is never asked.",
                secret=True,
            ),
            Variable(
                "CI_FIXER_RERUN",
                "`bwrap`: run a failed command again before a fix and with it, jailed "
                "(docs/decisions/0010-a-command-is-run-again-in-a-jail.md).",
                "nothing is run",
                example="bwrap",
            ),
        ),
    ),
    (
        "The processes",
        (
            Variable("HOST", "The address to listen on; 0.0.0.0 for all.", "127.0.0.1", example="127.0.0.1"),
            Variable("PORT", "The port to listen on, 0 for any free one.", "8000", example="8000"),
            Variable(
                "FRONTEND_URL",
                "The one origin whose pages may call the JSON API from a browser (CORS).",
                "none",
                example="https://ci.acme.dev",
            ),
            Variable("MAX_WORKERS", "Jobs that a worker does at once, 1 to 64.", "4", example="4"),
            Variable(
                "ENVIRONMENT",
                "`development`, `production` (https alone, a database that was named, JSON logs) or `test` (no `.env` "
                "is read).",
                "development",
                example="production",
            ),
            Variable(
                "LOG_LEVEL", "`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`, of our own words.", "INFO",
                example="INFO",
            ),
            Variable("LOG_FORMAT", "`text`, or `json`: an object a line.", "text; json in production", example="json"),
            Variable(
                "DEBUG", "`true`: LOG_LEVEL is DEBUG where it is not set. Nothing else changes.", "false",
                example="false",
            ),
        ),
    ),
)  # fmt: skip
VARIABLES = tuple(variable for _, variables in GROUPS for variable in variables)


def example_file() -> str:
    """`.env.example`: what is needed is to be filled in; all else is a comment with its default or an example."""
    lines = [
        "# Copy this to .env in the folder where ci-fixer is started, and let nobody else read it: chmod 600 .env",
        "# The environment wins over it. Values may stand in quotes; nothing in them is replaced.",
    ]
    for title, variables in GROUPS:
        lines += ["", f"# {title}", "#"]
        for one in variables:
            default = f" Default: {one.default}." if one.default else ""
            lines += [f"# {one.what}{default}", f"{'' if one.needed else '# '}{one.name}={_shown(one)}"]
    return "\n".join(lines) + "\n"


def table() -> str:
    """The tables of docs/environment.md."""
    parts: list[str] = []
    for title, variables in GROUPS:
        parts += [f"## {title}", "", "| variable | what | default |", "|---|---|---|"]
        parts += [f"| `{one.name}` | {one.what} | {one.default} |" for one in variables]
        parts += [""]
    return "\n".join(parts)


def _shown(one: Variable) -> str:
    return "" if one.needed else one.example
