-- What is counted of runs, failures and fixes: by day, by fix and by fingerprint.

-- When the attempt ran that shows a failure, which is long before it was diagnosed where old runs are read in. It is
-- what days, patterns and trends go by.
ALTER TABLE workflow_failures ADD COLUMN ran_at timestamptz;
UPDATE workflow_failures f SET ran_at = coalesce(r.run_started_at, f.created_at)
FROM workflow_runs r WHERE r.run_id = f.run_id AND r.run_attempt = f.run_attempt;
ALTER TABLE workflow_failures ALTER COLUMN ran_at SET NOT NULL;
-- With it goes its index, which no query used.
ALTER TABLE workflow_failures DROP COLUMN day;
ALTER TABLE workflow_failures
    ADD COLUMN day date NOT NULL GENERATED ALWAYS AS ((ran_at AT TIME ZONE 'UTC')::date) STORED;

CREATE FUNCTION date_failure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.ran_at := coalesce(
        (SELECT run_started_at FROM workflow_runs WHERE run_id = NEW.run_id AND run_attempt = NEW.run_attempt),
        NEW.created_at);
    RETURN NEW;
END $$;
CREATE TRIGGER workflow_failures_dated BEFORE INSERT ON workflow_failures
    FOR EACH ROW EXECUTE FUNCTION date_failure();

-- Counts of a repository and a day (UTC), as far as they are folded; the rest waits in analytics_deltas.
CREATE TABLE analytics_days (
    repository_id           bigint NOT NULL REFERENCES repositories,
    day                     date NOT NULL,
    -- Completed attempts, on the day they began.
    runs_passed             integer NOT NULL DEFAULT 0,
    runs_failed             integer NOT NULL DEFAULT 0,
    runs_other              integer NOT NULL DEFAULT 0,
    -- Failures, on the day their attempt began: together, by category and by verdict.
    failures                integer NOT NULL DEFAULT 0,
    category_test           integer NOT NULL DEFAULT 0,
    category_compile        integer NOT NULL DEFAULT 0,
    category_type_check     integer NOT NULL DEFAULT 0,
    category_lint           integer NOT NULL DEFAULT 0,
    category_format         integer NOT NULL DEFAULT 0,
    category_dependency     integer NOT NULL DEFAULT 0,
    category_docker         integer NOT NULL DEFAULT 0,
    category_config         integer NOT NULL DEFAULT 0,
    category_permission     integer NOT NULL DEFAULT 0,
    category_timeout        integer NOT NULL DEFAULT 0,
    category_resource       integer NOT NULL DEFAULT 0,
    category_network        integer NOT NULL DEFAULT 0,
    category_infrastructure integer NOT NULL DEFAULT 0,
    category_deploy         integer NOT NULL DEFAULT 0,
    category_unknown        integer NOT NULL DEFAULT 0,
    verdict_yours           integer NOT NULL DEFAULT 0,
    verdict_base            integer NOT NULL DEFAULT 0,
    verdict_flaky           integer NOT NULL DEFAULT 0,
    verdict_infrastructure  integer NOT NULL DEFAULT 0,
    verdict_unknown         integer NOT NULL DEFAULT 0,
    -- Fixes, each once a state, on the day it first reached it.
    fixes_proposed          integer NOT NULL DEFAULT 0,
    fixes_approved          integer NOT NULL DEFAULT 0,
    fixes_offered           integer NOT NULL DEFAULT 0,
    fixes_applied           integer NOT NULL DEFAULT 0,
    fixes_verified          integer NOT NULL DEFAULT 0,
    fixes_ineffective       integer NOT NULL DEFAULT 0,
    fixes_rejected          integer NOT NULL DEFAULT 0,
    fixes_superseded        integer NOT NULL DEFAULT 0,
    fixes_expired           integer NOT NULL DEFAULT 0,
    fixes_failed            integer NOT NULL DEFAULT 0,
    fixes_undone            integer NOT NULL DEFAULT 0,
    PRIMARY KEY (repository_id, day)
);

