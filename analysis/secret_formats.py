"""What secrets look like: forms that their makers gave a mark of their own, and places that say "secret" beside them.

Each pattern has one group, the part to mask, and keeps to RE2's syntax.
"""

MARKED = (
    r"\b(gh[pousr]_[A-Za-z0-9._-]{36,})",
    r"\b(github_pat_[A-Za-z0-9_]{22,})",
    r"\b(gl(?:pat|ptt|dt|rt|cbt|soat|ft|agent|oas|imt)-[\w.-]{20,})",
    r"\b((?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})\b",
    r"\b(AIza[\w-]{35})",
    r"\b(ya29\.[\w-]{20,})",
    r"\b(GOCSPX-[\w-]{24,})",
    r"\b((?:xox[abeoprs]|xapp)-[\w-]{10,})",
    r"hooks\.slack\.com/(?:services|workflows|triggers)/([\w/-]{20,})",
    r"\b([sr]k_(?:live|test)_[A-Za-z0-9]{16,})",
    r"\b(whsec_[A-Za-z0-9+/=]{20,})",
    r"\b(npm_[A-Za-z0-9]{36})",
    r"\b(pypi-[\w-]{50,})",
    r"\b(rubygems_[a-f0-9]{48})",
    r"\b(cio[A-Za-z0-9]{32})\b",
    r"\b(oy2[a-z0-9]{43})\b",
    r"\b(dckr_(?:pat|oat)_[\w-]{20,})",
    r"\b(sk-ant-[\w-]{20,})",
    r"\b(sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,})",
    r"\b(hf_[A-Za-z0-9]{30,})",
    r"\b((?:gsk|r8|pplx|xai)[_-][A-Za-z0-9]{32,})",
    r"\b(SG\.[\w-]{16,}\.[\w-]{32,})",
    r"\b(SK[0-9a-f]{32})\b",
    r"\b(key-[0-9a-f]{32})\b",
    r"\b([0-9a-f]{32}-us\d{1,2})\b",
    r"\b(do[opr]_v1_[a-f0-9]{64})",
    r"\b(dapi[a-f0-9]{32}(?:-\d)?)\b",
    r"\b(HRKU-[\w-]{30,})",
    r"\b(shp(?:at|ss|ca|pa|tka)_[a-fA-F0-9]{32})",
    r"\b(hv[sbr]\.[\w-]{24,})",
    r"\b(lin_(?:api|oauth)_[A-Za-z0-9]{32,})",
    r"\b(gl(?:c|sa)_[A-Za-z0-9+/=_]{32,})",
    r"\b(NRA[KL]-[A-Z0-9]{27})",
    r"\b(sntry[us]_[\w=+/-]{40,})",
    r"\b(pscale_(?:tkn|pw|oauth)_[\w.=-]{32,})",
    r"\b(sq0(?:atp|csp)-[\w-]{22,})",
    r"\b(EAACEdEose0cBA[A-Za-z0-9]+)",
    r"\b(ATATT3[\w=-]{40,})",
    r"\b(dp\.(?:pt|st|sa|ct|scim|audit)\.[\w.-]{40,})",
    r"\b(fm[12][ar]?_[A-Za-z0-9+/=,_-]{60,})",
    r"\b(tskey-[a-z]+-[\w-]{16,})",
    r"\b(sbp_[a-f0-9]{40})",
    r"\b(nfp_[A-Za-z0-9]{36,})",
    r"\b(pul-[a-f0-9]{40})",
    r"\b([A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,})",
    r"\b(PMAK-[a-f0-9]{24}-[a-f0-9]{34})",
    r"\b(figd_[\w-]{36,})",
    r"\b((?:ntn|secret)_[A-Za-z0-9]{40,})\b",
    r"\b(AGE-SECRET-KEY-1[A-Z0-9]{50,})",
    r"\b(ops_eyJ[\w-]{60,})",
    r"\b(CCIPAT_[A-Za-z0-9]{20,}_[a-f0-9]{40})",
    r"\b(bk(?:ua|pt|at)_[a-z0-9]{40})",
    r"\b(AKCp[A-Za-z0-9]{60,})",
    r"\b(\d{8,10}:AA[\w-]{33})\b",
    r"\b([MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38})\b",
    r"discord(?:app)?\.com/api/webhooks/\d{6,}/([\w-]{40,})",
    r"\b(eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})",
    r"\b([\w~.-]{3}8Q~[\w~.-]{34})",
    r"(?i:\b(?:AccountKey|SharedAccessKey|AccessKey)=)([A-Za-z0-9+/]{40,}={0,2})",
    r"[?&](?i:sig|signature|x-amz-signature|x-goog-signature)=([A-Za-z0-9%+/=]{32,})",
)
"""Forms known by their prefix or shape."""

PLACED = (
    # The password of a URL. GitHub's own mask, a variable and a template are not one.
    r"[a-z0-9+]://[^/\s:@\"'<>]{0,200}:([^/\s:@*$<{%\"'][^/\s@\"'<>]{2,300})@[\w\[]",
    # A token as the whole user part: https://TOKEN@host
    r"https?://([A-Za-z0-9_-]{30,})@[\w.-]+",
    r"(?i:\bauthorization[\"']?\s*[:=]\s*[\"']?(?:bearer|basic|token|bot|apikey|negotiate)\s+)([\w.~+/=:-]{8,})",
    (
        r"(?i:\b(?:x-api-key|x-auth-token|private-token|job-token|x-vault-token|x-access-token|circle-token)"
        r"[\"']?\s*[:=]\s*[\"']?)([\w.~+/=-]{12,})"
    ),
    r"(?i:_auth(?:token)?\s*=\s*[\"']?)([A-Za-z0-9+/=_-]{16,})",
    r"(?i:\b(?:aws_)?(?:secret_access_key|session_token|secretaccesskey)[\"']?\s*[:=]\s*[\"']?)([A-Za-z0-9+/=]{40,})",
    r"(?i:\s--?(?:password|passwd|token|api-key)[= ][\"']?)([^\s\"'*$<{][^\s\"']{7,})",
)
"""Places where whatever stands is a secret, once it is long enough."""

NAMED = (
    r"(?i:\b[\w.-]{0,60}(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|auth[_-]?key"
    r"|private[_-]?key|encryption[_-]?key|credential)[\w]{0,20}[\"']?\s{0,3}(?:=|:|=>|:=)\s{0,3}[\"']?)"
    r"([A-Za-z0-9+/_=.~!@#%^&*?-]{12,512})"
)
"""A telling name and a value, masked only if the value looks random."""
