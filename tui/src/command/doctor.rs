//! `segno doctor`: what was found, what is wrong, and what to do about it.

use super::{Console, Exit, models};
use crate::args::{Common, Output};
use crate::setup::{self, Start};
use crate::view::theme::{self, Depth};
use crate::words::{self, Names};
use anyhow::Result;
use conductor::config::Place;
use conductor::domain::{BackendId, Condition, HealthRow, MemoryState, ModelId, Os, PoolState, QuotaState, ServerState, Slot};
use conductor::protocol::{Command, Event, ModelsSnapshot, Query, Reply};
use serde::Serialize;
use std::net::IpAddr;

/// How a finding is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    Note,
    Wrong,
}

/// One line of the report.
#[derive(Debug, Serialize)]
struct Finding {
    subject: &'static str,
    verdict: Verdict,
    what: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    hint: String,
}

/// Looks at everything and reports. Fails when something is wrong that keeps models from answering.
///
/// # Errors
/// When the report cannot be printed as JSON.
pub async fn run(output: Output, common: &Common, start: &Start) -> Result<Exit> {
    let (mut memory_state, mut health, mut hosts) = (None, Vec::new(), Vec::new());
    let mut findings = vec![configuration(common, start), database(start).await?];
    findings.extend(looks(start));
    let (names, mut pools) = (Names::of(&start.config), Vec::new());
    if let Some(snapshot) = models::ask(start).await? {
        (memory_state, health, hosts) = (snapshot.memory.clone(), snapshot.health.clone(), snapshot.hosts.clone());
        findings.push(memory(&snapshot));
        findings.extend(servers(&snapshot));
        if matches!(snapshot.best(), ServerState::Up { .. }) {
            findings.extend(shares(&snapshot));
            let ill = snapshot.health.iter().filter(|row| row.condition != Condition::Healthy);
            findings.extend(ill.map(|row| troubled(row, &snapshot, &names)));
            let quotas = snapshot.quotas.iter().flat_map(|(backend, states)| states.iter().map(move |state| (backend, state)));
            findings.extend(quotas.map(|(backend, state)| quota(backend, state)));
            let models = installed(&snapshot, &names);
            // Where no model answers, nothing stands in for another.
            let answers = models.verdict == Verdict::Ok;
            findings.push(models);
            findings.extend(slots(&snapshot, start).into_iter().filter(|_| answers));
        }
        pools = snapshot.pools;
    }
    for finding in &mut findings {
        finding.hint = words::for_the_command_line(&finding.hint);
    }
    let mut console = Console::new();
    if output.json {
        let mut report = serde_json::json!({
            "version": env!("CARGO_PKG_VERSION"), "findings": findings, "memory": memory_state, "health": health,
            "pools": pools,
        });
        // The other servers, with the state and the memory of each.
        if let (false, Some(report)) = (hosts.is_empty(), report.as_object_mut()) {
            report.insert("hosts".to_owned(), serde_json::to_value(&hosts)?);
        }
        names.beside(&mut report);
        console.line(&serde_json::to_string_pretty(&report)?);
    } else {
        print(&mut console, &findings, &pools);
    }
    Ok(if findings.iter().any(|f| f.verdict == Verdict::Wrong) { Exit::Failed } else { Exit::Ok })
}

fn print(console: &mut Console, findings: &[Finding], pools: &[PoolState]) {
    console.line(&format!("Segno {} on {}", env!("CARGO_PKG_VERSION"), Os::current().name()));
    for finding in findings {
        let verdict = match finding.verdict {
            Verdict::Ok => "ok",
            Verdict::Note => "note",
            Verdict::Wrong => "WRONG",
        };
        console.line(&format!("{verdict:<6} {:<14} {}", finding.subject, finding.what));
        if !finding.hint.is_empty() {
            console.line(&format!("{:21} hint: {}", "", finding.hint));
        }
    }
    for pool in pools.iter().filter(|pool| pool.was_used()) {
        let verdict = if pool.failed == 0 { "ok" } else { "note" };
        console.line(&format!("{verdict:<6} {:<14} {}", "connections", connections(pool)));
    }
}