-- The same added up by month, on its first day, for long spans.
CREATE TABLE analytics_months (LIKE analytics_days INCLUDING DEFAULTS INCLUDING INDEXES);

-- Rows are added by whoever writes a run, a failure or an event, in the same transaction, and taken away by the fold:
-- two writers never want the same row, so that they neither wait for each other nor deadlock.
CREATE TABLE analytics_deltas (
    repository_id bigint NOT NULL,
    day           date NOT NULL,
    measure       text NOT NULL,
    n             integer NOT NULL
);
CREATE INDEX analytics_deltas_by_day ON analytics_deltas (repository_id, day);

-- What became of each fix, for rates: on the day of its proposal, so that a share is one of the fixes of these days.
CREATE TABLE analytics_fixes (
    fix_id        bigint PRIMARY KEY REFERENCES suggested_fixes,
    repository_id bigint NOT NULL,
    day           date NOT NULL,
    -- Who wrote it, without the model's name.
    kind          text NOT NULL,
    -- Of the first failure that it mends.
    category      text NOT NULL,
    approved      boolean NOT NULL DEFAULT false,
    -- The newest decisive event; NULL while there is none.
    outcome       text CHECK (outcome IN ('verified', 'ineffective', 'rejected', 'undone')),
    -- All four in one: to count by one text takes half the time of counting by four columns.
    cell          text NOT NULL GENERATED ALWAYS AS (
                      kind || E'\n' || category || E'\n' || CASE WHEN approved THEN '1' ELSE '0' END || E'\n'
                      || coalesce(outcome, '')) STORED
);
CREATE INDEX analytics_fixes_by_day ON analytics_fixes (repository_id, day) INCLUDE (cell);

-- How long a failed attempt waited until the workflow passed again on its branch; no row while it waits.
CREATE TABLE analytics_greens (
    run_id        bigint NOT NULL,
    run_attempt   integer NOT NULL,
    repository_id bigint NOT NULL,
    day           date NOT NULL,
    seconds       integer NOT NULL CHECK (seconds >= 0),
    -- A fourth of a power of two: buckets can be added up over days and repositories, and a median read from them is
    -- within a tenth of the true one.
    bucket        smallint NOT NULL GENERATED ALWAYS AS (floor(4 * log(2, greatest(seconds, 1)::numeric))) STORED,
    PRIMARY KEY (run_id, run_attempt)
);
CREATE INDEX analytics_greens_by_day ON analytics_greens (repository_id, day) INCLUDE (bucket, seconds);
-- The same added up by month, for long spans; whatever changes in a month, all of it is counted anew.
CREATE TABLE analytics_green_months (
    repository_id bigint NOT NULL,
    month         date NOT NULL,
    bucket        smallint NOT NULL,
    n             integer NOT NULL,
    seconds       bigint NOT NULL,
    -- A year of a hundred repositories is forty thousand rows: read from the index alone.
    PRIMARY KEY (repository_id, month, bucket) INCLUDE (n, seconds)
);
CREATE TABLE analytics_month_marks (repository_id bigint NOT NULL, month date NOT NULL);
CREATE INDEX workflow_runs_green ON workflow_runs
    (repository_id, workflow_id, head_branch, head_repository, run_started_at) WHERE conclusion = 'success';
CREATE INDEX workflow_runs_red ON workflow_runs
    (repository_id, workflow_id, head_branch, head_repository, run_started_at)
    WHERE conclusion IN ('failure', 'timed_out', 'startup_failure');
CREATE INDEX workflow_runs_green_of_workflow ON workflow_runs (repository_id, workflow_id, run_started_at)
    WHERE conclusion = 'success';

