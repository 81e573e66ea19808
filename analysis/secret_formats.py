"""What secrets look like: forms that their makers gave a mark of their own, and places that say "secret" beside them.

Each pattern has one group, the part to mask, and keeps to RE2's syntax and to one line.
"""

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

MARKED = (
    # Forges.
    r"\b(gh[pousr]_[A-Za-z0-9._-]{36,})",
    r"\b(github_pat_[A-Za-z0-9_]{22,})",
    r"\b(gl(?:pat|ptt|dt|rt|rtr|cbt|soat|oas|ft|agent|imt|wt|ffct)-[\w.-]{20,})",
    r"\b(GR1348941[\w-]{20,})",
    r"\b(AT(?:ATT|CTT|BB)[\w=-]{24,})",
    # Clouds.
    r"\b((?:A3T[A-Z0-9]|AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16})\b",
    r"\b(AIza[\w-]{35})",
    r"\b(ya29\.[\w-]{20,})",
    r"\b(GOCSPX-[\w-]{24,})",
    r"\b([\w~.-]{3}8Q~[\w~.-]{34})",
    r"\b([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})\b",
    r"([A-Za-z0-9+/_-]{32,76}(?:\+ASt|\+ASb|\+AEh|\+ARm|AzFu|AzSe|ACDb|AIoT|APIM|\+ACR)[A-Za-z0-9+/_-]{5,6}(?:==?)?)",
    r"(?i:\b(?:AccountKey|SharedAccessKey|AccessKey)=)([A-Za-z0-9+/]{40,}={0,2})",
    r"[?&](?i:sig|signature|x-amz-signature|x-goog-signature|x-amz-security-token)=([A-Za-z0-9%+/=]{32,})",
    r"\b(do[opr]_v1_[a-f0-9]{64})",
    r"\b(dapi[a-f0-9]{32}(?:-\d)?)\b",
    r"\b(HRKU-[\w-]{30,})",
    r"\b(LTAI[A-Za-z0-9]{16,20})\b",
    r"\b(AKID[A-Za-z0-9]{32})\b",
    r"\b(v1\.0-[a-f0-9]{24}-[a-f0-9]{146})\b",
    r"\b(fm[12][ar]?_[A-Za-z0-9+/=,_-]{60,})",
    r"\b(fo1_[\w-]{43})",
    r"\b(rnd_[A-Za-z0-9]{28,})",
    r"\b(nfp_[A-Za-z0-9]{36,})",
    r"\b(sbp_[a-f0-9]{40})",
    r"\b(sb_secret_[\w-]{20,})",
    r"\b(pul-[a-f0-9]{40})",
    r"\b([A-Za-z0-9]{14}\.atlasv1\.[\w-]{60,})",
    r"\b(hv[sbr]\.[\w-]{24,})",
    r"\b(dp\.(?:pt|st|sa|ct|scim|audit)\.[\w.-]{40,})",
    r"\b(tskey-[a-z]+-[\w-]{16,})",
    r"\b(AGE-SECRET-KEY-1[A-Z0-9]{50,})",
    r"\b(ops_eyJ[\w-]{60,})",
    # Packages, images, builds.
    r"\b(npm_[A-Za-z0-9]{36})",
    r"\b(pypi-AgE[\w-]{50,})",
    r"\b(rubygems_[a-f0-9]{48})",
    r"\b(cio[A-Za-z0-9]{32})\b",
    r"\b(oy2[a-z0-9]{43})\b",
    r"\b(CLOJARS_[a-z0-9]{60})\b",
    r"\b(dckr_(?:pat|oat)_[\w-]{20,})",
    r"\b(SWMTKN-1-[a-z0-9]{40,60}-[a-z0-9]{20,30})\b",
    r"\b(AKCp[A-Za-z0-9]{60,})",
    r"\b(cmVmdGtu[A-Za-z0-9]{56})\b",
    r"\b(CCIPAT_[A-Za-z0-9]{20,}_[a-f0-9]{40})",
    r"\b(bk(?:ua|pt|at)_[a-z0-9]{40})",
    r"\b(sq[upa]_[a-f0-9]{40})\b",
    r"\b(PMAK-[a-f0-9]{24}-[a-f0-9]{34})",
    # Models.
    r"\b(sk-ant-[\w-]{20,})",
    r"\b(sk-[\w-]{16,}T3BlbkFJ[\w-]{16,})",
    r"\b(hf_[A-Za-z0-9]{30,})",
    r"\b((?:gsk|r8|pplx|xai)[_-][A-Za-z0-9]{32,})",
    # Messages and mail.
    r"\b((?:xox[abeoprs]|xapp|xoxe\.xox[bp])-[\w-]{10,})",
    r"hooks\.slack\.com/(?:services|workflows|triggers)/([\w/-]{20,})",
    r"discord(?:app)?\.com/api/webhooks/\d{6,}/([\w-]{40,})",
    r"hooks\.zapier\.com/hooks/catch/([\w/-]{10,})",
    r"webhook\.office\.com/webhookb2/([\w@/-]{80,})",
    r"\b(\d{8,10}:AA[\w-]{33})",
    r"\b(SG\.[\w-]{16,}\.[\w-]{32,})",
    r"\b(SK[0-9a-f]{32})\b",
    r"(?:^|[ \t\"'=:,(])(key-[0-9a-f]{32})\b",
    r"\b([0-9a-f]{32}-us\d{1,2})\b",
    r"\b(xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16})\b",
    r"\b(re_[A-Za-z0-9]{8}_[A-Za-z0-9]{24})\b",
    # Money and shops.
    r"\b([sr]k_(?:live|test)_[A-Za-z0-9]{16,})",
    r"\b(whsec_[A-Za-z0-9+/=]{20,})",
    r"\b(shp(?:at|ss|ca|pa|tka)_[a-fA-F0-9]{32})",
    r"\b(sq0(?:atp|csp)-[\w-]{22,})",
    r"\b(EAAA[A-Za-z0-9_-]{60})",
    r"\b(access_token\$production\$[a-z0-9]{16}\$[a-f0-9]{32})\b",
    r"\b(EZ[AT]K[A-Za-z0-9]{54})\b",
    r"\b(shippo_(?:live|test)_[a-f0-9]{40})\b",
    r"\b(access-(?:sandbox|development|production)-" + _UUID + r")\b",
    # Watching, planning, drawing.
    r"\b(gl(?:c|sa)_[A-Za-z0-9+/=_]{32,})",
    r"\b(eyJrIjoi[A-Za-z0-9_=-]{60,})",
    r"\b(NRA[KL]-[A-Z0-9]{27})",
    r"\b([0-9a-fx]{30,36}NRAL)\b",
    r"\b(sntry[us]_[\w=+/-]{40,})",
    r"\b(dt0c01\.[A-Z0-9]{24}\.[A-Z0-9]{64})\b",
    r"\b(lin_(?:api|oauth)_[A-Za-z0-9]{32,})",
    r"\b(ntn_[A-Za-z0-9]{40,})",
    r"\b(fig[dou]_[\w-]{36,})",
    r"\b(pat[A-Za-z0-9]{14}\.[a-f0-9]{64})\b",
    r"\b(pat-(?:na|eu|ap)\d-" + _UUID + r")\b",
    r"\b((?:sdk|mob|api)-" + _UUID + r")\b",
    r"\b(CFPAT-[\w-]{40,})",
    r"\b(pscale_(?:tkn|pw|oauth)_[\w.=-]{32,})",
    r"\b(pn[ub]_[a-zA-Z0-9]{36})\b",
    r"\b(rdme_[a-z0-9]{70})\b",
    r"\b(tfp_[\w.=-]{59})",
    r"\b(aio_[A-Za-z0-9]{28})\b",
    r"\b(sk\.eyJ[\w-]{60,}\.[\w-]{20,})",
    r"\b(EAACEdEose0cBA[A-Za-z0-9]+)",
    r"\b(EAA[A-Za-z0-9]{90,})\b",
    # Of anybody's making: signed tokens, and private keys packed once more.
    r"\b(eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})",
    r"(LS0tLS1CRUdJTi(?:BSU0|BQUk|BPUE|BFQy|BFTk|BEU0|BQR1AgUFJJ)[A-Za-z0-9+/=]{40,})",
)
"""Forms known by their prefix or shape."""

