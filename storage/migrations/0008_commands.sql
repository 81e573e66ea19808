-- A command's receipt is found by its words, not by its place: an edited comment gives other commands other places.
ALTER TABLE command_receipts ADD COLUMN act text;
UPDATE command_receipts SET act = ordinal::text;
ALTER TABLE command_receipts DROP CONSTRAINT command_receipts_pkey;
ALTER TABLE command_receipts DROP COLUMN ordinal;
ALTER TABLE command_receipts ADD PRIMARY KEY (repository_id, comment_id, act);
-- The conversation, by the number of its pull request or issue; NULL in receipts from before.
ALTER TABLE command_receipts ADD COLUMN number integer;
CREATE INDEX command_receipts_by_conversation ON command_receipts (repository_id, number, name, claimed_at);
CREATE INDEX command_receipts_by_person ON command_receipts (repository_id, login, claimed_at);

CREATE TABLE command_takings (
    repository_id bigint NOT NULL REFERENCES repositories,
    subject       text NOT NULL,
    comment_id    bigint NOT NULL,
    act           text NOT NULL,
    PRIMARY KEY (repository_id, subject)
);

CREATE TABLE ignored_failures (
    repository_id bigint NOT NULL REFERENCES repositories,
    fingerprint   text NOT NULL REFERENCES fingerprints,
    until         timestamptz NOT NULL,
    login         text NOT NULL,
    PRIMARY KEY (repository_id, fingerprint)
);
-- Set where every failure of an attempt was ignored when it was diagnosed.
ALTER TABLE analyses ADD COLUMN ignored_until timestamptz;

COMMENT ON TABLE command_takings IS 'What may be done once, and the command that did it';
COMMENT ON TABLE ignored_failures IS 'Failures that a person wants to hear nothing of for a time, by fingerprint';
