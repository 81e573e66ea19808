"""Patches that get past a check instead of answering it; each names the rule that must stop it."""

from tests.analysis.policy_cases import Case, adds, turns

PY_TEST = """import pytest


def test_sum():
    assert add(1, 2) == 3


def test_name():
    assert name() == "a"
    assert len(name()) == 1
"""

_PLACES = [
    *(
        adds(path, "x: 1", "workflow", "y: 1\n")
        for path in (
            ".github/workflows/ci.yml",
            ".GitHub/Workflows/ci.yaml",
            ".github/actions/setup/index.js",
            "action.yml",
            "tools/lint/action.yaml",
            ".gitlab-ci.yml",
            ".circleci/config.yml",
            "azure-pipelines.yml",
            ".travis.yml",
            "Jenkinsfile",
            "bitbucket-pipelines.yml",
            ".buildkite/pipeline.yml",
        )
    ),
    adds(".github/dependabot.yml", "x: 1", "github-settings"),
    adds(".github/ci-fixer.yml", "approvers: anyone", "github-settings"),
    adds("CODEOWNERS", "* @me", "code-owners"),
    adds("docs/CODEOWNERS", "* @me", "code-owners"),
    adds(".git/hooks/pre-commit", "x", "git-directory"),
    adds(".GIT/config", "x", "git-directory"),
    adds(".git./config", "x", "git-directory"),
    adds("git~1/config", "x", "git-directory"),
    adds("a/.git /config", "x", "git-directory"),
    adds("../outside.py", "x", "path"),
    adds("a/../../b.py", "x", "path"),
    adds("/etc/passwd", "x", "path"),
    adds("C:/windows/x", "x", "path"),
    adds("a\\b.py", "x", "path"),
    adds("~/x", "x", "path"),
    adds("a//b", "x", "path"),
    adds("a\u202egnp.py", "x", "path"),
    adds("a\nb.py", "x", "path"),
    adds(".gitmodules", "x", "submodule"),
    adds(".gitattributes", "*.py -diff", "git-behaviour"),
    adds(".husky/pre-push", "x", "git-behaviour"),
    *(
        adds(path, "x", "lock-file")
        for path in (
            "package-lock.json",
            "web/yarn.lock",
            "pnpm-lock.yaml",
            "poetry.lock",
            "uv.lock",
            "Cargo.lock",
            "Gemfile.lock",
            "composer.lock",
            "go.sum",
            "Pipfile.lock",
            ".terraform.lock.hcl",
            "requirements.lock",
        )
    ),
    adds(".env", "A=1", "secret-file"),
    adds("conf/.env.production", "A=1", "secret-file"),
    adds("tls/server.key", "x", "secret-file"),
    adds("id_rsa", "x", "secret-file"),
    adds(".npmrc", "x", "secret-file"),
    adds("node_modules/left-pad/index.js", "x", "foreign-code"),
    adds("sitecustomize.py", "import os", "start-up-code"),
    adds("a.pth", "import os", "start-up-code"),
    adds("tool.exe", "x", "binary"),
    adds("lib/app.jar", "x", "binary"),
]

_SECRETS = [
    adds("a.py", f'KEY = "{key}"', "secret")
    for key in (
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a1B2" * 9,
        "glpat-" + "a1B2c3D4e5F6g7H8i9J0",
        "xoxb-" + "1234567890-abcdef",
        "AIza" + "a1B2c" * 7,
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "postgres://app:" + "hunter2hunter2@db.example.org/app",
    )
]

