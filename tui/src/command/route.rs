//! `segno route`: what a question is taken for and who would be asked; and labels for files of prompts.

mod report;

use super::models;
use super::{Console, Exit, complain};
use crate::args::{Common, Output, Route};
use crate::setup::Start;
use crate::words::{self, Names, why};
use anyhow::{Result, bail};
use conductor::Router;
use conductor::domain::{ModelId, Plan, Prompt, TaskClass};
use report::Report;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Says who would be asked for a question, and why.
///
/// # Errors
/// When the database or the configuration cannot be used.
pub async fn question(route: &Route, common: &Common, start: &Start) -> Result<Exit> {
    let prompt = Prompt::typed(route.question.join(" "));
    if prompt.is_blank() {
        bail!("there is nothing to route: write `segno route \"your question\"`");
    }
    let mut console = Console::new();
    let model = common.model.as_deref().map(ModelId::new);
    let Some(plan) = models::route(start, prompt, model).await? else { return Ok(Exit::Failed) };
    let names = Names::of(&start.config);
    if route.output.json {
        let mut whole = whole(&plan);
        names.beside(&mut whole);
        console.line(&serde_json::to_string_pretty(&whole)?);
        return Ok(Exit::Ok);
    }
    // A terminal breaks lines where it pleases; a file has room for all.
    let columns = if console.is_terminal() {
        crossterm::terminal::size().map_or(80, |(columns, _)| usize::from(columns).clamp(40, 120))
    } else {
        200
    };
    for line in why::lines(&plan.decision, &plan.reason, None, &names) {
        let room = columns.saturating_sub(usize::from(line.indent) + 2);
        let indent = " ".repeat(usize::from(line.indent));
        for (nth, text) in words::wrapped(&line.text, room).into_iter().enumerate() {
            console.line(format!("{indent}{}{text}", if nth > 0 { "  " } else { "" }).trim_end());
        }
    }
    Ok(Exit::Ok)
}

fn whole(plan: &Plan) -> Value {
    let (task, decision) = (&plan.decision.task, &plan.decision);
    json!({
        "class": task.class.name(), "confidence": task.confidence, "second": task.second.name(), "complexity": task.complexity,
        "tier": decision.tier, "model": model(plan), "reason": plan.reason.to_string(), "why": plan.reason, "chain": decision.chain,
        "evidence": task.evidence, "considered": decision.considered, "notes": decision.notes,
    })
}

fn model(plan: &Plan) -> &str {
    plan.candidates.first().map_or("", |candidate| candidate.model.short())
}

/// Labels the prompts of a file, without contacting anybody.
///
/// # Errors
/// When a label cannot be written as JSON.
pub fn file(path: &Path, output: Output, start: &Start) -> Result<Exit> {
    let mut input: Box<dyn BufRead> = match open(path) {
        Ok(input) => Box::new(BufReader::with_capacity(1 << 16, input)),
        Err(error) => return Ok(unreadable(path, &error)),
    };
    let router = Router::new(start.config.clone());
    let names = Names::of(&start.config);
    let mut labelling =
        Labelling { router, names, console: Console::new(), report: Report::default(), json: output.json, wrong: 0 };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        match input.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) if !output.json && line.trim_ascii().is_empty() => continue,
            Ok(_) => labelling.line(number, &line),
            Err(error) => return Ok(unreadable(path, &error)),
        }
        if let Some(exit) = labelling.console.closed() {
            return Ok(exit);
        }
    }
    Ok(labelling.end())
}

fn open(path: &Path) -> io::Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(File::open(path)?))
}

fn unreadable(path: &Path, error: &io::Error) -> Exit {
    let hint = "see that the name is right and that you may read it; `-` is what is piped in";
    complain("error", &format!("{} cannot be read: {error}", path.display()), hint);
    Exit::Usage
}

/// A prompt and what it was labelled with.
struct Labelled {
    prompt: String,
    /// The label, and all classes that are right.
    label: Option<(TaskClass, Vec<TaskClass>)>,
}

struct Labelling {
    router: Router,
    names: Names,
    console: Console,
    report: Report,
    json: bool,
    wrong: usize,
}