/// What became of the connections to one backend, in a line.
fn connections(pool: &PoolState) -> String {
    let PoolState { backend, requests, opened, open, in_use, reused, waited, failed, .. } = pool;
    format!(
        "{backend}: {opened} opened, {open} open ({in_use} in use); of {requests} requests {reused} reused one, {waited} waited, {failed} failed"
    )
}

fn configuration(common: &Common, start: &Start) -> Finding {
    let file = setup::user_file(common, &start.paths);
    let there = if file.exists() { "" } else { " (not there: defaults)" };
    Finding { subject: "configuration", verdict: Verdict::Ok, what: format!("{}{there}", file.display()), hint: String::new() }
}

/// The theme, where it is not there or wrong: the chat would not start.
fn looks(start: &Start) -> Option<Finding> {
    let errors = theme::named(&start.config.ui.theme, start.theme_at.as_ref(), &start.paths.themes(), Depth::True).err()?;
    let first = errors.0.first()?;
    let at = match (&first.place, first.line()) {
        (Place::File { path, .. }, Some(line)) => format!(", line {line} of {}", path.display()),
        _ => String::new(),
    };
    let hint = format!("{}; `segno config check` shows all", first.hint);
    Some(Finding { subject: "theme", verdict: Verdict::Wrong, what: format!("{}{at}", first.what), hint })
}

async fn database(start: &Start) -> Result<Finding> {
    let (conductor, mut events) = start.conductor()?;
    let reply = conductor.query(Query::Conversations { limit: 1, deleted: false }).await;
    conductor.send(Command::Quit).await;
    let mut told = None;
    while let Some(event) = events.recv().await {
        // That a damaged database was put aside is said by a notice.
        if let Event::Notice { notice, .. } = event {
            told.get_or_insert((notice.what, notice.hint));
        }
    }
    let (verdict, what, hint) = match reply {
        Reply::Failed(failure) => (Verdict::Wrong, failure.what, failure.hint),
        _ if let Some((what, hint)) = told => (Verdict::Wrong, what, hint),
        _ => (Verdict::Ok, start.paths.database().display().to_string(), String::new()),
    };
    Ok(Finding { subject: "database", verdict, what, hint })
}

fn memory(snapshot: &ModelsSnapshot) -> Finding {
    let (verdict, what) = match snapshot.machine.memory_gib() {
        Some(gib) => (Verdict::Ok, format!("{gib} GiB: {} fits", words::first_model(snapshot))),
        None => (Verdict::Note, "could not be read".to_owned()),
    };
    Finding { subject: "memory", verdict, what, hint: String::new() }
}

/// The memory that the models of each server share.
fn shares(snapshot: &ModelsSnapshot) -> Vec<Finding> {
    let hosts = snapshot.states().filter_map(|(host, _)| Some((snapshot.memory_of(&host)?.clone(), host)));
    hosts.map(|(state, host)| of_host(shared(&state), &host, snapshot)).collect()
}

/// Says of which server a finding is, where there are several.
fn of_host(finding: Finding, host: &BackendId, snapshot: &ModelsSnapshot) -> Finding {
    if snapshot.hosts.is_empty() { finding } else { Finding { what: format!("{host}: {}", finding.what), ..finding } }
}

fn shared(state: &MemoryState) -> Finding {
    let verdict = if state.lost > 0 { Verdict::Note } else { Verdict::Ok };
    let hint = if state.lost > 0 { "set gpu.memory_mib to what your graphics card has" } else { "" };
    Finding { subject: "model memory", verdict, what: words::memory(state), hint: hint.to_owned() }
}

/// One that fails.
fn troubled(row: &HealthRow, snapshot: &ModelsSnapshot, names: &Names) -> Finding {
    let host = row.target.model().map(|_| words::on(row.target.backend(), &snapshot.several())).unwrap_or_default();
    let what = format!("{}{host}: {}", words::target(&row.target, names), words::health(row, snapshot.at_ms));
    let hint = row.last_failure.as_ref().map(|failure| failure.hint.clone()).unwrap_or_default();
    Finding { subject: "health", verdict: Verdict::Note, what, hint }
}