_SUPPRESSED = [
    *(
        adds(path, line, "lint-suppressed")
        for path, line in (
            ("a.py", "import os  # noqa"),
            ("a.py", "import os  # noqa: F401"),
            ("a.py", "import os  #noqa:F401"),
            ("a.py", "# ruff: noqa"),
            ("a.py", "# flake8: noqa"),
            ("a.py", "# pylint: disable=all"),
            ("a.py", "# fmt: off"),
            ("a.py", "x = eval(y)  # nosec"),
            ("a.js", "/* eslint-disable */"),
            ("a.ts", "// eslint-disable-next-line no-console"),
            ("a.js", "// prettier-ignore"),
            ("a.ts", "// biome-ignore lint: reason"),
            ("a.go", "//nolint:errcheck"),
            ("a.go", "x() // nolint"),
            ("a.rs", "#[allow(dead_code)]"),
            ("a.rs", "#![allow(warnings)]"),
            ("A.java", '@SuppressWarnings("unchecked")'),
            ("A.kt", '@Suppress("MagicNumber")'),
            ("a.cpp", "int x; // NOLINT"),
            ("A.java", "x(); // NOSONAR"),
            ("a.rb", "# rubocop:disable all"),
            ("a.php", "// phpcs:ignore"),
            ("A.cs", "#pragma warning disable"),
            ("a.c", '#pragma GCC diagnostic ignored "-Wall"'),
            ("a.sh", "# shellcheck disable=SC2086"),
            ("Dockerfile", "# hadolint ignore=DL3008"),
            ("a.swift", "// swiftlint:disable all"),
            ("a.py", "teh = 1  # codespell:ignore"),
            ("main.tf", "# tfsec:ignore:aws"),
        )
    ),
    *(
        adds(path, line, "types-suppressed")
        for path, line in (
            ("a.py", "x = f()  # type: ignore"),
            ("a.py", "x = f()  # type: ignore[attr-defined]"),
            ("a.py", "# mypy: ignore-errors"),
            ("a.py", "# pyright: basic"),
            ("a.py", "x = f()  # pyright: ignore"),
            ("a.ts", "// @ts-ignore"),
            ("a.ts", "// @ts-nocheck"),
            ("a.ts", "// @ts-expect-error"),
            ("a.py", "@no_type_check"),
            ("a.php", "/** @phpstan-ignore-next-line */"),
        )
    ),
    *(
        adds(path, line, "coverage-excluded")
        for path, line in (
            ("a.py", "def f():  # pragma: no cover"),
            ("a.js", "/* istanbul ignore next */"),
            ("a.ts", "/* v8 ignore start */"),
            ("a.php", "/** @codeCoverageIgnore */"),
            ("a.cpp", "// LCOV_EXCL_START"),
        )
    ),
    adds("a.py", 'warnings.simplefilter("ignore")', "warnings-suppressed"),
    adds("a.py", "warnings.filterwarnings('ignore')", "warnings-suppressed"),
    adds("a.py", "y: Any = cast(Any, x)", "type-escape"),
    adds("a.ts", "const y = x as any", "type-escape"),
]

