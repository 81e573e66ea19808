from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from github_app.settings import SettingsError, read_settings

GOOD = {"GITHUB_WEBHOOK_SECRET": "0123456789abcdef"}


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_without_a_webhook_secret_nothing_starts() -> None:
    with pytest.raises(SettingsError, match="GITHUB_WEBHOOK_SECRET is not set"):
        read_settings({})


@pytest.mark.parametrize(
    ("variable", "value"),
    [("GITHUB_WEBHOOK_SECRET", "short"), ("PORT", "http"), ("PORT", "70000"), ("GITHUB_APP_ID", "my-app")],
)
def test_a_wrong_variable_is_named(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        read_settings({**GOOD, variable: value})


def test_a_key_file_that_is_no_key_is_named(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("not a key")
    with pytest.raises(SettingsError, match="GITHUB_PRIVATE_KEY_FILE holds no private key"):
        read_settings({**GOOD, "GITHUB_PRIVATE_KEY_FILE": str(file)})


def test_a_key_file_that_is_absent_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"absent\.pem"):
        read_settings({**GOOD, "GITHUB_PRIVATE_KEY_FILE": str(tmp_path / "absent.pem")})


def test_a_key_of_another_kind_is_refused() -> None:
    with pytest.raises(SettingsError, match="not RSA"):
        read_settings({**GOOD, "GITHUB_PRIVATE_KEY": pem(ec.generate_private_key(ec.SECP256R1()))})


def test_a_key_with_its_line_breaks_written_out_is_read() -> None:
    text = pem(rsa.generate_private_key(65537, 2048))
    settings = read_settings({**GOOD, "GITHUB_PRIVATE_KEY": text.replace("\n", "\\n")})
    assert settings.private_key == text


def test_secrets_do_not_show() -> None:
    shown = repr(read_settings({**GOOD, "DATABASE_URL": "postgresql://a:hunter2@b/c"}))
    assert "hunter2" not in shown
    assert "0123456789abcdef" not in shown


def test_githubs_pages_are_found_from_its_api_or_named() -> None:
    assert read_settings(GOOD).web_url == "https://github.com"
    enterprise = GOOD | {"GITHUB_API_URL": "https://ghe.acme.dev/api/v3"}
    assert read_settings(enterprise).web_url == "https://ghe.acme.dev"
    assert read_settings(enterprise | {"GITHUB_WEB_URL": "https://git.acme.dev/"}).web_url == "https://git.acme.dev"


def test_an_app_is_set_by_its_id_or_its_key_and_no_secret_shows() -> None:
    assert not read_settings(GOOD).has_app
    assert read_settings(GOOD | {"GITHUB_APP_ID": "7"}).has_app
    assert "s3cr3t" not in repr(read_settings(GOOD | {"GITHUB_CLIENT_ID": "Iv1", "GITHUB_CLIENT_SECRET": "s3cr3t"}))


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("", None),
        ("https://ci.acme.dev/", "https://ci.acme.dev"),
        ("HTTPS://CI.acme.dev:443", "https://ci.acme.dev"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("http://[::1]:5173", "http://[::1]:5173"),
    ],
)
def test_the_frontend_is_an_origin_as_a_browser_writes_it(text: str, origin: str | None) -> None:
    assert read_settings(GOOD | {"FRONTEND_URL": text}).frontend_url == origin


