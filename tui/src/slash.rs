//! Commands that begin with a slash: one table, a parser, and the nearest right one for a wrong one.
//!
//! What must stay true: pure; the help and the completions are made from [`COMMANDS`].

use crate::attach::path;
use crate::words::label::kind_of;
use conductor::domain::{Domain, LabelKind, ModelId, Rating};

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The name, without the slash.
    pub name: &'static str,
    /// What follows it, for a person; empty where nothing does.
    pub arguments: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// All commands.
pub const COMMANDS: &[Row] = &[
    Row { name: "help", arguments: "", about: "keys and commands" },
    Row { name: "attach", arguments: "FILE", about: "send a file or an image with the question" },
    Row { name: "model", arguments: "NAME | auto | lock | unlock", about: "fix the model, or let Segno choose" },
    Row { name: "models", arguments: "", about: "the models that are here" },
    Row { name: "with", arguments: "NAME QUESTION", about: "ask this model, this once" },
    Row { name: "retry", arguments: "[NAME]", about: "ask the last question again, of another model if named" },
    Row { name: "copy", arguments: "[code [N]]", about: "copy the last answer, or its code" },
    Row { name: "why", arguments: "", about: "why this model answered" },
    Row { name: "context", arguments: "", about: "how full the model's window is, and with what" },
    Row { name: "compact", arguments: "[undo]", about: "have a model here sum up what was before, for prompts" },
    Row { name: "good", arguments: "", about: "say that the last answer was good" },
    Row { name: "bad", arguments: "[WHY]", about: "say that the last answer was not good" },
    Row { name: "correct", arguments: "TEXT", about: "say what the last answer should have been" },
    Row { name: "playbook", arguments: "[NAME]", about: "the advice kept for questions of this kind" },
    Row { name: "learn", arguments: "[on | off | now]", about: "whether your ratings are learnt from, and how far that is" },
    Row { name: "domain", arguments: "NAME | NAME/SUBJECT | auto", about: "what the questions here are about, for their advice" },
    Row { name: "new", arguments: "", about: "begin a new conversation" },
    Row { name: "resume", arguments: "", about: "go on with an earlier conversation" },
    Row { name: "history", arguments: "[WORDS]", about: "find words in all conversations" },
    Row { name: "rename", arguments: "TITLE", about: "give this conversation another title" },
    Row { name: "fork", arguments: "", about: "go on in a copy of this conversation" },
    Row { name: "messages", arguments: "", about: "choose a message here: to copy, to change, to ask again" },
    Row { name: "delete", arguments: "", about: "delete this conversation; it can be brought back" },
    Row { name: "undelete", arguments: "", about: "bring back what was deleted last" },
    Row { name: "export", arguments: "[FILE]", about: "write this conversation to a file; /export! writes over one" },
    Row { name: "import", arguments: "FILE", about: "read conversations from a file of JSON" },
    Row { name: "pull", arguments: "NAME", about: "have Ollama fetch a model" },
    Row { name: "load", arguments: "NAME", about: "have a model in memory before it is asked" },
    Row { name: "unload", arguments: "NAME", about: "have a model leave the memory" },
    Row { name: "editor", arguments: "", about: "write the question in your editor" },
    Row { name: "notices", arguments: "", about: "what Segno said in this run, with the time" },
    Row { name: "mouse", arguments: "on | off", about: "the wheel scrolls, or the mouse selects text" },
    Row { name: "consent", arguments: "revoke", about: "what may leave this machine, and taking it back" },
    Row { name: "offline", arguments: "on | off", about: "nothing but this machine, or asking again" },
    Row { name: "ledger", arguments: "", about: "what has left this machine" },
    Row { name: "thinking", arguments: "on | off", about: "what models think before they answer, whole or folded" },
    Row { name: "labels", arguments: "on KIND | off KIND", about: "the warnings under answers" },
    Row { name: "quit", arguments: "", about: "quit" },
];