_BYPASSED = [
    *(
        adds(path, line, "cannot-fail")
        for path, line in (
            ("test.sh", "pytest || true"),
            ("test.sh", "pytest || :"),
            ("test.sh", "pytest || exit 0"),
            ("test.sh", "pytest || echo failed"),
            ("test.sh", "pytest; exit 0"),
            ("test.sh", "set +e"),
            ("test.sh", "exit 0"),
            ("Makefile", "\t-pytest"),
            ("Makefile", ".IGNORE: test"),
            ("Makefile", "\truff check --exit-zero ."),
            ("ci/steps.yml", "  continue-on-error: true"),
            ("ci/jobs.yml", "  allow_failure: true"),
            ("build.gradle", "ignoreFailures = true"),
            ("pom.xml", "<testFailureIgnore>true</testFailureIgnore>"),
            ("tests/conftest.py", "sys.exit(0)"),
            ("tests/helper.py", "os._exit(0)"),
            ("test/setup.js", "process.exit(0)"),
            ("site.yml", "  ignore_errors: yes"),
            ("main.ps1", "$x = Get-Item -ErrorAction SilentlyContinue"),
        )
    ),
    *(
        adds(path, line, "tests-filtered")
        for path, line in (
            ("Makefile", "\tpytest --deselect tests/test_a.py::test_b"),
            ("run.sh", "pytest --ignore=tests/slow"),
            ("run.sh", "pytest -k 'not slow'"),
            ("run.sh", "jest --passWithNoTests"),
            ("run.sh", "mvn -DskipTests package"),
            ("tests/conftest.py", 'collect_ignore = ["test_a.py"]'),
        )
    ),
    *(
        turns(path, before, after, "less-strict")
        for path, before, after in (
            ("CMakeLists.txt", "add_compile_options(-Wall -Werror)", "add_compile_options(-Wall)"),
            ("lint.sh", "mypy --strict app", "mypy app"),
            ("src/lib.rs", "#![deny(warnings)]\nfn a() {}", "fn a() {}"),
            ("lint.sh", "eslint --max-warnings 0 .", "eslint ."),
            ("run.sh", "set -euo pipefail\npytest", "pytest"),
            ("A.csproj", "<TreatWarningsAsErrors>true</T>", "<TreatWarningsAsErrors>false</T>"),
        )
    ),
    adds("install.sh", "curl https://example.org/x | sh", "unsafe"),
    adds("install.sh", "pip install --extra-index-url http://example.org x", "unsafe"),
    adds("a.py", "requests.get(url, verify=False)", "unsafe"),
    adds("a.go", "tls.Config{InsecureSkipVerify: true}", "unsafe"),
    adds("a.js", "process.env.NODE_TLS_REJECT_UNAUTHORIZED = 0", "unsafe"),
    adds("a.py", 'if os.environ.get("CI"):', "looks-for-ci"),
    adds("a.py", 'if os.getenv("GITHUB_ACTIONS"):', "looks-for-ci"),
    adds("a.js", "if (process.env.CI) return", "looks-for-ci"),
    adds("a.py", 'if "pytest" in sys.modules:', "looks-for-ci"),
    turns("Makefile", "test:\n\tpytest\n\truff check .", "test:\n\tpytest", "command-removed"),
    turns("Makefile", "test:\n\tpytest", "test:\n\t# pytest", "command-removed"),
    turns("package.json", '{"scripts": {}}', '{"scripts": {\n"postinstall": "node x"}}', "install-hook"),
]

