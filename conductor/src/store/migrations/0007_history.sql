-- Conversations as trees of versions, the search over them, what is deleted and can be restored, and drafts.

-- The message before it; NULL for a first question. Numbers only grow, so a message comes after its parent and no ring can be made.
ALTER TABLE messages ADD COLUMN parent INTEGER REFERENCES messages (id) CHECK (parent < id);
-- With 1 it was read from a file: it is nobody's here, and is not learnt from.
ALTER TABLE messages ADD COLUMN imported INTEGER NOT NULL DEFAULT 0 CHECK (imported IN (0, 1));

UPDATE messages SET parent = (
    SELECT before.id FROM messages before
    WHERE before.conversation_id = messages.conversation_id AND before.seq < messages.seq ORDER BY before.seq DESC LIMIT 1
);

CREATE INDEX messages_by_parent ON messages (parent);

-- The last message of the path that is shown; NULL before the first message.
ALTER TABLE conversations ADD COLUMN leaf INTEGER REFERENCES messages (id);
-- When it was deleted; until it is purged it can be restored.
ALTER TABLE conversations ADD COLUMN deleted_ms INTEGER;

UPDATE conversations SET leaf = (
    SELECT last.id FROM messages last WHERE last.conversation_id = conversations.id ORDER BY last.seq DESC LIMIT 1
);

CREATE INDEX conversations_by_leaf ON conversations (leaf);
CREATE INDEX conversations_deleted ON conversations (deleted_ms) WHERE deleted_ms IS NOT NULL;

-- What is found of a message: the words that the user typed or pasted, or the answer.
CREATE VIEW message_words (id, words) AS
    SELECT id, CASE role WHEN 'assistant' THEN text ELSE coalesce((
        SELECT group_concat(json_extract(part.value, '$.text'), '' ORDER BY part.key) FROM json_each(messages.spans) part
        WHERE part.type = 'object' AND json_extract(part.value, '$.origin') IN ('typed', 'pasted')
    ), '') END
    FROM messages;

-- Three characters in a row each, so that parts of names and text without blanks are found. The words themselves stay in `messages`.
CREATE VIRTUAL TABLE search USING fts5 (words, content = '', tokenize = 'trigram case_sensitive 0');
-- Else what is deleted stays in the index until it happens to be written anew.
INSERT INTO search (search, rank) VALUES ('secure-delete', 1);
INSERT INTO search (rowid, words) SELECT w.id, w.words FROM message_words w JOIN messages m ON m.id = w.id WHERE m.status <> 'streaming';

CREATE TRIGGER search_takes_what_is_whole AFTER INSERT ON messages WHEN NEW.status <> 'streaming' BEGIN
    INSERT INTO search (rowid, words) SELECT id, words FROM message_words WHERE id = NEW.id;
END;

CREATE TRIGGER search_takes_what_has_ended AFTER UPDATE OF status ON messages
WHEN OLD.status = 'streaming' AND NEW.status <> 'streaming' BEGIN
    INSERT INTO search (rowid, words) SELECT id, words FROM message_words WHERE id = NEW.id;
END;

CREATE TRIGGER search_forgets BEFORE DELETE ON messages WHEN OLD.status <> 'streaming' BEGIN
    INSERT INTO search (search, rowid, words) SELECT 'delete', id, words FROM message_words WHERE id = OLD.id;
END;

-- What is being written and was not sent; that of the conversation without a number has none here.
CREATE TABLE drafts (
    conversation_id INTEGER REFERENCES conversations (id) ON DELETE CASCADE,
    text            TEXT    NOT NULL CHECK (text <> ''),
    at_ms           INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX one_draft_each ON drafts (coalesce(conversation_id, 0));
