-- What the repository's own file said when an attempt was analysed: who may approve in words
-- (NULL: the default) and whether anybody may, and the file's faults as annotations of the check run.
ALTER TABLE analyses ADD COLUMN approvers text;
ALTER TABLE analyses ADD COLUMN approvable boolean NOT NULL DEFAULT true;
ALTER TABLE analyses ADD COLUMN annotations jsonb NOT NULL DEFAULT '[]';
