//! Trainings in words.

use conductor::domain::{DomainConfig, Figures, Gain, Milli, TrainKept, TrainPlan, TrainStep, Trained, Transfer};

/// How far a training is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    epochs: u32,
    online: bool,
    train: u32,
    aside: u32,
    /// What is done of the part that is under way.
    at: (String, u32, u32),
    right: u32,
}

impl Progress {
    /// Of a training that begins.
    pub fn new(plan: &TrainPlan) -> Self {
        Self { epochs: plan.epochs, online: plan.online, train: 0, aside: 0, at: (String::new(), 0, 0), right: 0 }
    }

    /// What `step` has to say for good, a line each.
    pub fn lines(&mut self, step: &TrainStep) -> Vec<String> {
        match step {
            TrainStep::Begun { run, model, train, aside, refused, from } => {
                (self.train, self.aside) = (*train, *aside);
                let mut lines: Vec<String> = refused.iter().map(|line| format!("left out: {line}")).collect();
                let aside = if *aside > 0 { format!(", {aside} put aside to measure with") } else { String::new() };
                let from = match from {
                    0 => String::new(),
                    1 => "; it goes on after the first answer".to_owned(),
                    n => format!("; it goes on after {n} answers"),
                };
                lines.push(format!("training {run} with {model}: {train} samples to learn from{aside}{from}"));
                lines
            }
            TrainStep::Answered { part, epoch, round, right, .. } => {
                let part = (part.clone(), *epoch);
                if (&self.at.0, self.at.1) != (&part.0, part.1) {
                    self.at = (part.0, part.1, 0);
                    self.right = 0;
                }
                if *round == 0 {
                    self.at.2 += 1;
                    self.right += u32::from(*right == Some(true));
                }
                Vec::new()
            }
            TrainStep::Epoch { epoch, train, validation, bullets, better } => {
                let measured = match validation.percent() {
                    Some(_) => format!(", measured {}{}", share(*validation), if *better { ", better than before" } else { "" }),
                    None => String::new(),
                };
                vec![format!("epoch {epoch}: {} right before learning{measured}, {bullets} lines", share(*train))]
            }
        }
    }

    /// What it is at.
    pub fn now(&self) -> String {
        let (part, epoch, done) = &self.at;
        let of = if part == "train" { self.train } else { self.aside };
        let what = match part.as_str() {
            "" => return "the first answer is waited for …".to_owned(),
            "bare" if self.online => "without the playbook".to_owned(),
            "bare" => "measuring without the playbook".to_owned(),
            "validation" => format!("measuring with the playbook after epoch {epoch}"),
            _ if self.online => "learning".to_owned(),
            _ => format!("epoch {epoch} of {}", self.epochs),
        };
        format!("{what}: {done} of {of}, {} right", self.right)
    }
}

fn share(figures: Figures) -> String {
    match figures.percent() {
        Some(percent) => format!("{} of {} ({percent} %)", figures.right, figures.graded),
        None => "none of none".to_owned(),
    }
}

/// What a playbook does for a model, a line each.
pub fn measured(trained: &Trained) -> Vec<String> {
    let key = &trained.playbook.key;
    if trained.playbook.bullets.values().all(|bullet| !bullet.stage.is_active()) {
        return vec![format!("{key} has no line in use; without a playbook {}", share(trained.bare))];
    }
    let mut said = vec![format!("without the playbook {}, with it {}", share(trained.bare), share(trained.validation))];
    said.extend(trained.gain.map(gain));
    said
}

/// What is noted of a playbook: names and what they say.
pub fn facts(facts: &DomainConfig) -> Vec<(&'static str, String)> {
    let mut said = Vec::new();
    if let Some(model) = &facts.model {
        let times = if facts.epochs == 1 { "once".to_owned() } else { format!("{} times", facts.epochs) };
        let right = facts.accuracy.map(|share| format!(", {} % right after it", share.percent())).unwrap_or_default();
        said.push(("trained", format!("with {model} on {} questions, {times} over{right}", facts.problems)));
    }
    for tried in &facts.transfers {
        let Transfer { model, problems, without, with, low, high, .. } = tried;
        let (points, low, high) = (Milli(with.0 - without.0), *low, *high);
        let gain = gain(Gain { problems: *problems, points, low, high });
        said.push(("measured", format!("with {model}: {} % without, {} % with it; {gain}", without.percent(), with.percent())));
    }
    said
}

/// `12.5`, from thousandths of one.
fn points(milli: Milli) -> String {
    format!("{:+.1}", f64::from(milli.0) / 10.0)
}

fn gain(gain: Gain) -> String {
    let Gain { problems, points: difference, low, high } = gain;
    let verdict = match () {
        () if low.0 > 0 => "it helps",
        () if high.0 < 0 => "it harms",
        () => "that may be chance",
    };
    format!(
        "{} points on {problems} questions, between {} and {} with a confidence of 95 %: {verdict}",
        points(difference),
        points(low),
        points(high)
    )
}

