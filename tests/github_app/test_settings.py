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
