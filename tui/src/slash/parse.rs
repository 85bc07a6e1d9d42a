//! Reads a draft: a question, or a command of the table.
//!
//! What must stay true: pure; what is no command is never one by accident, and a wrong one is told the nearest right one.

use super::{COMMANDS, Learn, Parsed, Slash, Wrong};
use crate::attach::path;
use crate::nearest::nearest;
use crate::words::label::kind_of;
use conductor::domain::{Domain, ModelId, Rating};

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
        ("mouse", None) => Slash::Mouse(None),
        ("mouse", Some("on")) => Slash::Mouse(Some(true)),
        ("mouse", Some("off")) => Slash::Mouse(Some(false)),
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

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::LabelKind;

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
            ("/mouse", command(Slash::Mouse(None))),
            ("/mouse off", command(Slash::Mouse(Some(false)))),
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
