//! What is written is read again, and what is not sound brings nothing.

use super::*;
use crate::domain::{BackendId, Doomed, Location, ModelId, Prompt, Rating, SelectionReason, Signature, TaskClass};
use crate::session::import;
use crate::store::{Imported, NewTree};
use proptest::prelude::*;
use std::path::PathBuf;

fn question(words: &str) -> Message {
    Message::question(MessageId(0), Prompt::typed(words), 1_000)
}

fn answer(words: &str) -> Message {
    let signature = Signature {
        model: ModelId::new("llama3.1:8b"),
        family: "llama".to_owned(),
        backend: BackendId::ollama(),
        location: Location::External("api.example.com".to_owned()),
        class: TaskClass::General,
        reason: SelectionReason::Default,
    };
    let text = words.into();
    let (signature, rating) = (Some(signature), Some(Rating::Good));
    Message { role: Role::Assistant, prompt: Prompt::default(), text, signature, rating, ..question("") }
}

fn tree(nodes: Vec<Imported>, leaf: usize) -> NewTree {
    let title = "A <b>title</b>".to_owned();
    NewTree { title, created_ms: 5, domain: None, model_override: None, leaf, nodes, summaries: Vec::new() }
}

/// Two questions, the first answered twice.
fn small() -> NewTree {
    let node = |parent, message| Imported { parent, message };
    let summary = Summary {
        id: SummaryId(0),
        last: MessageId(0),
        text: "<script> was asked\u{1b}[31m about".to_owned(),
        model: ModelId::new("phi3:mini"),
        family: "phi3".to_owned(),
        backend: BackendId::ollama(),
        location: Location::Local,
        imported: false,
        external: true,
        created_ms: 7,
    };
    let small = tree(
        vec![
            node(None, question("why <script>alert(1)</script> & \"so\"?")),
            node(Some(0), answer("because\u{1b}[31m")),
            node(Some(0), answer("another **answer**")),
            node(Some(2), question("and?")),
        ],
        3,
    );
    NewTree { summaries: vec![(2, summary)], ..small }
}

async fn stored(new: Vec<NewTree>) -> (tempfile::TempDir, Store, Vec<ConversationId>) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(PathBuf::from(folder.path()).join("segno.db"));
    let ids = store.import(new).await.unwrap();
    (folder, store, ids)
}

