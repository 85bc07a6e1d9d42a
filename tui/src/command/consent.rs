//! The question whether something may leave the machine, for a command without a screen.
//!
//! What must stay true: no is what happens without a clear yes: without a terminal, at an empty line, at the end of input, at
//! anything but `y`. A yes given beforehand names the one it is for, and sends no secret.

use super::{complain, complain_whole, prompt};
use crate::sanitise::clean_line;
use crate::tty::Tty;
use crate::words::{Names, consent as say};
use conductor::domain::{ConsentRequest, Digest, Purpose, Scope};
use conductor::protocol::ConsentCommand;

/// What was said beforehand, by options.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Beforehand<'a> {
    /// `--allow-external`
    pub(super) provider: Option<&'a str>,
    /// `--allow-registry`
    pub(super) registry: Option<&'a str>,
    /// `--redact`
    pub(super) redact: bool,
}

/// What is to be done about a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Yes, to these bytes.
    Send(Digest),
    /// No: why, and what would help.
    Keep(String, String),
    /// A person decides.
    Ask,
}

/// Decides by what was said beforehand; `person` where somebody can be asked.
pub(super) fn decide(request: &ConsentRequest, said: Beforehand<'_>, person: bool) -> Decision {
    let (option, wanted, said_yes) = match request.purpose {
        Purpose::Pull => ("--allow-registry", request.host(), said.registry),
        _ => ("--allow-external", request.provider.as_str(), said.provider),
    };
    let wanted_option = format!("`{option} {}`", clean_line(wanted));
    match said_yes {
        None if person => Decision::Ask,
        None => Decision::Keep("nobody is here to say yes".to_owned(), format!("{wanted_option} says yes beforehand, this once")),
        Some(named) if named != wanted => {
            let why = format!("{option} names {}, not {}", clean_line(named), clean_line(wanted));
            Decision::Keep(why, format!("{wanted_option} says yes beforehand, this once"))
        }
        Some(_) if request.findings.is_empty() => Decision::Send(request.whole.digest),
        Some(_) => match (&request.redacted, said.redact) {
            (Some(redacted), true) => Decision::Send(redacted.digest),
            _ => {
                let why = say::secrets(request).unwrap_or_default();
                let found = say::findings(request).join(", ");
                Decision::Keep(format!("{why} in it ({found})"), "`--redact` sends it without them".to_owned())
            }
        },
    }
}

/// What was not sent, and why, in the one voice.
pub(super) fn not_sent(request: &ConsentRequest, why: &str, hint: &str) {
    let what = match request.purpose {
        Purpose::Chat => "your question".to_owned(),
        Purpose::Pull => format!("the name of {}", request.model),
        Purpose::ModelList => "the request for a list of models".to_owned(),
        Purpose::KeyCheck => "your key".to_owned(),
        Purpose::Embed => "what you wanted vectors of".to_owned(),
    };
    complain("error", &format!("{what} was not sent to {}: {why}", request.host()), hint);
}

/// The talk about one request.
#[derive(Debug)]
pub(super) struct Dialogue {
    request: ConsentRequest,
    redact: bool,
}

/// What a line led to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Yes, to these bytes.
    Yes(Digest),
    /// No.
    No,
    /// These are said, and it is asked again.
    Say(Vec<String>),
}

impl Dialogue {
    pub(super) fn new(request: ConsentRequest) -> Self {
        let redact = request.redacted.is_some();
        Self { request, redact }
    }

    /// What is said before the first question.
    pub(super) fn facts(&self, names: &Names) -> Vec<String> {
        let mut lines = vec![say::sentence(&self.request, names)];
        lines.extend(say::facts(&self.request, None, self.redact).iter().map(|(name, text)| format!("  {name:<8} {text}")));
        lines.extend(self.secrets());
        lines
    }

    fn secrets(&self) -> Option<String> {
        let fate = if self.redact { "taken out before it goes" } else { "they would go along" };
        say::secrets(&self.request).map(|found| format!("! {found}: {fate}"))
    }

    /// The question.
    pub(super) fn question(&self) -> String {
        let redact = match (self.request.redacted.is_some(), self.redact) {
            (false, _) => "",
            (true, true) => ", [r] put the secrets back",
            (true, false) => ", [r] take the secrets out",
        };
        format!("[y] once, [s] show exactly what would be sent{redact}, [N] no: ")
    }