/// A command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Slash {
    /// Has a file go with the question.
    Attach(String),
    /// Shows the help.
    Help,
    /// Says which model is in force.
    ShowModel,
    /// Fixes the model, by what was typed of its name; `None` gives the choice back.
    Model(Option<String>),
    /// Lets nobody stand in for the fixed model, or allows it again.
    Lock(bool),
    /// Copies the last answer, or of its code the last block or that of a number.
    Copy(Option<Option<usize>>),
    /// Says why the last model was asked.
    Why,
    /// Opens the draft in the user's editor.
    Editor,
    /// Shows what of the conversation a model is shown.
    Context,
    /// Has what was before summed up, or takes that back.
    Compact {
        /// Takes it back.
        undo: bool,
    },
    /// Shows what was said in this run.
    Notices,
    /// Shows the models.
    Models,
    /// What the user says of the last answer.
    Rate(Rating),
    /// Shows a playbook, by its name; without one that of the last answer.
    Playbook(Option<String>),
    /// Whether what the user says of answers is learnt from.
    Learn(Learn),
    /// Says what the questions of the conversation are about.
    ShowDomain,
    /// Sets what they are about; `None` has each told by its words.
    Domain(Option<Domain>),
    /// Begins a new conversation.
    New,
    /// Shows the conversations.
    Resume,
    /// Shows what is found in the conversations.
    History(String),
    /// Deletes the open conversation.
    Delete,
    /// Brings back what was deleted last.
    Undelete,
    /// Writes the open conversation to a file.
    Export {
        /// Which; one called as the conversation is, where none is named.
        file: Option<String>,
        /// In the place of what is there.
        over: bool,
    },
    /// Reads conversations from a file.
    Import(String),
    /// Gives the conversation another title.
    Rename(String),
    /// Copies the conversation.
    Fork,
    /// Has a message of the conversation chosen.
    Messages,
    /// Fetches a model.
    Pull(ModelId),
    /// Has a model in memory, by what was typed of its name.
    Load(String),
    /// Has it leave.
    Unload(String),
    /// Asks the last question again, of a model by what was typed of its name.
    Retry(Option<String>),
    /// Switches the wheel.
    Mouse(bool),
    /// Shows what may leave the machine.
    Consent,
    /// Takes all answers back that stand.
    Revoke,
    /// Keeps to this machine, or asks again; `None` says which it is.
    Offline(Option<bool>),
    /// Shows what has left the machine.
    Ledger,
    /// Shows thinking whole, or folds it; `None` says which it is.
    Thinking(Option<bool>),
    /// Shows or hides the warnings of a kind; `None` lists the kinds.
    Labels(Option<(LabelKind, bool)>),
    /// Quits.
    Quit,
}

/// What is to become of learning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learn {
    /// It is said how it stands.
    Status,
    /// It goes on, or pauses.
    Switch(bool),
    /// It begins at once.
    Now,
}

/// What was wrong with a command, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// What.
    pub what: String,
    /// What to do.
    pub hint: String,
}

/// A draft as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// No command: a question.
    Question,
    /// A question that begins with a slash, written with two.
    Escaped,
    /// A question for one model, by what was typed of its name.
    With(String),
    /// A command.
    Command(Slash),
    /// Neither.
    Wrong(Wrong),
}

