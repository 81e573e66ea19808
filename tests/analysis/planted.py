"""Secrets of the documented forms, made by code: forges refuse a push that holds a literal one.

Each form gives a line and the secret in it. The forms are written from their makers' documentation, not from the
patterns that look for them.
"""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

LOWER = "abcdefghijklmnopqrstuvwxyz"
UPPER = LOWER.upper()
DIGITS = "0123456789"
HEX = DIGITS + "abcdef"
BASE62 = LOWER + UPPER + DIGITS
URL_SAFE = BASE62 + "-_"
BASE64 = BASE62 + "+/"
UUID = ((HEX, 8), "-", (HEX, 4), "-", (HEX, 4), "-", (HEX, 4), "-", (HEX, 12))


@dataclass(frozen=True, slots=True)
class Planted:
    """A line of a log, the secret in it, and the name of the secret's form."""

    form: str
    line: str
    secret: str


Maker = Callable[[Random], tuple[str, str]]


def _of(random: Random, alphabet: str, length: int) -> str:
    return "".join(random.choices(alphabet, k=length))


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _bare(*parts: str | tuple[str, int]) -> Maker:
    """A form that is known by itself: literal parts, and random ones of an alphabet and a length."""

    def make(random: Random) -> tuple[str, str]:
        secret = "".join(part if isinstance(part, str) else _of(random, *part) for part in parts)
        return random.choice(CONTEXTS).replace("§", secret), secret

    return make


def _beside(template: str, *parts: str | tuple[str, int]) -> Maker:
    """A form that only its place gives away."""

    def make(random: Random) -> tuple[str, str]:
        secret = "".join(part if isinstance(part, str) else _of(random, *part) for part in parts)
        return template.replace("§", secret), secret

    return make


def _jwt(random: Random) -> tuple[str, str]:
    head = _encoded({"alg": "RS256", "typ": "JWT"})
    claims = _encoded({"sub": _of(random, DIGITS, 10), "iss": "https://login.example.com", "exp": 1893456000})
    secret = f"{head}.{claims}.{_of(random, URL_SAFE, 342)}"
    return random.choice(CONTEXTS).replace("§", secret), secret


def _basic(random: Random) -> tuple[str, str]:
    secret = base64.b64encode(f"deploy:{_of(random, BASE62, 18)}".encode()).decode()
    return f"> Authorization: Basic {secret}", secret


def _docker_config(random: Random) -> tuple[str, str]:
    secret = base64.b64encode(f"robot:{_of(random, BASE62, 24)}".encode()).decode()
    return json.dumps({"auths": {"ghcr.io": {"auth": secret}}}), secret


