-- The ledger of what left the machine, the answers "never", and what an answer cost and is warned of.

CREATE TABLE ledger (
    seq      INTEGER PRIMARY KEY CHECK (seq >= 1),
    time_ms  INTEGER NOT NULL,
    -- JSON in the form that is hashed: {"row": "intent", ...} or {"row": "outcome", "intent": 1, ...}
    event    TEXT    NOT NULL CHECK (coalesce(json_extract(event, '$.row'), '') IN ('intent', 'outcome')),
    -- The hash of the row before; zeros in the first.
    previous TEXT    NOT NULL CHECK (length(previous) = 64 AND previous NOT GLOB '*[^0-9a-f]*'),
    hash     TEXT    NOT NULL CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*'),
    -- The intent that an outcome belongs to: each has one at most.
    intent   INTEGER GENERATED ALWAYS AS (json_extract(event, '$.intent')) VIRTUAL UNIQUE,
    CHECK ((intent IS NOT NULL) = (json_extract(event, '$.row') = 'outcome')),
    CHECK (intent BETWEEN 1 AND seq - 1)
) STRICT;

-- A row once written stays as it is. Whoever may write the file can drop these; that is what the hashes are for.
CREATE TRIGGER ledger_grows_at_its_end BEFORE INSERT ON ledger
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM ledger)
    OR NEW.previous <> coalesce((SELECT hash FROM ledger ORDER BY seq DESC LIMIT 1), printf('%064d', 0))
    -- Else "INSERT OR REPLACE" would take the row away that is in the way of this one.
    OR EXISTS (SELECT 1 FROM ledger WHERE intent = json_extract(NEW.event, '$.intent'))
BEGIN
    SELECT RAISE(ABORT, 'the ledger grows at its end alone');
END;

CREATE TRIGGER ledger_is_not_changed BEFORE UPDATE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'a row of the ledger is not changed');
END;

CREATE TRIGGER ledger_is_not_deleted BEFORE DELETE ON ledger
BEGIN
    SELECT RAISE(ABORT, 'a row of the ledger is not deleted');
END;

-- Where nothing may go: what the user said "never" to.
CREATE TABLE refusals (
    provider TEXT    NOT NULL CHECK (provider <> ''),
    -- {"kind": "external", "host": "..."}; this machine needs no refusing.
    location TEXT    NOT NULL CHECK (coalesce(json_extract(location, '$.kind'), '') IN ('network', 'external')),
    given_ms INTEGER NOT NULL,
    PRIMARY KEY (provider, location)
) STRICT, WITHOUT ROWID;

-- Billionths of a US dollar; NULL where the prices are not known.
ALTER TABLE messages ADD COLUMN cost INTEGER
    CHECK (cost >= 0) CHECK (cost IS NULL OR (role = 'assistant' AND status <> 'streaming'));

-- Warnings under an answer: [{"kind": "maths", "text": "...", "calculations": [...]}, ...]
ALTER TABLE messages ADD COLUMN labels TEXT NOT NULL DEFAULT '[]'
    CHECK (json_type(labels) = 'array') CHECK (labels = '[]' OR (role = 'assistant' AND status <> 'streaming'));
