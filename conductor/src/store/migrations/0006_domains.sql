-- Domains that the user gives to conversations, and switches that the user turns while Segno runs.

-- What the questions of a conversation are about, in the user's words: `base` or `base/subject`. NULL where each is told by its words.
ALTER TABLE conversations ADD COLUMN domain TEXT CHECK (domain <> '');

CREATE TABLE switches (
    name  TEXT NOT NULL PRIMARY KEY CHECK (name <> ''),
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