impl Labelling {
    /// Answers one line; one that cannot be read gets an answer, too, so that lines stay side by side.
    fn line(&mut self, number: usize, line: &[u8]) {
        let routed = parse(line).and_then(|labelled| match self.router.route(&labelled.prompt) {
            Ok(plan) => Ok((labelled, plan)),
            Err(failure) => Err(failure.what),
        });
        let (labelled, plan) = match routed {
            Ok(routed) => routed,
            Err(why) => return self.refuse(number, &why),
        };
        let task = &plan.decision.task;
        if self.json {
            let mut row = json!({
                "class": task.class.name(), "confidence": task.confidence, "complexity": task.complexity, "model": model(&plan),
                "reason": plan.reason.to_string(),
            });
            self.names.beside(&mut row);
            self.console.line(&row.to_string());
        } else if let Some((label, accepted)) = labelled.label {
            self.report.add(label, &accepted, task.class);
        } else {
            let shown = words::fit(&crate::sanitise::clean_line(labelled.prompt.lines().next().unwrap_or_default()), 60);
            let called = plan.candidates.first().map(|candidate| self.names.model(&candidate.model)).unwrap_or_default();
            let (class, sure, level) = (task.class.name(), task.confidence.percent(), task.complexity.level());
            self.console.line(&format!("{class:<15} {sure:>3} %  {level:>2}  {called:<24} {shown}"));
        }
    }

    fn refuse(&mut self, number: usize, why: &str) {
        self.wrong += 1;
        if self.json {
            self.console.line(&json!({ "error": why, "line": number }).to_string());
        } else {
            let hint = "a line is {\"prompt\": \"...\", \"label\": \"CodeGeneration\"}; the label may be left out";
            complain("error", &format!("line {number}: {why}"), hint);
        }
    }

    fn end(mut self) -> Exit {
        for line in self.report.lines() {
            self.console.line(&line);
        }
        if self.wrong > 0 { Exit::Usage } else { self.console.closed().unwrap_or(Exit::Ok) }
    }
}

fn parse(line: &[u8]) -> Result<Labelled, String> {
    // A mark that some editors write before everything else.
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let value: Value = serde_json::from_slice(line).map_err(|_| "this line is no JSON".to_owned())?;
    let prompt = value.get("prompt").and_then(Value::as_str).ok_or("this line is no object with a string `prompt`")?.to_owned();
    let class = |label: &Value| {
        let known = label.as_str().and_then(TaskClass::parse);
        known.ok_or_else(|| format!("{label} is no class: they are {}", TaskClass::ALL.map(TaskClass::name).join(", ")))
    };
    let label = match value.get("label").filter(|label| !label.is_null()) {
        None => None,
        Some(label) => {
            let label = class(label)?;
            let also = value.get("labels").and_then(Value::as_array).into_iter().flatten().map(class);
            Some((label, also.chain([Ok(label)]).collect::<Result<_, _>>()?))
        }
    };
    Ok(Labelled { prompt, label })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_file() {
        for (line, want) in [
            (r#"{"prompt":"x"}"#, Ok(None)),
            ("\u{feff}{\"prompt\":\"x\"}", Ok(None)),
            (r#"{"prompt":"x","label":null}"#, Ok(None)),
            (r#"{"prompt":"x","label":"CodeGeneration"}"#, Ok(Some((TaskClass::CodeGeneration, 1)))),
            (r#"{"prompt":"x","label":"code","labels":["General","Creative"]}"#, Ok(Some((TaskClass::CodeGeneration, 3)))),
            (r#"{"prompt":"x","label":"Code"}"#, Ok(Some((TaskClass::CodeGeneration, 1)))),
            (r#"{"prompt":"x","label":"Cooking"}"#, Err("\"Cooking\" is no class")),
            (r#"{"prompt":1}"#, Err("this line is no object with a string `prompt`")),
            ("nonsense", Err("this line is no JSON")),
        ] {
            let got = parse(line.as_bytes()).map(|l| l.label.map(|(label, accepted)| (label, accepted.len())));
            match want {
                Ok(want) => assert_eq!(got, Ok(want), "{line}"),
                Err(want) => assert!(got.unwrap_err().starts_with(want), "{line}"),
            }
        }
    }
}