-- Nothing ever wrote to the table of the first design.
DROP TABLE analytics_patterns;
CREATE TABLE analytics_patterns (
    repository_id     bigint NOT NULL REFERENCES repositories,
    fingerprint       text NOT NULL REFERENCES fingerprints,
    category          text NOT NULL,
    occurrences       integer NOT NULL,
    first_seen        timestamptz NOT NULL,
    last_seen         timestamptz NOT NULL,
    -- Sightings of the seven days up to counted_on, and of the 28 before these.
    counted_on        date NOT NULL,
    recent            integer NOT NULL,
    before            integer NOT NULL,
    -- Whether the workflow that showed it last has passed since, on any branch.
    green_since       boolean NOT NULL,
    greens            integer NOT NULL,
    green_seconds     bigint NOT NULL,
    green_buckets     smallint[] NOT NULL,
    green_counts      integer[] NOT NULL,
    fixes_proposed    integer NOT NULL,
    fixes_approved    integer NOT NULL,
    fixes_verified    integer NOT NULL,
    fixes_ineffective integer NOT NULL,
    fixes_rejected    integer NOT NULL,
    fixes_undone      integer NOT NULL,
    best_fix_id       bigint REFERENCES suggested_fixes,
    computed_at       timestamptz NOT NULL,
    PRIMARY KEY (repository_id, fingerprint)
);
CREATE INDEX analytics_patterns_by_fingerprint ON analytics_patterns (fingerprint);
CREATE INDEX analytics_patterns_top ON analytics_patterns (repository_id, occurrences DESC, fingerprint);
-- What patterns are ranked and sorted out by, so that thousands are added up from the index alone.
CREATE INDEX analytics_patterns_ranked ON analytics_patterns (repository_id)
    INCLUDE (fingerprint, occurrences, category, first_seen, last_seen, recent, before, green_since);
-- What a new day changes.
CREATE INDEX analytics_patterns_aging ON analytics_patterns (counted_on)
    WHERE recent > 0 OR before > 0 OR NOT green_since;

-- Patterns to compute anew, and attempts that may have ended a wait; added and taken away like deltas.
CREATE TABLE analytics_pattern_marks (repository_id bigint NOT NULL, fingerprint text NOT NULL);
-- `green`: it passed, or did as far as was known before, so that others may have waited for it.
CREATE TABLE analytics_run_marks (run_id bigint NOT NULL, run_attempt integer NOT NULL, green boolean NOT NULL);

CREATE FUNCTION analytics_run_measure(conclusion text) RETURNS text IMMUTABLE LANGUAGE sql RETURN
    CASE WHEN conclusion = 'success' THEN 'runs_passed'
         WHEN conclusion IN ('failure', 'timed_out', 'startup_failure') THEN 'runs_failed'
         ELSE 'runs_other' END;
CREATE FUNCTION analytics_failure_measures(category text, verdict text) RETURNS text[] IMMUTABLE LANGUAGE sql RETURN
    ARRAY['failures', 'verdict_' || verdict, CASE
        WHEN category IN ('test', 'compile', 'type_check', 'lint', 'format', 'dependency', 'docker', 'config',
                          'permission', 'timeout', 'resource', 'network', 'infrastructure', 'deploy')
        THEN 'category_' || category ELSE 'category_unknown' END];
-- The means of a fix, from who wrote it. The same as learning/kinds.py; a test holds the two together.
CREATE FUNCTION kind_of_fix(source text) RETURNS text IMMUTABLE LANGUAGE sql RETURN
    CASE split_part(source, ':', 1) WHEN 'recipe' THEN source WHEN 'engine' THEN 'engine:' || split_part(source, ':', 2)
         ELSE split_part(source, ':', 1) END;
CREATE FUNCTION analytics_run_day(run_started_at timestamptz, updated_at timestamptz) RETURNS date
    IMMUTABLE LANGUAGE sql RETURN (coalesce(run_started_at, updated_at) AT TIME ZONE 'UTC')::date;

