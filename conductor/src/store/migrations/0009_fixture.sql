-- What a database of schema 9 may hold, for the test that migrates it.
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
UPDATE messages SET cost = 42, labels = '[{"kind":"maths","text":"check the numbers","calculations":[]}]' WHERE id = 2;
INSERT INTO refusals (provider, location, given_ms) VALUES ('openai', '{"kind":"external","host":"api.openai.com"}', 1100);
INSERT INTO ledger (seq, time_ms, event, previous, hash) VALUES
    (1, 1200,
        '{"basis":{"consent":"once"},"bytes":321,"conversation":1,"location":{"host":"api.openai.com","kind":"external"},"model":"gpt-4o-mini","payload":"c3065ced874f861925d746433ad5872bfff0cb4f8123f2b263343e4d6950d631","provider":"openai","purpose":"chat","redactions":1,"row":"intent","secrets":0,"target":"POST https://api.openai.com/v1/chat/completions"}',
        '0000000000000000000000000000000000000000000000000000000000000000',
        '86a76f65fdc39ea9062660721dfe46de09c5e95218f0d79a7333253f109642bc'),
    (2, 1300,
        '{"intent":1,"outcome":{"how":"answered"},"row":"outcome"}',
        '86a76f65fdc39ea9062660721dfe46de09c5e95218f0d79a7333253f109642bc',
        '08573fc84f06891a45add60ae13076e91bd2363909bb1cf1977dd3e9cb6363c2'),
    (3, 1400,
        '{"basis":"command","bytes":21,"conversation":null,"location":{"host":"registry.ollama.ai","kind":"external"},"model":"phi3:mini","payload":"5a372904e400321e66637a3e4373e8c956f23d03a44d0b1f545a4f69a2286af3","provider":"ollama","purpose":"pull","redactions":0,"row":"intent","secrets":0,"target":"GET https://registry.ollama.ai/phi3:mini"}',
        '08573fc84f06891a45add60ae13076e91bd2363909bb1cf1977dd3e9cb6363c2',
        'eaac04787782f5ee5ffdda9df37b5f62680665731ed569ec84a6b6b35e901091');
UPDATE conversations SET model_locked = 1 WHERE id = 2;
UPDATE messages SET decision = '{"task":{"class":"general","confidence":0.8,"second":"quick","complexity":2,"evidence":[]},"tier":"small","considered":[],"chain":["llama3.1:8b"],"notes":[]}' WHERE id = 2;
INSERT INTO measured_models (model, first_token_ms, tokens_per_second) VALUES ('llama3.1:8b', 120, 45500);
INSERT INTO measured_classes (model, class, answers, good, bad, evaluated, solved) VALUES ('llama3.1:8b', 'general', 7, 2, 1, 10, 8);
UPDATE measured_models SET timed = 9, late = 2;
INSERT INTO health (target, row) VALUES ('m|ollama|phi3:mini', '{"target":{"model":["ollama","phi3:mini"]},"condition":{"state":"healthy"},"success_percent":100,"tries":1,"consecutive_failures":0,"last_success_ms":5,"last_failure":null,"last_failure_ms":null,"alert":false,"memory":{"window":[[5,true]],"rests":0,"failing_since_ms":null,"alerted":false}}');
INSERT INTO spent (provider, day, tokens, money) VALUES ('openai', 20000, 321, 42);
INSERT INTO memory_sizes (model, num_ctx, bytes) VALUES ('phi3:mini', 4096, 3500000000);
INSERT INTO playbooks (id, base, family, next, last) VALUES (1, 'general', 'llama', 3, 2);
INSERT INTO bullets (playbook_id, number, family, section, content, helpful, stage, provenance, created_ms, updated_ms) VALUES
    (1, 1, 'llama', 'style', 'Answer in one sentence.', 4, 'staging', '{"from":"user"}', 1500, 1600);
INSERT INTO deltas (seq, playbook_id, at_ms, cause, steps) VALUES
    (1, 1, 1500, '{"cause":"user"}', '[{"step":"insert","bullet":{"id":1,"section":"style","content":"Answer in one sentence.","helpful":0,"harmful":0,"neutral":0,"stage":"staging","pinned":false,"provenance":{"from":"user"},"created_ms":1500,"updated_ms":1500}}]'),
    (2, 1, 1600, '{"cause":"chat","message":2}', '[{"step":"count","id":1,"more":{"helpful":4,"harmful":0,"neutral":0},"less":{"helpful":0,"harmful":0,"neutral":0}}]');
INSERT INTO feedback (message_id, rating, at_ms) VALUES (2, '{"rating":"good"}', 1550);
INSERT INTO lessons (message_id, queued_ms, state) VALUES (2, 1550, 'done');
UPDATE conversations SET domain = 'math/fractions' WHERE id = 2;
INSERT INTO switches (name, value) VALUES ('learn', 'off');
UPDATE playbooks SET facts = '{"model":"llama3.1:8b","problems":40,"accuracy":900}' WHERE id = 1;
INSERT INTO runs (id, playbook_id, begun_ms, settings, samples, checkpoint) VALUES (1, 1, 1700, '{"epochs":2}', zeroblob(32), '{"epoch":1}');
INSERT INTO outputs (run_id, sample, epoch, arm, answer, outcome, at_ms, n, part, round, feedback) VALUES
    (1, 's1', 1, 'book', '4', 'correct', 1710, 1, 'train', 0, 'It is right.');
INSERT INTO run_deltas (run_id, n, delta) VALUES (1, 1, '{"seq":0,"at_ms":1710,"cause":{"cause":"user"},"reasoning":"","steps":[],"rejects":[]}');
-- The first question was answered twice; the second answer is shown.
UPDATE messages SET parent = 1 WHERE id = 2;
UPDATE messages SET parent = 3 WHERE id = 4;
INSERT INTO messages (id, conversation_id, seq, role, text, status, created_ms, parent) VALUES
    (5, 1, 2, 'assistant', 'A mark.', 'complete', 1400, 1);
UPDATE conversations SET leaf = 2 WHERE id = 1;
UPDATE conversations SET leaf = 4 WHERE id = 2;
INSERT INTO drafts (conversation_id, text, at_ms, window) VALUES (NULL, 'what is a coda', 1800, 0), (1, 'and a', 1801, 0), (1, 'and b', 1802, 3);
INSERT INTO summaries (conversation_id, last, text, model, family, backend, location, created_ms, undone) VALUES
    (1, 2, 'The user asked for a sign.', 'phi3:mini', 'phi3', 'ollama', '{"kind":"local"}', 1900, 0),
    (1, 2, 'Taken back.', 'phi3:mini', 'phi3', 'ollama', '{"kind":"local"}', 1901, 1);
