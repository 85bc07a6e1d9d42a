//! The store of a process that is killed. The process is this test program once more, made to run [`writer`] alone; it says
//! when something is in the database, and is killed at that word, so nothing here waits for a time.

use conductor::domain::{
    BackendId, Basis, Digest, LedgerEntry, LedgerEvent, LedgerOutcome, LedgerSeq, Location, ModelId, Prompt, Purpose, RequestId,
    Role, Scope, SelectionReason, Signature, Status, TaskClass, Timing, Usage,
};
use conductor::store::{After, Begun, Finish, NewTurn, Opened, Store};
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

const DATABASE: &str = "SEGNO_TEST_CRASH_DATABASE";
const POINT: &str = "SEGNO_TEST_CRASH_POINT";

/// As many pieces as an answer has that comes to its end; and as many as are waited for in one that is killed on the way.
const PIECES: usize = 40;

/// More than are ever written before the process is killed: what it says is not read any more, and a pipe is short.
const ENDLESS: usize = 100_000;

fn piece(n: usize) -> String {
    format!("piece {n}, ")
}

fn pieces(n: usize) -> String {
    (0..n).map(piece).collect()
}

fn signature() -> Signature {
    Signature {
        model: ModelId::new("llama3.1:8b"),
        family: "llama".to_owned(),
        backend: BackendId::ollama(),
        location: Location::Local,
        class: TaskClass::General,
        reason: SelectionReason::Default,
    }
}

fn whole() -> Finish {
    Finish {
        signature: Some(signature()),
        text: pieces(PIECES),
        thinking: String::new(),
        usage: Usage::default(),
        timing: Timing::default(),
        status: Status::Complete,
        cut_by_length: false,
        cost: None,
        labels: Vec::new(),
        attempts: Vec::new(),
        decision: None,
    }
}

/// The `n`th thing that leaves, from 0.
fn intent(n: usize) -> LedgerEvent {
    LedgerEvent::Intent(LedgerEntry {
        id: RequestId(0),
        purpose: Purpose::Chat,
        provider: BackendId::new("openai"),
        model: format!("model {n}"),
        target: "POST https://api.openai.com/v1/chat/completions".to_owned(),
        location: Location::External("api.openai.com".to_owned()),
        bytes: n as u64,
        payload: Digest::of(b"why?"),
        basis: Basis::Consent(Scope::Once),
        secrets: 0,
        redactions: 0,
        conversation: None,
    })
}

/// Tells the parent. A line of its own: the test harness may have begun one.
fn say(word: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{word}").unwrap();
    out.flush().unwrap();
}

async fn begin(store: &Store) -> Begun {
    let turn = NewTurn {
        conversation: None,
        prompt: Prompt::typed("why?"),
        model_override: None,
        domain: None,
        after: After::Shown,
        now_ms: 1,
    };
    store.begin_turn(turn).await.unwrap()
}

/// Writes as far as `point`, tells it, and waits to be killed. Ends with its parent, should that die first.
async fn write(database: PathBuf, point: &str) {
    let store = Store::open(database);
    match point {
        "noted" | "noting" => write_ledger(&store, point).await,
        _ => write_answer(&store, point).await,
    }
    say(point);
    let _ = std::io::stdin().read(&mut [0]);
}

/// Each row is told when [`Store::note`] has returned.
async fn write_ledger(store: &Store, point: &str) {
    for n in 0..if point == "noting" { ENDLESS } else { 1 } {
        store.note(intent(n), n as i64).await.unwrap();
        if point == "noting" {
            say(&format!("{n}"));
        }
    }
}

async fn write_answer(store: &Store, point: &str) {
    let begun = begin(store).await;
    if point != "begun" {
        store.sign(begun.answer, &signature()).await.unwrap();
        for n in 0..if point == "appending" { ENDLESS } else { PIECES } {
            store.append(begun.answer, piece(n), String::new()).await.unwrap();
            if point == "appending" {
                say(&format!("{n}"));
            }
        }
    }
    if point == "finished" {
        store.finish(begun.answer, whole()).await.unwrap();
    }
}

