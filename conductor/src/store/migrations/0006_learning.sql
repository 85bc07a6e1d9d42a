-- Domains that the user gives to conversations, switches that the user turns while Segno runs, and trainings that can go on where they
-- were broken off.

-- What the questions of a conversation are about, in the user's words: `base` or `base/subject`. NULL where each is told by its words.
ALTER TABLE conversations ADD COLUMN domain TEXT CHECK (domain <> '');

CREATE TABLE switches (
    name  TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What was learnt from, so that a run goes on with the same samples alone.
ALTER TABLE runs ADD COLUMN samples BLOB CHECK (samples IS NULL OR length(samples) = 32);
-- Where it stands; NULL before the first checkpoint and after the end.
ALTER TABLE runs ADD COLUMN checkpoint TEXT CHECK (checkpoint IS NULL OR json_type(checkpoint) = 'object');

-- The number of an answer in its run, of which part it is, in which round of refinement, and what the grader said of it.
ALTER TABLE outputs ADD COLUMN n INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outputs ADD COLUMN part TEXT NOT NULL DEFAULT 'train' CHECK (part IN ('train', 'validation', 'bare'));
ALTER TABLE outputs ADD COLUMN round INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outputs ADD COLUMN feedback TEXT NOT NULL DEFAULT '';

-- What a run did to its playbook, before the user's playbook is touched.
CREATE TABLE run_deltas (
    run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    n      INTEGER NOT NULL CHECK (n > 0),
    delta  TEXT    NOT NULL CHECK (json_type(delta) = 'object'),
    PRIMARY KEY (run_id, n)
) STRICT, WITHOUT ROWID;
