//! Properties of all objects and all texts.

use super::*;
use proptest::prelude::*;

/// Any value, with strings that hold what has a meaning elsewhere.
fn value() -> impl Strategy<Value = Value> {
    let odd = prop::sample::select(vec![
        "}",
        "{",
        "\"",
        "'",
        "\\",
        "```",
        "\n```\n",
        "<think>",
        "</think>",
        "etc...",
        "//",
        "# x",
        "/*",
        "[",
        "]",
        ",",
        ":",
        "“”",
        "‘",
        "\u{0}",
        "🦊",
        "<|channel|>final<|message|>",
        "True",
        "{\"a\":1}",
        "\t",
    ]);
    let text = || {
        let piece = prop_oneof![odd.clone().prop_map(str::to_owned), any::<String>(), "[a-z ]{0,8}"];
        prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
    };
    let float = any::<f64>().prop_filter_map("finite", serde_json::Number::from_f64).prop_map(Value::Number);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        float,
        text().prop_map(Value::from),
    ];
    let key = text();
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::hash_map(key.clone(), inner, 0..5).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Value> {
    prop::collection::hash_map("[a-z]{1,6}|[“”'{}<:]{1,3}", value(), 0..6)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

/// What may stand before and behind an object.
fn around() -> impl Strategy<Value = (&'static str, &'static str)> {
    prop::sample::select(vec![
        ("", ""),
        ("Here you are:\n\n", "\n\nThat's it."),
        ("The {answer} [1] isn't hard: ", " <|im_end|>"),
        ("```json\n", "\n```"),
        ("Sure.\n```\n", "\n```\nDone."),
        ("<think>{\"a\": \"maybe</think>\n", ""),
        ("so {\"a\": 1, hm</think>\n```json\n", "\n```\n"),
        ("<|channel|>analysis<|message|>{<|end|><|start|>assistant<|channel|>final<|message|>", "<|return|>"),
        ("<tool_call>", "</tool_call>"),
        ("data: ", "\n\ndata: [DONE]\n"),
        ("The form is {\"x\": \"...\"}: ", "\n"),
        ("\u{feff}", "\r\n"),
    ])
}

/// Printed with a comment and a trailing comma wherever a line may have one.
fn with_comments(object: &Value) -> String {
    let pretty = serde_json::to_string_pretty(object).unwrap();
    let lines: Vec<&str> = pretty.lines().collect();
    let mut text = String::new();
    for (at, line) in lines.iter().enumerate() {
        let next_closes = lines.get(at + 1).is_some_and(|next| next.trim_start().starts_with(['}', ']']));
        let comma = if next_closes && !line.ends_with(['{', '[', ',']) { "," } else { "" };
        let comment = if at + 1 == lines.len() { "" } else { ["", " // it's {here}", " # \"so\"", " /* [a] */"][at % 4] };
        text += &format!("{line}{comma}{comment}\n");
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_object_comes_back_as_it_was_printed((before, after) in around(), object in object()) {
        for printed in [object.to_string(), serde_json::to_string_pretty(&object).unwrap(), with_comments(&object)] {
            let text = format!("{before}{printed}{after}");
            for cut in [false, true] {
                prop_assert_eq!(told(&recover(&text, cut)), object.to_string(), "{}", text);
            }
        }
    }

    #[test]
    fn no_part_of_an_object_is_an_object((before, _) in around(), object in object(), at in any::<prop::sample::Index>()) {
        for printed in [object.to_string(), serde_json::to_string_pretty(&object).unwrap(), with_comments(&object).trim_end().to_owned()] {
            let inside = printed.rfind('}').unwrap();
            let mut end = at.index(inside) + 1;
            while !printed.is_char_boundary(end) {
                end -= 1;
            }
            let text = format!("{before}{}", printed.get(..end).unwrap());
            for cut in [false, true] {
                prop_assert_eq!(told(&recover(&text, cut)), "truncated", "{}", text);
            }
        }
    }

    #[test]
    fn python_prints_the_same(members in prop::collection::btree_map("[a-z]{1,5}", "[a-zA-Z .{}\\[\\]\"]{0,12}", 0..6), flag: Option<bool>) {
        let mut object: Map<String, Value> = members.iter().map(|(key, text)| (key.clone(), text.clone().into())).collect();
        object.insert("Flag".to_owned(), flag.into());
        let strings: String = members.iter().map(|(key, text)| format!("'{key}': '{text}', ")).collect();
        let flag = match flag { None => "None", Some(true) => "True", Some(false) => "False" };
        prop_assert_eq!(recover(&format!("{{{strings}'Flag': {flag}}}"), false), Verdict::Value(object));
    }

    #[test]
    fn any_text_is_taken(bytes in prop::collection::vec(any::<u8>(), 0..200), cut: bool) {
        recover(&String::from_utf8_lossy(&bytes), cut);
    }

    #[test]
    fn any_pieces_of_json_are_taken(pieces in prop::collection::vec(prop::sample::select(vec![
        "{", "}", "[", "]", ",", ":", "\"", "'", "“", "”", "\\", "\\u", "d83d", "\n", " ", "//", "/*", "*/", "#", "```", "```json\n", "~~~", "a",
        "1", "-", ".", "...", "…", "true", "None", "<think>", "</think>", "<|channel|>", "final", "<|message|>", "◁", "é", "\u{feff}", "<", ">",
    ]), 0..60), cut: bool) {
        let text = pieces.concat();
        // What is JSON already comes back as it is.
        if let (Ok(Value::Object(want)), Verdict::Value(got)) = (serde_json::from_str(&text), recover(&text, cut)) {
            prop_assert_eq!(got, want);
        }
    }
}
