//! What goes, what is asked, what is refused.

use super::*;

/// Where to, and what that is to the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Local,
    Network,
    External,
    Registry,
    ForeignRegistry,
}

fn places() -> Vec<(Kind, Destination)> {
    let lan = url::Url::parse("http://vllm.lan:8000/v1/chat/completions").unwrap();
    let ours = url::Url::parse("http://127.0.0.1:8000/v1/chat/completions").unwrap();
    let provider = |place, url| Destination::provider(BackendId::new("vllm"), ModelId::new("m"), place, "POST", url);
    vec![
        (Kind::Local, Destination::in_process(BackendId::guide(), ModelId::guide())),
        (Kind::Local, ollama("localhost", "127.0.0.1:11434", "llama3.1:8b")),
        (Kind::Local, provider(ProviderPlace::Here, &ours)),
        (Kind::Network, ollama("box", "192.168.1.5:11434", "llama3.1:8b")),
        (Kind::Network, ollama("fd00::1", "[fd00::1]:11434", "llama3.1:8b")),
        (Kind::Network, provider(ProviderPlace::Network, &lan)),
        (Kind::External, ollama("localhost", "127.0.0.1:11434", "gpt-oss:120b-cloud")),
        (Kind::External, ollama("box", "192.168.1.5:11434", "gpt-oss:120b-cloud")),
        (Kind::External, provider(ProviderPlace::External, &ours)),
        (Kind::External, openai()),
        (Kind::Registry, registry("phi3:mini")),
        (Kind::Registry, registry("someone/model")),
        (Kind::Registry, registry("Registry.Ollama.AI/library/phi3")),
        (Kind::ForeignRegistry, registry("hf.co/someone/model:Q4")),
        (Kind::ForeignRegistry, registry("registry.ollama.ai:5000/library/phi3")),
        (Kind::ForeignRegistry, registry("registry.ollama.ai.example.com/library/phi3")),
        (Kind::ForeignRegistry, registry("registry.ollama.ai@example.com/library/phi3")),
    ]
}

const PURPOSES: [Purpose; 5] = [Purpose::Chat, Purpose::Pull, Purpose::ModelList, Purpose::KeyCheck, Purpose::Embed];

/// What the user said of the destination before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    /// Yes, for the conversation, where it was asked.
    Yes,
    /// Never, there.
    Never,
    /// Never, to another provider and at another place.
    NeverElsewhere,
    YesThenNever,
}

/// One thing that would be sent.
struct Case<'a> {
    place: &'a (Kind, Destination),
    purpose: Purpose,
    offline: bool,
    allow_external: bool,
    /// The user's own hosts are named; else hosts are that are no network.
    trusted: bool,
    said: Said,
    scans: bool,
    /// With the words of the user.
    words: bool,
}