-- Only what a statement changed is counted: the same row again adds nothing.
CREATE FUNCTION count_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO analytics_deltas (repository_id, day, measure, n)
    SELECT NEW.repository_id, day, measure, sum(n) FROM (
        SELECT analytics_run_day(OLD.run_started_at, OLD.updated_at), analytics_run_measure(OLD.conclusion), -1
        WHERE OLD.status = 'completed'
        UNION ALL
        SELECT analytics_run_day(NEW.run_started_at, NEW.updated_at), analytics_run_measure(NEW.conclusion), 1
        WHERE NEW.status = 'completed'
    ) AS change (day, measure, n) GROUP BY day, measure HAVING sum(n) <> 0;
    IF NEW.status = 'completed' AND NEW.run_started_at IS NOT NULL
       AND (OLD.status, OLD.conclusion, OLD.run_started_at)
           IS DISTINCT FROM (NEW.status, NEW.conclusion, NEW.run_started_at) THEN
        INSERT INTO analytics_run_marks VALUES (
            NEW.run_id, NEW.run_attempt,
            coalesce(NEW.conclusion = 'success', false) OR coalesce(OLD.conclusion = 'success', false));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER workflow_runs_counted AFTER INSERT OR UPDATE ON workflow_runs
    FOR EACH ROW EXECUTE FUNCTION count_run();

CREATE FUNCTION count_failure() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO analytics_deltas (repository_id, day, measure, n)
    SELECT NEW.repository_id, day, measure, sum(n) FROM (
        SELECT OLD.day, unnest(analytics_failure_measures(OLD.category, OLD.verdict)), -1
        WHERE TG_OP = 'UPDATE'
        UNION ALL
        SELECT NEW.day, unnest(analytics_failure_measures(NEW.category, NEW.verdict)), 1
    ) AS change (day, measure, n) GROUP BY day, measure HAVING sum(n) <> 0;
    IF TG_OP = 'INSERT' THEN
        INSERT INTO analytics_pattern_marks VALUES (NEW.repository_id, NEW.fingerprint);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER workflow_failures_counted AFTER INSERT OR UPDATE OF category, verdict ON workflow_failures
    FOR EACH ROW EXECUTE FUNCTION count_failure();

-- Whoever writes an event of a fix holds the fix's row, so that what is first is first for all.
CREATE FUNCTION count_fix_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.to_state IS NULL OR NEW.to_state = NEW.from_state THEN
        RETURN NULL;
    END IF;
    INSERT INTO analytics_deltas (repository_id, day, measure, n)
    SELECT x.repository_id, (NEW.at AT TIME ZONE 'UTC')::date, 'fixes_' || NEW.to_state, 1
    FROM suggested_fixes x WHERE x.fix_id = NEW.fix_id AND NEW.to_state <> 'applying' AND NOT EXISTS (
        SELECT FROM fix_events e
        WHERE e.fix_id = NEW.fix_id AND e.to_state = NEW.to_state AND e.fix_event_id < NEW.fix_event_id
          AND e.from_state IS DISTINCT FROM e.to_state);
    IF NEW.to_state = 'proposed' THEN
        INSERT INTO analytics_fixes (fix_id, repository_id, day, kind, category)
        SELECT x.fix_id, x.repository_id, (NEW.at AT TIME ZONE 'UTC')::date, kind_of_fix(x.source),
               coalesce((SELECT f.category FROM fix_failures l JOIN workflow_failures f USING (failure_id)
                         WHERE l.fix_id = x.fix_id ORDER BY l.failure_id LIMIT 1), 'unknown')
        FROM suggested_fixes x WHERE x.fix_id = NEW.fix_id ON CONFLICT DO NOTHING;
    ELSIF NEW.to_state IN ('approved', 'verified', 'ineffective', 'rejected', 'undone') THEN
        UPDATE analytics_fixes SET
            approved = approved OR NEW.to_state = 'approved',
            -- Who rejects what was mended elsewhere says nothing against it; the column comes with a later migration.
            outcome = CASE WHEN NEW.to_state = 'approved' OR to_jsonb(NEW) -> 'details' ->> 'reason_kind' = 'elsewhere'
                           THEN outcome ELSE NEW.to_state END
        WHERE fix_id = NEW.fix_id;
    ELSE
        RETURN NULL;
    END IF;
    INSERT INTO analytics_pattern_marks
    SELECT DISTINCT f.repository_id, f.fingerprint
    FROM fix_failures l JOIN workflow_failures f USING (failure_id) WHERE l.fix_id = NEW.fix_id;
    RETURN NULL;