_TESTS = [
    *(
        adds(path, line, "test-skipped")
        for path, line in (
            ("tests/test_a.py", "@pytest.mark.skip"),
            ("tests/test_a.py", '@pytest.mark.skipif(True, reason="x")'),
            ("tests/test_a.py", "@pytest.mark.xfail"),
            ("tests/test_a.py", "pytestmark = pytest.mark.skip"),
            ("tests/test_a.py", "    pytest.skip()"),
            ("tests/test_a.py", 'np = pytest.importorskip("numpy")'),
            ("tests/test_a.py", "@unittest.skip('x')"),
            ("tests/test_a.py", "    self.skipTest('x')"),
            ("tests/test_a.py", "@unittest.expectedFailure"),
            ("tests/test_a.py", "__test__ = False"),
            ("a.test.js", "it.skip('x', () => {})"),
            ("a.test.js", "describe.only('x', () => {})"),
            ("a.test.js", "xit('x', () => {})"),
            ("a.test.ts", "test.todo('x')"),
            ("a_test.go", '\tt.Skip("flaky")'),
            ("a_test.go", "//go:build ignore"),
            ("src/lib.rs", "#[ignore]"),
            ("ATest.java", "@Disabled"),
            ("ATest.java", "@Ignore"),
            ("ATests.cs", '[Fact(Skip = "x")]'),
            ("ATest.php", "$this->markTestSkipped();"),
            ("a_test.cc", "GTEST_SKIP();"),
            ("a_test.cc", "TEST(A, DISABLED_b) {}"),
        )
    ),
    adds("tests/test_a.py", "@pytest.mark.flaky(reruns=5)", "test-retried"),
    adds("a.test.js", "jest.retryTimes(3)", "test-retried"),
    adds("conftest.py", "def pytest_collection_modifyitems(items):\n    items.clear()", "test-hook"),
    adds("conftest.py", "def pytest_runtest_makereport(item, call):\n    pass", "test-hook"),
    turns("tests/test_a.py", PY_TEST, PY_TEST.replace("def test_name", "def no_test_name"), "test-removed"),
    turns("tests/test_a.py", PY_TEST, PY_TEST.partition("\n\n\ndef test_name")[0], "test-removed"),
    turns("tests/test_a.py", PY_TEST, PY_TEST.replace("def test_sum", "# def test_sum"), "test-removed"),
    turns("a.test.js", "it('a', () => {\n})\nit('b', () => {\n})", "it('a', () => {\n})", "test-removed"),
    turns("a_test.go", "func TestA(t *testing.T) {}\nfunc TestB(t *T) {}", "func TestA(t *T) {}", "test-removed"),
    turns("src/a.rs", "#[test]\nfn a() {}\n#[test]\nfn b() {}", "#[test]\nfn a() {}\nfn b() {}", "test-removed"),
    turns("ATest.java", "@Test\nvoid a() {}", "void a() {}", "test-removed"),
    turns("spec/a_spec.rb", "it 'a' do\nend", "# it 'a' do\n# end", "test-removed"),
    turns(
        "tests/test_a.py",
        '@pytest.mark.parametrize("a", [\n    pytest.param(1),\n    pytest.param(2),\n])',
        '@pytest.mark.parametrize("a", [\n    pytest.param(1),\n])',
        "test-removed",
    ),
    Case("all is gone", "tests/test_a.py", PY_TEST, "\n", "file-emptied"),
    *(
        turns("tests/test_a.py", PY_TEST, PY_TEST.replace("assert add(1, 2) == 3", instead), "test-loosened")
        for instead in (
            "assert True",
            "add(1, 2)",
            "pass",
            "assert add(1, 2)",
            "assert add(1, 2) is not None",
            "assert add(1, 2) >= 0",
            "assert add(1, 2) in (3, 4)",
            "assert add(1, 2) == 3 or True",
            "assert isinstance(add(1, 2), int)",
            "return\n    assert add(1, 2) == 3",
            "if False:\n        assert add(1, 2) == 3",
            "assert add(1, 2) == pytest.approx(3, abs=5)",
            "try:\n        assert add(1, 2) == 3\n    except AssertionError:\n        pass",
            "with contextlib.suppress(AssertionError):\n        assert add(1, 2) == 3",
            "assert 3 == mock.ANY",
            "# assert add(1, 2) == 3",
        )
    ),
    turns(
        "tests/test_a.py",
        "    assert f() == approx(1, abs=0.01)",
        "    assert f() == approx(1, abs=9)",
        "test-loosened",
    ),
    turns(
        "tests/test_a.py", "    with pytest.raises(KeyError):", "    with pytest.raises(Exception):", "test-loosened"
    ),
    turns("tests/test_a.py", "    self.assertEqual(f(), 1)", "    self.assertTrue(f())", "test-loosened"),
    turns(
        "tests/test_a.py",
        "    self.assertEqual(f(), 1)",
        "    self.assertEqual(f(), f())\n    x()",
        "assertion-changed",
    ),
    turns("a.test.js", "  expect(f()).toBe(1)", "  expect(true).toBe(true)", "test-loosened"),
    turns("a.test.js", "  expect(f()).toBe(1)", "  expect(f()).toBeDefined()", "test-loosened"),
    turns("a.test.js", "  expect(f()).toBe(1)", "  f()", "test-loosened"),
    turns("a_test.go", '\tif f() != 1 {\n\t\tt.Fatalf("x")\n\t}', "\tf()", "test-loosened"),
    turns("tests/a.rs", "    assert_eq!(f(), 1);", "    assert!(true);", "test-loosened"),
    turns("ATest.java", "  assertEquals(1, f());", "  assertNotNull(f());", "test-loosened"),
    turns("tests/test_a.py", "    assert f() == 1", "    assert f() == 2", "expectation-changed"),
]

