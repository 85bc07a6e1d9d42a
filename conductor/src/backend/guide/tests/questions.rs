//! Questions as people ask them, and which section answers. A row that is wrong is mended by better words in the guide's
//! pages (`also:`) rather than here.

use super::super::answer;
use super::linux;
use crate::domain::Machine;

/// The heading of the first section that answers; empty for none.
pub(super) fn first(machine: Machine, question: &str) -> &'static str {
    answer::choose(machine, question).first().map_or("", |section| section.heading)
}

/// Every row's question has its section first.
pub(super) fn check(machine: Machine, rows: &[(&str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .filter(|(question, want)| first(machine, question) != *want)
        .map(|(question, want)| format!("{question:?}: want {want:?}, got {:?}", first(machine, question)))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn setting_up() {
    check(
        linux(),
        &[
            ("how do i install ollama", "Install Ollama on Linux"),
            ("How do I install Ollama?", "Install Ollama on Linux"),
            ("instal olama", "Install Ollama on Linux"),
            ("how can i set up ollama here", "Install Ollama on Linux"),
            ("where do I download ollama", "Install Ollama on Linux"),
            ("install ollama on my mac", "Install Ollama on macOS"),
            ("install ollama on windows 11", "Install Ollama on Windows"),
            ("ollama installieren", "Install Ollama on Linux"),
            ("how do I start ollama?", "Start Ollama and check that it runs"),
            ("is ollama running", "Start Ollama and check that it runs"),
            ("what is ollama", "What Ollama is and why it is needed"),
            ("why do I need ollama?", "What Ollama is and why it is needed"),
            ("what is segno", "What Segno is"),
            ("what can you do", "What Segno is"),
            ("how do I get started", "First steps"),
            ("getting started", "First steps"),
            ("what now?", "First steps"),
            ("who are you?", "What the guide is"),
            ("what should i do next", "First steps"),
            ("can it search the web", "What this version cannot do yet"),
            ("how do I upgrade", "Update Segno"),
            ("is it free", "Licence and price"),
            ("are you an AI", "What the guide is"),
            ("are you a language model", "What the guide is"),
        ],
    );
}

#[test]
fn models() {
    check(
        linux(),
        &[
            ("which model should I get", "Which models to pull"),
            ("which models should i pull?", "Which models to pull"),
            ("wich modle is best", "Which models to pull"),
            ("recommend a model", "Which models to pull"),
            ("which model should I download", "Which models to pull"),
            ("what model do I need for this machine", "Which models to pull"),
            ("which model for 32 gb", "Models for 24 to 48 GiB of memory"),
            ("what runs on 8GB of ram", "Models for 8 GiB of memory"),
            ("default models", "The default models"),
            ("how do I switch models", "Change the model"),
            ("use another model", "Change the model"),
            ("list my models", "See which models there are"),
            ("how to download a model", "Pull a model, and stop and go on with a pull"),
            ("/pull", "Pull a model, and stop and go on with a pull"),
            ("can I stop a download and continue it later", "Pull a model, and stop and go on with a pull"),
            ("/pull llama3.1:8b", "Pull a model, and stop and go on with a pull"),
            ("/models", "See which models there are"),
            ("/model", "Change the model"),
            ("best model for code", "Which models to pull"),
            ("推荐模型", "Which models to pull"),
            ("I have 64gb ram", "Models for 64 GiB of memory and more"),
            ("does it use my gpu", "The graphics card"),
            ("delete a model", "Remove a model and free the disk"),
            ("may I use this model commercially", "Licences of models"),
            ("licence of a model", "Licences of models"),
            ("which models are permissive", "Licences of models"),
        ],
    );
}

#[test]
fn the_chat() {
    check(
        linux(),
        &[
            ("quit?", "Quit"),
            ("how do I exit", "Quit"),
            ("how to quit segno", "Quit"),
            ("wie beende ich das, beenden", "Quit"),
            ("退出", "Quit"),
            ("quti", "Quit"),
            ("exti", "Quit"),
            ("Ctrl-D", "Quit"),
            ("^D", "Quit"),
            ("/quit", "Quit"),
            ("cancle", "Cancel an answer"),
            ("keyborad shortcuts", "Keys"),
            ("Shift+Enter", "Send a question, and write several lines"),
            ("esc", "Cancel an answer"),
            ("how do i stop an answer", "Cancel an answer"),
            ("ctrl+c", "Quit"),
            ("keyboard shortcuts", "Keys"),
            ("what keys are there", "Keys"),
            ("help", "Commands in the chat"),
            ("what commands are there?", "Commands in the chat"),
            ("new line", "Send a question, and write several lines"),
            ("how do i type a multiline prompt", "Send a question, and write several lines"),
            ("scroll up", "Scroll"),
            ("copy text", "Select and copy text with the mouse"),
            ("how can I resume my last conversation", "Conversations and how to resume one"),
            ("start a new conversation", "Conversations and how to resume one"),
            ("previous question", "Earlier questions and the draft"),
            ("what does the dot mean", "What the sign under an answer means"),
            ("what does verify important calculations mean", "Labels under an answer"),
            ("why is there a warning under the answer", "Labels under an answer"),
            ("is there a calculator", "The calculator"),
            ("convert units", "The calculator"),
        ],
    );
}

#[test]
fn the_shell_and_the_configuration() {
    check(
        linux(),
        &[
            ("how do I use it in a script", "Ask from the shell"),
            ("segno ask", "Ask from the shell"),
            ("pipe a file", "Pipe a file into a question"),
            ("json output", "Events as JSON"),
            ("json fields", "Values in the JSON events"),
            ("segno models --json", "Models, doctor and configuration as JSON"),
            ("--set", "Commands in the shell"),
            ("exit codes", "Exit codes"),
            ("what does exit code 4 mean", "Exit codes"),
            ("segno doctor", "Segno doctor"),
            ("what subcommands are there", "Commands in the shell"),
            ("where is the config file", "Where the configuration is"),
            ("how do I change settings", "Where the configuration is"),
            ("segno config show", "See and check the configuration"),
            (".segno.toml", "Layers of the configuration"),
            ("unknown key in config", "Segno does not start: the configuration is broken"),
            ("environment variables", "Environment variables"),
            ("timeouts", "The table timeouts"),
            ("num_ctx", "The table ollama"),
            ("how do I get a larger context window", "The table ollama"),
            ("change the default model", "The table defaults"),
            ("add a keyword for code", "The table routing"),
            ("where are the logs", "The tables ui and log"),
            ("allow_external", "The table privacy"),
            ("trusted_hosts", "Hosts that you trust"),
            ("how do I trust my gpu server", "Hosts that you trust"),
            ("it flags something that is not a secret", "The table secrets"),
            ("switch off the warnings", "The table labels"),
            ("api_key_command", "Set an API key"),
            ("price_input", "The tables of models"),
            ("add my own secret rule", "The tables of rules for secrets"),
        ],
    );
}

#[test]
fn routing_privacy_playbooks() {
    check(
        linux(),
        &[
            ("how does routing work", "How Segno chooses a model"),
            ("how do you decide which model is asked", "How Segno chooses a model"),
            ("what is a hand-off", "The hand-off line"),
            ("what happens when a model fails", "Fallback when a model fails"),
            ("fallback", "Fallback when a model fails"),
            ("is this sent to the cloud", "What leaves this machine"),
            ("is it private", "What leaves this machine"),
            ("does segno have telemetry", "What leaves this machine"),
            ("datenschutz", "What leaves this machine"),
            ("privcy", "What leaves this machine"),
            ("does it work without internet", "Work offline"),
            ("cloud models", "Cloud models of Ollama"),
            ("can I use an ollama on another computer", "An Ollama on another machine"),
            ("can i use chatgpt with an api key", "OpenAI, Anthropic and other providers"),
            ("where is my data", "Where your data is stored"),
            ("where are conversations stored", "Where your data is stored"),
            ("what is in a row of the ledger", "The ledger: what is in a row"),
            ("is my prompt in the ledger", "The ledger: what is in a row"),
            ("how is the hash chain computed", "The ledger: how the chain is computed"),
            ("verify an export of the ledger with python", "The ledger: how the chain is computed"),
            ("delete my history", "Delete what is stored"),
            ("what's a playbook", "Playbooks"),
            ("does it learn from me", "Segno learns from what you say of answers"),
            ("how do i pause learning", "Pause learning, or have it begin"),
            ("train a playbook", "Train a playbook on questions with answers"),
        ],
    );
}

#[test]
fn providers() {
    check(
        linux(),
        &[
            ("how do i set an api key", "Set an API key"),
            ("remove an api key", "Set an API key"),
            ("where are api keys stored", "Where keys are kept"),
            ("can i use vllm", "A server of your own that is no Ollama"),
            ("litellm", "A server of your own that is no Ollama"),
            ("how do I set up openai", "Set up a provider"),
            ("configure a provider", "Set up a provider"),
            ("which models does openai have", "See which models a provider has"),
            ("change the address of ollama", "Set the address of Ollama"),
        ],
    );
}

#[test]
fn trouble() {
    check(
        linux(),
        &[
            ("connection refused", "Ollama is not found, or the server is down"),
            ("the server is down", "Ollama is not found, or the server is down"),
            ("why can't you find ollama", "Ollama is not found, or the server is down"),
            ("model not found", "A model is missing"),
            ("why is the first answer so slow", "The first answer is slow"),
            ("it is very slow", "The first answer is slow"),
            ("out of memory", "Out of memory"),
            ("oom", "Out of memory"),
            ("my prompt is too long", "The prompt or the conversation is too long"),
            ("OLLAMA_HOST", "Set OLLAMA_HOST"),
            ("ollama listens on another port", "Set OLLAMA_HOST"),
            ("the answer was cut off", "The answer stops in the middle"),
            ("database corrupt", "The database is damaged or newer"),
            ("the screen is garbled", "The screen looks wrong"),
            ("how do I report a bug", "Report a problem"),
        ],
    );
}