END $$;
CREATE TRIGGER fix_events_counted AFTER INSERT ON fix_events
    FOR EACH ROW EXECUTE FUNCTION count_fix_event();

-- Take what waits into the days.
CREATE FUNCTION analytics_fold_days() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    measures text[] := ARRAY(
        SELECT attname FROM pg_attribute
        WHERE attrelid = 'analytics_days'::regclass AND attnum > 2 AND NOT attisdropped ORDER BY attnum);
BEGIN
    EXECUTE format(
        'WITH taken AS (DELETE FROM analytics_deltas RETURNING *), '
        'folded AS (SELECT repository_id, day, %2$s FROM taken GROUP BY repository_id, day), '
        'days AS (INSERT INTO analytics_days AS d (repository_id, day, %1$s) SELECT * FROM folded '
        'ON CONFLICT (repository_id, day) DO UPDATE SET %3$s) '
        'INSERT INTO analytics_months AS d (repository_id, day, %1$s) '
        'SELECT repository_id, date_trunc(''month'', day::timestamp)::date, %4$s FROM folded GROUP BY 1, 2 '
        'ON CONFLICT (repository_id, day) DO UPDATE SET %3$s',
        (SELECT string_agg(format('%I', m), ', ') FROM unnest(measures) m),
        (SELECT string_agg(format('coalesce(sum(n) FILTER (WHERE measure = %L), 0) AS %I', m, m), ', ')
         FROM unnest(measures) m),
        (SELECT string_agg(format('%1$I = d.%1$I + excluded.%1$I', m), ', ') FROM unnest(measures) m),
        (SELECT string_agg(format('sum(%I)', m), ', ') FROM unnest(measures) m));
END $$;

-- Find anew how long the attempts waited that a marked attempt bears on: itself where it failed, and those that failed
-- between the last success before it and it. Their patterns are marked.
CREATE FUNCTION analytics_fold_runs() RETURNS void LANGUAGE sql BEGIN ATOMIC
    WITH taken AS (
        DELETE FROM analytics_run_marks RETURNING run_id, run_attempt, green
    ), marked AS (
        SELECT DISTINCT r.run_id, r.run_attempt, r.repository_id, r.workflow_id, r.head_branch, r.head_repository,
               r.run_started_at, taken.green
        FROM taken JOIN workflow_runs r USING (run_id, run_attempt)
    ), touched AS (
        SELECT run_id, run_attempt FROM marked
        UNION
        SELECT f.run_id, f.run_attempt
        FROM marked m CROSS JOIN LATERAL (
            SELECT coalesce(max(p.run_started_at), '-infinity') AS at FROM workflow_runs p
            WHERE p.repository_id = m.repository_id AND p.workflow_id = m.workflow_id
              AND p.head_branch = m.head_branch AND p.head_repository = m.head_repository
              AND p.conclusion = 'success' AND p.run_started_at < m.run_started_at
        ) last_green JOIN workflow_runs f
          ON f.repository_id = m.repository_id AND f.workflow_id = m.workflow_id
         AND f.head_branch = m.head_branch AND f.head_repository = m.head_repository
         AND f.conclusion IN ('failure', 'timed_out', 'startup_failure')
         AND f.run_started_at >= last_green.at AND f.run_started_at < m.run_started_at
        WHERE m.green
    ), waits AS (
        SELECT r.run_id, r.run_attempt, r.repository_id, (r.run_started_at AT TIME ZONE 'UTC')::date AS day,
               floor(extract(epoch FROM green.at - r.run_started_at))::integer AS seconds
        FROM touched JOIN workflow_runs r USING (run_id, run_attempt) LEFT JOIN LATERAL (
            SELECT min(s.run_started_at) AS at FROM workflow_runs s
            WHERE s.repository_id = r.repository_id AND s.workflow_id = r.workflow_id
              AND s.head_branch = r.head_branch AND s.head_repository = r.head_repository
              AND s.conclusion = 'success' AND s.run_started_at > r.run_started_at
              AND r.conclusion IN ('failure', 'timed_out', 'startup_failure')
        ) green ON true
    ), ended AS (
        INSERT INTO analytics_greens AS g (run_id, run_attempt, repository_id, day, seconds)
        SELECT run_id, run_attempt, repository_id, day, seconds FROM waits WHERE seconds IS NOT NULL
        ON CONFLICT (run_id, run_attempt) DO UPDATE SET day = excluded.day, seconds = excluded.seconds
        WHERE (g.day, g.seconds) <> (excluded.day, excluded.seconds)
        RETURNING run_id, run_attempt, repository_id, day
    ), waiting AS (
        DELETE FROM analytics_greens g USING waits w
        WHERE g.run_id = w.run_id AND g.run_attempt = w.run_attempt AND w.seconds IS NULL
        RETURNING g.run_id, g.run_attempt, g.repository_id, g.day
    ), changed AS (
        SELECT * FROM ended UNION ALL SELECT * FROM waiting
    ), months AS (
        INSERT INTO analytics_month_marks
        SELECT DISTINCT repository_id, date_trunc('month', day::timestamp)::date FROM changed
    )
    INSERT INTO analytics_pattern_marks
    SELECT DISTINCT f.repository_id, f.fingerprint FROM changed JOIN workflow_failures f USING (run_id, run_attempt);

    DELETE FROM analytics_green_months m USING analytics_month_marks k
    WHERE m.repository_id = k.repository_id AND m.month = k.month;
    WITH taken AS (
        DELETE FROM analytics_month_marks RETURNING repository_id, month
    )
    INSERT INTO analytics_green_months (repository_id, month, bucket, n, seconds)
    SELECT k.repository_id, k.month, g.bucket, count(*), sum(g.seconds)
    FROM (SELECT DISTINCT repository_id, month FROM taken) k JOIN analytics_greens g
      ON g.repository_id = k.repository_id AND g.day >= k.month AND g.day < (k.month + interval '1 month')::date
    GROUP BY k.repository_id, k.month, g.bucket;
