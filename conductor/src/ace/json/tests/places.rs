//! Where an object stands, and which one counts.

use super::check;

#[test]
fn prose_around_an_object_is_passed_over() {
    check(&[
        ("Sure! Here it is:\n{\"a\":1}\nHope this helps.", r#"{"a":1}"#),
        ("It's {\"a\":1}, isn't it?", r#"{"a":1}"#),
        ("**{\"a\":1}**", r#"{"a":1}"#),
        ("The answer (see {below}) is {x}: {\"a\":1}", r#"{"a":1}"#),
        ("The set {1, 2, 3} and {x | x > 0} give {\"a\":1}", r#"{"a":1}"#),
        ("With {{name}} and {% if %} and ${x} and {...}: {\"a\":1}", r#"{"a":1}"#),
        ("$\\frac{1}{2} \\text{is} \\{half\\}$ [1] [error-00001] {\"a\":1}", r#"{"a":1}"#),
        ("## Answer {#answer}\n{#if x}{/if}\n{\"a\":1}", r#"{"a":1}"#),
        ("Write {key: value} like this: {\"a\":1}", r#"{"a":1}"#),
        ("fn main() {} gives {\"a\":1}", r#"{"a":1}"#),
        ("const x = {\"a\":1};", r#"{"a":1}"#),
        ("print({'a': 1})", r#"{"a":1}"#),
        ("\"{\"a\":1}\"", r#"{"a":1}"#),
        ("Assistant: {\"a\":1}<|im_end|>", r#"{"a":1}"#),
        ("", "no_object"),
        ("I cannot answer that.", "no_object"),
        ("null", "no_object"),
        ("42", "no_object"),
        ("\"a\"", "no_object"),
        ("fn f() { g({\"a\":1}) }", "no_object"),
        ("{{\"a\":1}}", "no_object"),
        ("{{{\"a\":1}}}", "no_object"),
        ("\"{\\\"a\\\": 1}\"", "no_object"),
        ("{\\\"a\\\": 1}", "no_object"),
    ]);
}

#[test]
fn fences_are_passed_over() {
    check(&[
        ("```json\n{\"a\":1}\n```", r#"{"a":1}"#),
        ("```\n{\"a\":1}\n```", r#"{"a":1}"#),
        ("~~~JSON\r\n{\"a\":1}\r\n~~~\r\n", r#"{"a":1}"#),
        ("````json\n{\"a\":\"```\"}\n````", r#"{"a":"```"}"#),
        ("Sure:\n  ```json title=\"x\"\n  {\"a\":1}\n  ```\nDone.", r#"{"a":1}"#),
        ("```json {\"a\":1}```", r#"{"a":1}"#),
        ("```json {\"a\":1}\n```", r#"{"a":1}"#),
        ("```json\n{\"a\":1}```", r#"{"a":1}"#),
        ("```json\n{\"a\":1}\n", r#"{"a":1}"#),
        ("```{\"a\":1}```", r#"{"a":1}"#),
        ("`{\"a\":1}`", r#"{"a":1}"#),
        ("```python\n{'a': True}\n```", r#"{"a":true}"#),
        ("```json\n{\"a\":\"```py\\nx = {}\\n```\"}\n```", r#"{"a":"```py\nx = {}\n```"}"#),
        ("```json\n{\"a\":\"\n```py\nx\n```\n\"}\n```\nDone {x}.", r#"{"a":"\n```py\nx\n```\n"}"#),
        ("```json\n// the answer\n{\"a\":1}\n```", r#"{"a":1}"#),
        ("```markdown\n# Answer\n```json\n{\"a\":1}\n```\n```", r#"{"a":1}"#),
        ("```json\n```\n{\"a\":1}", r#"{"a":1}"#),
        // The string was not closed, and goes on to the quotes of prose.
        ("```json\n{\"a\": \"b\n```\nnext: \"}", "torn"),
        ("```json\n{\"a\": \"b}\n```\nAs \"you\" see.", "syntax"),
        ("```json\n{\"a\": oops}\n```", "bare_word"),
        ("```json\n\n```", "no_object"),
        ("```json\n{\"a\":1}\n{\"a\":2}\n```", "ambiguous"),
    ]);
}

#[test]
fn code_is_no_answer() {
    check(&[
        ("```python\nd = {'x': 1}\n```\n{\"a\":1}", r#"{"a":1}"#),
        ("```css\nb { color: red; }\n```\n```json\n{\"a\":1}\n```", r#"{"a":1}"#),
        ("```rust\nfn main() {\n```\n{\"a\":1}", r#"{"a":1}"#),
        ("```js\nlet x = {\"a\":1};\n```", "no_object"),
        ("```js\nlet x = {\"a\":1};", "no_object"),
    ]);
}

#[test]
fn an_array_is_no_object() {
    check(&[
        ("[{\"a\":1}]", "array"),
        ("[{\"a\":1},{\"a\":1}]", "array"),
        ("[1, {\"a\":1}]", "array"),
        ("[1, {\"a\":1}, 2]", "array"),
        ("[[{\"a\":1}]]", "array"),
        ("```json\n[{\"a\":1}]\n```", "array"),
        ("[TOOL_CALLS] [{\"name\":\"f\",\"arguments\":{}}]", "array"),
        ("[1, 2]", "no_object"),
        ("[]", "no_object"),
        ("[ANSWER]{\"a\":1}[/ANSWER]", r#"{"a":1}"#),
        ("See [1], [2] and [the page](https://x.y): {\"a\":[1]}", r#"{"a":[1]}"#),
        ("- [ ] todo\n- [x] done\n{\"a\":1}", r#"{"a":1}"#),
        ("[{\"id\":1}] is how it begins.\n```json\n{\"a\":1}\n```", r#"{"a":1}"#),
    ]);
}

#[test]
fn what_is_part_of_something_larger_is_no_object() {
    check(&[
        (r#"{"a":1}}"#, "torn"),
        (r#"}{"a":1}"#, "torn"),
        (r#"{"a":1}]"#, "torn"),
        (r#"{"a":{"b":1}}, "c":2}"#, "torn"),
        (r#"{"a":{"b":1}}, "c":2"#, "torn"),
        (r#"{"a":{"b":1}}, c: 2"#, "torn"),
        (r#"{"a":{"b":1}} "c":2"#, "torn"),
        (r#""a": {"b":1}"#, "torn"),
        (r#"'a' : {"b":1}"#, "torn"),
        (r#"x", "a": {"b":1}}"#, "torn"),
        // What is broken ends the search: what stands in it or behind it may be a part of it.
        (r#"{"a":1, "b":{"c":2} oops}"#, "syntax"),
        (r#"{"a":"}" , "b":{"c":2} oops}"#, "syntax"),
        ("{\"md\": \"\n```json\n{\"x\": 1}\n```\n", "syntax"),
        ("{\"a\": oops}\n{\"b\": 1}", "bare_word"),
    ]);
}

#[test]
fn of_several_objects_one_counts_only_by_a_rule() {
    check(&[
        // The same again is no other.
        ("{\"a\":1}\n{\"a\":1}", r#"{"a":1}"#),
        ("{\"a\":1}\n```json\n{ 'a': 1 }\n```", r#"{"a":1}"#),
        ("{\"a\":1}\n{\"a\":2}", "ambiguous"),
        ("{\"a\":1}\n{\"b\":1}", "ambiguous"),
        ("{\"a\":1},{\"a\":2}", "ambiguous"),
        ("{\"a\":1} {\"a\":1.0}", "ambiguous"),
        // The form that was asked for, and then the answer.
        ("The form is {\"a\": \"...\"}.\n{\"a\":\"x\"}", r#"{"a":"x"}"#),
        ("The form is {\"a\": \"<your answer>\", \"n\": 0}.\n{\"a\":\"x\"}", r#"{"a":"x"}"#),
        ("The form is {\"a\": [...], ...}.\n{\"a\":\"x\"}", r#"{"a":"x"}"#),
        ("{answer: string} it is: {\"answer\":\"x\"}", r#"{"answer":"x"}"#),
        ("As in `{\"a\":1}`: {\"a\":2}", r#"{"a":2}"#),
        ("As in {\"a\":1}:\n```json\n{\"a\":2}\n```", r#"{"a":2}"#),
        ("```json\n{\"a\":1}\n```\nBetter:\n```json\n{\"a\":2}\n```", r#"{"a":2}"#),
        ("```json\n{\"a\":\"...\"}\n```\n{\"a\":\"x\"}", r#"{"a":"x"}"#),
        ("```\n{\"a\":1}\n```\n```json\n{\"a\":2}\n```", r#"{"a":2}"#),
        ("```\n{\"a\":1}\n```\n```\n{\"a\":2}\n```", r#"{"a":2}"#),
        // And the other way round nothing says so.
        ("{\"a\":2}, not `{\"a\":1}`", "ambiguous"),
        ("{\"a\":\"x\"} is of the form {\"a\":\"...\"}", "ambiguous"),
        ("{\"a\":1} or rather {\"a\":1, ...}", "elided"),
        ("```json\n{\"a\":1}\n```\nor {\"a\":2}", "ambiguous"),
        ("```json\n{\"a\":1}\n```\n```\n{\"a\":2}\n```", "ambiguous"),
        ("```json\n{\"a\":1}\n```\n```json\n[{\"a\":2}]\n```", "array"),
        ("```json\n{\"a\":1}\n```\n```json\n{\"a\":NaN}\n```", "number"),
        ("```json\n{}\n```", "{}"),
        ("Nothing: {}", "{}"),
    ]);
}
