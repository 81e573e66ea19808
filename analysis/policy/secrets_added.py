"""Secrets that a fix would write into the repository, where they stay in its history."""

import re
from collections.abc import Iterator

from analysis.policy.model import Change, Finding

# Only forms that their makers gave a mark of their own: a guess by entropy would stop hashes and test data.
_SECRET = re.compile(
    r"-----BEGIN ([A-Z]+ )?PRIVATE KEY|\b(A3T[A-Z0-9]|AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}"
    r"|\bgithub_pat_[A-Za-z0-9_]{60}|\bglpat-[\w-]{20}|\bxox[abeoprs]-[\w-]{10}|hooks\.slack\.com/services/T\w+/B\w+/\w+"
    r"|\bAIza[\w-]{35}|\bya29\.[\w-]{20}|\bsk-(ant-|proj-)?[\w-]{20}|\b[sr]k_live_[A-Za-z0-9]{16}|\bnpm_[A-Za-z0-9]{36}"
    r"|\bpypi-[\w-]{50}|\bdop_v1_[a-f0-9]{64}|\bSG\.[\w-]{22}\.[\w-]{43}|\bhf_[A-Za-z0-9]{34}|\bdckr_pat_[\w-]{27}"
    r"|\bshp(at|ss|ca|pa)_[a-fA-F0-9]{32}|\bAccountKey=[\w+/=]{60}|://[^/\s:@]{1,64}:[^/\s:@${<]{6,64}@[\w.-]+"
    r"|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}|\bvault:v1:|\bhvs\.[\w-]{24}|\bEAACEdEose0cBA\w+|\bSK[0-9a-f]{32}\b"
)


def secrets_added(changes: tuple[Change, ...]) -> Iterator[Finding]:
    """Find new lines that hold a secret; the finding does not repeat it."""
    for change in changes:
        if change.more_of(_SECRET):
            yield Finding(change.path, "secret", "would write a secret into the history")
