//! Those that failed of late: passed over where there is another, asked as the last resort.

use super::*;

fn fitness(rests: &[&str], failed: &[(&str, u8)]) -> FitnessOf {
    let resting = rests.iter().map(|name| (*name, Fitness { rests: true, failed_percent: 100 }));
    let failing = failed.iter().map(|(name, failed_percent)| (*name, Fitness { rests: false, failed_percent: *failed_percent }));
    resting.chain(failing).map(|(name, fitness)| ((BackendId::ollama(), ModelId::new(name)), fitness)).collect()
}

#[test]
fn who_rests_is_passed_over_and_is_the_last_resort() {
    let coder = "deepseek-coder:6.7b";
    for (name, class, rests, want) in [
        (
            "another stands in, and says for whom",
            Code,
            &[coder][..],
            "Substitute(deepseek-coder:6.7b): llama3.1:8b, deepseek-coder:6.7b",
        ),
        ("the next of the chain", Code, &["llama3.1:8b"], "Specialized(CodeGeneration): deepseek-coder:6.7b, llama3.1:8b"),
        ("who is not concerned", Math, &[coder], "Specialized(Mathematical): qwen2-math:7b, llama3.1:8b"),
    ] {
        let models: Vec<Model> = ALL_DEFAULTS.map(model).into();
        let planned = plan(&models, &Ask { fitness: fitness(rests, &[]), ..ask(class, 3) });
        assert_eq!(described(&planned), want, "{name}");
    }
    let gates = |ask: &Ask, models: &[&str]| {
        let models: Vec<Model> = models.iter().map(|words| model(words)).collect();
        described(&plan(&models, ask))
    };
    let all = Ask { fitness: fitness(&["llama3.1:8b", "a:7b"], &[]), ..ask(General, 3) };
    assert_eq!(gates(&all, &["llama3.1:8b 5"]), "Default: llama3.1:8b", "a sole model is never all unavailable");
    let named = Ask { choice: named("a:7b", true), ..all };
    assert_eq!(gates(&named, &["llama3.1:8b 5", "a:7b 4"]), "UserOverride: a:7b", "whoever names it gets it");
}

#[test]
fn of_two_that_are_nearly_equal_the_one_that_answers_is_asked() {
    for (name, failed, late, want) in [
        ("nothing is known", &[][..], 0, "a:7b"),
        ("one failed", &[("a:7b", 40)], 0, "b:7b"),
        ("both failed, one less", &[("a:7b", 20), ("b:7b", 60)], 0, "a:7b"),
        ("one is always late", &[], 30, "b:7b"),
    ] {
        let models: Vec<Model> = ["a:7b 4", "b:7b 4"].map(model).into();
        let measured = Measured { timed: late, late, ..Measured::default() };
        let measured = [(ModelId::new("a:7b"), measured)].into();
        let planned = plan(&models, &Ask { fitness: fitness(&[], failed), measured, ..ask(General, 3) }).unwrap();
        assert_eq!(planned.candidates[0].model.short(), want, "{name}");
    }
}

#[test]
fn a_model_may_have_a_chain_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("config.toml");
    std::fs::write(&path, "[[models]]\nid = \"deepseek-coder:6.7b\"\nfallbacks = [\"math\", \"x:1\", \"mistral:7b\"]\n").unwrap();
    let config = load(&Layers { user: Some(path), ..Layers::default() }).unwrap().config;
    let models: Vec<Model> = ALL_DEFAULTS.map(model).into();
    let machine = Machine { os: Os::Linux, memory_bytes: Some(64 << 30) };
    let task = Classification {
        class: Code,
        confidence: Milli::of(0.9),
        second: General,
        complexity: Complexity::of(3.0),
        evidence: Vec::new(),
    };
    let snapshot = Snapshot {
        config: &config,
        server: &up(),
        others: &[],
        loads: &[],
        models: &models,
        machine: &machine,
        offline: false,
        pictures: false,
        tokens: 20,
        last: None,
        measured: &Measurements::new(),
        fitness: &HashMap::new(),
        refused: &[],
    };
    let planned = DefaultModelSelector.select(snapshot, task, &Choice::Auto);
    assert_eq!(
        described(&planned),
        "Specialized(CodeGeneration): deepseek-coder:6.7b, qwen2-math:7b, mistral:7b, llama3.1:8b",
        "its own first, then those of the kind; what is not installed is passed over"
    );
}