/// Reads a draft. A draft of several lines is no command but `/with`, which goes before a question: nobody types another in two
/// lines, but code and paths that begin with a slash are pasted often.
pub fn parse(draft: &str) -> Parsed {
    let text = draft.trim();
    if text.starts_with("//") {
        return Parsed::Escaped;
    }
    let Some(rest) = text.strip_prefix('/') else { return Parsed::Question };
    if let Some(with) = rest.strip_prefix("with").filter(|with| with.starts_with(char::is_whitespace)) {
        let with = with.trim_start();
        return match with.split_once(char::is_whitespace) {
            Some((name, question)) if !question.trim().is_empty() => Parsed::With(name.to_owned()),
            _ => Parsed::Wrong(wrong("with")),
        };
    }
    if text.contains('\n') {
        return Parsed::Question;
    }
    let (name, arguments) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    // A path may hold blanks.
    if let ("attach", Some(path)) = (name, path::typed(arguments)) {
        return Parsed::Command(Slash::Attach(path));
    }
    if let ("rename", title) = (name, arguments.trim())
        && !title.is_empty()
    {
        return Parsed::Command(Slash::Rename(title.to_owned()));
    }
    if let Some(stored) = stored(name, arguments) {
        return Parsed::Command(stored);
    }
    if let Some(rating) = rating(name, arguments.trim()) {
        return Parsed::Command(Slash::Rate(rating));
    }
    if let ("thinking", Some(on)) = (name, switch(arguments.trim())) {
        return Parsed::Command(Slash::Thinking(on));
    }
    command(name, arguments)
}

/// On or off; without a word neither.
fn switch(word: &str) -> Option<Option<bool>> {
    match word {
        "" => Some(None),
        "on" => Some(Some(true)),
        "off" => Some(Some(false)),
        _ => None,
    }
}

/// Reads a command whose arguments are single words.
fn command(name: &str, arguments: &str) -> Parsed {
    let mut arguments = arguments.split_whitespace();
    let (first, mut more) = (arguments.next(), arguments.next());
    let command = match (name, first) {
        ("help", None) => Slash::Help,
        ("model", None) => Slash::ShowModel,
        ("model", Some("auto")) => Slash::Model(None),
        ("model", Some("lock")) => Slash::Lock(true),
        ("model", Some("unlock")) => Slash::Lock(false),
        ("why", None) => Slash::Why,
        ("context", None) => Slash::Context,
        ("compact", None) => Slash::Compact { undo: false },
        ("compact", Some("undo")) => Slash::Compact { undo: true },
        ("copy", None) => Slash::Copy(None),
        ("copy", Some("code")) if more.is_none() => Slash::Copy(Some(None)),
        ("copy", Some("code")) => match more.take().and_then(|number| number.parse().ok()) {
            Some(number) => Slash::Copy(Some(Some(number))),
            None => return Parsed::Wrong(wrong("copy")),
        },
        ("model", Some(name)) => Slash::Model(Some(name.to_owned())),
        ("models", None) => Slash::Models,
        ("editor", None) => Slash::Editor,
        ("notices", None) => Slash::Notices,
        ("domain", None) => Slash::ShowDomain,
        ("domain", Some("auto")) => Slash::Domain(None),
        ("domain", Some(name)) => match Domain::parse(name) {
            Ok(domain) => Slash::Domain(Some(domain)),
            Err(error) => {
                let hint = "write /domain NAME or /domain NAME/SUBJECT, as in /domain math/fractions".to_owned();
                return Parsed::Wrong(Wrong { what: error.to_string(), hint });
            }
        },
        ("playbook", name) => Slash::Playbook(name.map(str::to_owned)),
        ("learn", None | Some("status")) => Slash::Learn(Learn::Status),
        ("learn", Some("on")) => Slash::Learn(Learn::Switch(true)),
        ("learn", Some("off")) => Slash::Learn(Learn::Switch(false)),
        ("learn", Some("now")) => Slash::Learn(Learn::Now),
        ("new", None) => Slash::New,
        ("pull", Some(name)) => Slash::Pull(ModelId::new(name)),
        ("load", Some(name)) => Slash::Load(name.to_owned()),
        ("unload", Some(name)) => Slash::Unload(name.to_owned()),
        ("retry", name) => Slash::Retry(name.map(str::to_owned)),
        ("mouse", Some("on")) => Slash::Mouse(true),
        ("mouse", Some("off")) => Slash::Mouse(false),
        ("consent", None) => Slash::Consent,
        ("consent", Some("revoke")) => Slash::Revoke,
        ("offline", None) => Slash::Offline(None),
        ("offline", Some("on")) => Slash::Offline(Some(true)),
        ("offline", Some("off")) => Slash::Offline(Some(false)),
        ("ledger", None) => Slash::Ledger,
        ("labels", None) => Slash::Labels(None),
        ("labels", Some(switch @ ("on" | "off"))) => match more.take().and_then(kind_of) {
            Some(kind) => Slash::Labels(Some((kind, switch == "on"))),
            None => return Parsed::Wrong(wrong(name)),
        },
        ("quit" | "exit", None) => Slash::Quit,
        _ => return Parsed::Wrong(wrong(name)),
    };
    if more.is_some() || arguments.next().is_some() { Parsed::Wrong(wrong(name)) } else { Parsed::Command(command) }
}