#[tokio::test]
#[ignore = "the process that the other tests of this file start and kill"]
async fn writer() {
    if let (Some(database), Ok(point)) = (std::env::var_os(DATABASE), std::env::var(POINT)) {
        write(database.into(), &point).await;
    }
}

/// A process that writes; killed when dropped, also by a test that fails.
struct Writer {
    child: Child,
    /// Open for as long as the process may live: without a reader it would fail, and so end, by itself.
    pipes: (ChildStdin, Lines<BufReader<ChildStdout>>),
}

impl Drop for Writer {
    fn drop(&mut self) {
        // On Unix this is SIGKILL: the process gets to do nothing more.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Writer {
    /// Starts one that writes to `point`, and waits until it says `word`.
    fn until(database: &Path, point: &str, word: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["crash::writer", "--exact", "--ignored", "--nocapture"])
            .envs([(DATABASE, database.as_os_str()), (POINT, point.as_ref())])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let mut writer = Self { child, pipes: (stdin, BufReader::new(stdout).lines()) };
        assert!(writer.pipes.1.any(|line| line.unwrap() == word), "{point}: the writer ended without saying {word}");
        writer
    }
}

#[tokio::test]
async fn a_process_that_is_killed_leaves_what_was_committed() {
    let last = (PIECES - 1).to_string();
    for (point, word, committed, status) in [
        ("begun", "begun", 0, Status::Interrupted),
        ("appending", last.as_str(), PIECES, Status::Interrupted),
        ("appended", "appended", PIECES, Status::Interrupted),
        ("finished", "finished", PIECES, Status::Complete),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("segno.db");
        drop(Writer::until(&database, point, word));

        let store = Store::open(database);
        assert_eq!(store.opened().await, Ok(Opened::Existing), "{point}");
        let id = store.latest().await.unwrap().expect(point);
        let conversation = store.conversation(id).await.unwrap().expect(point);
        let [question, answer] = conversation.messages.as_slice() else { panic!("{point}: {conversation:?}") };
        assert_eq!((question.role, &question.prompt), (Role::User, &Prompt::typed("why?")), "{point}");
        assert_eq!((answer.role, &answer.status), (Role::Assistant, &status), "{point}");
        assert_eq!(answer.signature, (committed > 0).then(signature), "{point}");
        // One that still writes when it is killed may have come further than was heard; never in the middle of a piece.
        let came = if point == "appending" { answer.text.matches(", ").count() } else { committed };
        assert!(came >= committed, "{point}: {came} pieces");
        assert_eq!(*answer.text, pieces(came), "{point}");

        let next = NewTurn {
            conversation: Some(id),
            prompt: Prompt::typed("go on"),
            model_override: None,
            domain: None,
            after: After::Shown,
            now_ms: 2,
        };
        assert_eq!(store.begin_turn(next).await.unwrap().conversation.messages, 4, "{point}: it goes on");
        store.close().await;
    }
}

#[tokio::test]
async fn what_was_noted_before_the_process_was_killed_is_in_the_ledger() {
    for (point, word, told) in [("noted", "noted", 1), ("noting", "9", 10)] {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("segno.db");
        drop(Writer::until(&database, point, word));

        let store = Store::open(database);
        assert_eq!(store.opened().await, Ok(Opened::Existing), "{point}");
        let mut rows = store.ledger(None, u32::MAX).await.unwrap();
        rows.reverse();
        // One that still notes when it is killed may have come further than was heard.
        assert!(rows.len() >= told && (point == "noting" || rows.len() == told), "{point}: {} rows", rows.len());
        for (n, row) in rows.iter().enumerate() {
            assert_eq!((row.seq.0, &row.event), (n as i64 + 1, &intent(n)), "{point}");
        }
        let verdict = store.verify_ledger().await.unwrap();
        assert_eq!((verdict.rows as usize, &verdict.broken), (rows.len(), &None), "{point}: {verdict:?}");
        let outcome = LedgerEvent::Outcome { intent: LedgerSeq(1), outcome: LedgerOutcome::Cancelled };
        assert_eq!(store.note(outcome, 1).await, Ok(LedgerSeq(rows.len() as i64 + 1)), "{point}: it goes on");
        store.close().await;
    }
}
