-- All runs of a commit speak in one check run, whose annotations are compared with what GitHub shows, not counted.
ALTER TABLE analyses DROP COLUMN annotations_sent;
