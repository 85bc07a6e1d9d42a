//! Models that are not on this machine: where they must be named, where nothing may go, and what is said of it.

use super::*;

#[test]
fn models_elsewhere_are_asked_only_where_they_are_named_and_allowed() {
    let models = ["mistral:7b 4", "llama3.1:8b 5 lan", "fake/big 0 provider"];
    let external = &["defaults.general=fake/big", "privacy.allow_external=true"][..];
    let deep = &["defaults.deep=fake/big", "privacy.allow_external=true"][..];
    for (name, asked, want) in [
        ("a network host that is named", ask(General, 3), "Default: llama3.1:8b"),
        ("offline", Ask { offline: true, ..ask(General, 3) }, "Substitute(llama3.1:8b): mistral:7b"),
        (
            "not allowed",
            Ask { set: &["defaults.general=fake/big"], ..ask(General, 3) },
            "Substitute(fake/big): llama3.1:8b, mistral:7b",
        ),
        ("named and allowed", Ask { set: external, ..ask(General, 3) }, "Default: fake/big"),
        ("allowed, offline", Ask { set: external, offline: true, ..ask(General, 3) }, "Substitute(fake/big): mistral:7b"),
        (
            "allowed, kept here",
            Ask {
                set: &["defaults.general=fake/big", "privacy.allow_external=true", "privacy.force_local=true"],
                ..ask(General, 3)
            },
            "Substitute(fake/big): mistral:7b",
        ),
        ("allowed, not named", Ask { set: &["privacy.allow_external=true"], ..ask(General, 9) }, "Complexity(9): llama3.1:8b"),
        ("for what is hard", Ask { set: deep, ..ask(General, 9) }, "Complexity(9): fake/big, llama3.1:8b"),
        ("not for what is easy", Ask { set: deep, ..ask(General, 3) }, "Default: llama3.1:8b"),
        (
            "for what is hard, not allowed",
            Ask { set: &["defaults.deep=fake/big"], ..ask(General, 9) },
            "Complexity(9): llama3.1:8b",
        ),
    ] {
        let models: Vec<Model> = models.iter().map(|words| model(words)).collect();
        assert_eq!(described(&plan(&models, &asked)), want, "{name}");
    }
}

#[test]
fn where_nothing_may_go_nobody_is_chosen() {
    let models: Vec<Model> = ["llama3.1:8b 5", "fake/big 0 provider"].map(model).into();
    let refused = vec![(BackendId::new("fake"), Location::External("api.fake".into()))];
    let set = &["defaults.deep=fake/big", "privacy.allow_external=true"][..];
    let planned = plan(&models, &Ask { refused, set, ..ask(General, 9) }).unwrap();
    assert_eq!(planned.candidates[0].model.short(), "llama3.1:8b");
    assert_eq!(planned.decision.considered[1].gate, Some(Gate::Refused));
    assert!(planned.decision.notes[0].starts_with("fake/big: you said never"), "{:?}", planned.decision.notes);
}

/// A server of one's own may stand anywhere; a provider on another machine must be named.
#[test]
fn a_provider_on_the_network_must_be_named() {
    let lan = Model { location: Location::Network("box".into()), ..model("fake/lan 0 provider") };
    let models = [model("llama3.1:8b 5"), lan];
    for (set, want) in [
        (&["privacy.allow_external=true"][..], "Complexity(9): llama3.1:8b"),
        (&["defaults.deep=fake/lan"], "Complexity(9): fake/lan, llama3.1:8b"),
    ] {
        assert_eq!(described(&plan(&models, &Ask { set, ..ask(General, 9) })), want, "{set:?}");
    }
}

/// A chain that leads elsewhere is walked after a failure, and begins nowhere else than here.
#[test]
fn a_fallback_elsewhere_is_never_the_first() {
    let models = ["llama3.1:8b 5", "fake/big 0 provider"].map(model);
    let set = &["defaults.deep=fake/big", "privacy.allow_external=true"][..];
    let got = described(&plan(&models, &Ask { set, ..ask(Math, 6) }));
    assert_eq!(got, "Substitute(qwen2-math:7b): llama3.1:8b, fake/big");
}

#[test]
fn the_chain_of_what_is_hard_is_that_of_the_slot() {
    let models: Vec<Model> = ["llama3.1:8b 5", "big:70b 40", "other:32b 20", "huge:405b 240"].map(model).into();
    let set = &["defaults.deep=big:70b", "fallbacks.deep=other:32b,huge:405b"][..];
    let got = described(&plan(&models, &Ask { set, ..ask(General, 9) }));
    assert_eq!(got, "Complexity(9): big:70b, other:32b, llama3.1:8b", "what does not fit into memory stands in for nobody");
}

#[test]
fn that_a_deeper_one_may_not_be_asked_is_said() {
    let models: Vec<Model> = ["llama3.1:8b 5", "fake/big 0 provider"].map(model).into();
    for (set, want) in [
        (&["defaults.deep=fake/big"][..], vec!["fake/big: external models are off, for something this hard"]),
        (&["defaults.deep=nosuch:70b"], vec!["nosuch:70b is not installed, for something this hard"]),
        (&[], vec![]),
    ] {
        let planned = plan(&models, &Ask { set, ..ask(General, 9) }).unwrap();
        assert_eq!(planned.decision.notes, want, "{set:?}");
    }
}
