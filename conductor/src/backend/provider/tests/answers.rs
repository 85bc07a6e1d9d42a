//! Answers as they stand on the wire, each cut at every place.

use super::super::decode::{Batch, Decoder};
use super::super::{From, WireFormat};
use super::told;
use crate::backend::Chunk;
use serde_json::json;

/// What comes of `wire` in pieces that end at `cuts`: answer, thinking, end.
fn decoded(format: WireFormat, wire: &[u8], cuts: &[usize]) -> (String, String, String) {
    let mut decoder = Decoder::new(format, From { who: "it".into(), what: "model m".into() });
    let (mut text, mut thinking) = (String::new(), String::new());
    let mut at = 0;
    for (piece, cut) in cuts.iter().copied().chain([wire.len(), wire.len()]).enumerate() {
        decoder.feed(&wire[at..cut]);
        at = cut;
        let Batch { said, end } = decoder.take(piece > cuts.len());
        for chunk in said.into_chunks() {
            match chunk {
                Chunk::Text { text: more, thinking: thought } => {
                    text += &more;
                    thinking += &thought;
                }
                Chunk::Tools(calls) => calls.iter().for_each(|call| text += &call.to_string()),
                Chunk::Done(_) => panic!("the end is told apart"),
            }
        }
        if let Some(end) = end {
            return (text, thinking, told(&end));
        }
    }
    panic!("no end")
}

fn check(format: WireFormat, wire: &str, text: &str, thinking: &str, end: &str) {
    let want = (text.to_owned(), thinking.to_owned(), end.to_owned());
    for cut in 0..=wire.len() {
        assert_eq!(decoded(format, wire.as_bytes(), &[cut]), want, "cut at {cut}: {wire}");
    }
    let bytes: Vec<_> = (1..wire.len()).collect();
    assert_eq!(decoded(format, wire.as_bytes(), &bytes), want, "in single bytes: {wire}");
}

fn data(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("data: {line}\n\n")).collect()
}

fn openai(lines: &[&str], text: &str, thinking: &str, end: &str) {
    check(WireFormat::Openai, &data(lines), text, thinking, end);
}

const CUT: &str = "Broken: it ended in the middle of an answer of model m";
const STOP: &str = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#;
const A: &str = r#"{"choices":[{"index":0,"delta":{"role":"assistant","content":"ä狐"},"finish_reason":null}],"usage":null}"#;
const DONE: &str = "[DONE]";

#[test]
fn whole_answers_of_openai() {
    let usage = r#"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":8}}}"#;
    openai(&[A, A, STOP, usage, DONE], "ä狐ä狐", "", "stop 9 4");
    openai(&[A, STOP, DONE, A], "ä狐", "", "stop ? ?");
    let length =
        r#"{"choices":[{"delta":{"content":"b"},"finish_reason":"length"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    openai(&[A, length, DONE], "ä狐b", "", "length 1 2");
    let beside = r#"{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":115}}"#;
    openai(&[A, STOP, beside, DONE], "ä狐", "", "stop 10 105");
    let comments = format!(": OPENROUTER PROCESSING\n\n{}: x\n\nevent: ping\n\n{}", data(&[A]), data(&[STOP, DONE]));
    check(WireFormat::Openai, &comments, "ä狐", "", "stop ? ?");
    check(WireFormat::Openai, &data(&[A, STOP, DONE]).replace('\n', "\r\n"), "ä狐", "", "stop ? ?");
    check(WireFormat::Openai, data(&[A, STOP, DONE]).trim_end(), "ä狐", "", "stop ? ?");
    let tools = r#"{"choices":[{"delta":{"content":null,"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{"}}]},"finish_reason":"tool_calls"}]}"#;
    openai(&[A, tools, DONE], "ä狐[tool call: f {]", "", "stop ? ?");
    let other = r#"{"choices":[{"index":1,"delta":{"content":"other"},"finish_reason":"length"}],"prompt_filter_results":[]}"#;
    openai(&[other, A, STOP, DONE], "ä狐", "", "stop ? ?");
}

#[test]
fn calls_of_openai() {
    let call = |index, id: &str, name: &str, arguments: &str| {
        let function = json!({"name": name, "arguments": arguments});
        json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": index, "id": id, "type": "function", "function": function}]}}]})
            .to_string()
    };
    let calls = [call(0, "a", "f", ""), call(1, "b", "g", "{}"), call(0, "", "", "{\"a\":"), call(0, "", "", "\"狐\"}")];
    let called: Vec<&str> = calls.iter().map(String::as_str).collect();
    let end = r#"{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}"#;
    let shown = "[tool call: f {\"a\": \"狐\"}][tool call: g {}]";
    openai(&[&called[..], &[end, DONE]].concat(), shown, "", "stop ? ?");
    openai(&[&[A][..], &called[..], &[end, DONE]].concat(), &format!("ä狐{shown}"), "", "stop ? ?");
    // Without a reason to stop they are not known to be whole.
    openai(&[&[A][..], &called[..], &[DONE]].concat(), "ä狐", "", CUT);
    let old = r#"{"choices":[{"delta":{"function_call":{"name":"f","arguments":"{\"a\":1}"}},"finish_reason":"function_call"}]}"#;
    openai(&[old, DONE], "[tool call: f {\"a\": 1}]", "", "stop ? ?");
    let whole = r#"{"choices":[{"index":0,"message":{"content":null,"tool_calls":[{"id":"a","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#;
    check(WireFormat::Openai, whole, "[tool call: f {}]", "", "stop ? ?");
}