/// Reads a command about conversations.
fn stored(name: &str, arguments: &str) -> Option<Slash> {
    match (name, arguments.trim()) {
        ("history", words) => Some(Slash::History(words.to_owned())),
        ("resume", "") => Some(Slash::Resume),
        ("fork", "") => Some(Slash::Fork),
        ("messages", "") => Some(Slash::Messages),
        ("delete", "") => Some(Slash::Delete),
        ("undelete", "") => Some(Slash::Undelete),
        ("export" | "export!", _) => Some(Slash::Export { file: path::typed(arguments), over: name == "export!" }),
        ("import", _) => path::typed(arguments).map(Slash::Import),
        _ => None,
    }
}

/// What is said of an answer by the command `name` with these words.
fn rating(name: &str, words: &str) -> Option<Rating> {
    match name {
        "good" if words.is_empty() => Some(Rating::Good),
        "bad" => Some(Rating::bad(words.to_owned())),
        "correct" if !words.is_empty() => Some(Rating::correct(words.to_owned())),
        _ => None,
    }
}

fn wrong(name: &str) -> Wrong {
    if let Some(row) = COMMANDS.iter().find(|r| r.name == name) {
        let usage = format!("/{} {}", row.name, row.arguments);
        return Wrong { what: format!("/{name} was not understood"), hint: format!("write {}", usage.trim_end()) };
    }
    let hint = match nearest(name, COMMANDS.iter().map(|r| r.name)) {
        Some(near) => format!("did you mean /{near}? To send text that begins with a slash, write two"),
        None => "/help shows all commands; to send text that begins with a slash, write two".to_owned(),
    };
    Wrong { what: format!("there is no command /{name}"), hint }
}

/// The candidate nearest to `word`: one that begins with it, or one that few changes make of it.
pub fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let word = word.to_lowercase();
    if word.is_empty() {
        return None;
    }
    let begins = candidates.clone().filter(|c| c.to_lowercase().starts_with(&word)).min_by_key(|c| c.len());
    begins.or_else(|| {
        let near = candidates.map(|c| (distance(&word, &c.to_lowercase()), c)).min_by_key(|(d, _)| *d);
        near.filter(|(d, c)| *d <= (c.chars().count().max(2) / 3).max(1)).map(|(_, c)| c)
    })
}

