//! Where a model runs, computed from addresses and from what its server lists. Everything doubtful counts as off the machine.

use crate::config::ProviderPlace;
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

/// Where a provider's models run. An address of this machine is no proof that they run here: a proxy (LiteLLM) forwards to
/// clouds. So only the user's own word makes it so, and that is believed of loopback addresses alone.
pub fn of_provider(place: ProviderPlace, host: &str) -> Location {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let loopback =
        bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.to_canonical().is_loopback());
    match place {
        ProviderPlace::Here if loopback => Location::Local,
        ProviderPlace::Network => Location::Network(bare.to_owned()),
        ProviderPlace::Here | ProviderPlace::External => Location::External(bare.to_owned()),
    }
}

/// The registry that Ollama fetches from where a name says nothing else.
pub const REGISTRY: &str = "registry.ollama.ai";

/// The host that a model would be fetched from: `hf.co` for `hf.co/someone/model:Q4`. A name has a host where it has three
/// parts or more.
pub fn registry_of(name: &str) -> &str {
    let name = name.split_once("://").map_or(name, |(_, rest)| rest);
    match name.split_once('/') {
        Some((host, rest)) if rest.contains('/') => host,
        _ => REGISTRY,
    }
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
    fn providers() {
        use ProviderPlace::{External, Here, Network};
        let external = |h: &str| Location::External(h.to_owned());
        for (place, host, want) in [
            (External, "api.openai.com", external("api.openai.com")),
            (External, "127.0.0.1", external("127.0.0.1")),
            (Here, "127.0.0.1", Location::Local),
            (Here, "localhost", Location::Local),
            (Here, "[::1]", Location::Local),
            (Here, "box", external("box")),
            (Here, "localhost.example.com", external("localhost.example.com")),
            (Here, "0.0.0.0", external("0.0.0.0")),
            (Network, "box", Location::Network("box".to_owned())),
        ] {
            assert_eq!(of_provider(place, host), want, "{place:?} {host}");
        }
    }

    #[test]
    fn registries() {
        for (name, host) in [
            ("llama3.1:8b", REGISTRY),
            ("someone/model", REGISTRY),
            ("registry.ollama.ai/library/x:1", REGISTRY),
            ("hf.co/someone/model:Q4", "hf.co"),
            ("https://hf.co/someone/model", "hf.co"),
            ("host:5000/a/b", "host:5000"),
        ] {
            assert_eq!(registry_of(name), host, "{name}");
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