impl Case<'_> {
    fn outgoing(&self) -> Outgoing {
        let bytes = if self.words { Bytes::from_static(WORDS.as_bytes()) } else { Bytes::new() };
        Outgoing { purpose: self.purpose, bytes, ..outgoing(self.place.1.clone()) }
    }

    fn standing(&self) -> Standing {
        let (mut standing, to) = (Standing::new(false), &self.place.1);
        if matches!(self.said, Said::Yes | Said::YesThenNever)
            && let Ok(Passage::Ask(pending)) = seal(self.outgoing(), &open(&Standing::new(false), None))
        {
            let digest = pending.request().whole.digest;
            pending.grant(digest, Scope::Conversation, &mut standing, 1).unwrap();
        }
        if matches!(self.said, Said::Never | Said::YesThenNever) {
            standing.forbid(to.backend(), to.location(), 2);
        }
        if self.said == Said::NeverElsewhere {
            standing.forbid(&BackendId::new("another"), to.location(), 2);
            standing.forbid(to.backend(), &Location::External("another".to_owned()), 2);
        }
        standing.set_offline(self.offline);
        standing
    }

    /// What has to come of it: the first line that is so.
    fn want(&self) -> &'static str {
        use Kind::{External, ForeignRegistry, Local, Network, Registry};
        let is_never = matches!(self.said, Said::Never | Said::YesThenNever);
        let is_off = matches!(self.place.0, External | Registry | ForeignRegistry);
        let is_bare = matches!(self.purpose, Purpose::ModelList | Purpose::KeyCheck) && !self.words;
        [
            (self.place.0 == Local, "stays"),
            (self.offline, "offline"),
            (is_off && self.purpose != Purpose::Pull && !self.allow_external, "not allowed"),
            (is_never, "never"),
            (self.place.0 == Network && self.trusted, "leaves: trusted"),
            (self.place.0 == Registry && self.purpose == Purpose::Pull, "leaves: command"),
            (is_off && is_bare, "leaves: command"),
            (self.said == Said::Yes, "leaves: consent"),
            (true, "ask: first"),
        ]
        .into_iter()
        .find_map(|(holds, want)| holds.then_some(want))
        .unwrap()
    }

    fn check(&self, scanner: &Scanner) -> String {
        let standing = self.standing();
        let own = ["BOX", "Vllm.LAN", "[FD00::1]"].map(str::to_owned);
        let others = ["api.openai.com", "ollama.com", "hf.co", "registry.ollama.ai", "127.0.0.1", "box.example.com", ""];
        let others = others.map(str::to_owned);
        let gate = Gate {
            allow_external: self.allow_external,
            trusted_hosts: if self.trusted { &own } else { &others },
            ..open(&standing, Some(scanner).filter(|_| self.scans))
        };
        let passage = seal(self.outgoing(), &gate);
        assert_eq!(
            word(&passage),
            self.want(),
            "{:?} for {:?}: offline {}, external {}, trusted {}, said {:?}, words {}",
            self.place,
            self.purpose,
            self.offline,
            self.allow_external,
            self.trusted,
            self.said,
            self.words
        );
        self.check_bytes(passage)
    }

    /// What goes is what was to go, to where it was to go.
    fn check_bytes(&self, passage: Result<Passage, Refusal>) -> String {
        let word = word(&passage);
        let sealed = match passage {
            Ok(Passage::Stays(sealed)) => sealed,
            Ok(Passage::Leaves(cleared)) => {
                let entry = cleared.entry();
                assert_eq!(
                    (entry.payload, entry.bytes),
                    (Digest::of(&self.outgoing().bytes), self.outgoing().bytes.len() as u64)
                );
                assert_eq!((&entry.location, entry.purpose), (self.place.1.location(), self.purpose));
                cleared.noted(LedgerSeq(1))
            }
            Ok(Passage::Ask(_)) | Err(_) => return word,
        };
        assert_eq!(sealed.destination(), &self.place.1);
        assert_eq!(sealed.into_parts(), (self.outgoing().bytes, self.place.1.clone()));
        word
    }
}

#[test]
fn every_place_under_everything_that_was_said() {
    let (places, scanner) = (places(), scanner());
    let mut found = std::collections::BTreeMap::<String, u32>::new();
    let said = [Said::Nothing, Said::Yes, Said::Never, Said::NeverElsewhere, Said::YesThenNever];
    for place in &places {
        for (purpose, said) in PURPOSES.iter().flat_map(|purpose| said.map(|said| (*purpose, said))) {
            for bits in 0..32 {
                let [offline, allow_external, trusted, scans, words] = [1, 2, 4, 8, 16].map(|bit| bits & bit != 0);
                let case = Case { place, purpose, offline, allow_external, trusted, said, scans, words };
                *found.entry(case.check(&scanner)).or_default() += 1;
            }
        }
    }
    let all = "ask: first, leaves: command, leaves: consent, leaves: trusted, never, not allowed, offline, stays";
    assert_eq!(found.keys().cloned().collect::<Vec<_>>().join(", "), all, "each comes about");
    assert_eq!(found.values().sum::<u32>() as usize, places.len() * PURPOSES.len() * 5 * 32);
}

