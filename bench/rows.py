"""What is drawn for `bench.million`, table by table, as SQL: the rows never pass through Python."""

_INSTALLATIONS = """
INSERT INTO installations (installation_id, account_login, account_type)
SELECT i, 'org-' || i, 'Organization' FROM generate_series(1, 2) AS i
"""
_REPOSITORIES = """
INSERT INTO repositories (repository_id, installation_id, owner, name, default_branch)
SELECT i * 1000 + n, i, 'org-' || i, 'service-' || n, 'main'
FROM generate_series(1, 2) AS i, generate_series(0, %(repositories)s::integer - 1) AS n
"""
# A power of an even draw: the first repository of a hundred gets a twentieth, the last a 150th.
_RUNS = """
INSERT INTO workflow_runs (
    run_id, run_attempt, repository_id, workflow_id, workflow_name, event, status, conclusion, head_sha, head_branch,
    head_repository, html_url, run_started_at, updated_at)
SELECT n, attempt, repository_id, repository_id * 10 + workflow, 'workflow-' || workflow,
       CASE WHEN branch = 0 THEN 'push' ELSE 'pull_request' END, 'completed',
       CASE WHEN outcome < 0.27 THEN 'failure' WHEN outcome < 0.28 THEN 'timed_out' WHEN outcome < 0.34 THEN 'cancelled'
            WHEN outcome < 0.36 THEN 'skipped' ELSE 'success' END,
       encode(sha256(int8send(n / 3)), 'hex')::varchar(40),
       CASE WHEN branch = 0 THEN 'main' ELSE 'topic-' || (day * 3 + branch) END,
       'org-' || installation || '/service-' || repository_id %% 1000, 'https://github.com/runs/' || n, at, at
FROM (
    SELECT n, installation,
           installation * 1000 + floor(%(repositories)s * power(random(), 1.5))::bigint AS repository_id,
           floor(5 * power(random(), 2))::bigint AS workflow, floor(power(random(), 0.7) * 4)::bigint AS branch,
           random() AS outcome, CASE WHEN random() < 0.05 THEN 2 ELSE 1 END AS attempt,
           floor(n / (3e6 * %(scale)s) * 365)::bigint AS day,
           now() - interval '365 days' * (1 - n / (3e6 * %(scale)s)) AS at
    FROM (SELECT n, 1 + n %% 2 AS installation FROM generate_series(1, (3e6 * %(scale)s)::bigint) AS n) AS numbered
) AS drawn
"""
_FINGERPRINTS = """
INSERT INTO fingerprints (fingerprint, tool, category, message)
SELECT tool || ':' || encode(sha256(int8send(n)), 'hex')::varchar(16), tool, category,
       'error ' || n || ': ' || repeat(md5(n::text) || ' ', 4)
FROM generate_series(0, 19999) AS n JOIN (VALUES
    (0, 'pytest', 'test'), (1, 'ruff', 'lint'), (2, 'mypy', 'type_check'), (3, 'eslint', 'lint'), (4, 'jest', 'test'),
    (5, 'go test', 'test'), (6, 'cargo', 'compile'), (7, 'npm', 'dependency'), (8, 'docker', 'docker'),
    (9, 'tsc', 'type_check')
) AS said (which, tool, category) ON which = n %% 10
ORDER BY n
"""
# Two thousand of all repositories, for three in ten failures; ninety of each repository's own for the others.
_FAILURES = """
INSERT INTO workflow_failures (
    failure_id, repository_id, run_id, run_attempt, head_sha, head_branch, fingerprint, category, confidence, tool,
    headline, jobs, verdict, verdict_reason, witnesses, diagnosis, created_at, ran_at)
OVERRIDING SYSTEM VALUE
SELECT row_number() OVER (ORDER BY run_id, fingerprint), repository_id, run_id, run_attempt, head_sha, head_branch,
       fingerprint, category, 0.9, tool, 'error in src/module.py: ' || left(message, 60),
       '[{"job_id": 1, "name": "test", "step": "Run tests", "html_url": "https://github.com/job/1"}]',
       (ARRAY['yours', 'yours', 'yours', 'base', 'flaky', 'infrastructure', 'unknown'])
           [1 + floor(7 * random())::integer],
       'The base branch passes, and this is the first run that fails so.', '[]',
       jsonb_build_object('headline', message, 'evidence', repeat(md5(run_id::text), 12)), run_started_at,
       run_started_at
FROM (
    SELECT r.*, which, random() AS again, CASE WHEN random() < 0.3 THEN floor(power(2000, random()))
        ELSE 2000 + 90 * ((r.repository_id / 1000 - 1) * 100 + r.repository_id %% 1000) + floor(power(90, random())) - 1
        END::bigint AS n
    FROM workflow_runs r, generate_series(1, 2) AS which
    WHERE r.conclusion IN ('failure', 'timed_out')
) AS drawn
JOIN (SELECT f.*, row_number() OVER () - 1 AS n FROM fingerprints f) AS f USING (n)
WHERE which = 1 OR again < 0.23
ON CONFLICT DO NOTHING
"""
_ANALYSES = """
INSERT INTO analyses (
    run_id, run_attempt, repository_id, head_sha, pull_request_number, state, check_run_id, started_at, diagnosed_at)
SELECT run_id, run_attempt, repository_id, head_sha,
       CASE WHEN event = 'pull_request' THEN substr(head_branch, 7)::integer END, 'published', run_id, run_started_at,
       run_started_at + interval '20 seconds'
FROM workflow_runs WHERE conclusion IN ('failure', 'timed_out')
"""
_FIXES = """
INSERT INTO suggested_fixes (
    fix_id, repository_id, run_id, run_attempt, head_sha, head_branch, source, summary, explanation, edits, base_blobs,
    diff, patch_hash, proof_level, complexity, confidence, confidence_low, confidence_high, confidence_n,
    confidence_level, state, commit_sha, delivered_as, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT row_number() OVER (ORDER BY failure_id), repository_id, run_id, run_attempt, head_sha, head_branch,
       CASE WHEN source < 0.6 THEN 'recipe:' || tool || '-' || floor(5 * random())
            ELSE 'engine:gemini:gemini-' || floor(3 * random()) END,
       'Correct what ' || tool || ' found', 'It was wrong for a reason that is told here in a sentence or two.',
       '[{"path": "src/module.py", "search": "import os", "replace": ""}]', '{"src/module.py": "c0ffee"}',
       '--- a/src/module.py' || repeat('+' || md5(failure_id::text) || E'\\n', 6),
       encode(sha256(int8send(failure_id)), 'hex'), 'parses', 'simple', sure, greatest(0, sure - 0.1),
       least(1, sure + 0.1), 41, 'all fixes here', state,
       CASE WHEN state IN ('applied', 'verified', 'ineffective', 'undone')
            THEN encode(sha256(int8send(-failure_id)), 'hex')::varchar(40) END,
       CASE WHEN state IN ('applied', 'verified', 'ineffective', 'undone') THEN 'commit' END, created_at, created_at
FROM (
    SELECT f.*, random() AS source, 0.2 + 0.7 * random() AS sure, CASE
        WHEN chance < 0.05 THEN 'proposed' WHEN chance < 0.18 THEN 'rejected' WHEN chance < 0.33 THEN 'superseded'
        WHEN chance < 0.43 THEN 'expired' WHEN chance < 0.46 THEN 'applied' WHEN chance < 0.84 THEN 'verified'
        WHEN chance < 0.96 THEN 'ineffective' WHEN chance < 0.98 THEN 'failed' ELSE 'undone' END AS state
    FROM (SELECT *, random() AS chance FROM workflow_failures
          ORDER BY md5(failure_id::text) LIMIT (3e5 * %(scale)s)::bigint) AS f
) AS drawn
"""
_FIX_FAILURES = """
INSERT INTO fix_failures (fix_id, failure_id)
SELECT x.fix_id, f.failure_id FROM suggested_fixes x JOIN workflow_failures f USING (run_id, run_attempt)
WHERE x.patch_hash = encode(sha256(int8send(f.failure_id)), 'hex')
"""
_FIX_EVENTS = """
INSERT INTO fix_events (fix_id, kind, from_state, to_state, actor, reason, learning_weight, at)
SELECT fix_id, CASE WHEN i = 1 THEN 'proposal'
           WHEN states[i] IN ('approved', 'rejected') THEN 'decision'
           WHEN states[i] IN ('applied', 'failed') THEN 'application'
           WHEN states[i] IN ('verified', 'ineffective') THEN 'ci_verdict'
           WHEN states[i] = 'undone' THEN 'revert' ELSE 'state' END,
       states[i - 1], states[i], CASE WHEN i = 1 THEN source ELSE 'octocat' END, '',
       CASE WHEN states[i] IN ('verified', 'ineffective', 'undone') THEN 1 WHEN states[i] = 'rejected' THEN 0.5
           ELSE 0 END,
       created_at + (i - 1) * interval '17 minutes'
FROM (
    SELECT *, CASE state
        WHEN 'proposed' THEN ARRAY['proposed']
        WHEN 'applied' THEN ARRAY['proposed', 'approved', 'applying', 'applied']
        WHEN 'verified' THEN ARRAY['proposed', 'approved', 'applying', 'applied', 'verified']
        WHEN 'ineffective' THEN ARRAY['proposed', 'approved', 'applying', 'applied', 'ineffective']
        WHEN 'undone' THEN ARRAY['proposed', 'approved', 'applying', 'applied', 'verified', 'undone']
        WHEN 'failed' THEN ARRAY['proposed', 'approved', 'applying', 'failed']
        ELSE ARRAY['proposed', state] END AS states
    FROM suggested_fixes
) AS x, generate_series(1, cardinality(states)) AS i
ORDER BY fix_id, i
"""
_APPROVALS = """
INSERT INTO human_approvals (
    fix_id, decision, reviewer_id, reviewer_login, role, channel, source_ref, patch_hash, head_sha, decided_at)
SELECT fix_id, CASE state WHEN 'rejected' THEN 'reject' ELSE 'approve' END, 7, 'octocat', 'write', 'dashboard',
       'bench/' || fix_id, patch_hash, head_sha, created_at + interval '17 minutes'
FROM suggested_fixes WHERE state IN ('rejected', 'applied', 'verified', 'ineffective', 'undone', 'failed')
"""
_PLAN_RUNS = """
INSERT INTO plan_runs (
    plan_run_id, plan_id, repository_id, run_id, run_attempt, plan, engine, model, state, answer, requests,
    input_tokens, output_tokens, cost_micros, created_at, updated_at)
SELECT 'prun-' || md5(fix_id::text)::uuid, 'plan-' || md5(fix_id::text)::uuid, repository_id, run_id, run_attempt,
       '{"steps": []}', 'gemini', split_part(source, ':', 3),
       CASE WHEN fix_id %% 400 = 0 THEN 'NEED_CLARIFICATION' ELSE 'COMPLETE' END, '{}', 2, 6000, 800, 2100, created_at,
       created_at + interval '40 seconds'
FROM suggested_fixes WHERE source LIKE 'engine:%%'
"""
_PLAN_STEPS = """
INSERT INTO plan_steps (plan_run_id, ordinal, tool, arguments, state, output, started_at, ended_at)
SELECT plan_run_id, i, (ARRAY['read_log', 'read_file', 'ask', 'propose'])[i + 1], '{}',
       CASE WHEN i = 2 AND state = 'NEED_CLARIFICATION' THEN 'waiting' ELSE 'done' END, '{}',
       created_at + i * interval '9 seconds', created_at + (i + 1) * interval '9 seconds'
FROM plan_runs, generate_series(0, 3) AS i
"""
_QUESTIONS = """
INSERT INTO clarifications (clarification_id, plan_run_id, ordinal, question, asked_at)
SELECT 'clar-' || md5(plan_run_id)::uuid, plan_run_id, 2, 'Which of the two versions is meant?', updated_at
FROM plan_runs WHERE state = 'NEED_CLARIFICATION'
"""
_SEEN = """
UPDATE fingerprints p SET occurrences = f.n, first_seen = f.first, last_seen = f.last
FROM (SELECT fingerprint, count(*) AS n, min(ran_at) AS first, max(ran_at) AS last
      FROM workflow_failures GROUP BY fingerprint) AS f
WHERE f.fingerprint = p.fingerprint
"""

LOADS = (
    ("installations", _INSTALLATIONS),
    ("repositories", _REPOSITORIES),
    ("workflow_runs", _RUNS),
    ("fingerprints", _FINGERPRINTS),
    ("workflow_failures", _FAILURES),
    ("analyses", _ANALYSES),
    ("suggested_fixes", _FIXES),
    ("fix_failures", _FIX_FAILURES),
    ("fix_events", _FIX_EVENTS),
    ("human_approvals", _APPROVALS),
    ("plan_runs", _PLAN_RUNS),
    ("plan_steps", _PLAN_STEPS),
    ("clarifications", _QUESTIONS),
    ("fingerprints", _SEEN),
)
"""Each table with the statement that fills it, in order."""
