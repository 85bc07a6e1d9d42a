//! Where a model runs, computed from addresses and from what its server lists. Everything doubtful counts as off the machine.

use crate::domain::Location;
use std::net::{IpAddr, SocketAddr};

/// What a server's own list says of where a model runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remote {
    /// `remote_host` of the row.
    pub host: Option<String>,
    /// `remote_model` of the row.
    pub model: Option<String>,
}

/// Where a server is: local only if it resolved to something and every address is loopback.
///
/// The unspecified address counts as loopback: connecting to `0.0.0.0` reaches this machine.
pub fn of_server(host: &str, addresses: &[SocketAddr]) -> Location {
    let loopback = |ip: IpAddr| match ip.to_canonical() {
        IpAddr::V4(v4) => v4.is_loopback() || v4.is_unspecified(),
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified(),
    };
    if !addresses.is_empty() && addresses.iter().all(|a| loopback(a.ip())) {
        Location::Local
    } else {
        Location::Network(host.to_owned())
    }
}

/// Where a model of a server runs: Ollama's cloud models look local and are not.
pub fn of_model(server: &Location, name: &str, remote: &Remote) -> Location {
    let named = |field: &Option<String>| field.as_deref().is_some_and(|v| !v.trim().is_empty());
    if named(&remote.host) || named(&remote.model) || has_cloud_suffix(name) {
        let host = remote.host.as_deref().map(host_of).filter(|h| !h.is_empty());
        return Location::External(host.unwrap_or("ollama.com").to_owned());
    }
    server.clone()
}

/// Ollama's own rule for names: the text after the last `:`, trimmed and lower-cased, is `cloud`, or holds no `/` and ends
/// in `-cloud`. It holds for models that were never pulled, too.
pub fn has_cloud_suffix(name: &str) -> bool {
    let Some((_, tag)) = name.rsplit_once(':') else { return false };
    let tag = tag.trim().to_lowercase();
    tag == "cloud" || (!tag.contains('/') && tag.ends_with("-cloud"))
}

/// The host of a URL, or the text itself.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(list: &[&str]) -> Vec<SocketAddr> {
        list.iter().filter_map(|a| a.parse().ok()).collect()
    }

    #[test]
    fn servers() {
        let network = |h: &str| Location::Network(h.to_owned());
        for (host, list, want) in [
            ("localhost", vec!["127.0.0.1:1", "[::1]:1"], Location::Local),
            ("127.9.9.9", vec!["127.9.9.9:1"], Location::Local),
            ("mapped", vec!["[::ffff:127.0.0.1]:1"], Location::Local),
            ("0.0.0.0", vec!["0.0.0.0:1"], Location::Local),
            ("box", vec!["192.168.1.5:1"], network("box")),
            ("mixed", vec!["127.0.0.1:1", "10.0.0.1:1"], network("mixed")),
            ("nowhere", vec![], network("nowhere")),
        ] {
            assert_eq!(of_server(host, &addresses(&list)), want, "{host}");
        }
    }

    #[test]
    fn models() {
        let none = Remote::default();
        let host = Remote { host: Some("https://ollama.com:443".into()), model: None };
        let model = Remote { host: None, model: Some("gpt-oss:120b".into()) };
        let blank = Remote { host: Some(String::new()), model: Some(" ".into()) };
        let cloud = || Location::External("ollama.com".into());
        for (name, remote, want) in [
            ("llama3.1:8b", &none, Location::Local),
            ("foo-cloud", &none, Location::Local),
            ("foo-cloud:latest", &none, Location::Local),
            ("cloud:7b", &none, Location::Local),
            ("llama3.1:8b", &blank, Location::Local),
            ("gpt-oss:120b-cloud", &none, cloud()),
            ("gpt-oss:CLOUD ", &none, cloud()),
            ("my-alias:latest", &host, cloud()),
            ("my-alias:latest", &model, cloud()),
        ] {
            assert_eq!(of_model(&Location::Local, name, remote), want, "{name} {remote:?}");
        }
        let lan = Location::Network("box".into());
        assert_eq!(of_model(&lan, "llama3.1:8b", &none), lan);
        assert_eq!(of_model(&lan, "x:cloud", &none), cloud());
    }
}
