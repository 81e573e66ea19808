-- Whether strangers may not read it (GitHub's `private`, which internal repositories have too); one that no event spoke
-- of is taken as private.
ALTER TABLE repositories ADD COLUMN private boolean NOT NULL DEFAULT true;

-- What a message is compared by: hashes of its parts, and MinHash bands of them. `scheme` is how they were made; 0: not yet.
CREATE TABLE likenesses (
    fingerprint text PRIMARY KEY REFERENCES fingerprints,
    scheme      smallint NOT NULL,
    shingles    integer[] NOT NULL,
    bands       integer[] NOT NULL,
    -- Whether a fix of it was ever approved: no other is an answer to anybody.
    mended      boolean NOT NULL DEFAULT false
);
CREATE INDEX likenesses_by_band ON likenesses USING gin (bands) WHERE mended;
CREATE INDEX likenesses_by_scheme ON likenesses (scheme, fingerprint);

-- The fixes that were ever approved, by what they are for; how each stands is told by its own row.
CREATE TABLE mendings (
    fingerprint   text NOT NULL REFERENCES fingerprints,
    repository_id bigint NOT NULL REFERENCES repositories,
    fix_id        bigint NOT NULL REFERENCES suggested_fixes,
    PRIMARY KEY (fingerprint, repository_id, fix_id)
);

CREATE FUNCTION keep_mendings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mendings (fingerprint, repository_id, fix_id)
    SELECT DISTINCT f.fingerprint, NEW.repository_id, NEW.fix_id
    FROM fix_failures l JOIN workflow_failures f USING (failure_id) WHERE l.fix_id = NEW.fix_id
    ON CONFLICT DO NOTHING;
    -- In one order for all, so that two transactions never wait for each other.
    INSERT INTO likenesses (fingerprint, scheme, shingles, bands, mended)
    SELECT fingerprint, 0, '{}', '{}', true FROM mendings WHERE fingerprint IN (
        SELECT f.fingerprint FROM fix_failures l JOIN workflow_failures f USING (failure_id) WHERE l.fix_id = NEW.fix_id)
        AND repository_id = NEW.repository_id AND fix_id = NEW.fix_id
    ORDER BY fingerprint
    ON CONFLICT (fingerprint) DO UPDATE SET mended = true WHERE NOT likenesses.mended;
    RETURN NULL;
END $$;
CREATE TRIGGER suggested_fixes_mendings AFTER UPDATE OF state ON suggested_fixes
    FOR EACH ROW WHEN (NEW.state = 'approved') EXECUTE FUNCTION keep_mendings();

-- What was approved before there was this table; the hashes come with upkeep, a batch at a time.
INSERT INTO mendings (fingerprint, repository_id, fix_id)
SELECT DISTINCT f.fingerprint, x.repository_id, x.fix_id
FROM suggested_fixes x JOIN fix_failures USING (fix_id) JOIN workflow_failures f USING (failure_id)
WHERE x.state IN ('approved', 'applying', 'offered', 'applied', 'verified', 'ineffective', 'undone');
INSERT INTO likenesses (fingerprint, scheme, shingles, bands, mended)
SELECT fingerprint, 0, '{}', '{}', fingerprint IN (SELECT fingerprint FROM mendings) FROM fingerprints;

COMMENT ON TABLE likenesses IS 'What each distinct message is compared by: hashes of its parts and MinHash bands';
COMMENT ON TABLE mendings IS 'Every fix that was ever approved, by the fingerprints that it is for';