/// Changes (insert, delete, replace, swap of neighbours) that make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drafts() {
        let command = Parsed::Command;
        for (draft, want) in [
            ("hello", Parsed::Question),
            ("//etc is a folder", Parsed::Escaped),
            ("/etc\nis a folder", Parsed::Question),
            ("/help", command(Slash::Help)),
            (" /model  qwen ", command(Slash::Model(Some("qwen".into())))),
            ("/model auto", command(Slash::Model(None))),
            ("/model", command(Slash::ShowModel)),
            ("/models", command(Slash::Models)),
            ("/notices", command(Slash::Notices)),
            ("/context", command(Slash::Context)),
            ("/compact", command(Slash::Compact { undo: false })),
            ("/compact undo", command(Slash::Compact { undo: true })),
            ("/domain", command(Slash::ShowDomain)),
            ("/domain auto", command(Slash::Domain(None))),
            ("/domain Math/fractions", command(Slash::Domain(Domain::parse("math/fractions").ok()))),
            ("/new", command(Slash::New)),
            ("/learn", command(Slash::Learn(Learn::Status))),
            ("/learn status", command(Slash::Learn(Learn::Status))),
            ("/learn off", command(Slash::Learn(Learn::Switch(false)))),
            ("/learn now", command(Slash::Learn(Learn::Now))),
            ("/resume", command(Slash::Resume)),
            ("/history", command(Slash::History(String::new()))),
            ("/history  borrow checker ", command(Slash::History("borrow checker".into()))),
            ("/delete", command(Slash::Delete)),
            ("/undelete", command(Slash::Undelete)),
            ("/export", command(Slash::Export { file: None, over: false })),
            ("/export my chat.md", command(Slash::Export { file: Some("my chat.md".into()), over: false })),
            ("/export! ~/a.json", command(Slash::Export { file: Some("~/a.json".into()), over: true })),
            ("/import 'my chat.json'", command(Slash::Import("my chat.json".into()))),
            ("/pull phi3", command(Slash::Pull(ModelId::new("phi3:latest")))),
            ("/load phi3", command(Slash::Load("phi3".into()))),
            ("/unload phi3", command(Slash::Unload("phi3".into()))),
            ("/retry", command(Slash::Retry(None))),
            ("/retry qwen", command(Slash::Retry(Some("qwen".into())))),
            ("/mouse off", command(Slash::Mouse(false))),
            ("/consent", command(Slash::Consent)),
            ("/consent revoke", command(Slash::Revoke)),
            ("/offline", command(Slash::Offline(None))),
            ("/offline on", command(Slash::Offline(Some(true)))),
            ("/offline off", command(Slash::Offline(Some(false)))),
            ("/ledger", command(Slash::Ledger)),
            ("/thinking", command(Slash::Thinking(None))),
            ("/thinking on", command(Slash::Thinking(Some(true)))),
            ("/labels", command(Slash::Labels(None))),
            ("/labels off maths", command(Slash::Labels(Some((LabelKind::Maths, false))))),
            ("/labels on high-stakes", command(Slash::Labels(Some((LabelKind::HighStakes, true))))),
            ("/quit", command(Slash::Quit)),
            ("/attach cat.png", command(Slash::Attach("cat.png".into()))),
            ("/attach  my cat.png ", command(Slash::Attach("my cat.png".into()))),
            ("/attach '~/my cat.png'", command(Slash::Attach("~/my cat.png".into()))),
        ] {
            assert_eq!(parse(draft), want, "{draft:?}");
        }
    }

    #[test]
    fn wrong_ones_name_the_nearest() {
        for (draft, part) in [
            ("/modle x", "did you mean /model?"),
            ("/res", "did you mean /resume?"),
            ("/qiut", "did you mean /quit?"),
            ("/xyzzy", "/help shows"),
            ("/pull", "write /pull NAME"),
            ("/attach", "write /attach FILE"),
            ("/load", "write /load NAME"),
            ("/import", "write /import FILE"),
            ("/delete it", "write /delete"),
            ("/retry a b", "write /retry [NAME]"),
            ("/mouse maybe", "write /mouse on | off"),
            ("/new now", "write /new"),
            ("/compact redo", "write /compact [undo]"),
            ("/context all", "write /context"),
            ("/learn maybe", "write /learn [on | off | now]"),
            ("/domain math fractions", "write /domain NAME | NAME/SUBJECT | auto"),
            ("/domain math/", "as in /domain math/fractions"),
            ("/domain ünder", "as in /domain math/fractions"),
            ("/offline maybe", "write /offline on | off"),
            ("/labels off", "write /labels on KIND | off KIND"),
            ("/labels off maths code", "write /labels on KIND | off KIND"),
            ("/consent all", "write /consent"),
        ] {
            let Parsed::Wrong(wrong) = parse(draft) else { panic!("{draft} is a command") };
            assert!(wrong.hint.contains(part), "{draft}: {wrong:?}");
        }
    }
}