END;

-- Compute the marked patterns anew from the rows themselves: any order and any repetition ends in the same.
CREATE FUNCTION analytics_fold_patterns(today date) RETURNS void LANGUAGE sql BEGIN ATOMIC
    WITH taken AS (
        DELETE FROM analytics_pattern_marks RETURNING repository_id, fingerprint
    ), aged AS (
        SELECT repository_id, fingerprint FROM analytics_patterns
        WHERE counted_on < today AND (recent > 0 OR before > 0 OR NOT green_since)
    ), wanted AS (
        SELECT repository_id, fingerprint FROM taken UNION SELECT repository_id, fingerprint FROM aged
    )
    INSERT INTO analytics_patterns (
        repository_id, fingerprint, category, occurrences, first_seen, last_seen, counted_on, recent, before, green_since,
        greens, green_seconds, green_buckets, green_counts, fixes_proposed, fixes_approved, fixes_verified,
        fixes_ineffective, fixes_rejected, fixes_undone, best_fix_id, computed_at)
    SELECT w.repository_id, w.fingerprint, p.category, seen.occurrences, seen.first_seen, seen.last_seen, today,
           seen.recent, seen.before, since.green, waits.greens, waits.seconds, waits.buckets, waits.counts,
           fixes.proposed, fixes.approved, fixes.verified, fixes.ineffective, fixes.rejected, fixes.undone,
           fixes.best_fix_id, now()
    FROM wanted w JOIN fingerprints p USING (fingerprint)
    CROSS JOIN LATERAL (
        SELECT count(*) AS occurrences, min(f.ran_at) AS first_seen, max(f.ran_at) AS last_seen,
               count(*) FILTER (WHERE f.day > today - 7) AS recent,
               count(*) FILTER (WHERE f.day > today - 35 AND f.day <= today - 7) AS before
        FROM workflow_failures f WHERE f.repository_id = w.repository_id AND f.fingerprint = w.fingerprint
    ) seen
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(n), 0) AS greens, coalesce(sum(b.seconds), 0) AS seconds,
               coalesce(array_agg(bucket ORDER BY bucket), '{}') AS buckets,
               coalesce(array_agg(n ORDER BY bucket), '{}') AS counts
        FROM (
            SELECT g.bucket, count(*)::integer AS n, sum(g.seconds) AS seconds
            FROM workflow_failures f JOIN analytics_greens g USING (run_id, run_attempt)
            WHERE f.repository_id = w.repository_id AND f.fingerprint = w.fingerprint GROUP BY g.bucket
        ) b
    ) waits
    CROSS JOIN LATERAL (
        SELECT EXISTS (
            SELECT FROM workflow_runs s
            WHERE s.repository_id = w.repository_id AND s.conclusion = 'success' AND s.run_started_at > seen.last_seen
              AND s.workflow_id = (
                SELECT r.workflow_id FROM workflow_failures f JOIN workflow_runs r USING (run_id, run_attempt)
                WHERE f.repository_id = w.repository_id AND f.fingerprint = w.fingerprint
                ORDER BY f.ran_at DESC, f.failure_id DESC LIMIT 1)) AS green
    ) since
    CROSS JOIN LATERAL (
        SELECT count(*) AS proposed, count(*) FILTER (WHERE a.approved) AS approved,
               count(*) FILTER (WHERE a.outcome = 'verified') AS verified,
               count(*) FILTER (WHERE a.outcome = 'ineffective') AS ineffective,
               count(*) FILTER (WHERE a.outcome = 'rejected') AS rejected,
               count(*) FILTER (WHERE a.outcome = 'undone') AS undone,
               max(a.fix_id) FILTER (WHERE a.outcome = 'verified') AS best_fix_id
        FROM analytics_fixes a WHERE a.fix_id IN (
            SELECT l.fix_id FROM workflow_failures f JOIN fix_failures l USING (failure_id)
            WHERE f.repository_id = w.repository_id AND f.fingerprint = w.fingerprint)
    ) fixes
    WHERE seen.occurrences > 0
    ON CONFLICT (repository_id, fingerprint) DO UPDATE SET
        category = excluded.category, occurrences = excluded.occurrences, first_seen = excluded.first_seen,
        last_seen = excluded.last_seen, counted_on = excluded.counted_on, recent = excluded.recent,
        before = excluded.before, green_since = excluded.green_since, greens = excluded.greens,
        green_seconds = excluded.green_seconds, green_buckets = excluded.green_buckets,
        green_counts = excluded.green_counts, fixes_proposed = excluded.fixes_proposed,
        fixes_approved = excluded.fixes_approved, fixes_verified = excluded.fixes_verified,
        fixes_ineffective = excluded.fixes_ineffective, fixes_rejected = excluded.fixes_rejected,
        fixes_undone = excluded.fixes_undone, best_fix_id = excluded.best_fix_id, computed_at = excluded.computed_at;
