-- A plan's run as it is resumed by another process: ids with a word before them, six states, and what it cost.
-- Nothing ever wrote to the tables of the first design.
DROP TABLE clarifications;
DROP TABLE plan_steps;
DROP TABLE plan_runs;

CREATE TABLE plan_runs (
    plan_run_id   text PRIMARY KEY CHECK (plan_run_id ~ '^prun-[0-9a-f-]{36}$'),
    plan_id       text NOT NULL CHECK (plan_id ~ '^plan-[0-9a-f-]{36}$'),
    repository_id bigint NOT NULL REFERENCES repositories,
    run_id        bigint NOT NULL,
    run_attempt   integer NOT NULL,
    plan          jsonb NOT NULL,
    hint          text,
    -- Whether somebody asked for it: then an answer that another run was given is not taken instead.
    asked_again   boolean NOT NULL DEFAULT false,
    -- What was asked, as a hash: an equal request takes the answer of the first one.
    request_key   text,
    engine        text NOT NULL DEFAULT '',
    model         text NOT NULL DEFAULT '',
    state         text NOT NULL DEFAULT 'NOT_STARTED' CHECK (state IN (
                      'NOT_STARTED', 'IN_PROGRESS', 'NEED_CLARIFICATION', 'READY_TO_RESUME', 'COMPLETE', 'FAILED')),
    messages      jsonb NOT NULL DEFAULT '[]',
    answer        jsonb,
    requests      integer NOT NULL DEFAULT 0 CHECK (requests >= 0),
    input_tokens  bigint NOT NULL DEFAULT 0 CHECK (input_tokens >= 0),
    output_tokens bigint NOT NULL DEFAULT 0 CHECK (output_tokens >= 0),
    -- Millionths of a US dollar; 0 where the model's price is not known.
    cost_micros   bigint NOT NULL DEFAULT 0 CHECK (cost_micros >= 0),
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (run_id, run_attempt) REFERENCES workflow_runs,
    CHECK (state <> 'COMPLETE' OR answer IS NOT NULL)
);
CREATE INDEX plan_runs_by_run ON plan_runs (run_id, run_attempt, created_at DESC);
CREATE INDEX plan_runs_by_repository ON plan_runs (repository_id, created_at);
CREATE INDEX plan_runs_by_time ON plan_runs (created_at);
CREATE INDEX plan_runs_by_request ON plan_runs (repository_id, request_key, created_at DESC)
    WHERE state = 'COMPLETE';

CREATE TABLE plan_steps (
    plan_run_id text NOT NULL REFERENCES plan_runs,
    ordinal     integer NOT NULL CHECK (ordinal >= 0),
    tool        text NOT NULL,
    arguments   jsonb NOT NULL,
    state       text NOT NULL CHECK (state IN ('running', 'waiting', 'done', 'failed')),
    output      text,
    started_at  timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz,
    PRIMARY KEY (plan_run_id, ordinal)
);

CREATE TABLE clarifications (
    clarification_id text PRIMARY KEY CHECK (clarification_id ~ '^clar-[0-9a-f-]{36}$'),
    plan_run_id      text NOT NULL,
    ordinal          integer NOT NULL,
    question         text NOT NULL,
    answer           text,
    answered_by      text,
    asked_at         timestamptz NOT NULL DEFAULT now(),
    answered_at      timestamptz,
    FOREIGN KEY (plan_run_id, ordinal) REFERENCES plan_steps,
    CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CHECK ((answer IS NULL) = (answered_by IS NULL))
);
CREATE INDEX clarifications_by_run ON clarifications (plan_run_id, asked_at);

COMMENT ON TABLE plan_runs IS 'One run of an agent''s plan: what it was asked, what it answered, what it cost';
COMMENT ON TABLE plan_steps IS 'The steps of a plan''s run, saved one by one so that it can go on after a crash';
COMMENT ON TABLE clarifications IS 'Questions an agent asked, and the answers';