@pytest.mark.parametrize(
    "text",
    ["*", "null", "ci.acme.dev", "ftp://a", "https://", "https://a/b", "https://a?b", "https://a@b", "https://a:x"],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="FRONTEND_URL"):
        read_settings(GOOD | {"FRONTEND_URL": text})


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ENVIRONMENT", "staging", "ENVIRONMENT is 'staging'; it must be one of development, production, test."),
        ("LOG_LEVEL", "loud", "LOG_LEVEL is 'loud'; it must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL."),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is 'xml'; it must be one of text, json."),
        ("MAX_WORKERS", "0", "MAX_WORKERS is '0'; it must be a whole number from 1 to 64."),
        ("MAX_WORKERS", "9" * 5000, "…'; it must be a whole number from 1 to 64."),
        ("DEBUG", "maybe", "DEBUG is 'maybe'; it must be one of 1, true, yes, on, 0, false, no, off."),
        ("HOST", "http://0.0.0.0", "HOST is 'http://0.0.0.0'; it must be an address or a name without a port"),
        ("GEMINI_BASE_URL", "https://", "GEMINI_BASE_URL is"),
        ("GITHUB_API_URL", "https://me:hunter2@ghe", "GITHUB_API_URL is not shown; it must be a URL"),
    ],
)
def test_a_value_that_is_not_taken_is_named_with_those_that_are(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as wrong:
        read_settings(GOOD | {name: value})
    assert said in str(wrong.value)
    assert "hunter2" not in str(wrong.value)
    assert len(str(wrong.value)) < 300


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as wrong:
        read_settings({"PORT": "x", "LOG_LEVEL": "y", "GITHUB_PRIVATE_KEY": "hunter2"})
    names = [line.split()[0] for line in str(wrong.value).splitlines()]
    assert names == ["GITHUB_WEBHOOK_SECRET", "PORT", "GITHUB_PRIVATE_KEY", "LOG_LEVEL"]
    assert "hunter2" not in str(wrong.value)


def test_two_names_of_one_key_may_not_differ() -> None:
    assert read_settings(GOOD | {"GEMINI_API_KEY": "a"}).google_api_key == "a"
    assert read_settings(GOOD | {"GEMINI_API_KEY": "a", "GOOGLE_API_KEY": "a"}).google_api_key == "a"
    with pytest.raises(SettingsError, match="GOOGLE_API_KEY and GEMINI_API_KEY are both set, and differ"):
        read_settings(GOOD | {"GEMINI_API_KEY": "hunter2", "GOOGLE_API_KEY": "b"})


@pytest.mark.parametrize("name", ["GITHUB_PRIVATE_KEY_FILE", "GITHUB_PRIVATE_KEY_PATH"])
def test_the_key_file_goes_by_two_names(tmp_path: Path, name: str) -> None:
    text = pem(rsa.generate_private_key(65537, 2048))
    (tmp_path / "app.pem").write_text(text)
    assert read_settings(GOOD | {name: str(tmp_path / "app.pem")}).private_key == text
    with pytest.raises(SettingsError, match=f"{name} names"):
        read_settings(GOOD | {name: str(tmp_path)})


def test_debug_is_a_level_of_the_log_that_gives_way_to_the_one_that_is_set() -> None:
    assert read_settings(GOOD).log_level == "INFO"
    assert read_settings(GOOD | {"DEBUG": "Yes"}).log_level == "DEBUG"
    assert read_settings(GOOD | {"DEBUG": "1", "LOG_LEVEL": "error"}).log_level == "ERROR"


def test_production_takes_https_alone_and_a_database_that_was_named() -> None:
    production = GOOD | {"ENVIRONMENT": "production"}
    with pytest.raises(SettingsError) as wrong:
        read_settings(production | {"FRONTEND_URL": "http://ci.acme.dev", "GITHUB_API_URL": "http://ghe/api/v3"})
    names = [line.split()[0] for line in str(wrong.value).splitlines()]
    assert names == ["FRONTEND_URL", "GITHUB_API_URL", "DATABASE_URL"]
    assert read_settings(production | {"CI_FIXER_DATA": "/srv/ci-fixer"}).log_format == "json"
    named = production | {"DATABASE_URL": "postgresql://db/ci", "LOG_FORMAT": "text"}
    assert read_settings(named).log_format == "text"
    local = named | {"GITHUB_API_URL": "http://127.0.0.1:8080"}
    assert read_settings(local).api_url == "http://127.0.0.1:8080"
