-- A draft belongs to a window, too: several may write at once, each its own. What was there is that of the first.
ALTER TABLE drafts ADD COLUMN window INTEGER NOT NULL DEFAULT 0 CHECK (window >= 0);
DROP INDEX one_draft_each;
CREATE UNIQUE INDEX one_draft_each ON drafts (coalesce(conversation_id, 0), window);