#[test]
fn a_location_is_that_of_the_place() {
    for (kind, place) in places() {
        let want = match kind {
            Kind::Local => "local",
            Kind::Network => "network",
            _ => "external",
        };
        assert_eq!(place.location().word(), want, "{place:?}");
    }
    for (model, target) in [
        ("phi3:mini", "GET https://registry.ollama.ai/phi3:mini"),
        ("hf.co/someone/model:Q4", "GET https://hf.co/someone/model:Q4"),
        ("https://HF.co/someone/model", "GET https://hf.co/someone/model"),
    ] {
        assert_eq!(registry(model).target(), target);
    }
}

/// A yes for conversation 7, model gpt-4o of openai, with earlier messages and a file.
fn a_yes() -> Standing {
    let mut standing = Standing::new(false);
    let pending = asked(Outgoing { contents: agreed(), ..outgoing(openai()) }, &open(&Standing::new(false), None));
    let digest = pending.request().whole.digest;
    pending.grant(digest, Scope::Conversation, &mut standing, 1).unwrap();
    standing
}

fn agreed() -> Contents {
    Contents { prompt: true, earlier: 2, summarised: 0, bullets: 0, files: 1, images: 0, unknown: Vec::new(), summary: None }
}

#[test]
fn a_yes_covers_what_it_was_given_for() {
    let url = "https://api.openai.com/v1/chat/completions";
    type Change = fn(&mut Outgoing);
    let other: &[(&str, Destination, Change, &str)] = &[
        ("the same", openai(), |_| {}, "leaves: consent"),
        ("other words", openai(), |out| out.bytes = Bytes::from_static(b"{}"), "leaves: consent"),
        ("more of the same", openai(), |out| out.contents.earlier = 40, "leaves: consent"),
        ("less", openai(), |out| out.contents = Contents::default(), "leaves: consent"),
        ("another turn", openai(), |out| out.id = RequestId(99), "leaves: consent"),
        ("bullets", openai(), |out| out.contents.bullets = 1, "ask: new kind"),
        ("an image", openai(), |out| out.contents.images = 1, "ask: new kind"),
        ("another conversation", openai(), |out| out.conversation = Some(ConversationId(8)), "ask: first"),
        ("no conversation", openai(), |out| out.conversation = None, "ask: first"),
        ("another model", openai_at("openai", url, "gpt-4"), |_| {}, "ask: first"),
        ("another provider", openai_at("proxy", url, "gpt-4o"), |_| {}, "ask: first"),
        ("another host", openai_at("openai", "https://eu.api.openai.com/v1/chat/completions", "gpt-4o"), |_| {}, "ask: first"),
    ];
    let scanner = scanner();
    for (name, destination, change, want) in other {
        let standing = a_yes();
        let mut out = Outgoing { contents: agreed(), ..outgoing(destination.clone()) };
        change(&mut out);
        assert_eq!(word(&seal(out, &open(&standing, Some(&scanner)))), *want, "{name}");
    }
}

#[test]
fn what_is_noted_is_what_leaves() {
    let standing = a_yes();
    let Ok(Passage::Leaves(cleared)) = seal(outgoing(openai()), &open(&standing, None)) else { panic!() };
    let entry = LedgerEntry {
        id: RequestId(3),
        purpose: Purpose::Chat,
        provider: BackendId::new("openai"),
        model: "gpt-4o".to_owned(),
        target: "POST https://api.openai.com/v1/chat/completions".to_owned(),
        location: Location::External("api.openai.com".to_owned()),
        bytes: WORDS.len() as u64,
        payload: Digest::of(WORDS.as_bytes()),
        basis: Basis::Consent(Scope::Conversation),
        secrets: 0,
        redactions: 0,
        conversation: Some(ConversationId(7)),
    };
    assert_eq!(cleared.entry(), &entry);
}

#[test]
fn a_pass_is_for_what_was_sealed() {
    let standing = Standing::new(false);
    let out = Outgoing { purpose: Purpose::ModelList, bytes: Bytes::new(), ..outgoing(openai()) };
    let Ok(Passage::Leaves(cleared)) = seal(out, &open(&standing, None)) else { panic!() };
    let pass = cleared.noted(LedgerSeq(1)).into_pass();
    assert_eq!((pass.purpose(), pass.location()), (Purpose::ModelList, openai().location()));
}
