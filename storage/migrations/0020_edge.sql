-- What a POST with an Idempotency-Key was answered, so that the same one again is answered alike; kept for a day.
CREATE TABLE idempotency_keys (
    actor        text NOT NULL,
    route        text NOT NULL,
    key          text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    -- SHA-256 of the body: another body under the same key is a mistake, and is told so.
    request_hash bytea NOT NULL CHECK (length(request_hash) = 32),
    -- Whose turn it is: who took over from a process that died is not overwritten by it.
    claim        uuid NOT NULL,
    began_at     timestamptz NOT NULL DEFAULT now(),
    status       integer,
    location     text,
    body         bytea,
    PRIMARY KEY (actor, route, key),
    CHECK ((status IS NULL) = (body IS NULL))
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (began_at);
COMMENT ON TABLE idempotency_keys IS 'Answers to POSTs with an Idempotency-Key, for a day';

-- What happens, for those who watch. A row's place in the order is its transaction and then its number: a reader goes
-- on only up to the oldest transaction that still runs (`pg_snapshot_xmin`), so that what commits late is not missed.
CREATE TABLE live_events (
    transaction_id   bigint NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    live_event_id    bigint GENERATED ALWAYS AS IDENTITY,
    kind             text NOT NULL,
    repository_id    bigint NOT NULL,
    run_id           bigint,
    run_attempt      integer,
    failure_id       bigint,
    fix_id           bigint,
    plan_run_id      text,
    step             integer,
    clarification_id text,
    state            text NOT NULL,
    at               timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (transaction_id, live_event_id)
);
CREATE INDEX live_events_by_time ON live_events (at);
COMMENT ON TABLE live_events IS 'What happened in the last day, in the order in which it can be read without gaps';
CREATE TRIGGER live_events_append_only BEFORE UPDATE ON live_events
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION tell_listeners() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- One a transaction, whatever it wrote: the listener reads the rows.
    PERFORM pg_notify('live_events', '');
    RETURN NULL;
END $$;
CREATE TRIGGER live_events_notify AFTER INSERT ON live_events
    FOR EACH STATEMENT EXECUTE FUNCTION tell_listeners();

-- `ci_fixer.live` is set to off in a transaction that brings in history: that is nothing which happens now.
CREATE FUNCTION is_live() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT current_setting('ci_fixer.live', true) IS DISTINCT FROM 'off'
$$;

CREATE FUNCTION tell_analysis() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO live_events (kind, repository_id, run_id, run_attempt, state)
    VALUES ('analysis', NEW.repository_id, NEW.run_id, NEW.run_attempt, NEW.state);
    RETURN NULL;
END $$;
CREATE TRIGGER analyses_begin AFTER INSERT ON analyses
    FOR EACH ROW WHEN (is_live()) EXECUTE FUNCTION tell_analysis();
CREATE TRIGGER analyses_go_on AFTER UPDATE OF state ON analyses
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND is_live()) EXECUTE FUNCTION tell_analysis();

CREATE FUNCTION tell_failure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO live_events (kind, repository_id, run_id, run_attempt, failure_id, state)
    VALUES ('failure', NEW.repository_id, NEW.run_id, NEW.run_attempt, NEW.failure_id, NEW.verdict);
    RETURN NULL;
END $$;
CREATE TRIGGER workflow_failures_found AFTER INSERT ON workflow_failures
    FOR EACH ROW WHEN (is_live()) EXECUTE FUNCTION tell_failure();
CREATE TRIGGER workflow_failures_judged AFTER UPDATE OF verdict ON workflow_failures
    FOR EACH ROW WHEN (OLD.verdict IS DISTINCT FROM NEW.verdict AND is_live()) EXECUTE FUNCTION tell_failure();

CREATE FUNCTION tell_fix() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO live_events (kind, repository_id, run_id, run_attempt, fix_id, state)
    VALUES ('fix', NEW.repository_id, NEW.run_id, NEW.run_attempt, NEW.fix_id, NEW.state);
    RETURN NULL;
END $$;
CREATE TRIGGER suggested_fixes_proposed AFTER INSERT ON suggested_fixes
    FOR EACH ROW WHEN (is_live()) EXECUTE FUNCTION tell_fix();
CREATE TRIGGER suggested_fixes_moved AFTER UPDATE OF state ON suggested_fixes
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND is_live()) EXECUTE FUNCTION tell_fix();

CREATE FUNCTION tell_plan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO live_events (kind, repository_id, run_id, run_attempt, plan_run_id, state)
    VALUES ('plan', NEW.repository_id, NEW.run_id, NEW.run_attempt, NEW.plan_run_id, NEW.state);
    RETURN NULL;
END $$;
CREATE TRIGGER plan_runs_begin AFTER INSERT ON plan_runs
    FOR EACH ROW WHEN (is_live()) EXECUTE FUNCTION tell_plan();
CREATE TRIGGER plan_runs_go_on AFTER UPDATE OF state ON plan_runs
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND is_live()) EXECUTE FUNCTION tell_plan();

CREATE FUNCTION tell_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO live_events (kind, repository_id, run_id, run_attempt, plan_run_id, step, state)
    SELECT 'plan_step', p.repository_id, p.run_id, p.run_attempt, p.plan_run_id, NEW.ordinal, NEW.state
    FROM plan_runs p WHERE p.plan_run_id = NEW.plan_run_id;
    RETURN NULL;
END $$;
CREATE TRIGGER plan_steps_begin AFTER INSERT ON plan_steps
    FOR EACH ROW WHEN (is_live()) EXECUTE FUNCTION tell_step();
CREATE TRIGGER plan_steps_go_on AFTER UPDATE OF state ON plan_steps
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND is_live()) EXECUTE FUNCTION tell_step();

CREATE FUNCTION tell_clarification() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO live_events (kind, repository_id, run_id, run_attempt, plan_run_id, clarification_id, state)
    SELECT 'clarification', p.repository_id, p.run_id, p.run_attempt, p.plan_run_id, NEW.clarification_id,
           CASE WHEN NEW.answer IS NULL THEN 'asked' ELSE 'answered' END
    FROM plan_runs p WHERE p.plan_run_id = NEW.plan_run_id;
    RETURN NULL;
END $$;
CREATE TRIGGER clarifications_asked AFTER INSERT ON clarifications
    FOR EACH ROW WHEN (is_live()) EXECUTE FUNCTION tell_clarification();
CREATE TRIGGER clarifications_answered AFTER UPDATE OF answer ON clarifications
    FOR EACH ROW WHEN (OLD.answer IS NULL AND NEW.answer IS NOT NULL AND is_live())
    EXECUTE FUNCTION tell_clarification();

-- Whether something is on its way for an attempt, and what died: both are asked of a queue that keeps a week.
CREATE INDEX procrastinate_jobs_on_their_way ON procrastinate_jobs (lock) WHERE status IN ('todo', 'doing');
CREATE INDEX procrastinate_jobs_dead ON procrastinate_jobs (id) WHERE status = 'failed';

-- How often each task ended how, and how long that took in all: the workers add what they counted every few seconds.
CREATE TABLE task_totals (
    task    text NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('done', 'later', 'refused', 'error')),
    jobs    bigint NOT NULL CHECK (jobs >= 0),
    seconds double precision NOT NULL CHECK (seconds >= 0),
    PRIMARY KEY (task, outcome)
);
COMMENT ON TABLE task_totals IS 'Counters of all workers since ever; a worker that is killed loses what it had not added';