#[test]
fn calls_of_anthropic() {
    let start = |index: u64, name: &str| json!({"type": "content_block_start", "index": index, "content_block": {"type": "tool_use", "id": "t", "name": name, "input": {}}});
    let piece = |index: u64, json: &str| json!({"type": "content_block_delta", "index": index, "delta": {"type": "input_json_delta", "partial_json": json}});
    let stop = |index: u64| json!({"type": "content_block_stop", "index": index});
    let events = [start(1, "f"), piece(1, ""), piece(1, "{\"a\": \"狐"), piece(1, "\"}"), stop(1), start(2, "g"), stop(2)];
    let lines: Vec<String> = events.iter().map(|event| event.to_string()).collect();
    let called: Vec<&str> = lines.iter().map(String::as_str).collect();
    let data = |lines: &[&str]| data(lines);
    let wire = data(&[&[START, BLOCK, TEXT][..], &called[..], &[END, STOPPED]].concat());
    check(WireFormat::Anthropic, &wire, "ä狐[tool call: f {\"a\": \"狐\"}][tool call: g {}]", "", "stop 30 15");
    let between = data(&[&[START][..], &called[..5], &[TEXT, END, STOPPED]].concat());
    check(WireFormat::Anthropic, &between, "[tool call: f {\"a\": \"狐\"}]ä狐", "", "stop 30 15");
}

#[test]
fn thinking_of_openai() {
    for thought in [
        r#"{"choices":[{"delta":{"reasoning_content":"hm"}}]}"#,
        r#"{"choices":[{"delta":{"reasoning":"hm","reasoning_details":[{"text":"hm"}]}}]}"#,
        r#"{"choices":[{"delta":{"reasoning":"hm","reasoning_content":"hm","content":""}}]}"#,
        r#"{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"new"}]}}]}"#,
    ] {
        openai(&[thought, A, STOP, DONE], "ä狐", "hm", "stop ? ?");
    }
    let parts = r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"}]}}]}"#;
    openai(&[parts, STOP, DONE], "a", "", "stop ? ?");
}

#[test]
fn answers_of_openai_that_are_not_whole() {
    openai(&[], "", "", CUT);
    openai(&[A], "ä狐", "", CUT);
    openai(&[A, STOP], "ä狐", "", CUT);
    openai(&[A, DONE], "ä狐", "", CUT);
    let filter = r#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#;
    let filtered = "Refused: it stopped the answer of model m: its content filter said no";
    openai(&[filter, DONE], "", "", filtered);
    openai(&[A, filter, DONE], "ä狐", "", filtered);
    let refusal = r#"{"choices":[{"delta":{"refusal":"I will not"}}]}"#;
    openai(&[refusal, STOP, DONE], "", "", "Refused: model m declined to answer: I will not");
    let error = r#"{"error":{"message":"gone","code":502},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}"#;
    openai(&[A, error, STOP, DONE], "ä狐", "", "Broken: it failed with model m: gone");
    let busy = r#"{"error":{"message":"slow","type":"rate_limit_error"}}"#;
    openai(&[busy], "", "", "Busy None: it has too much to do: slow");
    let vllm = r#"{"object":"error","message":"bad","type":"BadRequestError","code":400}"#;
    openai(&[A, vllm, DONE], "ä狐", "", "Refused: it refused model m: bad");
    let named = format!("{}event: error\ndata: {{\"message\":\"x\"}}\n\n{}", data(&[A]), data(&[STOP, DONE]));
    check(WireFormat::Openai, &named, "ä狐", "", "Broken: it failed with model m: x");
    let own = r#"{"choices":[{"delta":{},"finish_reason":"error"}]}"#;
    openai(&[A, own, DONE], "ä狐", "", "Broken: it failed with model m in the middle of an answer");
    openai(&[A, "{\"choices\""], "ä狐", "", "Broken: it sent what is no answer: {\"choices\"");
    openai(&["7"], "", "", "Broken: it sent what is no answer: 7");
    check(WireFormat::Openai, "<html><title>hm</title></html>", "", "", "Broken: it sent what is no answer: hm");
    check(WireFormat::Openai, "hello\n", "", "", CUT);
}

