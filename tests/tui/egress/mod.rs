//! What leaves the machine, seen from outside of it: the real program between a fake Ollama and a fake provider that take down
//! every connection and every byte.

mod canary;
mod dialog;
mod elsewhere;
mod line;
mod plain;

use crate::commands::{Run, finish, lines, segno};
use crate::program::ask;
use conductor::domain::Digest;
use segno_tests::check::Profile;
use segno_tests::ollama::{FakeOllama, Script as LocalScript};
use segno_tests::provider::{Builder, FakeProvider, Recorded};
use segno_tests::pty::{Key, Pty};
use serde_json::Value;
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::process::Command;

/// On the screen once the question for consent takes keys.
const ASKS: &str = "y once";

/// The model of the fake provider, as the user names it.
const MODEL: &str = "fake/model-1";

/// A user with one local model and one provider, whose key is in the environment.
struct Scene {
    profile: Profile,
    ollama: FakeOllama,
    fake: FakeProvider,
    key: String,
}

/// So many letters and digits that nobody can know.
fn random(length: usize) -> String {
    const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let state = RandomState::new();
    (0..length).map(|at| char::from(LETTERS[(state.hash_one(at) % 62) as usize])).collect()
}

/// Something that every search for secrets has to find: in the form of a GitHub token.
fn secret() -> String {
    format!("gh{}_{}", "p", random(36))
}

impl Scene {
    /// With a provider that is set up like this, but for its key.
    fn with(provider: Builder) -> Self {
        Self::in_profile(Profile::new(), provider)
    }

    /// With a provider of chat completions that has one model, which greets.
    fn new() -> Self {
        Self::with(FakeProvider::openai().model("model-1"))
    }

    fn in_profile(profile: Profile, provider: Builder) -> Self {
        let key = format!("sk-{}", random(40));
        let fake = provider.key(&key).start();
        let ollama = FakeOllama::builder().model_with("llama3.1:8b", LocalScript::says("a local answer")).start();
        let scene = Self { profile, ollama, fake, key };
        scene.configure("");
        scene
    }

    /// Writes the user's file; `more` comes before its tables of rows.
    fn configure(&self, more: &str) {
        let format = if self.fake.chat_path() == "/v1/messages" { "anthropic" } else { "openai" };
        let endpoint = self.fake.endpoint();
        self.profile.write_config(&format!(
            "[privacy]\nallow_external = true\n{more}\n[[providers]]\nid = \"fake\"\nformat = \"{format}\"\n\
             endpoint = \"{endpoint}\"\nkey_env = \"FAKE_KEY\"\n\n[[models]]\nid = \"{MODEL}\"\nbackend = \"fake\"\n"
        ));
    }

    /// The program without a screen, and without a terminal.
    fn command(&self, args: &[&str]) -> Command {
        let mut command = segno(&self.profile, &self.ollama.host(), args);
        command.env("FAKE_KEY", &self.key);
        command
    }

    fn run(&self, args: &[&str]) -> Run {
        finish(self.command(args).output().unwrap())
    }

    /// The program in a terminal.
    fn pty(&self, args: &[&str]) -> Pty {
        let env = self.profile.env_with(&[("OLLAMA_HOST", &self.ollama.host()), ("FAKE_KEY", &self.key)]);
        Pty::spawn(Path::new(env!("CARGO_BIN_EXE_segno")), args, &env, 30, 100)
    }

    /// The chat, with the provider's model chosen.
    fn chat(&self, args: &[&str]) -> Pty {
        let pty = self.pty(args);
        pty.wait_for("llama3.1:8b");
        ask(&pty, &format!("/model {MODEL}"));
        pty.wait_for("model-1");
        pty
    }

    /// The chat with a question asked, up to the question for consent; that screen.
    fn asked(&self, args: &[&str], question: &str) -> (Pty, String) {
        let pty = self.chat(args);
        ask(&pty, question);
        let screen = pty.wait_for(ASKS);
        (pty, screen)
    }

    /// The rows of the ledger, oldest first, as another process reads them.
    fn ledger(&self) -> Vec<Value> {
        let run = self.run(&["ledger", "export"]);
        assert_eq!(run.code, 0, "{}", run.err);
        lines(&run.out)
    }

    /// The one question that reached the provider.
    fn sent(&self) -> Recorded {
        let mut chats = self.fake.chats();
        assert_eq!(chats.len(), 1, "one question reached the provider");
        chats.remove(0)
    }

    /// Nothing came to the provider, not even a connection, and the ledger says so.
    fn assert_nothing_left(&self) {
        self.fake.assert_untouched();
        assert_eq!(self.ledger(), Vec::<Value>::new());
    }
}

/// The sum of what a request carried.
fn digest(request: &Recorded) -> Digest {
    Digest::of(&request.body)
}

/// The sum of what would be sent, as the question for consent shows it.
fn shown_digest(screen: &str) -> String {
    let after = screen.split("sha256").nth(1).unwrap_or_else(|| panic!("no sum is shown:\n{screen}"));
    after.split_whitespace().next().unwrap().to_owned()
}

/// What a row of the ledger says, by pointer.
fn says<'a>(row: &'a Value, pointer: &str) -> &'a Value {
    row["event"].pointer(pointer).unwrap_or(&Value::Null)
}

/// Answers with a key, and waits until the question is gone.
fn answer(pty: &Pty, key: &str) {
    pty.type_text(key);
    pty.wait_gone(ASKS);
}

/// Leaves the chat.
fn leave(pty: Pty) {
    crate::program::quit(pty);
}

/// Presses Enter on a line that was typed.
fn enter(pty: &Pty, line: &str) {
    pty.type_text(line);
    pty.key(Key::Enter);
}
