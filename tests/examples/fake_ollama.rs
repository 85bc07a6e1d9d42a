//! The fake server, by hand: `cargo run -p segno-tests --example fake_ollama -- --port 11434 --model llama3.1:8b --rate 40`.
#![expect(clippy::expect_used, reason = "a tool for developers: a wrong argument may end it with a panic")]

use segno_tests::ollama::{FakeOllama, ModelSpec, PullScript, Script};
use std::time::Duration;

const USAGE: &str =
    "fake_ollama [--port 11434] [--model NAME]... [--think NAME]... [--cloud NAME]... [--pull NAME]... [--rate TOKENS_PER_SECOND]

  --model  a model in the list (llama3.1:8b where none is named)
  --think  a model that thinks before it answers
  --cloud  a model in the list whose work is done elsewhere
  --pull   a model that can be pulled, slowly (phi3:mini where none is named)
  --rate   tokens a second; as fast as they go where not said";

/// Answers, in turn.
const ANSWERS: [&str; 3] = [
    "Sure. Here is a **short** answer with `inline code`, in three paragraphs.

The first says that a terminal has columns, and that a wide character takes two of them: 世界, こんにちは, 한국어. The second \
 says nothing of weight but goes on for long enough that it has to be wrapped at a word and not in the middle of one, at any \
 usual width of a window.

1. One thing — with a dash, “quotes” and an ellipsis…
2. Another, with emoji: 🚀 ✅ ❤️ 👩‍👩‍👧‍👦 🇩🇪
3. And combining marks: e\u{301}, n\u{303}.

That is all.",
    "## A heading

```rust
fn main() {
    let even: Vec<u32> = (1..=10).filter(|n| n % 2 == 0).collect();
    println!(\"{}\", even.iter().sum::<u32>()); // 30
}
```

| name  | 値       | number |
|-------|----------|-------:|
| alpha | 一       |   1.50 |
| beta  | 二三四五 |  22.75 |

> A quotation, with <b>tags</b> & signs such as a < b && c > d.

The end of the second answer. 敏捷的棕色狐狸跳过了懒狗。",
    "A third kind of answer: one paragraph of plain prose, then a list.

Rivers carry more than water. They bring sand from the hills, seeds from the meadows and, in spring, whole trees; what they \
 take in one place they leave in another, and so the land moves downhill a little every day.

- *slow* at the mouth
- **fast** at the source
  - and nested, at the weirs
- שלום and مرحبا, which run the other way

a_word_without_any_break_in_it_that_is_wider_than_most_windows_0123456789_0123456789_0123456789_0123456789_0123456789_0123456789

Good bye. 🌊",
];

struct Options {
    port: u16,
    models: Vec<ModelSpec>,
    pulls: Vec<String>,
    pace: Option<Duration>,
}

fn options(mut args: impl Iterator<Item = String>) -> Options {
    let mut options = Options { port: 11434, models: Vec::new(), pulls: Vec::new(), pace: None };
    while let Some(flag) = args.next() {
        let value = args.next().unwrap_or_else(|| panic!("{flag} needs a value\n\n{USAGE}"));
        match flag.as_str() {
            "--port" => options.port = value.parse().expect("a port is a number"),
            "--model" => options.models.push(ModelSpec::new(&value)),
            "--think" => {
                options.models.push(ModelSpec::new(&value).script(Script::default().thinking(["Let me ", "see. ", "検討 …\n"])))
            }
            "--cloud" => options.models.push(ModelSpec::new(&value).remote(&value, "https://ollama.com:443")),
            "--pull" => options.pulls.push(value),
            "--rate" => {
                let rate: f64 = value.parse().expect("a rate is a number");
                options.pace = (rate > 0.0).then(|| Duration::from_secs_f64(1.0 / rate));
            }
            _ => panic!("{flag} is not known\n\n{USAGE}"),
        }
    }
    if options.models.is_empty() {
        options.models.push(ModelSpec::new("llama3.1:8b"));
    }
    if options.pulls.is_empty() {
        options.pulls.push("phi3:mini".to_owned());
    }
    options
}

/// The model with the answers above, at this rate.
fn talking(model: ModelSpec, pace: Option<Duration>) -> ModelSpec {
    let script = ANSWERS.iter().fold(Script { pace, ..model.script.clone() }, |script, answer| script.then_says(answer));
    model.script(script)
}

fn main() {
    if std::env::args().any(|arg| arg == "--help" || arg == "-h") {
        println!("{USAGE}");
        return;
    }
    let options = options(std::env::args().skip(1));
    let mut builder = FakeOllama::builder();
    for model in options.models {
        builder = builder.model(talking(model, options.pace));
    }
    for name in &options.pulls {
        let pull = PullScript::of(talking(ModelSpec::new(name), options.pace)).steps(100).paced(Duration::from_millis(50));
        builder = builder.pullable(pull);
    }
    let fake = builder.start_on(options.port);
    println!(
        "fake Ollama on {}, with {}; pullable: {}; Ctrl-C ends it",
        fake.url(),
        fake.models().join(", "),
        options.pulls.join(", ")
    );
    loop {
        std::thread::park();
    }
}