END;

-- One at a time; another that comes meanwhile does nothing and says so.
CREATE FUNCTION analytics_fold(today date) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtextextended('analytics', 0)) THEN
        RETURN false;
    END IF;
    PERFORM analytics_fold_days();
    PERFORM analytics_fold_runs();
    PERFORM analytics_fold_patterns(today);
    RETURN true;
END $$;

-- Count everything that is there: for this migration, and for rows that were loaded past the triggers.
CREATE FUNCTION analytics_rebuild(today date) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('analytics', 0));
    LOCK TABLE workflow_runs, workflow_failures, fix_events IN SHARE MODE;
    TRUNCATE analytics_days, analytics_months, analytics_deltas, analytics_fixes, analytics_greens, analytics_patterns,
        analytics_green_months, analytics_pattern_marks, analytics_run_marks, analytics_month_marks;
    INSERT INTO analytics_deltas
    SELECT repository_id, analytics_run_day(run_started_at, updated_at), analytics_run_measure(conclusion), count(*)
    FROM workflow_runs WHERE status = 'completed' GROUP BY 1, 2, 3;
    INSERT INTO analytics_deltas
    SELECT repository_id, day, measure, count(*)
    FROM workflow_failures, unnest(analytics_failure_measures(category, verdict)) measure
    GROUP BY 1, 2, 3;
    INSERT INTO analytics_deltas
    SELECT x.repository_id, (e.at AT TIME ZONE 'UTC')::date, 'fixes_' || e.to_state, count(*)
    FROM (SELECT DISTINCT ON (fix_id, to_state) fix_id, to_state, at FROM fix_events
          WHERE from_state IS DISTINCT FROM to_state AND to_state <> 'applying'
          ORDER BY fix_id, to_state, fix_event_id) e JOIN suggested_fixes x USING (fix_id)
    GROUP BY 1, 2, 3;
    INSERT INTO analytics_fixes (fix_id, repository_id, day, kind, category, approved, outcome)
    SELECT x.fix_id, x.repository_id, (e.proposed AT TIME ZONE 'UTC')::date, kind_of_fix(x.source),
           coalesce(f.category, 'unknown'), e.approved, e.outcome
    FROM suggested_fixes x
    JOIN (SELECT fix_id, min(at) FILTER (WHERE to_state = 'proposed') AS proposed,
                 bool_or(to_state = 'approved') AS approved,
                 (array_agg(to_state ORDER BY fix_event_id DESC)
                  FILTER (WHERE to_state IN ('verified', 'ineffective', 'rejected', 'undone') AND
                          (to_jsonb(fix_events) -> 'details' ->> 'reason_kind') IS DISTINCT FROM 'elsewhere'))[1] AS outcome
          FROM fix_events WHERE from_state IS DISTINCT FROM to_state GROUP BY fix_id) e USING (fix_id)
    LEFT JOIN (SELECT fix_id, min(failure_id) AS failure_id FROM fix_failures GROUP BY fix_id) l USING (fix_id)
    LEFT JOIN workflow_failures f USING (failure_id)
    WHERE e.proposed IS NOT NULL;
    INSERT INTO analytics_run_marks
    SELECT run_id, run_attempt, false FROM workflow_runs
    WHERE conclusion IN ('failure', 'timed_out', 'startup_failure') AND run_started_at IS NOT NULL;
    PERFORM analytics_fold_days();
    -- So many rows at once are joined well only where it is known that they are many.
    ANALYZE analytics_run_marks;
    PERFORM analytics_fold_runs();
    DELETE FROM analytics_pattern_marks;
    INSERT INTO analytics_pattern_marks SELECT DISTINCT repository_id, fingerprint FROM workflow_failures;
    ANALYZE analytics_pattern_marks, analytics_greens, analytics_fixes;
    PERFORM analytics_fold_patterns(today);
END $$;
SELECT analytics_rebuild((now() AT TIME ZONE 'UTC')::date);

COMMENT ON TABLE analytics_days IS 'Counts of a repository and a day, as far as they are folded; add analytics_deltas';
COMMENT ON TABLE analytics_months IS 'analytics_days added up by month, on its first day';
COMMENT ON TABLE analytics_deltas IS 'Counts that are not folded into analytics_days yet';
COMMENT ON TABLE analytics_fixes IS 'What became of each fix, narrow enough to count a year of them';
COMMENT ON TABLE analytics_greens IS 'How long each failed attempt waited for its workflow to pass again on its branch';
COMMENT ON TABLE analytics_green_months IS 'analytics_greens by month and bucket';
COMMENT ON TABLE analytics_month_marks IS 'Months of analytics_green_months to count anew; empty but for a moment of the fold';
COMMENT ON TABLE analytics_patterns IS 'Failures of one fingerprint in one repository, as they were at computed_at';
COMMENT ON TABLE analytics_pattern_marks IS 'Patterns that are to be computed anew';
COMMENT ON TABLE analytics_run_marks IS 'Completed attempts that may have ended a wait for green';
