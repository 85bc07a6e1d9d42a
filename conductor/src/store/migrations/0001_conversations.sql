-- Conversations, their messages, and the pieces of answers that are still coming.
--
-- Words of enums are checked where the set is closed (role, status); classes and reasons are not, so that a new one needs
-- no new table. A new one does need a new schema number, so that an older Segno refuses the file instead of failing at a row.

-- "Segn": tells our file from another program's.
PRAGMA application_id = 1399154542;

CREATE TABLE conversations (
    -- AUTOINCREMENT: a number that a person has seen never comes to mean another conversation.
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    title          TEXT    NOT NULL CHECK (title <> ''),
    model_override TEXT    CHECK (model_override <> ''),
    created_ms     INTEGER NOT NULL,
    updated_ms     INTEGER NOT NULL CHECK (updated_ms >= created_ms)
) STRICT;

CREATE INDEX conversations_by_update ON conversations (updated_ms, id);

CREATE TABLE messages (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seq             INTEGER NOT NULL CHECK (seq >= 0),
    role            TEXT    NOT NULL CHECK (role IN ('user', 'assistant')),
    -- What the user sent: [{"origin": "typed", "text": "..."}, ...]
    spans           TEXT    NOT NULL DEFAULT '[]' CHECK (json_type(spans) = 'array'),
    -- The answer, once it has ended; until then it is in `pieces`.
    text            TEXT    NOT NULL DEFAULT '',
    thinking        TEXT    NOT NULL DEFAULT '',
    -- The signature: all of it or nothing.
    model           TEXT,
    family          TEXT,
    backend         TEXT,
    location        TEXT    CHECK (json_valid(location)),
    class           TEXT,
    reason          TEXT    CHECK (json_valid(reason)),
    prompt_tokens   INTEGER CHECK (prompt_tokens >= 0),
    answer_tokens   INTEGER CHECK (answer_tokens >= 0),
    first_token_ms  INTEGER CHECK (first_token_ms >= 0),
    total_ms        INTEGER NOT NULL DEFAULT 0 CHECK (total_ms >= 0),
    load_ms         INTEGER CHECK (load_ms >= 0),
    eval_us         INTEGER CHECK (eval_us >= 0),
    status          TEXT    NOT NULL
        CHECK (status IN ('streaming', 'complete', 'cancelled', 'partial', 'failed', 'interrupted')),
    failure         TEXT    CHECK (json_valid(failure)),
    cut_by_length   INTEGER NOT NULL DEFAULT 0 CHECK (cut_by_length IN (0, 1)),
    -- Who was asked before, in vain: [{"model": "...", "failure": {...}}, ...]
    attempts        TEXT    NOT NULL DEFAULT '[]' CHECK (json_type(attempts) = 'array'),
    created_ms      INTEGER NOT NULL,
    UNIQUE (conversation_id, seq),
    CHECK ((failure IS NOT NULL) = (status IN ('partial', 'failed'))),
    CHECK ((model IS NULL) = (family IS NULL) AND (model IS NULL) = (backend IS NULL) AND (model IS NULL) = (location IS NULL)
        AND (model IS NULL) = (class IS NULL) AND (model IS NULL) = (reason IS NULL)),
    CHECK (role = 'assistant' OR (status = 'complete' AND text = '' AND thinking = '' AND model IS NULL)),
    CHECK (role = 'assistant' OR (cut_by_length = 0 AND attempts = '[]')),
    CHECK (role = 'user' OR spans = '[]'),
    CHECK (status <> 'streaming' OR (text = '' AND thinking = ''))
) STRICT;

CREATE TABLE pieces (
    message_id INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    seq        INTEGER NOT NULL CHECK (seq >= 0),
    text       TEXT    NOT NULL,
    thinking   TEXT    NOT NULL,
    PRIMARY KEY (message_id, seq)
) STRICT, WITHOUT ROWID;
