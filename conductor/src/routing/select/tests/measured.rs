//! What decides between models that would all do: memory, what was measured, how sure the class is, the licence.

use super::*;

#[test]
fn a_swap_is_saved_where_the_models_are_nearly_equal() {
    for (name, models, last, want) in [
        ("in memory", &["a:7b 4", "b:7b 4 warm"][..], None, "b:7b"),
        ("in memory with another window is not", &["a:7b 4", "b:7b 4 lukewarm"], None, "a:7b"),
        ("answered last", &["a:7b 4", "b:7b 4"], Some("b:7b"), "b:7b"),
        ("both", &["a:7b 4 warm", "b:7b 4 warm"], Some("b:7b"), "b:7b"),
        ("the configured one wins all the same", &["llama3.1:8b 5", "b:7b 4 warm"], Some("b:7b"), "llama3.1:8b"),
    ] {
        let models: Vec<Model> = models.iter().map(|words| model(words)).collect();
        let planned = plan(&models, &Ask { last, ..ask(General, 3) }).unwrap();
        assert_eq!(planned.candidates[0].model.short(), want, "{name}");
    }
    // That it was for the swap alone is said.
    let models: Vec<Model> = ["deepseek-coder:6.7b 4", "x-coder:7b 4 warm"].map(model).into();
    let measured = |bad| [(ModelId::new("deepseek-coder:6.7b"), record(Code, 0, bad, 0, 0))].into();
    for (bad, want) in [
        (0, "Specialized(CodeGeneration): deepseek-coder:6.7b"),
        (8, "Warm: x-coder:7b, deepseek-coder:6.7b"),
        (40, "Specialized(CodeGeneration): x-coder:7b, deepseek-coder:6.7b"),
    ] {
        let planned = plan(&models, &Ask { measured: measured(bad), set: &["fallbacks.code=[]"], ..ask(Code, 3) });
        let got = described(&planned);
        assert_eq!(got, want, "{bad}: {:#?}", planned.unwrap().decision.considered);
    }
}

fn record(class: TaskClass, good: u32, bad: u32, evaluated: u32, solved: u32) -> Measured {
    let record = ClassRecord { answers: 1, good, bad, evaluated, solved };
    Measured { classes: [(class, record)].into(), ..Measured::default() }
}

#[test]
fn what_was_measured_corrects_what_was_guessed() {
    let models = ["a:7b 4", "b:7b 4"];
    for (name, measured, class, want) in [
        ("nothing known", vec![], General, "a:7b"),
        ("the user likes b", vec![("b:7b", record(General, 5, 0, 0, 0))], General, "b:7b"),
        ("the user dislikes a", vec![("a:7b", record(General, 0, 5, 0, 0))], General, "b:7b"),
        ("at something else", vec![("b:7b", record(Code, 5, 0, 0, 0))], General, "a:7b"),
        ("b solves more", vec![("a:7b", record(Math, 0, 0, 50, 20)), ("b:7b", record(Math, 0, 0, 50, 45))], Math, "b:7b"),
        (
            "one rating is not much",
            vec![("b:7b", record(General, 1, 0, 0, 0)), ("a:7b", record(General, 9, 1, 0, 0))],
            General,
            "a:7b",
        ),
    ] {
        let measured = measured.into_iter().map(|(name, measured)| (ModelId::new(name), measured)).collect();
        let models: Vec<Model> = models.iter().map(|words| model(words)).collect();
        let planned = plan(&models, &Ask { measured, ..ask(class, 3) }).unwrap();
        assert_eq!(planned.candidates[0].model.short(), want, "{name}");
    }
    // A quick question goes to who is quick here.
    let fast = |ms| Measured { first_token_ms: Some(ms), ..Measured::default() };
    let measured = [(ModelId::new("a:7b"), fast(3000)), (ModelId::new("b:7b"), fast(80))].into();
    let planned = plan(&models.map(model), &Ask { measured, ..ask(Quick, 1) }).unwrap();
    assert_eq!(planned.candidates[0].model.short(), "b:7b");
}

#[test]
fn where_the_class_is_not_sure_the_general_model_is_asked() {
    for (confidence, set, want) in [
        (0.9, &[][..], "Specialized(CodeGeneration): deepseek-coder:6.7b, llama3.1:8b"),
        (0.3, &[], "Default: llama3.1:8b"),
        (0.3, &["routing.unsure_below=0"], "Specialized(CodeGeneration): deepseek-coder:6.7b, llama3.1:8b"),
        (0.9, &["routing.unsure_below=100"], "Default: llama3.1:8b"),
    ] {
        let asked = Ask { confidence, set, ..ask(Code, 3) };
        let models: Vec<Model> = ALL_DEFAULTS.map(model).into();
        let planned = plan(&models, &asked);
        assert_eq!(described(&planned), want, "{confidence} {set:?}");
        let unsure = want.starts_with("Default");
        assert_eq!(planned.unwrap().decision.notes.len(), usize::from(unsure), "{confidence} {set:?}");
    }
}

#[test]
fn of_two_equal_models_the_more_open_one() {
    for (models, want) in [
        (["a:8b 5 restricted", "b:8b 5 permissive"], "b:8b, a:8b"),
        (["a:8b 5 copyleft", "b:8b 5 permissive"], "b:8b, a:8b"),
        (["a:8b 5", "b:8b 5 restricted"], "b:8b, a:8b"),
        (["a:8b 5 permissive", "b:8b 5 permissive"], "a:8b, b:8b"),
    ] {
        check("licences", &models, &ask(General, 3), &format!("Substitute(llama3.1:8b): {want}"));
    }
}
