//! Commands that begin with a slash: one table of them, and what a draft is that may hold one.
//!
//! What must stay true: the help and the completions are made from [`COMMANDS`].

mod parse;

use conductor::domain::{Domain, LabelKind, ModelId, Rating};
pub use parse::parse;

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
    Row { name: "messages", arguments: "", about: "choose a message here: to copy, change, ask again, rate" },
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
    /// Switches the wheel; `None` says how it is.
    Mouse(Option<bool>),
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