#[test]
fn an_event_that_never_ends_is_an_error() {
    let long = format!("{}data: {}", data(&[A]), "x".repeat(crate::backend::sse::EVENT_CAP + 1));
    let (text, _, end) = decoded(WireFormat::Openai, long.as_bytes(), &[]);
    assert_eq!(
        (text.as_str(), end.as_str()),
        ("ä狐", "Broken: it sent what is no answer: an event is longer than 1048576 bytes")
    );
}

#[test]
fn answers_in_one_piece() {
    use WireFormat::{Anthropic, Openai};
    let whole = r#" {"choices":[{"index":0,"message":{"role":"assistant","content":"狐","reasoning_content":"hm"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2}}"#;
    check(Openai, whole, "狐", "hm", "stop 3 2");
    check(
        Openai,
        &whole[..whole.len() - 1],
        "",
        "",
        &format!("Broken: it sent what is no answer: {}", whole[1..whole.len() - 1].trim()),
    );
    check(Openai, r#"{"error":{"message":"no","type":"invalid_request_error"}}"#, "", "", "Refused: it refused model m: no");
    check(Openai, "{}", "", "", CUT);
    check(Openai, "[]", "", "", "Broken: it sent what is no answer: []");
    let whole = r#"{"type":"message","content":[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":"狐"},{"type":"tool_use","id":"t"}],"stop_reason":"max_tokens","usage":{"input_tokens":3,"cache_read_input_tokens":4,"output_tokens":2}}"#;
    check(Anthropic, whole, "狐[tool call: ? {}]", "hm", "length 7 2");
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    check(Anthropic, error, "", "", "Busy None: it has too much to do: Overloaded");
    check(Anthropic, "{}", "", "", CUT);
}

/// Events of Anthropic: the name is the type.
fn named(lines: &[&str]) -> String {
    let name = |line: &str| line.split('"').nth(3).unwrap_or_default().to_owned();
    lines.iter().map(|line| format!("event: {}\ndata: {line}\n\n", name(line))).collect()
}

fn anthropic(lines: &[&str], text: &str, thinking: &str, end: &str) {
    check(WireFormat::Anthropic, &named(lines), text, thinking, end);
}

const START: &str = r#"{"type":"message_start","message":{"id":"x","content":[],"usage":{"input_tokens":25,"cache_creation_input_tokens":3,"cache_read_input_tokens":2,"output_tokens":1}}}"#;
const BLOCK: &str = r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#;
const TEXT: &str = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"ä狐"}}"#;
const PING: &str = r#"{"type":"ping"}"#;
const END: &str = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}"#;
const STOPPED: &str = r#"{"type":"message_stop"}"#;

#[test]
fn whole_answers_of_anthropic() {
    let block_end = r#"{"type":"content_block_stop","index":0}"#;
    anthropic(&[START, PING, BLOCK, TEXT, TEXT, block_end, END, STOPPED, TEXT], "ä狐ä狐", "", "stop 30 15");
    let think = r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}"#;
    let thought = r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#;
    let signature = r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQ"}}"#;
    anthropic(&[START, think, thought, signature, BLOCK, TEXT, END, STOPPED], "ä狐", "hm", "stop 30 15");
    let tool = r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"f","input":{}}}"#;
    let input = r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{"}}"#;
    let new = r#"{"type":"new_event","x":1}"#;
    anthropic(&[START, TEXT, tool, input, new, END, STOPPED], "ä狐[tool call: f {]", "", "stop 30 15");
    // A gateway that tells the prompt's tokens at the end.
    let start = r#"{"type":"message_start","message":{"usage":{"input_tokens":0,"output_tokens":0}}}"#;
    let end = r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens"},"usage":{"input_tokens":9,"output_tokens":5}}"#;
    anthropic(&[start, TEXT, end, STOPPED], "ä狐", "", "length 9 5");
    let window = r#"{"type":"message_delta","delta":{"stop_reason":"model_context_window_exceeded"}}"#;
    anthropic(&[TEXT, window, STOPPED], "ä狐", "", "length ? ?");
}

#[test]
fn answers_of_anthropic_that_are_not_whole() {
    anthropic(&[], "", "", CUT);
    anthropic(&[START, TEXT], "ä狐", "", CUT);
    anthropic(&[START, TEXT, END], "ä狐", "", CUT);
    anthropic(&[START, TEXT, STOPPED], "ä狐", "", CUT);
    let refusal = r#"{"type":"message_delta","delta":{"stop_reason":"refusal"}}"#;
    anthropic(&[START, refusal, STOPPED], "", "", "Refused: it stopped the answer of model m: it declined");
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    anthropic(&[START, TEXT, error, END, STOPPED], "ä狐", "", "Busy None: it has too much to do: Overloaded");
    anthropic(&[START, TEXT, "nonsense"], "ä狐", "", "Broken: it sent what is no answer: nonsense");
}
