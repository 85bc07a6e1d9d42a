-- What models wrote of the beginning of conversations. It stands for those messages in prompts; the messages stay.
CREATE TABLE summaries (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation_id INTEGER NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    -- The last message that it covers.
    last            INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    text            TEXT    NOT NULL CHECK (trim(text) <> ''),
    model           TEXT    NOT NULL CHECK (model <> ''),
    family          TEXT    NOT NULL,
    backend         TEXT    NOT NULL CHECK (backend <> ''),
    location        TEXT    NOT NULL CHECK (json_type(location) = 'object'),
    -- With 1 it, or something that it covers, was read from a file.
    imported        INTEGER NOT NULL DEFAULT 0 CHECK (imported IN (0, 1)),
    -- With 1 it covers words of a model that is not on this machine.
    external        INTEGER NOT NULL DEFAULT 0 CHECK (external IN (0, 1)),
    created_ms      INTEGER NOT NULL,
    -- With 1 the user took it back.
    undone          INTEGER NOT NULL DEFAULT 0 CHECK (undone IN (0, 1))
) STRICT;

CREATE INDEX summaries_by_conversation ON summaries (conversation_id);
CREATE INDEX summaries_by_last ON summaries (last);
