"""Masks measured for misses and for false masks. What is random here is so on purpose, and no secret."""

import base64
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.reader import LogReader
from analysis.redact import MASK, Scrubbed, scrub
from tests.analysis.planted import BASE62, FORMS, HEX, Planted, left_of, planted, private_key

ROOT = Path(__file__).parents[2]
PLANTED = list(planted(each=12))
LEAST_RECALL = 0.99


def shown(line: str) -> str:
    """The line as the reader gives it: without colours."""
    return next(iter(LogReader().blocks([line.encode()]))).lines[0].decode()


def misses(secrets: list[Planted], wrapped: str = "{}") -> list[str]:
    lines = [(each, shown(wrapped.format(each.line))) for each in secrets]
    return [f"{each.form}: {line}" for each, line in lines if left_of(each.secret, scrub(line).text)]


class TestPlantedSecrets:
    def test_there_are_as_many_as_the_measure_asks_for(self) -> None:
        assert len(FORMS) >= 25
        assert len(PLANTED) >= 300
        assert len({each.secret for each in PLANTED}) == len(PLANTED)

    @pytest.mark.parametrize(
        "wrapped",
        [
            "{}",
            "2025-01-31T10:20:30.1234567Z {}",
            "unit / linux\tRun tests\t2025-01-31T10:20:30.1234567Z {}",
            "2025-01-31T10:20:30.1234567Z ##[error]\x1b[31m{}\x1b[0m",
            "[2025-01-31T10:20:30.123Z] {}\r",
            "E       AssertionError: assert '{}' == ''",
        ],
    )
    def test_are_found_in_every_form_a_log_may_have(self, wrapped: str) -> None:
        missed = misses(PLANTED, wrapped)
        assert 1 - len(missed) / len(PLANTED) >= LEAST_RECALL, "\n".join(missed)

    @pytest.mark.parametrize("form", FORMS)
    def test_no_form_is_missed_as_such(self, form: str) -> None:
        of_form = [each for each in planted(each=40, seed=2) if each.form == form]
        assert len(misses(of_form)) <= 1

    def test_each_is_counted(self) -> None:
        text = "\n".join(shown(each.line) for each in PLANTED)
        assert scrub(text).count >= LEAST_RECALL * len(PLANTED)

    def test_two_in_one_line_both_go(self) -> None:
        [one, other] = [each.secret for each in planted(each=2) if each.form == "GitHub classic token"]
        assert scrub(f"{one} and {other}").text == f"{MASK} and {MASK}"