_SETTINGS = [
    *(
        adds(path, "x", "lint-settings")
        for path in (
            "ruff.toml",
            ".flake8",
            ".pylintrc",
            "mypy.ini",
            ".eslintrc.json",
            "eslint.config.mjs",
            ".eslintignore",
            ".prettierrc",
            "biome.json",
            ".golangci.yml",
            ".rubocop.yml",
            ".rubocop_todo.yml",
            "clippy.toml",
            ".clang-tidy",
            ".pre-commit-config.yaml",
            "phpstan-baseline.neon",
            ".codespellrc",
            ".importlinter",
        )
    ),
    turns("pyproject.toml", "[tool.ruff]", '[tool.ruff]\nlint.ignore = ["F401"]', "lint-settings"),
    turns("pyproject.toml", "[tool.mypy]\nstrict = true", "[tool.mypy]\nstrict = false", "lint-settings"),
    turns("pyproject.toml", "a = 1", 'a = 1\n[tool.ruff.lint.per-file-ignores]\n"a.py" = ["F"]', "lint-settings"),
    turns("setup.cfg", "[flake8]\nmax = 1", "[flake8]\nmax = 1\nextend-ignore = F", "lint-settings"),
    turns("Cargo.toml", '[lints.clippy]\nall = "deny"', '[lints.clippy]\nall = "allow"', "lint-settings"),
    turns("tsconfig.json", '{"strict": true}', '{"strict": false}', "lint-settings"),
    turns("tsconfig.json", '{"strict": true}', '{"strict": true, "skipLibCheck": true}', "lint-settings"),
    turns("package.json", '{"eslintConfig": {"a": 1}}', '{"eslintConfig": {}}', "lint-settings"),
    turns("pyproject.toml", "[tool.coverage.report]\nfail_under = 90", "[tool.coverage.report]", "coverage-settings"),
    adds(".coveragerc", "omit = a.py", "coverage-settings"),
    adds("codecov.yml", "ignore: [a]", "coverage-settings"),
    turns("run.sh", "pytest --cov-fail-under=90", "pytest --cov-fail-under=50", "coverage-lowered"),
    turns("run.sh", "pytest --cov-fail-under=90", "pytest", "coverage-lowered"),
    turns("run.mjs", "coverageThreshold: {\nlines: 90}", "coverageThreshold: {\nlines: 10}", "coverage-lowered"),
    turns("pyproject.toml", "[tool.pytest.ini_options]", '[tool.pytest.ini_options]\naddopts = "-x"', "test-settings"),
    turns("pytest.ini", "[pytest]\ntestpaths = tests", "[pytest]\ntestpaths = none", "test-settings"),
    turns("tox.ini", "[testenv]\ncommands = pytest", "[testenv]\ncommands = true", "test-settings"),
    turns("package.json", '{"scripts": {"test": "jest"}}', '{"scripts": {"test": "true"}}', "test-settings"),
    turns("package.json", '{"scripts": {"lint": "eslint ."}}', '{"scripts": {}}', "test-settings"),
    adds("jest.config.js", "x", "test-settings"),
    adds("vitest.config.ts", "x", "test-settings"),
]

_SIZE = [
    Case("a rewrite", "a.py", "", "x = 1\n" * 401, "size"),
    Case("a module is emptied", "shop/cart.py", "a = 1\nb = 2\nc = 3\n", "", "file-emptied"),
    Case("data in one line", "a.py", "x\n", "x\ny = '" + "a" * 2001 + "'\n", "size"),
    adds("a.py", "if access != 'user\u202e \u2066# admin\u2069 \u2066':", "unseen-characters"),
]

CHEATS = [*_PLACES, *_SECRETS, *_SUPPRESSED, *_BYPASSED, *_TESTS, *_SETTINGS, *_SIZE]