/// What came of a training, a line each.
pub fn result(trained: &Trained) -> Vec<String> {
    let key = &trained.playbook.key;
    let lines = trained.playbook.bullets.values().filter(|bullet| bullet.stage.is_active()).count();
    let changes = trained.deltas.len();
    let mut said = vec![match (trained.kept, changes) {
        (TrainKept::NotBetter, _) => format!("{key} stays as it was: what was learnt is no better than what was there"),
        (_, 0) => format!("{key} stays as it was: nothing was learnt"),
        (TrainKept::Better, _) => format!("{key} is better, and is kept: {lines} lines in use"),
        (TrainKept::Unmeasured, _) => format!("{key} is kept as it was learnt, not measured to be better: {lines} lines in use"),
    }];
    if trained.bare.percent().is_some() {
        said.push(format!("without a playbook {}, with it {}", share(trained.bare), share(trained.validation)));
        said.extend(trained.gain.map(gain));
    }
    let refined = if trained.refined > 0 { format!(", {} after reflection", trained.refined) } else { String::new() };
    said.push(format!("first answers {}{refined}", share(trained.train)));
    let mut odd = Vec::new();
    if trained.lost > 0 {
        odd.push(format!("{} answers of reflector and curator could not be read", trained.lost));
    }
    if trained.rejected > 0 {
        odd.push(format!("{} changes were refused", trained.rejected));
    }
    if !odd.is_empty() {
        said.push(odd.join(", "));
    }
    let a_step = trained.prompt_tokens.checked_div(u64::from(trained.steps)).unwrap_or_default();
    said.push(format!("{} calls, {} tokens of prompts ({a_step} a sample)", trained.calls, trained.prompt_tokens));
    if changes > 0 {
        said.push(format!(
            "`segno playbook history {key}` shows its {changes} changes, `segno playbook undo {key}` takes them back"
        ));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use conductor::domain::{Delta, ModelId, Playbook, PlaybookKey};

    fn plan() -> TrainPlan {
        let key = PlaybookKey::new("math", "qwen", None).unwrap();
        TrainPlan { key, model: None, epochs: 2, rounds: 3, aside_percent: 30, seed: 0, online: false, resume: false }
    }

    fn answered(part: &str, epoch: u32, round: u32, right: bool) -> TrainStep {
        TrainStep::Answered { n: 1, part: part.into(), epoch, round, sample: "a".into(), right: Some(right) }
    }

    #[test]
    fn how_far_it_is() {
        let mut progress = Progress::new(&plan());
        let begun = TrainStep::Begun {
            run: 4,
            model: ModelId::new("qwen3:8b"),
            train: 7,
            aside: 3,
            refused: vec!["line 2: it is no JSON".into()],
            from: 0,
        };
        let lines = progress.lines(&begun);
        assert_eq!(
            lines,
            ["left out: line 2: it is no JSON", "training 4 with qwen3:8b: 7 samples to learn from, 3 put aside to measure with"]
        );
        for (step, now) in [
            (answered("bare", 0, 0, true), "measuring without the playbook: 1 of 3, 1 right"),
            (answered("train", 1, 0, false), "epoch 1 of 2: 1 of 7, 0 right"),
            (answered("train", 1, 1, true), "epoch 1 of 2: 1 of 7, 0 right"),
            (answered("train", 1, 0, true), "epoch 1 of 2: 2 of 7, 1 right"),
            (answered("validation", 1, 0, true), "measuring with the playbook after epoch 1: 1 of 3, 1 right"),
        ] {
            assert!(progress.lines(&step).is_empty());
            assert_eq!(progress.now(), now);
        }
        let (train, validation) = (Figures { right: 3, graded: 7 }, Figures { right: 2, graded: 3 });
        let epoch = TrainStep::Epoch { epoch: 1, train, validation, bullets: 4, better: true };
        let line = "epoch 1: 3 of 7 (42 %) right before learning, measured 2 of 3 (66 %), better than before, 4 lines";
        assert_eq!(progress.lines(&epoch), [line]);
    }

    #[test]
    fn what_came_of_it() {
        let cause = conductor::domain::Cause::Promotion;
        let delta = Delta {
            seq: conductor::domain::DeltaSeq(1),
            at_ms: 0,
            cause,
            reasoning: String::new(),
            steps: vec![],
            rejects: vec![],
        };
        let trained = Trained {
            run: 1,
            kept: TrainKept::Better,
            epoch: 2,
            bare: Figures { right: 1, graded: 4 },
            validation: Figures { right: 3, graded: 4 },
            gain: Some(Gain { problems: 4, points: Milli(500), low: Milli(-120), high: Milli(812) }),
            train: Figures { right: 5, graded: 10 },
            refined: 2,
            lost: 1,
            rejected: 0,
            steps: 10,
            calls: 31,
            prompt_tokens: 12_345,
            answer_tokens: 100,
            playbook: Playbook::new(plan().key),
            deltas: vec![delta],
        };
        let lines = result(&trained);
        assert_eq!(
            lines[..2],
            ["math-qwen is better, and is kept: 0 lines in use", "without a playbook 1 of 4 (25 %), with it 3 of 4 (75 %)"]
        );
        assert_eq!(
            lines[2],
            "+50.0 points on 4 questions, between -12.0 and +81.2 with a confidence of 95 %: that may be chance"
        );
        assert_eq!(lines[5], "31 calls, 12345 tokens of prompts (1234 a sample)");
        let not = Trained { kept: TrainKept::NotBetter, deltas: Vec::new(), ..trained };
        assert!(result(&not)[0].contains("stays as it was"), "{:?}", result(&not));
    }
}
