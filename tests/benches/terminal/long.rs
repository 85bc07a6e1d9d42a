//! A home in which a conversation of 10 MB is stored.

use conductor::domain::{BackendId, Location, Message, MessageId, ModelId, Prompt, Role, SelectionReason, Signature, TaskClass};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// What its last answer ends with.
pub(crate) const LAST: &str = "THELASTWORD";

/// Bytes of all questions and answers together.
const BYTES: usize = 10_000_000;

/// The home.
pub(crate) fn home(binary: &Path) -> TempDir {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("long.json");
    std::fs::write(&file, conversation()).unwrap();
    let run = Command::new(binary).args(["history", "import"]).arg(&file).env_clear().env("HOME", home.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    std::fs::remove_file(file).unwrap();
    home
}

/// As `segno history export` writes it.
fn conversation() -> String {
    let signature = Signature {
        model: ModelId::new("bench:1b"),
        family: "bench".to_owned(),
        backend: BackendId::ollama(),
        location: Location::Local,
        class: TaskClass::General,
        reason: SelectionReason::Default,
    };
    let (mut entries, mut bytes) = (Vec::new(), 0);
    while bytes < BYTES {
        let (number, question, mut text) = (entries.len() as i64 + 1, question(entries.len()), answer(entries.len()));
        bytes += question.len() + text.len();
        if bytes >= BYTES {
            text.push_str(LAST);
        }
        let asked = Message::question(MessageId(number), Prompt::typed(question), number);
        let answer = Message {
            id: MessageId(number + 1),
            role: Role::Assistant,
            prompt: Prompt::default(),
            text: text.into(),
            signature: Some(signature.clone()),
            ..asked.clone()
        };
        entries.push(serde_json::json!({"parent": (number > 1).then(|| number - 1), "message": asked}));
        entries.push(serde_json::json!({"parent": number, "message": answer}));
    }
    let shown = entries.len();
    let file = serde_json::json!({"segno_conversation": 1, "title": "long", "created_ms": 1, "updated_ms": 1, "shown": shown, "messages": entries});
    file.to_string()
}

fn question(nth: usize) -> String {
    format!("Question {nth}: what does the function below do, and what would you write in its place, if anything?")
}

/// Some 1.8 kB of Markdown.
fn answer(nth: usize) -> String {
    let prose = "It walks over the list once, keeps what is asked for, and gives back the rest as it was. ".repeat(6);
    let list = "- one thing that one may try, with `code` in it\n".repeat(5);
    let code = "```rust\nfn main() {\n    println!(\"{}\", list.iter().filter(|n| **n > 3).count());\n}\n```\n";
    format!("Answer {nth}. {prose}\n\n{list}\n{code}\n| a | b |\n|---|---|\n| 1 | **2** |\n\n{prose}\n\n")
}
