"""DATABASE_URL as people copy it, made into what libpq understands; or the sentence that says what to copy instead.

Supabase shows three: a direct one, one of its pooler in session mode (port 5432), and one in transaction mode (port
6543). The last gives each transaction another connection, so that neither advisory locks nor LISTEN hold, on which this
program rests. https://supabase.com/docs/guides/database/connecting-to-postgres
"""

import re
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from storage.errors import DatabaseUnavailable

_OF_OTHERS = frozenset(
    {
        "pgbouncer", "connection_limit", "pool_timeout", "pool_mode", "socket_timeout", "statement_cache_size",
        "prepared_statements", "schema", "sslaccept", "supa", "workaround", "uselibpqcompat",
    }
)  # fmt: skip
"""Parameters of other clients (Prisma, node-postgres, Vercel) that stand in copied URLs and that libpq refuses."""
_TRANSACTIONS = 6543
_PLACEHOLDER = re.compile(r"\[YOUR[-_ ]?PASSWORD\]|%5BYOUR[-_]?PASSWORD%5D", re.IGNORECASE)
_NO_URL = "DATABASE_URL is not a PostgreSQL URL; write postgresql://user@host/name."


class DatabaseUrlWrong(DatabaseUnavailable):
    """DATABASE_URL cannot be used as it is; the text says why, without a password."""


def libpq_url(text: str) -> str:
    """The URL (or libpq's own `key=value` form) without what libpq does not know. Raises DatabaseUrlWrong."""
    if _PLACEHOLDER.search(text):
        raise DatabaseUrlWrong(
            "DATABASE_URL still has [YOUR-PASSWORD] in it: put the database's password there, with %40 for @, %23 for "
            "# and so on."
        )
    if "://" not in text or "," in text.partition("://")[2].partition("/")[0]:
        # libpq's own form, or several hosts, which none of those who give such URLs out have.
        return _checked(text)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise DatabaseUrlWrong(
            f"{_NO_URL} A password with one of / # ? @ [ ] in it must have them written as %2F %23 %3F %40 %5B %5D."
        ) from None
    if parts.scheme not in ("postgres", "postgresql"):
        raise DatabaseUrlWrong(_NO_URL)
    asked = dict(parse_qsl(parts.query, keep_blank_values=True))
    if port == _TRANSACTIONS or (asked.get("pool_mode") == "transaction"):
        raise DatabaseUrlWrong(_instead(parts.hostname or "HOST"))
    kept = {name: value for name, value in asked.items() if name not in _OF_OTHERS}
    return _checked(urlunsplit(parts._replace(query=urlencode(kept, quote_via=quote))))


def _instead(host: str) -> str:
    pooled = host.endswith("pooler.supabase.com")
    where = f"the same host with port 5432 ({host}:5432)" if pooled else f"port 5432 of {host}"
    return (
        f"DATABASE_URL is a pooler's in transaction mode (port {_TRANSACTIONS}), where locks and notifications do not "
        f"hold. Use {where}, which Supabase shows as session pooler or direct connection."
    )


def _checked(text: str) -> str:
    """What libpq can read. Its own words are not passed on but for a parameter's name: they may quote the password."""
    try:
        conninfo_to_dict(text)
    except psycopg.ProgrammingError as error:
        named = re.search(r'invalid (?:URI query parameter|connection option)[: ]+"([a-z_]{1,40})"', str(error))
        if named is None:
            raise DatabaseUrlWrong(_NO_URL) from None
        raise DatabaseUrlWrong(
            f"DATABASE_URL has the parameter {unquote(named[1])!r}, which PostgreSQL does not know: leave it out."
        ) from None
    return text
