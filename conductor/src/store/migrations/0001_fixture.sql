-- What a database of schema 1 may hold, for the test that migrates it.
INSERT INTO conversations (id, title, model_override, created_ms, updated_ms) VALUES
    (1, 'what is a segno?', NULL, 1000, 1500),
    (2, 'prove it', 'qwen2-math:7b', 2000, 2000);
INSERT INTO messages (id, conversation_id, seq, role, spans, status, created_ms) VALUES
    (1, 1, 0, 'user', '[{"origin":"typed","text":"what is a segno?"}]', 'complete', 1000),
    (3, 2, 0, 'user', '[{"origin":"typed","text":"prove it"},{"origin":"pasted","text":"1 + 1 = 2"}]', 'complete', 2000);
INSERT INTO messages (id, conversation_id, seq, role, text, thinking, model, family, backend, location, class, reason, prompt_tokens,
    answer_tokens, first_token_ms, total_ms, load_ms, eval_us, status, failure, cut_by_length, attempts, created_ms) VALUES
    (2, 1, 1, 'assistant', 'A sign.', 'Music, then.', 'llama3.1:8b', 'llama', 'ollama', '{"kind":"local"}', 'general',
        '{"reason":"default"}', 12, 3, 80, 500, 40, 90000, 'partial',
        '{"kind":"stalled","model":"llama3.1:8b","backend":"ollama","what":"it stopped","hint":"ask again"}', 1,
        '[{"model":"phi3:mini","failure":{"kind":"busy","model":null,"backend":null,"what":"queue full","hint":""}}]', 1000),
    (4, 2, 1, 'assistant', '', '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 'streaming', NULL, 0, '[]', 2000);
INSERT INTO pieces (message_id, seq, text, thinking) VALUES (4, 0, 'By ', ''), (4, 1, 'Peano', 'axioms');
