//! The least of an Ollama: one model that answers at full speed, a write a token, and knows when it began.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Instant;

const WORDS: [&str; 12] =
    [" the", " quick", " brown", " fox", ",", " 狐狸", " jumps", " over", "\n\n", " `code`", " und", " läuft"];

/// The server. It ends with the process.
pub(crate) struct Server {
    port: u16,
    first_write: Arc<Mutex<Option<Instant>>>,
}

impl Server {
    /// Starts on a free port of loopback; answers have `tokens` tokens, the first `FIRSTTOK`, the last `LASTTOK`.
    pub(crate) fn start(tokens: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let first_write = Arc::new(Mutex::new(None));
        let answer = Arc::new(lines(tokens));
        let first = first_write.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (answer, first) = (answer.clone(), first.clone());
                // A client that goes away ends its thread.
                std::thread::spawn(move || serve(stream, &answer, &first));
            }
        });
        Self { port, first_write }
    }

    pub(crate) fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// When the first token of the last answer was written.
    pub(crate) fn first_write(&self) -> Option<Instant> {
        *self.first_write.lock().unwrap()
    }
}

/// The answer as HTTP chunks, one a token.
fn lines(tokens: usize) -> Vec<Vec<u8>> {
    let chunk = |value: serde_json::Value| {
        let line = format!("{value}\n");
        format!("{:x}\r\n{line}\r\n", line.len()).into_bytes()
    };
    let token = |text: &str| {
        let message = serde_json::json!({"role": "assistant", "content": text});
        chunk(
            serde_json::json!({"model": "bench:1b", "created_at": "2026-01-01T00:00:00.000000000Z", "message": message, "done": false}),
        )
    };
    let mut lines = vec![token("FIRSTTOK")];
    lines.extend((0..tokens.saturating_sub(2)).map(|n| token(WORDS[n % WORDS.len()])));
    lines.push(token("\n\nLASTTOK"));
    lines.push(chunk(serde_json::json!({
        "model": "bench:1b", "message": {"role": "assistant", "content": ""}, "done": true, "done_reason": "stop",
        "total_duration": 2_000_000_000_u64, "load_duration": 1000, "prompt_eval_count": 5, "eval_count": tokens, "eval_duration": 1_000_000_000_u64,
    })));
    lines
}

fn serve(stream: TcpStream, answer: &[Vec<u8>], first: &Mutex<Option<Instant>>) -> Option<()> {
    stream.set_nodelay(true).ok()?;
    let mut out = stream.try_clone().ok()?;
    let mut input = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            (input.read_line(&mut head).ok()? > 0).then_some(())?;
        }
        let length =
            head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        input.read_exact(&mut body).ok()?;
        let path = head.split(' ').nth(1)?;
        if path == "/api/chat" {
            out.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n").ok()?;
            *first.lock().unwrap() = Some(Instant::now());
            for line in answer {
                out.write_all(line).ok()?;
            }
            out.write_all(b"0\r\n\r\n").ok()?;
            if head.to_lowercase().contains("connection: close") {
                return None;
            }
        } else {
            let body = match path {
                "/api/version" => r#"{"version":"0.33.0"}"#,
                "/api/tags" => {
                    r#"{"models":[{"name":"bench:1b","model":"bench:1b","size":1000000000,"digest":"d","details":{"family":"llama","parameter_size":"1B","quantization_level":"Q4_K_M","context_length":131072},"capabilities":["completion"]}]}"#
                }
                // In memory with whatever window is asked for: what a load costs is not measured here.
                "/api/ps" => {
                    r#"{"models":[{"name":"bench:1b","model":"bench:1b","size":2000000000,"size_vram":2000000000,"digest":"d","details":{"family":"llama"},"expires_at":"2999-01-01T00:00:00Z","context_length":8192}]}"#
                }
                "/api/generate" => r#"{"model":"bench:1b","response":"","done":true,"done_reason":"load"}"#,
                _ => r#"{"models":[]}"#,
            };
            write!(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len())
                .ok()?;
        }
    }
}
