//! Answers as models and servers give them: with thinking, wrappers and leftovers.

use super::check;

#[test]
fn thinking_never_counts() {
    check(&[
        ("<think>{\"a\":1}</think>{\"a\":2}", r#"{"a":2}"#),
        ("<think>\nmaybe {\"a\": \"x\n</think>\n```json\n{\"a\":2}\n```", r#"{"a":2}"#),
        ("<THINK>{</Think >{\"a\":2}", r#"{"a":2}"#),
        ("<thinking type=\"deep\">```json\n{\"a\":1}</thinking>{\"a\":2}", r#"{"a":2}"#),
        ("<reasoning>[</reasoning>{\"a\":2}", r#"{"a":2}"#),
        ("<thought>{\"a\":1}</thought>\n<answer>{\"a\":2}</answer>", r#"{"a":2}"#),
        ("[THINK]{\"a\":1}[/THINK]{\"a\":2}", r#"{"a":2}"#),
        ("◁think▷{\"a\":1}◁/think▷{\"a\":2}", r#"{"a":2}"#),
        ("<|channel>thought\n{\"a\":1}<channel|>{\"a\":2}", r#"{"a":2}"#),
        ("<seed:think>{\"a\":1}</seed:think>{\"a\":2}", r#"{"a":2}"#),
        ("<think></think>{\"a\":2}<think>{\"a\":1}</think>", r#"{"a":2}"#),
        ("<think>a<think>b</think>{\"a\":1}</think>{\"a\":2}", r#"{"a":2}"#),
        // One that is not closed goes to the end.
        ("<think>{\"a\":1}", "only_thinking"),
        ("<think>I will answer {\"a\":1}\n\n{\"a\":1}", "only_thinking"),
        ("<think>{\"a\":1}</thinking>{\"a\":2}", "only_thinking"),
        ("<think>{\"a\":1}</think>\n", "only_thinking"),
        ("<think>{\"a\":1}</think>\nI cannot.", "no_object"),
        ("{\"a\":2}\n<think>{\"a\":1}", r#"{"a":2}"#),
        // One that begins in the prompt.
        ("so {\"a\":1}</think>{\"a\":2}", r#"{"a":2}"#),
        ("so {\"a\": \"x</think>\n{\"a\":2}", r#"{"a":2}"#),
        ("so {\"a\": “x</think>\n{\"a\":2}", r#"{"a":2}"#),
        ("so {\"a\": [1, </think>\n{\"a\":2}", r#"{"a":2}"#),
        ("so } \n</think>{\"a\":2}", r#"{"a":2}"#),
        ("```python\nx = {\n</think>\n{\"a\":2}", r#"{"a":2}"#),
        ("{\"a\":1}\n</think>", "only_thinking"),
        // Words in a string are no marks.
        ("{\"a\":\"<think>b</think>\"}", r#"{"a":"<think>b</think>"}"#),
        ("{\"a\":\"</think>\", \"b\":{\"c\":1}}", r#"{"a":"</think>","b":{"c":1}}"#),
        ("{\"a\":\"</think>\", \"b\":{\"c\":1}, oops}", "syntax"),
        ("{\"a\":\"</think>\", \"b\":[{\"c\":1}, oops", "truncated"),
        ("{\"a\":\"</think> {b: 1}\", \"c", "truncated"),
        ("{\"a\":\"x\n</think>\", \"b\":{\"c\":1}, oops}", "torn"),
        ("{\"a\":\"x\n</think>\", \"b\":[{c:1}, oops!", "truncated"),
        ("a < b, <thin>k, <think/> {\"a\":2}", r#"{"a":2}"#),
    ]);
}

#[test]
fn of_the_channels_of_gpt_oss_the_final_one_counts() {
    let analysis = "<|channel|>analysis<|message|>maybe {\"a\":1}<|end|>";
    for (text, want) in [
        ("<|start|>assistant<|channel|>final<|message|>{\"a\":2}<|return|>", r#"{"a":2}"#),
        ("<|start|>assistant<|channel|>final <|constrain|>json<|message|>{\"a\":2}", r#"{"a":2}"#),
        ("<|channel|>final<|message|>```json\n{\"a\":2}\n```", r#"{"a":2}"#),
        ("<|channel|>final<|message|>{\"a\":", "truncated"),
        ("<|channel|>final<|message|>no", "no_object"),
        ("<|channel|>commentary to=functions.f <|constrain|>json<|message|>{\"x\":1}<|call|>", "only_thinking"),
        ("", "only_thinking"),
    ] {
        check(&[(&format!("{analysis}{text}"), want)]);
    }
    check(&[
        ("analysisWe need {\"a\":1}.assistantfinal{\"a\":2}", r#"{"a":2}"#),
        ("analysisWe need {\"a\":1}", "only_thinking"),
        ("analysis: {\"a\":2}", r#"{"a":2}"#),
        ("draft {\"a\":1} <|channel|>final<|message|>{\"a\":2}", r#"{"a":2}"#),
    ]);
}

#[test]
fn wrappers_of_tools_and_servers_are_passed_over() {
    check(&[
        ("<tool_call>\n{\"name\": \"f\", \"arguments\": {\"x\": 1}}\n</tool_call>", r#"{"name":"f","arguments":{"x":1}}"#),
        ("<function=f>{\"x\": 1}</function>", r#"{"x":1}"#),
        ("<|python_tag|>{\"name\": \"f\", \"parameters\": {}}<|eom_id|>", r#"{"name":"f","parameters":{}}"#),
        ("<json>{\"a\":1}</json>", r#"{"a":1}"#),
        ("data: {\"a\":1}\n\ndata: [DONE]\n\n", r#"{"a":1}"#),
        ("event: message\ndata: {\"a\":1}\n\n: keep-alive\n", r#"{"a":1}"#),
        ("data: {\"a\":\ndata: 1}\n\n", "bare_word"),
        ("data: {\"a\":1}\n\ndata: {\"a\":2}\n\n", "ambiguous"),
        ("{\"a\":1}\n{\"b\":2}\n", "ambiguous"),
        ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"a\":1}", r#"{"a":1}"#),
        ("<tool_call>{\"a\":1</tool_call>", "syntax"),
    ]);
}

#[test]
fn answers_of_the_roles_come_through() {
    check(&[
        (
            "<think>The user wants a delta.</think>Here are my changes:\n\n```json\n{\n  \"reasoning\": \"It's \\\"short\\\".\",\n  \
             \"operations\": [\n    {\"type\": \"ADD\", \"section\": \"errors\", \"content\": \"Check {x} first\"}, // new\n    \
             {'type': 'TAG', 'bullet_id': '[e-1]', 'helpful': +1,},\n  ],\n}\n```\nLet me know!",
            r#"{"reasoning":"It's \"short\".","operations":[{"type":"ADD","section":"errors","content":"Check {x} first"},
                {"type":"TAG","bullet_id":"[e-1]","helpful":1}]}"#,
        ),
        (
            "{\"reasoning\": \"...\", \"final_answer\": \"...\", \"bullet_ids\": []}\n\n{\"reasoning\": \"12\n+ 2\", \"final_answer\": \
             \"14\", \"bullet_ids\": [\"math-00001\"]}",
            r#"{"reasoning":"12\n+ 2","final_answer":"14","bullet_ids":["math-00001"]}"#,
        ),
        ("{\"reasoning\": \"long\", \"operations\": [{\"type\": \"ADD\", \"content\": \"a\"}, {\"type\": \"REM", "truncated"),
        ("{\"reasoning\": \"long\", \"operations\": [{\"type\": \"ADD\", \"content\": \"a\"}]", "truncated"),
    ]);
}
