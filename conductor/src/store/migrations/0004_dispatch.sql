-- Who is well, what providers were sent in a day, what models take in memory, and how often they were late.

-- Answers that were held against a budget of time while the model was in memory, and those that were over it.
ALTER TABLE measured_models ADD COLUMN timed INTEGER NOT NULL DEFAULT 0 CHECK (timed >= 0);
ALTER TABLE measured_models ADD COLUMN late INTEGER NOT NULL DEFAULT 0 CHECK (late >= 0);

-- What is known of a backend or a model: {"target": ..., "condition": ..., ...}.
CREATE TABLE health (
    target TEXT NOT NULL PRIMARY KEY CHECK (target <> ''),
    row    TEXT NOT NULL CHECK (json_type(row) = 'object')
) STRICT, WITHOUT ROWID;

-- Days are counted from 1970-01-01 UTC; money is in billionths of a US dollar.
CREATE TABLE spent (
    provider TEXT    NOT NULL CHECK (provider <> ''),
    day      INTEGER NOT NULL,
    tokens   INTEGER NOT NULL DEFAULT 0 CHECK (tokens >= 0),
    money    INTEGER NOT NULL DEFAULT 0 CHECK (money >= 0),
    PRIMARY KEY (provider, day)
) STRICT, WITHOUT ROWID;

-- Bytes that a model was seen to take in all with a window of so many tokens.
CREATE TABLE memory_sizes (
    model   TEXT    NOT NULL CHECK (model <> ''),
    num_ctx INTEGER NOT NULL CHECK (num_ctx > 0),
    bytes   INTEGER NOT NULL CHECK (bytes > 0),
    PRIMARY KEY (model, num_ctx)
) STRICT, WITHOUT ROWID;
