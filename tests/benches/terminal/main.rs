//! Measures the real program in a pseudo-terminal, as a person meets it: first paint, first key, first token, a fast
//! answer, memory, and what it costs to do nothing.
//!
//! ```text
//! cargo build --release && cargo bench -p segno-tests --bench terminal
//! ```
//! `SEGNO_BIN` names another binary. Times are taken when the bytes that made a text visible were read from the terminal.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on has nothing better to do than to stop with the reason")]

mod long;
mod process;
mod screen;
mod server;

use process::Usage;
use screen::Screen;
use server::Server;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const RUNS: usize = 15;
const FAST_RUNS: usize = 5;
const TOKENS: usize = 20_000;
const IDLE: Duration = Duration::from_secs(10);

fn main() {
    // `cargo test --benches` runs this too, with an argument that says so: there is nothing to test.
    if std::env::args().any(|a| a == "--test") {
        return;
    }
    let binary = binary();
    println!("{}", binary.display());
    for (name, up) in [("server up", true), ("server down", false)] {
        start(&binary, name, up);
    }
    first_token(&binary);
    fast_answer(&binary);
    long_conversation(&binary);
    idle(&binary);
}

fn binary() -> PathBuf {
    if let Some(named) = std::env::var_os("SEGNO_BIN") {
        return named.into();
    }
    // target/release/deps/terminal-… -> target/release/segno
    let this = std::env::current_exe().unwrap();
    let built = this.parent().unwrap().parent().unwrap().join("segno");
    assert!(built.exists(), "{} is not there: run `cargo build --release` first", built.display());
    built
}

/// The middle and the worst of `times`, in milliseconds.
fn report(what: &str, times: &mut [Duration]) {
    times.sort();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    println!("{what:<58} median {:>8.2} ms   worst {:>8.2} ms", ms(times[times.len() / 2]), ms(times[times.len() - 1]));
}

fn start(binary: &std::path::Path, name: &str, up: bool) {
    let server = Server::start(10);
    let host = if up { server.host() } else { "127.0.0.1:9".to_owned() };
    let (mut paints, mut keys, mut readies, mut memory) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for _ in 0..RUNS {
        let screen = Screen::open(binary, &host);
        let paint = screen.first_output();
        screen.send("Z");
        keys.push(screen.when("Z"));
        paints.push(paint);
        readies.push(screen.when(if up { "bench:1b" } else { "ollama" }));
        memory = memory.max(Usage::of(screen.pid()).peak_kib);
    }
    report(&format!("start to first paint, {name}"), &mut paints);
    report(&format!("start to a typed key on screen, {name}"), &mut keys);
    report(&format!("start to the server's state on screen, {name}"), &mut readies);
    println!("{:<58} {:.1} MiB", format!("memory at the most, {name}"), memory as f64 / 1024.0);
}

fn first_token(binary: &std::path::Path) {
    let mut delays = Vec::new();
    for _ in 0..RUNS {
        let server = Server::start(3);
        let screen = Screen::open(binary, &server.host());
        screen.when("bench:1b");
        screen.send("hello");
        screen.when("hello");
        screen.send("\r");
        let seen = screen.at("FIRSTTOK");
        delays.push(seen.duration_since(server.first_write().unwrap()));
    }
    report("server's first byte of an answer to the screen", &mut delays);
}

fn fast_answer(binary: &std::path::Path) {
    let (mut plain, mut ours, mut cpu, mut peak, mut bytes) = (Vec::new(), Vec::new(), Vec::new(), 0, 0);
    for _ in 0..FAST_RUNS {
        let server = Server::start(TOKENS);
        plain.push(read_whole_answer(&server.host()));
        let screen = Screen::open(binary, &server.host());
        screen.when("bench:1b");
        screen.send("hello");
        screen.when("hello");
        let (before, bytes_before) = (Usage::of(screen.pid()), screen.bytes());
        screen.send("\r");
        let last = screen.at("LASTTOK");
        ours.push(last.duration_since(server.first_write().unwrap()));
        screen.quiet(Duration::from_millis(300));
        let after = Usage::of(screen.pid());
        cpu.push(after.cpu.saturating_sub(before.cpu));
        peak = peak.max(after.peak_kib);
        bytes = screen.bytes() - bytes_before;
    }
    report(&format!("{TOKENS} tokens, read from a socket and thrown away"), &mut plain);
    report(&format!("{TOKENS} tokens, first byte to the last on screen"), &mut ours);
    report(&format!("{TOKENS} tokens, processor time (all threads)"), &mut cpu);
    println!(
        "{:<58} {:.1} MiB peak, {} kB written to the terminal",
        format!("{TOKENS} tokens"),
        peak as f64 / 1024.0,
        bytes / 1000
    );
}

fn long_conversation(binary: &std::path::Path) {
    let server = Server::start(10);
    let (mut times, mut opened, mut asked) = (Vec::new(), 0, 0);
    for _ in 0..FAST_RUNS {
        let screen = Screen::open_in(long::home(binary), binary, &server.host(), &["--continue"]);
        times.push(screen.when(long::LAST));
        screen.when("bench:1b");
        screen.quiet(Duration::from_millis(300));
        opened = opened.max(Usage::of(screen.pid()).peak_kib);
        screen.send("hello\r");
        screen.at("LASTTOK");
        screen.quiet(Duration::from_millis(300));
        asked = asked.max(Usage::of(screen.pid()).peak_kib);
    }
    report("start to the end of a conversation of 10 MB", &mut times);
    let mib = |kib: u64| kib as f64 / 1024.0;
    println!(
        "{:<58} {:.1} MiB, {:.1} MiB after another question",
        "memory at the most, conversation of 10 MB",
        mib(opened),
        mib(asked)
    );
}

/// What the fastest client could do: read the answer and throw it away.
fn read_whole_answer(host: &str) -> Duration {
    let mut stream = TcpStream::connect(host).unwrap();
    let body = r#"{"model":"bench:1b","messages":[]}"#;
    write!(
        stream,
        "POST /api/chat HTTP/1.1\r\nHost: {host}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let (mut buffer, mut first) = ([0; 65536], None);
    while stream.read(&mut buffer).unwrap() > 0 {
        first.get_or_insert_with(Instant::now);
    }
    first.unwrap().elapsed()
}

fn idle(binary: &std::path::Path) {
    let server = Server::start(200);
    for (name, host, question) in
        [("server up, after an answer", server.host(), true), ("server down", "127.0.0.1:9".to_owned(), false)]
    {
        let screen = Screen::open(binary, &host);
        screen.when(if question { "bench:1b" } else { "ollama" });
        if question {
            screen.send("hello\r");
            screen.at("LASTTOK");
        }
        screen.quiet(Duration::from_millis(1500));
        let (before, bytes) = (Usage::of(screen.pid()), screen.bytes());
        std::thread::sleep(IDLE);
        let after = Usage::of(screen.pid());
        println!(
            "{:<58} {} ms of processor time, {} wake-ups, {} bytes in {} s",
            format!("idle, {name}"),
            // A thread that ended in between takes its count along.
            after.cpu.saturating_sub(before.cpu).as_millis(),
            after.wakeups.saturating_sub(before.wakeups),
            screen.bytes() - bytes,
            IDLE.as_secs()
        );
    }
}