PLACED = (
    # The password of a URL. GitHub's own mask, a variable and a template are not one.
    r"[a-z0-9+]://[^/\s:@\"'<>]{0,200}:([^/\s:@*$<{%\"'][^/\s@\"'<>]{2,300})@[\w\[]",
    # A token as the whole user part: https://TOKEN@host
    r"https?://([A-Za-z0-9_-]{30,})@[\w.-]+",
    r"[?&;](?i:password|passwd|pwd)=([^\s&;\"'*$<{%][^\s&;\"']{2,})",
    (
        r"(?i:\bauthorization\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?"
        r"(?:bearer|basic|token(?: token=)?|bot|apikey|negotiate|ssws|key)[ \t]+)([\w.~+/=:-]{8,})"
    ),
    (
        r"(?i:\b(?:x-api-key|x-auth-token|x-amz-security-token|private-token|job-token|deploy-token|x-vault-token"
        r"|x-access-token|circle-token|x-gitlab-token|dd-api-key)\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?)([\w.~+/=-]{12,})"
    ),
    r"(?i:\b(?:set-)?cookie\\?[\"']?[ \t]*:[ \t]*\\?[\"']?[\w.-]{1,60}=)([^\s;\"']{16,})",
    r"(?i:_auth(?:token)?[ \t]*=[ \t]*[\"']?)([A-Za-z0-9+/=_-]{16,})",
    r"\\?[\"']auth\\?[\"'][ \t]*:[ \t]*\\?[\"']([A-Za-z0-9+/]{12,}={0,2})\\?[\"']",
    (
        r"(?i:\b(?:aws_)?(?:secret_access_key|session_token|secretaccesskey|sessiontoken)"
        r"\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?)([A-Za-z0-9+/]{40,})"
    ),
    # A flag's value with a digit or a sign in it: usage texts name it in letters.
    (
        r"(?i:(?:^|[ \t])--?(?:password|passwd|passphrase|token|api-key)[= ][\"']?)"
        r"([^\s\"'*$<{]*[0-9!@#%^&+/][^\s\"']{3,})"
    ),
    r"\bcurl\b[^\n]{0,200}[ \t](?:-u|--user)[= ]?[\"']?[^\s:\"'$]{1,100}:([^\s\"'*$<{][^\s\"']{3,})",
    r"\bmachine[ \t]+\S{1,200}[ \t]+login[ \t]+\S{1,200}[ \t]+password[ \t]+([^\s*$<{]\S+)",
    (
        r"(?i:(?:server|data source|host|user id|uid|username|database)=[^\n]{0,300};[ \t]*(?:password|pwd)=)"
        r"([^;\s\"'*$<{][^;\s\"']{2,})"
    ),
    r"(?i:<(?:password|passphrase|token|secret|apikey|privatekey)>)([^<\s*$][^<\s]{5,})</",
)
"""Places where whatever stands is a secret, once it is long enough."""