def _kubeconfig(random: Random) -> tuple[str, str]:
    body = "\n".join(_of(random, BASE64, 64) for _ in range(6))
    secret = base64.b64encode(f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{body}\n".encode()).decode()
    return f"    client-key-data: {secret}", secret


CONTEXTS = (
    "§",
    "using § for the deploy",
    '{"user": "ci", "value": "§", "ok": true}',
    "Error: request failed (credentials §): 401",
    "+ curl -H 'X-Key: §' https://api.example.com/v1",
    "  SOME_VARIABLE: §",
    "export VALUE='§'; run",
    "got=§,expected=***",
    "\x1b[31m§\x1b[0m",
    "sec\x1b[1mret\x1b[0m is §.",
    "https://example.com/hook?x=§&y=1",
    '\\"value\\": \\"§\\"',
)

FORMS: dict[str, Maker] = {
    "GitHub classic token": _bare("gh", "p_", (BASE62, 36)),
    "GitHub OAuth token": _bare("gh", "o_", (BASE62, 36)),
    "GitHub installation token": _bare("gh", "s_", (BASE62, 36)),
    "GitHub refresh token": _bare("gh", "r_", (BASE62, 76)),
    "GitHub fine-grained token": _bare("github", "_pat_", (BASE62, 22), "_", (BASE62, 59)),
    "GitLab personal token": _bare("gl", "pat-", (URL_SAFE, 20)),
    "GitLab runner token": _bare("gl", "rt-", (URL_SAFE, 20)),
    "AWS access key id": _bare("AK", "IA", (UPPER + "234567", 16)),
    "AWS temporary key id": _bare("AS", "IA", (UPPER + "234567", 16)),
    "AWS secret key in the environment": _beside("  AWS_SECRET_ACCESS_KEY: §", (BASE64, 40)),
    "AWS secret key in JSON": _beside('{"SecretAccessKey": "§", "Expiration": "2030"}', (BASE64, 40)),
    "AWS session token": _beside("export AWS_SESSION_TOKEN=§", (BASE64, 356)),
    "Azure storage key": _beside("AccountName=ci;AccountKey=§;EndpointSuffix=x", (BASE64, 86), "=="),
    "Azure client secret": _bare((BASE62, 3), "8Q", "~", (BASE62 + "._-~", 34)),
    "Azure signature": _beside("https://x.blob.core.windows.net/a?sv=2024&sig=§&se=2030", (BASE62, 43), "%3D"),
    "Google API key": _bare("AI", "za", (URL_SAFE, 35)),
    "Google access token": _bare("ya", "29.", (URL_SAFE, 120)),
    "Google client secret": _bare("GOC", "SPX-", (URL_SAFE, 28)),
    "Slack bot token": _bare("xo", "xb-", (DIGITS, 12), "-", (DIGITS, 12), "-", (BASE62, 24)),
    "Slack webhook": _beside("POST hooks.slack.com/services/§", "T", (UPPER, 9), "/B", (UPPER, 9), "/", (BASE62, 24)),
    "Stripe live key": _bare("sk", "_live_", (BASE62, 24)),
    "Stripe webhook secret": _bare("wh", "sec_", (BASE62, 32)),
    "npm token": _bare("np", "m_", (BASE62, 36)),
    "npm configuration": _beside("//registry.npmjs.org/:_authToken=§", *UUID),
    "PyPI token": _bare("py", "pi-AgEIcHlwaS5vcmc", (URL_SAFE, 150)),
    "RubyGems key": _bare("ruby", "gems_", (HEX, 48)),
    "crates.io token": _bare("ci", "o", (BASE62, 32)),
    "NuGet key": _bare("oy", "2", (LOWER + DIGITS, 43)),
    "Docker Hub token": _bare("dckr", "_pat_", (URL_SAFE, 27)),
    "Docker configuration": _docker_config,
    "OpenAI key": _bare("sk", "-proj-", (BASE62, 74), "T3Blbk", "FJ", (BASE62, 74)),
    "OpenAI legacy key": _bare("sk", "-", (BASE62, 48)),
    "Anthropic key": _bare("sk", "-ant-api03-", (URL_SAFE, 93), "AA"),
    "Hugging Face token": _bare("hf", "_", (BASE62, 34)),
    "SendGrid key": _bare("S", "G.", (URL_SAFE, 22), ".", (URL_SAFE, 43)),
    "Twilio key": _bare("S", "K", (HEX, 32)),
    "Mailgun key": _beside("MAILGUN=§", "ke", "y-", (HEX, 32)),
    "Mailchimp key": _bare((HEX, 32), "-us", (DIGITS, 2)),
    "DigitalOcean token": _bare("do", "p_v1_", (HEX, 64)),
    "Databricks token": _bare("da", "pi", (HEX, 32)),
    "Heroku key": _beside("HEROKU_API_KEY=§", *UUID),
    "Shopify token": _bare("shp", "at_", (HEX, 32)),
    "Vault token": _bare("hv", "s.", (BASE62, 24)),
    "Terraform Cloud token": _bare((BASE62, 14), ".atlas", "v1.", (URL_SAFE, 67)),
    "Grafana token": _bare("gl", "sa_", (BASE62, 32), "_", (HEX, 8)),
    "Sentry token": _bare("sntr", "yu_", (HEX, 64)),
    "Datadog key": _beside("  DD_API_KEY: §", (HEX, 32)),
    "New Relic key": _bare("NR", "AK-", (UPPER + DIGITS, 27)),
    "Linear key": _bare("lin", "_api_", (BASE62, 40)),
    "Postman key": _bare("PM", "AK-", (HEX, 24), "-", (HEX, 34)),
    "Figma token": _bare("fi", "gd_", (URL_SAFE, 40)),
    "Notion token": _bare("nt", "n_", (DIGITS, 11), (BASE62, 35)),
    "Discord bot token": _bare("M", (BASE62, 25), ".G", (URL_SAFE, 5), ".", (URL_SAFE, 38)),
    "Discord webhook": _beside("discord.com/api/webhooks/1042424242424242/§", (URL_SAFE, 68)),
    "Telegram token": _bare((DIGITS[1:], 10), ":A", "A", (URL_SAFE, 33)),
    "SonarQube token": _bare("sq", "p_", (HEX, 40)),
    "Tailscale key": _bare("ts", "key-auth-", (BASE62, 12), "CNTRL-", (BASE62, 32)),
    "Supabase token": _bare("sb", "p_", (HEX, 40)),
    "Age key": _bare("AGE-SECRET", "-KEY-1", (UPPER + DIGITS, 58)),
    "Atlassian token": _bare("AT", "ATT3xFfGF0", (URL_SAFE, 170), "=", (UPPER + DIGITS, 8)),
    "HubSpot token": _bare("pa", "t-na1-", *UUID),
    "Codecov token": _beside("CODECOV_TOKEN: §", *UUID),
    "Cloudflare token": _beside("  CLOUDFLARE_API_TOKEN: §", (URL_SAFE, 40)),
    "JSON Web Token": _jwt,
    "bearer header": _beside('curl -H "Authorization: Bearer §" https://x', (BASE62, 40)),
    "basic header": _basic,
    "token header": _beside("> authorization: token §", (HEX, 40)),
    "private-token header": _beside("PRIVATE-TOKEN: §", (BASE62, 20)),
    "x-api-key header": _beside('  "x-api-key": "§",', (BASE62, 32)),
    "password in a URL": _beside("psycopg.connect('postgresql://ci:§@db:5432/app')", (BASE62, 14)),
    "password of Redis": _beside("redis://:§@cache:6379/0", (BASE62, 20)),
    "token of a git remote": _beside("fatal: 'https://x-access-token:§@github.com/a/b/': 403", (BASE62, 40)),
    "password in the environment": _beside("  DB_PASSWORD: §", (BASE62 + "!#%", 16)),
    "password as a flag": _beside("+ docker login -u ci --password § ghcr.io", (BASE62, 14), "7"),
    "password of curl": _beside("curl -sS -u deploy:§ https://nexus.example.com", (BASE62, 16)),
    "password of .netrc": _beside("machine github.com login ci password §", (BASE62, 16)),
    "connection string": _beside("Server=db;User Id=sa;Password=§;Encrypt=True", (BASE62 + "!@#", 12)),
    "Maven settings": _beside("      <password>§</password>", (BASE62, 14)),
    "secret in JSON": _beside('{"client_secret": "§"}', (URL_SAFE, 32)),
    "secret in quoted JSON": _beside('body: "{\\"api_key\\":\\"§\\"}"', (BASE62, 24)),
    "secret in YAML": _beside("signing_key: '§'", (BASE64, 43), "="),
    "token as a query": _beside("GET /v1/deploy?access_token=§ HTTP/1.1", (BASE62, 32)),
    "private key packed once more": _kubeconfig,
}  # fmt: skip


def planted(each: int = 12, seed: int = 1) -> Iterator[Planted]:
    """Make that many secrets of each form, always the same ones for one seed."""
    for form, make in FORMS.items():
        random = Random(f"{seed} {form}")  # repeatable on purpose
        for _ in range(each):
            yield Planted(form, *make(random))


def private_key(random: Random, kind: str = "RSA ", lines: int = 25) -> list[str]:
    """The lines of a private key in PEM form; none of them unlocks anything."""
    body = [_of(random, BASE64, 64) for _ in range(lines - 1)] + [_of(random, BASE64, random.randint(2, 62)) + "=="]
    return [f"-----BEGIN {kind}{'PRIVATE'} KEY-----", *body, f"-----END {kind}{'PRIVATE'} KEY-----"]


def left_of(secret: str, text: str, window: int = 12) -> str:
    """The first part of a secret, that many letters long, that still stands in the text; empty if none does."""
    # The mark in front ("ghp_", "-----BEGIN") is no secret.
    return next((part for i in range(4, len(secret) - window + 1) if (part := secret[i : i + window]) in text), "")