class TestPrivateKeys:
    @pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", "DSA "])
    @pytest.mark.parametrize("before", ["", "    ", "web-1  | ", "> ", "[INFO] "])
    def test_of_many_lines_only_first_and_last_stay(self, kind: str, before: str) -> None:
        key = private_key(Random(kind), kind)
        log = ["cat key.pem", *(before + line for line in key), "done in 3s"]
        done = scrub("\n".join(log))
        assert [left_of(line, done.text, 8) for line in key[1:-1]] == [""] * (len(key) - 2)
        assert done.count == 1
        assert done.text.split("\n")[:2] == log[:2]
        assert done.text.split("\n")[-2:] == log[-2:]
        assert len(done.text.split("\n")) == len(log)

    def test_headers_inside_do_not_end_it(self) -> None:
        key = private_key(Random(1))
        log = [key[0], "Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-128-CBC,5BA1CD", "", *key[1:]]
        assert not any(left_of(line, scrub("\n".join(log)).text, 8) for line in key[1:-1])

    def test_of_pgp_with_its_checksum(self) -> None:
        [_, *body, _] = private_key(Random(2))
        name = "PGP " + "PRIVATE" + " KEY BLOCK"
        log = [f"-----BEGIN {name}-----", "Version: GnuPG v2", "", *body[:-1], "=njUN", f"-----END {name}-----", "ok"]
        done = scrub("\n".join(log)).text.split("\n")
        assert done == [*log[:3], *[MASK] * len(body), *log[-2:]]

    @pytest.mark.parametrize("newline", ["\\n", "\\\\n", " ", "\\r\\n"])
    def test_in_one_line_as_json_and_environments_hold_it(self, newline: str) -> None:
        key = private_key(Random(newline))
        done = scrub('{"type": "service_account", "private_key": "' + newline.join(key) + newline + '", "a": 1}')
        assert not any(left_of(line, done.text, 8) for line in key[1:-1])
        assert done.text.endswith('", "a": 1}')

    def test_two_in_one_line(self) -> None:
        one, other = private_key(Random(3)), private_key(Random(4))
        done = scrub("\\n".join(one) + " and " + "\\n".join(other))
        assert not any(left_of(line, done.text, 8) for line in [*one[1:-1], *other[1:-1]])
        assert done.count == 2

    def test_cut_before_its_end_it_does_not_hide_what_follows(self) -> None:
        key = private_key(Random(5))
        after = ["Traceback (most recent call last):", '  File "src/a.py", line 3, in load', "KeyError: 'name'"]
        done = scrub("\n".join([*key[:6], *after])).text.split("\n")
        assert done[-2:] == after[-2:]
        assert done[1:6] == [MASK] * 5

    def test_spoken_of_it_hides_nothing(self) -> None:
        log = [f"ValueError: expected '-----BEGIN {'PRIVATE'} KEY-----'", "FAILED tests/test_a.py::test_key", "=" * 60]
        assert scrub("\n".join(log)).text == "\n".join(log)

    def test_a_certificate_is_no_secret(self) -> None:
        [_, *body, _] = private_key(Random(6))
        log = "\n".join(["-----BEGIN CERTIFICATE-----", *body, "-----END CERTIFICATE-----"])
        assert scrub(log) == Scrubbed(log, 0)


class TestCleanText:
    """What looks random in every log and is nobody's secret."""

    @pytest.mark.parametrize(
        "line",
        [
            "HEAD is now at {sha} Merge 1234567 into {sha}",
            "Digest: sha256:{sha256}",
            "#8 [internal] load metadata for docker.io/library/python:3.12@sha256:{sha256}",
            "    --hash=sha256:{sha256} \\",
            '      "integrity": "sha512-{base64}",',
            "Cache restored from key: Linux-node-{sha256}",
            "cache-key: setup-python-Linux-x64-24.04-Ubuntu-python-3.12.1-pip-{sha256}",
            "key: node-cache-Linux-x64-npm-{sha256}",
            "restore-key-{md5}",
            "##[debug]....=> '{uuid}'",
            "x-github-request-id: {hex4}:{hex4}:{hex6}:{hex6}:67A1B2C3",
            "E       AssertionError: assert b'{base64}' == b''",
            "PublicKeyToken=b03f5f7f11d50a3a",
            "  GITHUB_TOKEN: ***",
            "  NODE_AUTH_TOKEN: XXXXX-XXXXX-XXXXX-XXXXX",
            "token: ${{{{ secrets.DEPLOY_TOKEN_2 }}}}",
            'password = os.environ["DB_PASSWORD_2"]',
            "password: $DB_PASSWORD_2",
            "export TOKEN=$(gh auth token)",
            "tokenizers==0.15.2.post1+cu118",
            "secret_key: AbstractSettings2",
            "token=tests/fixtures/token2.json",
            "get_token: module:shop.auth.tokens.v2",
            "--password PASSWORD     the password of the registry",
            "--token TOKEN2, -t TOKEN2",
            "curl -u user:$PASSWORD https://example.com",
            "docker login -u ci --password-stdin ghcr.io",
            "git@github.com:owner/repository.git",
            "https://github.com/actions/checkout@v4",
            "http://localhost:8080/a@b",
            "https://example.com:443/x:y@z",
            "ssh://git@github.com:22/owner/repository",
            "authorization: withAuthorizationPrefixOf",
            "Authorization: Bearer ***",
            "AUTHORIZATION: basic ***",
            "max_tokens: 4096, total_tokens=123456789",
            "token expires at: 2025-01-31T10:20:30Z",
            "error TS2304: Cannot find name 'SomeVeryLongCamelCaseIdentifierName'.",
            "##[error]MyVeryLongClassNameHereXY.method.shouldReturnSomethingLong failed",
            "sk-estimator-doc-link-with-some-more-words-behind",
            "src/main/java/com/example/shop/cart/CartServiceIntegrationTest.java:42",
            "/home/runner/work/_temp/0a1b2c3d-4e5f-6789-abcd-ef0123456789.sh: line 3: foo: command not found",
            "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQ{base64} ci@example.com",
        ],
    )
    def test_stays_as_it_is(self, line: str) -> None:
        random = Random(line)
        of = {name: "".join(random.choices(HEX, k=length)) for name, length in LENGTHS.items()}
        raw = base64.b64encode(random.randbytes(64)).decode()
        text = line.format(**of, uuid="0a1b2c3d-4e5f-6789-abcd-ef0123456789", base64=raw)
        assert scrub(text).text == text

    def test_a_lock_with_two_thousand_hashes_stays_as_it_is(self) -> None:
        lock = (ROOT / "requirements.lock").read_text()
        assert lock.count("--hash=sha256:") > 1000
        assert scrub(lock).text == lock

    def test_logs_that_tools_really_wrote_stay_as_they_are(self) -> None:
        logs = [
            path for folder in ("recorded", "recipes/logs") for path in (Path(__file__).parent / folder).glob("*.*")
        ]
        logs = [path for path in logs if path.suffix in {".log", ".txt"}]
        assert logs
        masked = [
            f"{path.name}:{number}: {line}"
            for path in logs
            for number, line in enumerate(path.read_text(errors="replace").split("\n"), start=1)
            if scrub(line).text != line
        ]
        assert masked == []

    @given(st.text(st.characters(exclude_characters="\n"), max_size=60))
    def test_ordinary_text_keeps_its_lines(self, text: str) -> None:
        assert scrub(f"{text}\n{text}").text.count("\n") == 1


