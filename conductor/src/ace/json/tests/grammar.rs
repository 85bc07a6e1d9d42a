//! What is taken for the same as JSON, and what is not.

use super::{check, check_as};

#[test]
fn json_is_taken_as_it_is() {
    check(&[
        ("{}", "{}"),
        ("{ \n }", "{}"),
        (r#"{"a":1}"#, r#"{"a":1}"#),
        ("  {\r\n\t\"a\" :\r\n 1 }\n\n", r#"{"a":1}"#),
        (r#"{"a":[1,-2.5e3,true,false,null,"x",{},[]]}"#, r#"{"a":[1,-2500.0,true,false,null,"x",{},[]]}"#),
        (r#"{"":{"b":[[["c"]]]}}"#, r#"{"":{"b":[[["c"]]]}}"#),
        (r#"{"a":"\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00"}"#, r#"{"a":"\"\\/\b\f\n\r\té😀"}"#),
        (r#"{"狐":"🦊 — € ◁"}"#, r#"{"狐":"🦊 — € ◁"}"#),
        (r#"{"a":"} ] { [ , : // # /* */"}"#, r#"{"a":"} ] { [ , : // # /* */"}"#),
    ]);
}

#[test]
fn commas_too_many_are_passed_over_and_missing_ones_only_where_nothing_else_can_be_meant() {
    check(&[
        (r#"{"a":1,}"#, r#"{"a":1}"#),
        (r#"{"a":[1,2,],"b":{"c":1,},}"#, r#"{"a":[1,2],"b":{"c":1}}"#),
        (r#"{"a":[1,,2]}"#, "syntax"),
        (r#"{"a":1,,"b":2}"#, "syntax"),
        (r#"{"a":1,,}"#, "syntax"),
        (r#"{,"a":1}"#, "syntax"),
        (r#"{"a":[,1]}"#, "syntax"),
        ("{\"a\":1\n\"b\":2}", r#"{"a":1,"b":2}"#),
        ("{\"a\":\"x\" // first\n \"b\":[1]\n 'c': {}}", r#"{"a":"x","b":[1],"c":{}}"#),
        ("{\"a\":[{\"b\":1}\n{\"b\":2}]}", r#"{"a":[{"b":1},{"b":2}]}"#),
        (r#"{"a":1 "b":2}"#, "syntax"),
        ("{\"a\":1\nb:2}", "syntax"),
        ("{\"a\":\"x\"\n\"y\"}", "syntax"),
        ("{\"a\":[\"x\"\n\"y\"]}", "syntax"),
        ("{\"a\":[1\n2]}", "syntax"),
        (r#"{"a":[{"b":1} {"b":2}]}"#, "syntax"),
        (r#"{"a":1; "b":2}"#, "syntax"),
        (r#"{"a" 1}"#, "syntax"),
        (r#"{"a"=1}"#, "syntax"),
        (r#"{"a":}"#, "syntax"),
        (r#"{"a":1,"b"}"#, "syntax"),
        (r#"{"a":[1,2}"#, "syntax"),
        (r#"{"a":{"b":1]}"#, "syntax"),
        (r#"{"a":(1,2)}"#, "syntax"),
        (r#"{"outer" {"a":1}}"#, "syntax"),
    ]);
}

#[test]
fn comments_are_passed_over_outside_of_strings() {
    check(&[
        ("{ // one\n \"a\": 1, # two\n /* three } */ \"b\": 2 /* four */ }", r#"{"a":1,"b":2}"#),
        ("{\"a\": 1 // last\n}", r#"{"a":1}"#),
        (r#"{/**/"a"/**/:/**/1/**/}"#, r#"{"a":1}"#),
        (r#"{"a":"http://x # y /* z */"}"#, r#"{"a":"http://x # y /* z */"}"#),
        (r#"{"a": 1 // the end }"#, "truncated"),
        (r#"{"a": 1 /* the end }"#, "truncated"),
        (r#"{"a": 1 / 2}"#, "syntax"),
        ("{\"a\": [1, // ... and so on\n]}", "elided"),
        ("{\"a\": 1 /* … */}", "elided"),
    ]);
}

#[test]
fn quotes_of_other_kinds_delimit_strings() {
    check(&[
        (r"{'a':'b'}", r#"{"a":"b"}"#),
        (r#"{'a':'say "hi"'}"#, r#"{"a":"say \"hi\""}"#),
        (r#"{"a":'b', 'c':"it's"}"#, r#"{"a":"b","c":"it's"}"#),
        (r"{'a':'it\'s'}", r#"{"a":"it's"}"#),
        (r#"{'a':'\"\n'}"#, r#"{"a":"\"\n"}"#),
        ("{“a”: “b’s”}", r#"{"a":"b’s"}"#),
        ("{„a“: „b”, ‘c’: ‚d‘, ”e”: ’f’}", r#"{"a":"b","c":"d","e":"f"}"#),
        (r#"{"a":"“b” ‘c’ «d»"}"#, r#"{"a":"“b” ‘c’ «d»"}"#),
        (r"{“a”: “b \” c”}", r#"{"a":"b ” c"}"#),
        (r"{'a':'it's'}", "syntax"),
        (r#"{"a":"he said "hi" to me"}"#, "syntax"),
        (r#"{“a": 1, “b”: 2}"#, "quotes"),
        ("{‘a': 1, ‘b’: 2}", "quotes"),
        ("{“a”: “he said “hi” to me”}", "quotes"),
        (r#"{"a”: 1, "b”: 2}"#, "syntax"),
        ("{\"a\": `b`}", "syntax"),
        (r#"{"a": """b"""}"#, "syntax"),
        (r#"{"a": r"b"}"#, "bare_word"),
        (r#"{"a": "b" + "c"}"#, "syntax"),
        (r"{«a»: 1}", "no_object"),
    ]);
}

#[test]
fn keys_may_lack_quotes_but_not_stand_twice() {
    check(&[
        ("{a: 1, b_2: 2, $c: 3, d-e: 4, Größe: 5}", r#"{"a":1,"b_2":2,"$c":3,"d-e":4,"Größe":5}"#),
        ("{a: {b: 'c'}}", r#"{"a":{"b":"c"}}"#),
        (r#"{"x": {true: 1}}"#, "bare_word"),
        (r#"{"x": {None: 1}}"#, "bare_word"),
        (r#"{"x": {1: 1}}"#, "syntax"),
        (r#"{"x": {a b: 1}}"#, "syntax"),
        (r#"{"a":1,"a":1}"#, "duplicate_key"),
        (r#"{"a":1,'a':2}"#, "duplicate_key"),
        (r#"{"a":1,a:2}"#, "duplicate_key"),
        (r#"{"a":1,"\u0061":2}"#, "duplicate_key"),
        (r#"{"x":[{"a":1,"b":2,"a":3}]}"#, "duplicate_key"),
        (r#"{"a":{"a":1},"A":2}"#, r#"{"a":{"a":1},"A":2}"#),
    ]);
}

#[test]
fn literals_with_one_meaning_are_taken() {
    check(&[
        (r#"{"a":True,"b":False,"c":None}"#, r#"{"a":true,"b":false,"c":null}"#),
        (r#"{"a":"True"}"#, r#"{"a":"True"}"#),
        (r#"{"a":undefined}"#, "bare_word"),
        (r#"{"a":TRUE}"#, "bare_word"),
        (r#"{"a":nil}"#, "bare_word"),
        (r#"{"a":yes}"#, "bare_word"),
        (r#"{"a":hello world}"#, "bare_word"),
        (r#"{"a":foo()}"#, "bare_word"),
        (r#"{"a":truefalse}"#, "bare_word"),
        (r#"{"a":NaN}"#, "number"),
        (r#"{"a":Infinity}"#, "number"),
        (r#"{"a":-Infinity}"#, "number"),
    ]);
}

#[test]
fn numbers_keep_their_value_or_are_refused() {
    check(&[
        (r#"{"a":0,"b":-1,"c":1e3,"d":1E-2,"e":0.1}"#, r#"{"a":0,"b":-1,"c":1000.0,"d":0.01,"e":0.1}"#),
        (r#"{"a":+1,"b":.5,"c":5.,"d":-.5,"e":+.5e1}"#, r#"{"a":1,"b":0.5,"c":5.0,"d":-0.5,"e":5.0}"#),
        (r#"{"a":-0,"b":0.0,"c":0e5}"#, r#"{"a":-0.0,"b":0.0,"c":0.0}"#),
        (r#"{"a":18446744073709551615,"b":-9223372036854775808}"#, r#"{"a":18446744073709551615,"b":-9223372036854775808}"#),
        (r#"{"a":18446744073709551616}"#, "number"),
        (r#"{"a":-9223372036854775809}"#, "number"),
        (r#"{"a":1e400}"#, "number"),
        (r#"{"a":1e-400}"#, "number"),
        (r#"{"a":5e-324,"b":1.7976931348623157e308}"#, r#"{"a":5e-324,"b":1.7976931348623157e308}"#),
        (r#"{"a":1_000}"#, "number"),
        (r#"{"a":0x1F}"#, "number"),
        (r#"{"a":007}"#, "number"),
        (r#"{"a":-01}"#, "number"),
        (r#"{"a":1.2.3}"#, "number"),
        (r#"{"a":2024-01-02}"#, "number"),
        (r#"{"a":12px}"#, "number"),
        (r#"{"a":1n}"#, "number"),
        (r#"{"a":1e}"#, "number"),
        (r#"{"a":--1}"#, "number"),
        (r#"{"a":-+1}"#, "number"),
        (r#"{"a":+-1}"#, r#"number"#),
        (r#"{"a":.}"#, "number"),
        (r#"{"a":-}"#, "number"),
        (r#"{"a":[1,000]}"#, "number"),
        (r#"{"a":50%}"#, "syntax"),
        (r#"{"a":1/2}"#, "syntax"),
        (r#"{"a":１}"#, "syntax"),
    ]);
}

#[test]
fn strings_come_out_as_they_were_written() {
    check(&[
        ("{\"a\":\"two\nlines,\r\n\ta tab, \u{1} and \0\"}", r#"{"a":"two\nlines,\r\n\ta tab, \u0001 and \u0000"}"#),
        (r#"{"a":"cost: \$5, \alpha, \_x, \d+"}"#, r#"{"a":"cost: \\$5, \\alpha, \\_x, \\d+"}"#),
        (r#"{"a":"it\'s"}"#, r#"{"a":"it\\'s"}"#),
        (r#"{"a":"\usepackage \u12 \u{41}"}"#, r#"{"a":"\\usepackage \\u12 \\u{41}"}"#),
        (r#"{"a":"\x41 \0 \v"}"#, r#"{"a":"\\x41 \\0 \\v"}"#),
        // JSON knows these, whatever was meant.
        (r#"{"a":"\frac \beta \theta \nu \rho"}"#, r#"{"a":"\frac \beta \theta \nu \rho"}"#),
        (r#"{"a":"\\frac{1}{2}"}"#, r#"{"a":"\\frac{1}{2}"}"#),
        ("{\"a\":\"b\\\nc\"}", r#"{"a":"b\\\nc"}"#),
        (r#"{"a":"\ud83d"}"#, "surrogate"),
        (r#"{"a":"\ude00"}"#, "surrogate"),
        (r#"{"a":"\ud83d\ud83d"}"#, "surrogate"),
        (r#"{"a":"\ud83d\n"}"#, "surrogate"),
        (r#"{"a":"\ud83d\usepackage"}"#, "surrogate"),
        (r#"{"a":"True, None, 'x', // y, ..."}"#, r#"{"a":"True, None, 'x', // y, ..."}"#),
        (r#"{"a":"{\"b\": 1}"}"#, r#"{"a":"{\"b\": 1}"}"#),
    ]);
}

#[test]
fn blanks_of_all_kinds_say_nothing() {
    check(&[
        ("\u{feff}{\"a\":1}", r#"{"a":1}"#),
        ("{\u{a0}\"a\"\u{3000}:\u{200b}1\u{2028}}", r#"{"a":1}"#),
        ("{\"a\":\"\u{a0}\u{feff}\"}", "{\"a\":\"\u{a0}\u{feff}\"}"),
    ]);
}

#[test]
fn what_was_left_out_is_not_made_up() {
    check(&[
        (r#"{"a":1, ...}"#, "elided"),
        (r#"{"a":[1, 2, ...]}"#, "elided"),
        (r#"{"a":[...], "b": …}"#, "elided"),
        (r#"{"answer": <your answer>}"#, "elided"),
        (r#"{"answer": string, "score": number}"#, "elided"),
        (r#"{"answer": "..."}"#, r#"{"answer":"..."}"#),
        (r#"{"a":1, ...rest}"#, "syntax"),
    ]);
}

#[test]
fn what_is_cut_off_is_never_completed() {
    let rows = [
        ("{", "truncated"),
        (r#"{""#, "truncated"),
        (r#"{"a"#, "truncated"),
        ("{a", "truncated"),
        ("{a:", "truncated"),
        (r#"{"a""#, "truncated"),
        (r#"{"a":"#, "truncated"),
        (r#"{"a":1"#, "truncated"),
        (r#"{"a":-"#, "truncated"),
        (r#"{"a":tr"#, "truncated"),
        (r#"{"a":true"#, "truncated"),
        (r#"{"a":"b\"#, "truncated"),
        (r#"{"a":"b\u00"#, "truncated"),
        (r#"{"a":"\ud83d"#, "truncated"),
        (r#"{"a":"\ud83d\ud"#, "truncated"),
        (r#"{"a":"b"#, "truncated"),
        (r#"{"a":"b""#, "truncated"),
        (r#"{"a":"b","#, "truncated"),
        (r#"{"a":[{"b":1},"#, "truncated"),
        (r#"{"a":{"b":1}"#, "truncated"),
        (r#"{"a":{"b":1},"c":2"#, "truncated"),
        ("{\"a\":1\n\"b", "truncated"),
        ("{\"a\":1 /", "truncated"),
        (r#"[{"a":1},{"b":"#, "truncated"),
        (r#"[{"a":1},"#, "truncated"),
        (r#"[1, {"a":1}"#, "truncated"),
        (r#"Here it is: {"a":1}, and {"b":"#, "truncated"),
        ("{\"a\":1}\n{\"a\":", "truncated"),
        ("```json\n{\"a\":1,", "truncated"),
        ("```json\n{\"a\":[1,\n```\nThat is all.", "truncated"),
        ("```json\n{\"a\":1,\n```", "truncated"),
        ("```json\n{\"a\":1}\n```\n```json\n{\"a\":", "truncated"),
    ];
    check(&rows);
    check_as(true, &rows);
}

#[test]
fn an_answer_that_stopped_at_the_limit_counts_only_with_a_whole_object() {
    check_as(
        true,
        &[
            (r#"{"a":1}"#, r#"{"a":1}"#),
            ("{\"a\":1}\n\nThis is because the", r#"{"a":1}"#),
            ("```json\n{\"a\":1}\n", r#"{"a":1}"#),
            ("", "truncated"),
            ("The answer is", "truncated"),
            ("<think>It could be {\"a\":1}", "truncated"),
            ("<think>It could be {\"a\":1}</think>", "truncated"),
            ("The form is {\"a\": ...}. The", "truncated"),
            (r#"{"a":NaN}"#, "number"),
            (r#"{"a":1}{"a":2}"#, "ambiguous"),
        ],
    );
}
