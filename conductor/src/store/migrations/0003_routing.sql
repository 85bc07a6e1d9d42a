-- How answers found their models, what was measured of models, and overrides that forbid the fallback.

-- With 1 nobody stands in for the model of the override.
ALTER TABLE conversations ADD COLUMN model_locked INTEGER NOT NULL DEFAULT 0
    CHECK (model_locked IN (0, 1)) CHECK (model_locked = 0 OR model_override IS NOT NULL);

-- How the model was chosen: {"task": {...}, "considered": [...], ...}; NULL where nothing was chosen.
ALTER TABLE messages ADD COLUMN decision TEXT
    CHECK (json_type(decision) = 'object') CHECK (decision IS NULL OR (role = 'assistant' AND status <> 'streaming'));

-- Averages of late: each new value counts a fifth.
CREATE TABLE measured_models (
    model              TEXT    NOT NULL PRIMARY KEY CHECK (model <> ''),
    -- While it was in memory; NULL before the first.
    first_token_ms     INTEGER CHECK (first_token_ms >= 0),
    -- In thousandths; NULL before the first.
    tokens_per_second  INTEGER CHECK (tokens_per_second >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE measured_classes (
    model     TEXT    NOT NULL CHECK (model <> ''),
    class     TEXT    NOT NULL CHECK (class <> ''),
    -- Answers that came whole.
    answers   INTEGER NOT NULL DEFAULT 0 CHECK (answers >= 0),
    -- Ratings of the user.
    good      INTEGER NOT NULL DEFAULT 0 CHECK (good >= 0),
    bad       INTEGER NOT NULL DEFAULT 0 CHECK (bad >= 0),
    -- Tasks of evaluations, and those that were solved.
    evaluated INTEGER NOT NULL DEFAULT 0 CHECK (evaluated >= 0),
    solved    INTEGER NOT NULL DEFAULT 0 CHECK (solved BETWEEN 0 AND evaluated),
    PRIMARY KEY (model, class)
) STRICT, WITHOUT ROWID;
