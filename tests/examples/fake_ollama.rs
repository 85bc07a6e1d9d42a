//! The fake server, by hand: `cargo run -p segno-tests --example fake_ollama -- --port 11434 --model llama3.1:8b --rate 40`.
#![expect(clippy::expect_used, reason = "a tool for developers: a wrong argument may end it with a panic")]

use segno_tests::ollama::{FakeOllama, ModelSpec, PullScript, Script};
use std::time::Duration;

const USAGE: &str =
    "fake_ollama [--port 11434] [--model NAME[=SIZE]]... [--think NAME[=SIZE]]... [--cloud NAME]... [--pull NAME]...
            [--rate TOKENS_PER_SECOND] [--memory SIZE] [--load-ms MS] [--parallel N] [--frees-after POLLS]

  --model        a model in the list (llama3.1:8b where none is named); with =SIZE, what it takes in memory whatever the window
  --think        a model that thinks before it answers
  --cloud        a model in the list whose work is done elsewhere
  --pull         a model that can be pulled, slowly (phi3:mini where none is named)
  --rate         tokens a second; as fast as they go where not said
  --memory       GPU memory: what does not fit beside the rest waits, evicts or spills; where not said everything fits
  --load-ms      milliseconds that each load takes; none where not said
  --parallel     requests that a model answers at the same time (1 with --memory, else any number)
  --frees-after  how often /api/ps still shows a model that was unloaded, before its memory is free

  A SIZE is a number of bytes, or with a unit: 512MiB, 8GiB, 7.5GiB. For three models that do not fit together:

  fake_ollama --memory 12GiB --load-ms 2000 --rate 20 --model llama3.1:8b --model qwen3:4b=3GiB --think qwen3:14b=10GiB";

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

#[derive(Default)]
struct Options {
    port: Option<u16>,
    models: Vec<ModelSpec>,
    pulls: Vec<String>,
    pace: Option<Duration>,
    load: Option<Duration>,
    memory: Option<u64>,
    parallel: Option<usize>,
    frees_after: Option<usize>,
}

fn options(mut args: impl Iterator<Item = String>) -> Options {
    let mut options = Options::default();
    while let Some(flag) = args.next() {
        let value = args.next().unwrap_or_else(|| panic!("{flag} needs a value\n\n{USAGE}"));
        match flag.as_str() {
            "--port" => options.port = Some(value.parse().expect("a port is a number")),
            "--model" => options.models.push(model(&value)),
            "--think" => {
                options.models.push(model(&value).script(Script::default().thinking(["Let me ", "see. ", "検討 …\n"])));
            }
            "--cloud" => options.models.push(ModelSpec::new(&value).remote(&value, "https://ollama.com:443")),
            "--pull" => options.pulls.push(value),
            "--rate" => {
                let rate: f64 = value.parse().expect("a rate is a number");
                options.pace = (rate > 0.0).then(|| Duration::from_secs_f64(1.0 / rate));
            }
            "--memory" => options.memory = Some(bytes(&value)),
            "--load-ms" => options.load = Some(Duration::from_millis(value.parse().expect("milliseconds are a number"))),
            "--parallel" => options.parallel = Some(value.parse().expect("requests are a number")),
            "--frees-after" => options.frees_after = Some(value.parse().expect("polls are a number")),
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

/// `NAME`, or `NAME=SIZE`.
fn model(text: &str) -> ModelSpec {
    match text.split_once('=') {
        Some((name, size)) => ModelSpec::new(name).memory(bytes(size)),
        None => ModelSpec::new(text),
    }
}

/// `8GiB`, `7.5 GB`, `512M`, `1000`.
fn bytes(text: &str) -> u64 {
    let number = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit: f64 = match text[number.len()..].to_lowercase().as_str() {
        "" | "b" => 1.0,
        "m" | "mib" => 1024.0 * 1024.0,
        "mb" => 1e6,
        "g" | "gib" => 1024.0 * 1024.0 * 1024.0,
        "gb" => 1e9,
        _ => panic!("{text} is no size\n\n{USAGE}"),
    };
    let number: f64 = number.trim().parse().unwrap_or_else(|_| panic!("{text} is no size\n\n{USAGE}"));
    (number * unit) as u64
}

/// The model with the answers above, at this rate, and loaded in this time.
fn talking(model: ModelSpec, options: &Options) -> ModelSpec {
    let script = Script { pace: options.pace, fits_format: true, ..model.script.clone() };
    let script = ANSWERS.iter().fold(script, |script, answer| script.then_says(answer));
    let model = model.script(script);
    match options.load {
        Some(time) => model.loads_in(time),
        None => model,
    }
}

fn server(options: &Options) -> FakeOllama {
    let mut builder = FakeOllama::builder();
    for model in &options.models {
        builder = builder.model(talking(model.clone(), options));
    }
    for name in &options.pulls {
        let pull = PullScript::of(talking(ModelSpec::new(name), options)).steps(100).paced(Duration::from_millis(50));
        builder = builder.pullable(pull);
    }
    if let Some(bytes) = options.memory {
        builder = builder.memory(bytes);
    }
    if let Some(requests) = options.parallel {
        builder = builder.parallel(requests);
    }
    if let Some(polls) = options.frees_after {
        builder = builder.frees_after_polls(polls);
    }
    builder.start_on(options.port.unwrap_or(11434))
}

fn main() {
    if std::env::args().any(|arg| arg == "--help" || arg == "-h") {
        println!("{USAGE}");
        return;
    }
    let options = options(std::env::args().skip(1));
    let fake = server(&options);
    let memory = options.memory.map_or("no limit".to_owned(), |bytes| format!("{:.1} GiB", bytes as f64 / (1u64 << 30) as f64));
    println!(
        "fake Ollama on {}, with {}; pullable: {}; GPU memory: {memory}; Ctrl-C ends it",
        fake.url(),
        fake.models().join(", "),
        options.pulls.join(", ")
    );
    loop {
        std::thread::park();
    }
}