    /// Takes a line that was typed; `None` is the end of input.
    pub(super) fn hear(&mut self, line: Option<&str>) -> Heard {
        let payload = say::payload(&self.request, self.redact);
        match line.map(str::trim).unwrap_or_default() {
            "y" | "Y" => Heard::Yes(payload.digest),
            "s" | "S" => {
                let heading = format!("── {}", say::heading(&self.request, self.redact));
                let sum = format!("── sha256 {}", payload.digest.short());
                Heard::Say([heading].into_iter().chain(payload.shown.lines().map(str::to_owned)).chain([sum]).collect())
            }
            "r" | "R" if self.request.redacted.is_some() => {
                self.redact = !self.redact;
                let sum = say::payload(&self.request, self.redact).digest.short();
                Heard::Say(self.secrets().into_iter().chain([format!("  {:<8} {sum}", "sha256")]).collect())
            }
            _ => Heard::No,
        }
    }
}

/// Asks a person, and waits for the answer: not on a thread that anything else needs.
pub(super) fn ask(mut dialogue: Dialogue, mut tty: Tty, names: &Names) -> Option<Digest> {
    say_all(&dialogue.facts(names));
    loop {
        if !tty.forget() {
            return None;
        }
        prompt(&dialogue.question());
        match dialogue.hear(tty.line().as_deref()) {
            Heard::Yes(digest) => return Some(digest),
            Heard::No => return None,
            Heard::Say(lines) => say_all(&lines),
        }
    }
}

fn say_all(lines: &[String]) {
    lines.iter().for_each(|line| complain_whole(line));
}

/// The conductor's word for an answer.
pub(super) fn command(request: &ConsentRequest, yes: Option<Digest>) -> ConsentCommand {
    match yes {
        Some(digest) => ConsentCommand::Grant { id: request.id, digest, scope: Scope::Once },
        None => ConsentCommand::Deny { id: request.id, never: false },
    }
}

/// A command's questions for consent: decided by options, or by a person beside everything else that goes on.
pub(super) struct Asker<'a> {
    said: Beforehand<'a>,
    names: Names,
    asking: Option<(ConsentRequest, tokio::task::JoinHandle<Option<Digest>>)>,
    /// It was said that something was not sent: the failure that follows says nothing new.
    pub(super) told: bool,
}

impl<'a> Asker<'a> {
    pub(super) fn new(said: Beforehand<'a>, names: Names) -> Self {
        Self { said, names, asking: None, told: false }
    }

    /// Takes a request; the answer, where there is one already.
    pub(super) fn take(&mut self, request: ConsentRequest) -> Option<ConsentCommand> {
        let mut tty = Tty::find();
        match decide(&request, self.said, tty.is_some()) {
            Decision::Send(digest) => Some(command(&request, Some(digest))),
            Decision::Keep(why, hint) => {
                not_sent(&request, &why, &hint);
                self.told = true;
                Some(command(&request, None))
            }
            Decision::Ask => {
                let (dialogue, tty, names) = (Dialogue::new(request.clone()), tty.take()?, self.names.clone());
                self.asking = Some((request, tokio::task::spawn_blocking(move || ask(dialogue, tty, &names))));
                None
            }
        }
    }

    /// Nobody waits for the person's answer any more.
    pub(super) fn give_up(&mut self) {
        if self.asking.take().is_some() {
            // The question stands there without a line's end.
            prompt("\n");
        }
    }

