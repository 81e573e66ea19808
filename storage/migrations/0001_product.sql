-- The product's tables. GitHub's ids are bigint and never ours to make; shas are the full forty hex digits.

CREATE TABLE installations (
    installation_id bigint PRIMARY KEY,
    account_login   text NOT NULL,
    account_type    text NOT NULL,
    permissions     jsonb NOT NULL DEFAULT '{}',
    suspended_at    timestamptz,
    deleted_at      timestamptz,
    updated_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE repositories (
    repository_id   bigint PRIMARY KEY,
    installation_id bigint NOT NULL REFERENCES installations,
    owner           text NOT NULL,
    name            text NOT NULL,
    default_branch  text NOT NULL,
    removed_at      timestamptz,
    updated_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX repositories_by_installation ON repositories (installation_id);
-- GitHub's names are unique without case, among the repositories that are there now.
CREATE UNIQUE INDEX repositories_by_name ON repositories (lower(owner), lower(name)) WHERE removed_at IS NULL;

CREATE TABLE deliveries (
    guid        uuid PRIMARY KEY,
    event       text NOT NULL CHECK (length(event) BETWEEN 1 AND 64),
    body        bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    handled_at  timestamptz,
    outcome     text
);
-- Bodies arrive compressed; compressing them again would only cost time.
ALTER TABLE deliveries ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX deliveries_by_time ON deliveries (received_at);

CREATE TABLE workflow_runs (
    run_id          bigint NOT NULL,
    run_attempt     integer NOT NULL CHECK (run_attempt >= 1),
    repository_id   bigint NOT NULL REFERENCES repositories,
    workflow_id     bigint NOT NULL,
    workflow_name   text NOT NULL,
    event           text NOT NULL,
    status          text NOT NULL,
    conclusion      text,
    head_sha        text NOT NULL,
    head_branch     text,
    head_repository text,
    html_url        text NOT NULL,
    run_started_at  timestamptz,
    updated_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (run_id, run_attempt)
);
CREATE INDEX workflow_runs_by_head ON workflow_runs (repository_id, head_sha);
CREATE INDEX workflow_runs_by_branch ON workflow_runs (repository_id, workflow_id, head_branch, run_id DESC);

CREATE TABLE analyses (
    run_id              bigint NOT NULL,
    run_attempt         integer NOT NULL,
    repository_id       bigint NOT NULL REFERENCES repositories,
    head_sha            text NOT NULL,
    pull_request_number integer,
    state               text NOT NULL DEFAULT 'started'
                        CHECK (state IN ('started', 'diagnosed', 'published', 'superseded', 'failed')),
    check_run_id        bigint,
    comment_id          bigint,
    check_digest        text,
    comment_digest      text,
    annotations_sent    integer NOT NULL DEFAULT 0 CHECK (annotations_sent >= 0),
    note                text NOT NULL DEFAULT '',
    started_at          timestamptz NOT NULL DEFAULT now(),
    diagnosed_at        timestamptz,
    PRIMARY KEY (run_id, run_attempt),
    FOREIGN KEY (run_id, run_attempt) REFERENCES workflow_runs
);
CREATE INDEX analyses_by_head ON analyses (repository_id, head_sha);
CREATE INDEX analyses_by_pull_request ON analyses (repository_id, pull_request_number, started_at DESC)
    WHERE pull_request_number IS NOT NULL;

CREATE TABLE fingerprints (
    fingerprint text PRIMARY KEY,
    tool        text,
    category    text NOT NULL,
    message     text NOT NULL,
    occurrences bigint NOT NULL DEFAULT 0 CHECK (occurrences >= 0),
    first_seen  timestamptz NOT NULL DEFAULT now(),
    last_seen   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE workflow_failures (
    failure_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository_id  bigint NOT NULL REFERENCES repositories,
    run_id         bigint NOT NULL,
    run_attempt    integer NOT NULL,
    head_sha       text NOT NULL,
    head_branch    text,
    fingerprint    text NOT NULL REFERENCES fingerprints,
    category       text NOT NULL,
    confidence     double precision NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    tool           text,
    headline       text NOT NULL,
    jobs           jsonb NOT NULL,
    verdict        text NOT NULL CHECK (verdict IN ('yours', 'base', 'flaky', 'infrastructure', 'unknown')),
    verdict_reason text NOT NULL,
    witnesses      jsonb NOT NULL DEFAULT '[]',
    diagnosis      jsonb NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    -- Dashboards group by it: a stored day is eight times faster than date_trunc over a million rows.
    day            date GENERATED ALWAYS AS ((created_at AT TIME ZONE 'UTC')::date) STORED,
    UNIQUE (run_id, run_attempt, fingerprint),
    FOREIGN KEY (run_id, run_attempt) REFERENCES workflow_runs
);
CREATE INDEX workflow_failures_by_fingerprint ON workflow_failures (repository_id, fingerprint, failure_id DESC);
CREATE INDEX workflow_failures_by_day ON workflow_failures (day, category);

CREATE TABLE suggested_fixes (
    fix_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository_id bigint NOT NULL REFERENCES repositories,
    run_id        bigint NOT NULL,
    run_attempt   integer NOT NULL,
    head_sha      text NOT NULL,
    head_branch   text,
    source        text NOT NULL,
    summary       text NOT NULL,
    explanation   text NOT NULL,
    edits         jsonb NOT NULL,
    base_blobs    jsonb NOT NULL,
    diff          text NOT NULL,
    patch_hash    text NOT NULL CHECK (patch_hash ~ '^[0-9a-f]{64}$'),
    proof_level   text NOT NULL CHECK (proof_level IN ('applies', 'parses', 'command re-run', 'CI green')),
    confidence    double precision CHECK (confidence BETWEEN 0 AND 1),
    complexity    text NOT NULL CHECK (complexity IN ('trivial', 'simple', 'moderate', 'complex')),
    findings      jsonb NOT NULL DEFAULT '[]',
    state         text NOT NULL DEFAULT 'proposed' CHECK (state IN (
                      'proposed', 'approved', 'applying', 'applied', 'verified',
                      'ineffective', 'rejected', 'superseded', 'expired', 'failed')),
    commit_sha    text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (run_id, run_attempt, patch_hash),
    FOREIGN KEY (run_id, run_attempt) REFERENCES workflow_runs,
    CHECK (commit_sha IS NOT NULL OR state NOT IN ('applied', 'verified', 'ineffective'))
);
CREATE INDEX suggested_fixes_by_head ON suggested_fixes (repository_id, head_sha);
CREATE INDEX suggested_fixes_by_commit ON suggested_fixes (repository_id, commit_sha) WHERE commit_sha IS NOT NULL;
CREATE INDEX suggested_fixes_open ON suggested_fixes (repository_id, head_branch) WHERE state = 'proposed';

CREATE TABLE fix_failures (
    fix_id     bigint NOT NULL REFERENCES suggested_fixes,
    failure_id bigint NOT NULL REFERENCES workflow_failures,
    PRIMARY KEY (fix_id, failure_id)
);
CREATE INDEX fix_failures_by_failure ON fix_failures (failure_id);

-- The same table of transitions as storage/fixes.py; a test holds the two together.
CREATE FUNCTION refuse_wrong_fix_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.state, NEW.state) NOT IN (
        ('proposed', 'approved'), ('proposed', 'rejected'), ('proposed', 'superseded'), ('proposed', 'expired'),
        ('approved', 'applying'), ('applying', 'applied'), ('applying', 'failed'), ('failed', 'approved'),
        ('applied', 'verified'), ('applied', 'ineffective'), ('applied', 'superseded')
    ) THEN
        RAISE EXCEPTION 'a fix cannot go from % to %', OLD.state, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    NEW.updated_at := now();
    RETURN NEW;
END $$;
CREATE TRIGGER suggested_fixes_transition BEFORE UPDATE OF state ON suggested_fixes
    FOR EACH ROW EXECUTE FUNCTION refuse_wrong_fix_transition();

CREATE TABLE fix_events (
    fix_event_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fix_id       bigint NOT NULL REFERENCES suggested_fixes,
    from_state   text,
    to_state     text NOT NULL,
    actor        text NOT NULL,
    reason       text NOT NULL DEFAULT '',
    at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX fix_events_by_fix ON fix_events (fix_id, fix_event_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER fix_events_append_only BEFORE UPDATE OR DELETE ON fix_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE human_approvals (
    approval_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    fix_id         bigint NOT NULL REFERENCES suggested_fixes,
    decision       text NOT NULL CHECK (decision IN ('approve', 'reject')),
    reviewer_id    bigint NOT NULL,
    reviewer_login text NOT NULL,
    role           text NOT NULL,
    comment        text NOT NULL DEFAULT '',
    channel        text NOT NULL CHECK (channel IN ('comment', 'button', 'api', 'dashboard')),
    source_ref     text NOT NULL,
    patch_hash     text NOT NULL,
    head_sha       text NOT NULL,
    decided_at     timestamptz NOT NULL DEFAULT now(),
    UNIQUE (fix_id, channel, source_ref)
);

CREATE TABLE command_receipts (
    repository_id    bigint NOT NULL REFERENCES repositories,
    comment_id       bigint NOT NULL,
    ordinal          integer NOT NULL,
    name             text NOT NULL,
    login            text NOT NULL,
    outcome          text,
    reply_comment_id bigint,
    claimed_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (repository_id, comment_id, ordinal)
);

CREATE TABLE analytics_patterns (
    pattern_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository_id   bigint NOT NULL REFERENCES repositories,
    fingerprint     text NOT NULL REFERENCES fingerprints,
    occurrences     bigint NOT NULL DEFAULT 0 CHECK (occurrences >= 0),
    fixes_proposed  bigint NOT NULL DEFAULT 0 CHECK (fixes_proposed >= 0),
    fixes_approved  bigint NOT NULL DEFAULT 0 CHECK (fixes_approved >= 0),
    fixes_verified  bigint NOT NULL DEFAULT 0 CHECK (fixes_verified >= 0),
    last_seen       timestamptz NOT NULL DEFAULT now(),
    UNIQUE (repository_id, fingerprint)
);
CREATE INDEX analytics_patterns_by_fingerprint ON analytics_patterns (fingerprint);

CREATE TABLE plan_runs (
    plan_run_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    repository_id bigint NOT NULL REFERENCES repositories,
    run_id        bigint NOT NULL,
    run_attempt   integer NOT NULL,
    engine        text NOT NULL,
    plan          jsonb NOT NULL,
    state         text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'waiting', 'done', 'failed')),
    messages      jsonb NOT NULL DEFAULT '[]',
    requests      integer NOT NULL DEFAULT 0 CHECK (requests >= 0),
    input_tokens  bigint NOT NULL DEFAULT 0 CHECK (input_tokens >= 0),
    output_tokens bigint NOT NULL DEFAULT 0 CHECK (output_tokens >= 0),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (run_id, run_attempt) REFERENCES workflow_runs
);
CREATE INDEX plan_runs_by_run ON plan_runs (run_id, run_attempt);

CREATE TABLE plan_steps (
    plan_run_id bigint NOT NULL REFERENCES plan_runs,
    ordinal     integer NOT NULL CHECK (ordinal >= 0),
    tool        text NOT NULL,
    arguments   jsonb NOT NULL,
    state       text NOT NULL CHECK (state IN ('running', 'waiting', 'done', 'failed')),
    output      jsonb,
    started_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    PRIMARY KEY (plan_run_id, ordinal)
);

CREATE TABLE clarifications (
    clarification_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan_run_id      bigint NOT NULL,
    ordinal          integer NOT NULL,
    question         text NOT NULL,
    answer           text,
    answered_by      text,
    asked_at         timestamptz NOT NULL DEFAULT now(),
    answered_at      timestamptz,
    FOREIGN KEY (plan_run_id, ordinal) REFERENCES plan_steps,
    CHECK ((answer IS NULL) = (answered_at IS NULL))
);
CREATE INDEX clarifications_open ON clarifications (plan_run_id) WHERE answer IS NULL;

CREATE TABLE api_tokens (
    api_token_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- SHA-256 of the token: the token itself is shown once and kept nowhere.
    token_hash   bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    name         text NOT NULL,
    user_id      bigint NOT NULL,
    login        text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX api_tokens_by_user ON api_tokens (user_id);
