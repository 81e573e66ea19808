"""A repository's own patterns beside the built-in forms; what is wrong with one is told in `test_repo_config`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.analyze import analyze
from analysis.own_secrets import OwnSecrets, PatternError, check_pattern
from analysis.redact import MASK, scrub

TOKEN = "ghp_" + "a1B2c3D4e5F6" * 3
LOG = f"""\
2025-01-31T10:20:30.1234567Z ##[group]Run deploy --customer ACME-123456
2025-01-31T10:20:30.1234567Z shell: /usr/bin/bash -e {{0}}
2025-01-31T10:20:30.1234567Z ##[endgroup]
2025-01-31T10:20:31.1234567Z app.py:3:1: F821 Undefined name `ACME-123456`
2025-01-31T10:20:31.1234567Z token {TOKEN} of ACME-123456
2025-01-31T10:20:32.1234567Z ##[error]Process completed with exit code 1.
"""


def test_what_a_pattern_matches_is_masked_whole_and_counted() -> None:
    done = scrub(f"a ACME-123456 b ACME-654321\nplain\n{TOKEN}", OwnSecrets(("ACME-([0-9]{6})",)))
    assert done.text == f"a {MASK} b {MASK}\nplain\n{MASK}"
    assert done.count == 3


def test_a_line_of_which_a_builtin_mask_hides_a_part_of_the_match_goes_whole() -> None:
    line = f"customer jane {TOKEN}"
    assert scrub(line).text == f"customer jane {MASK}"
    assert scrub(line, OwnSecrets(("customer [a-z]+ ghp_",))).text == MASK


def test_no_part_of_a_diagnosis_holds_what_is_masked() -> None:
    whole = analyze([LOG.encode()])
    masked = analyze([LOG.encode()], secrets=OwnSecrets(("ACME-[0-9]{6}",)))
    assert "ACME-123456" in str(whole)
    assert "ACME" not in str(masked)
    assert masked.redactions > whole.redactions


@pytest.mark.parametrize("pattern", ["(", "a*", "", ".", r"\w+|.", r"^"])
def test_a_pattern_that_cannot_be_meant_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        check_pattern(pattern)


@given(st.text(max_size=200), st.text(alphabet="ab.*+()[]|\\d{2}", max_size=10))
def test_lines_stay_lines_whatever_the_pattern(text: str, pattern: str) -> None:
    try:
        check_pattern(pattern)
    except PatternError:
        return
    assert scrub(text, OwnSecrets((pattern,))).text.count("\n") == text.count("\n")