LENGTHS = {"sha": 40, "sha256": 64, "md5": 32, "hex4": 4, "hex6": 6}


class TestValuesBesideATellingName:
    @pytest.mark.parametrize("name", ["DB_PASSWORD", "api-key", "Api Key", "app.secret", "SIGNING_KEY", "sessionToken"])
    @pytest.mark.parametrize("between", ["=", ": ", " = ", '": "', "='", " => "])
    def test_are_masked_if_they_look_random(self, name: str, between: str) -> None:
        value = "".join(Random(name + between).choices(BASE62, k=24))
        assert scrub(f"{name}{between}{value}").text == f"{name}{between}{MASK}"

    def test_are_kept_if_the_name_says_nothing(self) -> None:
        value = "".join(Random(1).choices(BASE62, k=24))
        for line in (f"build-id: {value}", f"cache={value}", f"{value}", f"etag: {value}"):
            assert scrub(line).text == line

    def test_a_value_in_quotes_goes_whole(self) -> None:
        value = "django-insecure-x$1(z&8k)q2w*e3r4t5y6"
        assert scrub(f"SECRET_KEY = '{value}'").text == f"SECRET_KEY = '{MASK}'"

    def test_the_mask_is_told_from_a_secret(self) -> None:
        once = scrub("TOKEN=" + "".join(Random(2).choices(BASE62, k=30)))
        assert scrub(once.text) == Scrubbed(once.text, 0)


@given(st.lists(st.sampled_from([*"aZ9 =:\"'/@.-_\n", "-----BEGIN ", "PRIVATE KEY-----", "token", "://", "password"])))
def test_any_text_keeps_its_number_of_lines(parts: list[str]) -> None:
    text = "".join(parts)
    done = scrub(text)
    assert done.text.count("\n") == text.count("\n")
    assert (done.text == text) or done.count > 0