    /// The person's answer; waits for ever where nobody was asked.
    pub(super) async fn answer(&mut self) -> ConsentCommand {
        let Some((_, asking)) = &mut self.asking else { return std::future::pending().await };
        // A talk that broke off is a no.
        let yes = asking.await.ok().flatten();
        match self.asking.take() {
            Some((request, _)) => {
                if yes.is_none() {
                    not_sent(&request, "you said no", "");
                    self.told = true;
                }
                command(&request, yes)
            }
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use conductor::domain::{BackendId, Contents, Finding, Location, ModelId, Occasion, Payload, RequestId};

    fn payload(text: &str, shown: &str) -> Payload {
        Payload { digest: Digest::of(text.as_bytes()), bytes: text.to_owned().into(), shown: shown.to_owned() }
    }

    /// Something that would go to openai, with `secrets` secrets in it.
    pub(in crate::command) fn request(secrets: usize) -> ConsentRequest {
        let finding = |n: usize| Finding {
            rule: "github-token".into(),
            what: "GitHub token".into(),
            start: 0,
            end: 9,
            masked: format!("ghp_…{n}"),
            fingerprint: Digest::of(&[n as u8]),
        };
        ConsentRequest {
            id: RequestId(1),
            purpose: Purpose::Chat,
            occasion: Occasion::First,
            provider: BackendId::new("openai"),
            model: ModelId::new("gpt-5-mini:latest"),
            location: Location::External("api.openai.com".into()),
            target: "POST https://api.openai.com/v1/chat/completions".into(),
            contents: Contents { prompt: true, ..Contents::default() },
            tokens: 20,
            cost: None,
            findings: (0..secrets).map(finding).collect(),
            whole: payload("the whole", "the masked\u{1b}[2J"),
            redacted: (secrets > 0).then(|| payload("the redacted", "the redacted")),
            expires_in_s: 600,
        }
    }

    #[test]
    fn beforehand_names_the_one_it_is_for_and_sends_no_secret() {
        let keep = |why: &str, hint: &str| Decision::Keep(why.to_owned(), hint.to_owned());
        let pull = |secrets| ConsentRequest {
            purpose: Purpose::Pull,
            provider: BackendId::ollama(),
            location: Location::External("hf.co".into()),
            ..request(secrets)
        };
        let (openai, router) = (Some("openai"), Some("openrouter"));
        let beforehand = "`--allow-external openai` says yes beforehand, this once";
        let cases = [
            (request(0), None, None, false, false, keep("nobody is here to say yes", beforehand)),
            (request(0), None, None, false, true, Decision::Ask),
            (request(0), openai, None, false, false, Decision::Send(request(0).whole.digest)),
            (request(0), openai, None, true, true, Decision::Send(request(0).whole.digest)),
            (request(0), router, None, false, true, keep("--allow-external names openrouter, not openai", beforehand)),
            (request(0), Some("OpenAI"), None, false, true, keep("--allow-external names OpenAI, not openai", beforehand)),
            (request(0), None, Some("api.openai.com"), false, true, Decision::Ask),
            (
                request(2),
                openai,
                None,
                false,
                true,
                keep("2 secrets found in it (GitHub token ghp_…0, GitHub token ghp_…1)", "`--redact` sends it without them"),
            ),
            (request(1), openai, None, true, false, Decision::Send(request(1).redacted.unwrap().digest)),
            (
                ConsentRequest { redacted: None, ..request(1) },
                openai,
                None,
                true,
                false,
                keep("1 secret found in it (GitHub token ghp_…0)", "`--redact` sends it without them"),
            ),
            (pull(0), Some("ollama"), None, false, true, Decision::Ask),
            (
                pull(0),
                None,
                None,
                false,
                false,
                keep("nobody is here to say yes", "`--allow-registry hf.co` says yes beforehand, this once"),
            ),
            (pull(0), None, Some("hf.co"), false, false, Decision::Send(request(0).whole.digest)),
            (
                pull(0),
                None,
                Some("example.com"),
                false,
                true,
                keep("--allow-registry names example.com, not hf.co", "`--allow-registry hf.co` says yes beforehand, this once"),
            ),
        ];
        for (request, provider, registry, redact, person, want) in cases {
            let said = Beforehand { provider, registry, redact };
            assert_eq!(decide(&request, said, person), want, "{said:?} {person} {:?}", request.purpose);
        }
    }

    #[test]
    fn only_a_clear_yes_is_one() {
        let (whole, redacted) = (request(1).whole.digest, request(1).redacted.unwrap().digest);
        for (lines, want) in [
            (&[Some("y")][..], Some(redacted)),
            (&[Some(" Y ")], Some(redacted)),
            (&[Some("r"), Some("y")], Some(whole)),
            (&[Some("r"), Some("r"), Some("y")], Some(redacted)),
            (&[Some("s"), Some("y")], Some(redacted)),
            (&[Some("")], None),
            (&[None], None),
            (&[Some("yes")], None),
            (&[Some("n")], None),
            (&[Some("c")], None),
            (&[Some("s"), None], None),
            (&[Some("s"), Some("")], None),
            (&[Some("yy")], None),
        ] {
            let mut dialogue = Dialogue::new(request(1));
            let mut answer = None;
            for line in lines {
                match dialogue.hear(*line) {
                    Heard::Yes(digest) => answer = Some(digest),
                    Heard::No => answer = None,
                    Heard::Say(said) => assert!(!said.is_empty()),
                }
            }
            assert_eq!(answer, want, "{lines:?}");
        }
        assert_eq!(Dialogue::new(request(0)).hear(Some("r")), Heard::No, "there is nothing to take out");
    }

    #[test]
    fn what_is_said_changes_with_what_would_go() {
        let mut dialogue = Dialogue::new(request(1));
        let facts = dialogue.facts(&Names::default()).join("\n");
        for part in ["☁ external: this would be sent to api.openai.com (openai), model gpt-5-mini", "! 1 secret found: taken out"]
        {
            assert!(facts.contains(part), "{part}: {facts}");
        }
        assert!(dialogue.question().contains("[r] put the secrets back") && dialogue.question().ends_with("[N] no: "));
        let Heard::Say(shown) = dialogue.hear(Some("s")) else { panic!("nothing shown") };
        assert_eq!(shown[1], "the redacted");
        dialogue.hear(Some("r"));
        assert!(dialogue.question().contains("[r] take the secrets out"));
        let Heard::Say(shown) = dialogue.hear(Some("s")) else { panic!("nothing shown") };
        assert!(shown[1].starts_with("the masked"), "{shown:?}");
        assert!(!Dialogue::new(request(0)).question().contains("[r]"));
    }
}