LIKELY = (
    r"(?i:\bbearer[ \t]+)([A-Za-z0-9._~+/=-]{20,})",
    r"(?i:\bauthorization\\?[\"']?[ \t]*[:=][ \t]*\\?[\"']?)([A-Za-z0-9._~+/=-]{20,})",
    r"\b(sk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,})",
    r"\b(secret_[A-Za-z0-9]{40,})\b",
    r"\b([MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38})",
)
"""Forms and places that words can take too: masked only if they look random."""

_NAME = (
    r"(?i:\b[\w.-]{0,60}(?:password|passwd|passphrase|passcode|pwd|secret|token|credential"
    r"|(?:api|access|admin|app|auth|private|encryption|signing|master|account|client|record|license)[ _-]?key)"
    r"\w{0,20}\\?[\"']?[ \t]{0,3}(?:=|:|=>|:=)[ \t]{0,3})"
)
# A variable, a template and GitHub's own mask are no values.
NAMED = (
    _NAME + r"\\?[\"']((?:base64:)?[^\s\"'`\\$<{*][^\s\"'`\\]{7,511})",
    _NAME + r"((?:base64:)?[^\s\"'`\\$<{*(\[|,;][^\s\"'`\\(){}\[\]<>|,;]{7,511})",
)
"""A telling name and a value, masked only if the value looks random."""
