"""DATABASE_URL as it is copied from where people find it."""

import pytest
from psycopg.conninfo import conninfo_to_dict

from storage.address import DatabaseUrlWrong, libpq_url

REF = "abcdefghijklmnopqrst"
POOLED = "aws-0-eu-central-1.pooler.supabase.com"
POOLER = f"postgres.{REF}:hunter2@{POOLED}"


@pytest.mark.parametrize(
    ("text", "host", "user", "port"),
    [
        (f"postgresql://{POOLER}:5432/postgres", POOLED, f"postgres.{REF}", "5432"),
        (f"postgres://{POOLER}:5432/postgres", POOLED, f"postgres.{REF}", "5432"),
        (f"postgresql://ci:hunter2@db.{REF}.supabase.co/ci?port=1", f"db.{REF}.supabase.co", "ci", "1"),
        ("postgresql://ci:hunter2@one:1,two:2/ci", "one,two", "ci", "1,2"),
        ("host=localhost user=ci port=5432 password=hunter2", "localhost", "ci", "5432"),
    ],
)  # fmt: skip
def test_a_url_is_taken_as_it_is_copied(text: str, host: str, user: str, port: str) -> None:
    read = conninfo_to_dict(libpq_url(text))
    assert (read["host"], read["user"], read["port"], read["password"]) == (host, user, port, "hunter2")


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("pgbouncer=true&connection_limit=1", {}),
        ("sslmode=require&supa=base-pooler.x", {"sslmode": "require"}),
        ("sslmode=verify-full&sslrootcert=%2Fca.crt", {"sslmode": "verify-full", "sslrootcert": "/ca.crt"}),
        ("schema=public&application_name=ci%20fixer", {"application_name": "ci fixer"}),
        ("options=-c%20search_path%3Dci", {"options": "-c search_path=ci"}),
    ],
)  # fmt: skip
def test_what_other_clients_need_is_left_out_and_what_libpq_knows_is_kept(query: str, kept: dict[str, str]) -> None:
    read = conninfo_to_dict(libpq_url(f"postgres://{POOLER}:5432/postgres?{query}"))
    known = {"host", "user", "port", "password", "dbname"}
    assert {name: value for name, value in read.items() if name not in known} == kept


@pytest.mark.parametrize("password", ["p%40ss%2Fw%23rd%3F", "a%5Bb%5D%25"])
def test_a_password_keeps_its_written_out_letters(password: str) -> None:
    read = conninfo_to_dict(libpq_url(f"postgresql://ci:{password}@db.acme.dev/ci?pgbouncer=true"))
    assert read["password"] in ("p@ss/w#rd?", "a[b]%")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"postgresql://postgres:[YOUR-PASSWORD]@db.{REF}.supabase.co:5432/postgres", "put the database's password"),
        (f"postgresql://{POOLER}:6543/postgres?pgbouncer=true", "pooler.supabase.com:5432), which Supabase shows as"),
        (f"postgres://postgres:hunter2@db.{REF}.supabase.co:6543/postgres", f"port 5432 of db.{REF}.supabase.co"),
        ("postgresql://ci:hunter2@db/ci?sslmod=require", "the parameter 'sslmod', which PostgreSQL does not know"),
        ("mysql://ci:hunter2@db/ci", "not a PostgreSQL URL"),
        ("postgresql://ci:hunter2@db:port/ci", "not a PostgreSQL URL"),
        ("postgresql://ci:hunt/er2@db/ci", "must have them written as"),
        ("postgresql://ci:[hunter2@db/ci", "must have them written as"),
        ("hunter2", "not a PostgreSQL URL"),
    ],
)
def test_what_cannot_be_used_is_said_with_the_way_out_and_no_password(text: str, said: str) -> None:
    with pytest.raises(DatabaseUrlWrong) as wrong:
        libpq_url(text)
    assert said in str(wrong.value)
    assert "hunt" not in str(wrong.value)
    assert wrong.value.__cause__ is None