async fn written(store: &Store, id: Option<ConversationId>, format: ExportFormat) -> String {
    match answer_to(store, id, format).await {
        Reply::Text(text) if format == ExportFormat::Json => text.lines().map(untimed).collect(),
        Reply::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

/// A line of a file as if its conversation had been written to at 9: that it was imported counts as that, so it is another time in each.
fn untimed(line: &str) -> String {
    let (head, rest) = line.split_once("\"updated_ms\":").unwrap();
    let (_, rest) = rest.split_once(',').unwrap();
    format!("{head}\"updated_ms\":9,{rest}\n")
}

async fn answer_to(store: &Store, id: Option<ConversationId>, format: ExportFormat) -> Reply {
    super::answer(store, id, format).await.unwrap()
}

#[tokio::test]
async fn what_is_imported_is_written_again_as_it_was() {
    let (_folder, store, ids) = stored(vec![small(), small()]).await;
    let text = written(&store, Some(ids[0]), ExportFormat::Json).await;
    let all = written(&store, None, ExportFormat::Json).await;
    assert_eq!(all, text.repeat(2));
    let (_folder, again, ids) = stored(import::read(&all).unwrap()).await;
    assert_eq!(written(&again, Some(ids[1]), ExportFormat::Json).await, text);
    let read = again.conversation(ids[0]).await.unwrap().unwrap();
    assert_eq!(Summary::in_force(&read.summaries, &read.messages).map(|(_, covers)| covers), Some(2));
    assert!(read.summaries[0].imported && read.summaries[0].external, "it is a stranger's word");
    let messages = read.messages;
    assert!(messages.iter().all(|message| message.imported), "nothing of it is one's own");
    assert_eq!(messages[1].versions.ids.len(), 2);
    assert_eq!(again.rate(messages[1].id, Rating::Again, 1).await, Ok(false), "nothing is learnt from it");
    assert!(again.prompts(9, 999).await.unwrap().is_empty());
    assert_eq!(again.search("because".to_owned(), 9, None).await.unwrap().len(), 2);
}

#[tokio::test]
async fn pages_for_people_hold_what_is_shown_and_nothing_that_runs() {
    let (_folder, store, ids) = stored(vec![small()]).await;
    let page = written(&store, Some(ids[0]), ExportFormat::Markdown).await;
    assert!(page.starts_with("# A <b>title</b>\n"), "{page}");
    assert!(page.contains("## You\n") && page.contains("## llama3.1:8b · external (api.example.com)\n"), "{page}");
    assert!(page.contains("another **answer**") && !page.contains("because"), "{page}");
    assert!(page.contains("*Summary of the 2 messages above, by phi3:mini · local:*\n\n<script> was asked"), "{page}");
    let page = written(&store, Some(ids[0]), ExportFormat::Html).await;
    assert!(page.contains("<h2>Summary of the 2 messages above, by phi3:mini · local</h2>"), "{page}");
    assert!(page.contains("Content-Security-Policy\" content=\"default-src 'none'"), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;so&quot;?"), "{page}");
    for forbidden in ["<script", "<b>", "because", "\u{1b}", " src=", "href"] {
        assert!(!page.contains(forbidden), "{forbidden}: {page}");
    }
    assert!(matches!(answer_to(&store, None, ExportFormat::Html).await, Reply::Failed(_)));
}

#[tokio::test]
async fn what_is_wrong_with_a_file_is_named_and_nothing_of_it_is_taken() {
    let (_folder, store, ids) = stored(vec![small()]).await;
    let good = written(&store, Some(ids[0]), ExportFormat::Json).await;
    for (name, from, to, says) in [
        ("another form", "\"segno_conversation\":1", "\"segno_conversation\":2", "`segno_conversation` is 2"),
        ("no form", "\"segno_conversation\":1,", "", "`segno_conversation` is missing"),
        ("a field that is not known", "\"title\":", "\"colour\":\"red\",\"title\":", "`colour` is not known"),
        ("one of a message", "\"role\":\"user\"", "\"role\":\"user\",\"mood\":1", "`messages[0].message.mood` is not known"),
        ("a missing field", "\"title\":\"A <b>title</b>\",", "", "missing field `title`"),
        ("no title", "A <b>title</b>", " ", "`title`"),
        ("a title of two lines", "A <b>title</b>", "a\\nb", "`title`"),
        ("an end that is none", "\"shown\":4", "\"shown\":9", "`shown` is the number of no message"),
        ("an end in the middle", "\"shown\":4", "\"shown\":1", "`shown` is not the last"),
        ("a ring", "\"parent\":3", "\"parent\":4", "`messages[3].parent` is 4"),
        ("a parent that comes later", "\"parent\":1", "\"parent\":3", "`messages[1].parent` is 3"),
        ("an answer without a question", "\"parent\":1,", "", "`messages[1].parent` is missing"),
        ("a number twice", "\"id\":2", "\"id\":1", "`messages[1].message.id`"),
        ("a time that is none", "\"created_ms\":5", "\"created_ms\":-5", "`created_ms`"),
        ("times the wrong way round", "\"updated_ms\":9", "\"updated_ms\":4", "`updated_ms`"),
        ("no end", r#""status":{"status":"complete"}"#, r#""status":{"status":"cancelled"}"#, "`messages[0].message.status`"),
        ("a summary of nothing", "\"last\":3", "\"last\":9", "`summaries[0].last` is the number of no message"),
        ("an empty summary", "<script> was asked\\u001b[31m about", "", "`summaries[0].text` is empty"),
        ("half a file", "}]}\n", "", "line "),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{name}");
        let failure = import::read(&format!("{good}\n{bad}")).unwrap_err();
        assert!(failure.what.contains(says) && failure.what.starts_with("line 3: "), "{name}: {}", failure.what);
    }
    for (text, what) in [
        ("", "the file is empty"),
        (" \n", "the file is empty"),
        ("[]", "line 1: `segno_conversation` is missing: this is no conversation of Segno"),
        ("null", "line 1: `segno_conversation` is missing: this is no conversation of Segno"),
        ("{}", "line 1: `segno_conversation` is missing: this is no conversation of Segno"),
        ("buy milk\n", "the file holds no JSON"),
        ("[x] bought milk", "the file holds no JSON"),
        ("{\"title\":\n  oh}", "line 2: the JSON is broken at column 3: expected value"),
    ] {
        let failure = import::read(text).unwrap_err();
        assert_eq!(failure.what, what, "{text:?}");
        assert_eq!(failure.hint, "nothing was imported; what `/export FILE.json` writes can be", "{text:?}");
    }
    assert_eq!(import::read(&format!("\u{feff}{good}")).map(|trees| trees.len()), Ok(1), "as an editor of Windows writes it");
}

fn any_tree() -> impl Strategy<Value = NewTree> {
    let message = (any::<prop::sample::Index>(), "\\PC{0,12}", any::<bool>());
    prop::collection::vec(message, 1..24).prop_map(|drawn| {
        let mut nodes: Vec<Imported> = Vec::new();
        for (index, words, is_question) in drawn {
            let parent = (!nodes.is_empty()).then(|| index.index(nodes.len() + 1)).filter(|at| *at < nodes.len());
            let under_question = parent.is_some_and(|at: usize| nodes[at].message.role == Role::User);
            let message = if under_question && !is_question { answer(&words) } else { question(&words) };
            nodes.push(Imported { parent, message });
        }
        let leaf = nodes.len() - 1;
        tree(nodes, leaf)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn any_tree_is_written_and_read_without_loss(new in any_tree()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (_folder, store, ids) = stored(vec![new]).await;
            let text = written(&store, Some(ids[0]), ExportFormat::Json).await;
            let ids = store.import(import::read(&text).unwrap()).await.unwrap();
            assert_eq!(written(&store, Some(ids[0]), ExportFormat::Json).await, text);
        });
    }
}

#[tokio::test]
async fn a_copy_of_copies_can_be_read_again() {
    let (_folder, store, ids) = stored(vec![small()]).await;
    let mut id = ids[0];
    for _ in 0..40 {
        id = store.fork(id, None, 7).await.unwrap().summary.id;
    }
    let text = written(&store, Some(id), ExportFormat::Json).await;
    assert_eq!(import::read(&text).map(|trees| trees.len()), Ok(1));
}

#[tokio::test]
async fn what_is_imported_counts_as_written_to_now() {
    let before = i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let late = NewTree { created_ms: 99_000_000_000_000, ..small() };
    let (_folder, store, ids) = stored(vec![small(), late]).await;
    for (id, created) in ids.iter().zip([5..=5, before..=i64::MAX]) {
        let read = store.conversation(*id).await.unwrap().unwrap();
        let (made, written) = (read.summary.created_ms, read.summary.updated_ms);
        assert!(written >= before && made <= written && created.contains(&made), "{made} {written}");
        assert_eq!(read.messages[0].created_ms, 1_000, "messages keep their times");
    }
    assert_eq!(store.doomed(Doomed::OlderThan(before)).await, Ok(Vec::new()));
}

#[tokio::test]
async fn the_line_of_what_is_wrong_is_told_however_the_file_is_laid_out() {
    let (_folder, store, ids) = stored(vec![small()]).await;
    let good = written(&store, Some(ids[0]), ExportFormat::Json).await;
    let long = good.replace(",\"", ",\n\"");
    let (lines, bad) = (long.matches('\n').count(), good.replace("\"shown\":4", "\"shown\":9"));
    for (text, line) in [
        (bad.clone(), 1),
        (format!("\n \r\n\n{bad}"), 4),
        (format!("{good}{good}\n\n{good}{bad}"), 6),
        (format!("{}{}{bad}{bad}", good.trim_end(), good.trim_end()), 1),
        (format!("{long}{long}\t\n{bad}"), 2 * lines + 2),
        (format!("\n{long}{}", long.replace("\"shown\":4", "\"shown\":9")), lines + 2),
    ] {
        let failure = import::read(&text).unwrap_err();
        assert!(failure.what.starts_with(&format!("line {line}: `shown`")), "{line}: {}", failure.what);
    }
}

#[tokio::test]
async fn a_file_has_bounds() {
    let versions = |count: usize, message: Message, parent| {
        let mut nodes = vec![Imported { parent: None, message: question("why?") }];
        nodes.extend((0..count).map(|_| Imported { parent, message: message.clone() }));
        let leaf = nodes.len() - 1;
        tree(nodes, leaf)
    };
    let summed = |bytes: usize| {
        let mut new = small();
        new.summaries[0].1.text = "x".repeat(bytes);
        new
    };
    for (new, says) in [
        (versions(200, answer("so"), Some(0)), None),
        (versions(201, answer("so"), Some(0)), Some("`messages[201]` is one of more than 200 versions in one place")),
        (versions(199, question("how?"), None), None),
        (versions(200, question("how?"), None), Some("`messages[200]` is one of more than 200 versions in one place")),
        (summed(64 << 10), None),
        (summed((64 << 10) + 1), Some("`summaries[0].text` is longer than 64 KiB")),
    ] {
        let (_folder, store, ids) = stored(vec![new]).await;
        let read = import::read(&written(&store, Some(ids[0]), ExportFormat::Json).await);
        assert_eq!(read.err().map(|failure| failure.what), says.map(|says| format!("line 1: {says}")));
    }
}
