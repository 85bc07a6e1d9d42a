-- Playbooks, all that changed them, and what they were learnt from.

CREATE TABLE playbooks (
    id     INTEGER PRIMARY KEY,
    base   TEXT    NOT NULL CHECK (base <> ''),
    family TEXT    NOT NULL CHECK (family <> ''),
    -- A narrower subject; empty for none.
    sub    TEXT    NOT NULL DEFAULT '',
    -- The number of the next bullet: none is given twice.
    next   INTEGER NOT NULL DEFAULT 1 CHECK (next > 0),
    -- The delta that changed it last; 0 for none.
    last   INTEGER NOT NULL DEFAULT 0 CHECK (last >= 0),
    off    INTEGER NOT NULL DEFAULT 0 CHECK (off IN (0, 1)),
    -- What is known of it beside its bullets: {"model": ..., "accuracy": ..., ...}.
    facts  TEXT    NOT NULL DEFAULT '{}' CHECK (json_type(facts) = 'object'),
    UNIQUE (base, family, sub)
) STRICT;

CREATE TABLE bullets (
    playbook_id INTEGER NOT NULL REFERENCES playbooks (id) ON DELETE CASCADE,
    number      INTEGER NOT NULL CHECK (number > 0),
    -- That of its playbook: bullets are looked for by it.
    family      TEXT    NOT NULL,
    section     TEXT    NOT NULL,
    content     TEXT    NOT NULL,
    helpful     INTEGER NOT NULL DEFAULT 0 CHECK (helpful >= 0),
    harmful     INTEGER NOT NULL DEFAULT 0 CHECK (harmful >= 0),
    neutral     INTEGER NOT NULL DEFAULT 0 CHECK (neutral >= 0),
    stage       TEXT    NOT NULL CHECK (stage IN ('proposed', 'shadow', 'staging', 'prod', 'quarantine', 'archived')),
    pinned      INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
    provenance  TEXT    NOT NULL CHECK (json_type(provenance) = 'object'),
    created_ms  INTEGER NOT NULL,
    updated_ms  INTEGER NOT NULL,
    PRIMARY KEY (playbook_id, number)
) STRICT, WITHOUT ROWID;

CREATE INDEX bullets_by_family ON bullets (family, stage);

-- Vectors of bullets' words, as little-endian f32. Words that change make another.
CREATE TABLE embeddings (
    model TEXT NOT NULL CHECK (model <> ''),
    -- SHA-256 of the words.
    words BLOB NOT NULL CHECK (length(words) = 32),
    value BLOB NOT NULL CHECK (length(value) > 0 AND length(value) % 4 = 0),
    PRIMARY KEY (model, words)
) STRICT, WITHOUT ROWID;

-- Deltas in the order in which they were made: what they did makes the tables above.
CREATE TABLE deltas (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    playbook_id INTEGER NOT NULL REFERENCES playbooks (id) ON DELETE CASCADE,
    at_ms       INTEGER NOT NULL,
    cause       TEXT    NOT NULL CHECK (json_type(cause) = 'object'),
    reasoning   TEXT    NOT NULL DEFAULT '',
    steps       TEXT    NOT NULL CHECK (json_type(steps) = 'array'),
    rejects     TEXT    NOT NULL DEFAULT '[]' CHECK (json_type(rejects) = 'array')
) STRICT;

CREATE INDEX deltas_by_playbook ON deltas (playbook_id, seq);

-- What the user said of an answer.
CREATE TABLE feedback (
    message_id INTEGER NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    rating     TEXT    NOT NULL CHECK (json_type(rating) = 'object'),
    at_ms      INTEGER NOT NULL
) STRICT;

-- Answers to learn from, the first first.
CREATE TABLE lessons (
    message_id    INTEGER NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    queued_ms     INTEGER NOT NULL,
    tries         INTEGER NOT NULL DEFAULT 0 CHECK (tries >= 0),
    not_before_ms INTEGER NOT NULL DEFAULT 0,
    -- 'waits', 'done', or 'failed' with why.
    state         TEXT    NOT NULL DEFAULT 'waits' CHECK (state IN ('waits', 'done', 'failed')),
    why           TEXT    NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX lessons_that_wait ON lessons (queued_ms) WHERE state = 'waits';

-- Trainings and evaluations.
CREATE TABLE runs (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    playbook_id INTEGER REFERENCES playbooks (id) ON DELETE SET NULL,
    begun_ms    INTEGER NOT NULL,
    -- What it was begun with: {"epochs": ..., "seed": ..., ...}.
    settings    TEXT    NOT NULL CHECK (json_type(settings) = 'object'),
    -- What came of it.
    result      TEXT    CHECK (result IS NULL OR json_type(result) = 'object')
) STRICT;

-- What came of each sample of a run.
CREATE TABLE outputs (
    id            INTEGER PRIMARY KEY,
    run_id        INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    sample        TEXT    NOT NULL,
    epoch         INTEGER NOT NULL,
    -- 'book' with the playbook, 'bare' without it.
    arm           TEXT    NOT NULL CHECK (arm IN ('book', 'bare')),
    answer        TEXT    NOT NULL,
    trace         TEXT    NOT NULL DEFAULT '',
    outcome       TEXT    NOT NULL CHECK (outcome IN ('correct', 'wrong', 'unknown')),
    confidence    REAL,
    shown         TEXT    NOT NULL DEFAULT '[]' CHECK (json_type(shown) = 'array'),
    cited         TEXT    NOT NULL DEFAULT '[]' CHECK (json_type(cited) = 'array'),
    prompt_tokens INTEGER,
    answer_tokens INTEGER,
    total_ms      INTEGER NOT NULL DEFAULT 0,
    at_ms         INTEGER NOT NULL
) STRICT;

CREATE INDEX outputs_of_a_run ON outputs (run_id, epoch);

-- Each call of a generator, reflector or curator.
CREATE TABLE role_calls (
    id            INTEGER PRIMARY KEY,
    at_ms         INTEGER NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('generator', 'reflector', 'curator')),
    model         TEXT    NOT NULL,
    template      TEXT    NOT NULL,
    -- What it was for: 'm' and the number of an answer, or 's', the number of a run and the name of a sample.
    source        TEXT    NOT NULL,
    prompt_tokens INTEGER,
    answer_tokens INTEGER,
    total_ms      INTEGER NOT NULL,
    -- 'value', or what was wrong with it.
    verdict       TEXT    NOT NULL
) STRICT;

-- What could not be read of such calls, word by word: the last 200.
CREATE TABLE role_failures (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    role  TEXT    NOT NULL,
    model TEXT    NOT NULL,
    why   TEXT    NOT NULL,
    raw   TEXT    NOT NULL
) STRICT;

CREATE TRIGGER role_failures_are_few AFTER INSERT ON role_failures BEGIN
    DELETE FROM role_failures WHERE id <= new.id - 200;
END;