fn quota(backend: &BackendId, state: &QuotaState) -> Finding {
    let verdict = if state.percent >= 80 { Verdict::Note } else { Verdict::Ok };
    Finding { subject: "quota", verdict, what: format!("{backend}: {}", words::quota(state)), hint: String::new() }
}

/// Each server. Where one answers, another that does not keeps no model from answering.
fn servers(snapshot: &ModelsSnapshot) -> Vec<Finding> {
    let any = matches!(snapshot.best(), ServerState::Up { .. });
    let server = |(host, state): (BackendId, &ServerState)| {
        let verdict = match state {
            ServerState::Up { .. } => Verdict::Ok,
            _ if any => Verdict::Note,
            _ => Verdict::Wrong,
        };
        let hint = match elsewhere(state) {
            Some(name) => {
                format!("see that {name} is on, and that its Ollama listens for others: start it there with OLLAMA_HOST=0.0.0.0")
            }
            None => words::server_hint(state, snapshot.machine.os),
        };
        of_host(Finding { subject: "server", verdict, what: words::server(state), hint }, &host, snapshot)
    };
    snapshot.states().map(server).collect()
}

/// The host of a server that does not answer, where that is another machine.
fn elsewhere(state: &ServerState) -> Option<&str> {
    let ServerState::Down { address, .. } = state else { return None };
    let authority = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest).split('/').next()?;
    let name = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => authority.split(':').next()?,
    };
    let here = name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback() || ip.is_unspecified());
    (!here).then_some(name)
}

fn installed(snapshot: &ModelsSnapshot, called: &Names) -> Finding {
    let (here, away): (Vec<_>, Vec<_>) =
        snapshot.models.iter().filter(|m| m.capabilities.completion).partition(|m| m.location.is_local());
    if here.is_empty() {
        let hint = format!("`/pull {}` gets one that suits this machine", words::first_model(snapshot));
        return Finding {
            subject: "models",
            verdict: Verdict::Wrong,
            what: "none that answers on this machine".to_owned(),
            hint,
        };
    }
    let mut names: Vec<(&ModelId, Vec<&str>)> = Vec::new();
    for model in here {
        match names.iter_mut().find(|(name, _)| **name == model.id) {
            Some((_, hosts)) => hosts.push(model.backend.as_str()),
            None => names.push((&model.id, vec![model.backend.as_str()])),
        }
    }
    let several = !snapshot.hosts.is_empty();
    let named = |(model, hosts): &(&ModelId, Vec<&str>)| {
        let name = called.exact(model);
        if several { format!("{name} ({})", hosts.join(", ")) } else { name }
    };
    let mut what = names.iter().map(named).collect::<Vec<_>>().join(", ");
    if !away.is_empty() {
        what.push_str(&format!(" ({} more of the server's run elsewhere and are not used)", away.len()));
    }
    Finding { subject: "models", verdict: Verdict::Ok, what, hint: String::new() }
}

/// The slots whose model is not installed.
fn slots(snapshot: &ModelsSnapshot, start: &Start) -> Vec<Finding> {
    let missing = |slot: &Slot| !snapshot.models.iter().any(|m| m.id == *start.config.defaults.get(*slot));
    let finding = |slot: Slot| {
        let wanted = start.config.defaults.get(slot);
        let hint = format!("`/pull {wanted}` gets it, or name another as defaults.{} in the configuration", slot.key());
        Finding {
            subject: slot.key(),
            verdict: Verdict::Note,
            what: format!("{wanted} is not installed: another model is asked in its place"),
            hint,
        }
    };
    Slot::ALL.into_iter().filter(missing).map(finding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_machine_is_told_from_this_one() {
        for (address, want) in [
            ("http://127.0.0.1:11434", None),
            ("http://localhost:11434", None),
            ("http://[::1]:11434", None),
            ("http://box:11434", Some("box")),
            ("https://10.0.0.7/ollama", Some("10.0.0.7")),
            ("http://[fd00::7]:11434", Some("fd00::7")),
        ] {
            let state = ServerState::Down { address: address.to_owned(), why: String::new(), watching: false };
            assert_eq!(elsewhere(&state), want, "{address}");
        }
    }
}
