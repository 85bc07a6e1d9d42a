//! Where things are: addresses of servers and of providers, and hosts.
//!
//! What must stay true: what may hold a password is not repeated in the words of an error.

use super::{Checked, Spot, wrong};
use crate::config::error::is_hidden;
use std::net::IpAddr;
use url::{Host, Url};

impl Spot<'_> {
    /// Only what no server's address can be; the backend that connects reads it in full.
    pub(super) fn host(&self, text: &str) -> Checked<String> {
        let host = text.trim();
        let hint = "write \"host\", \"host:port\" or \"http://host:port\"";
        let scheme = host.split_once("://").map(|(scheme, _)| scheme.to_lowercase());
        let rest = host.split_once("://").map_or(host, |(_, rest)| rest);
        if rest.is_empty() || host.contains(|c: char| c.is_whitespace() || is_hidden(c)) {
            return wrong(format!("`{}`: `{host}` is no address of a server", self.name), hint);
        }
        match scheme.as_deref() {
            None | Some("http" | "https") => Ok(host.to_owned()),
            Some(scheme) => wrong(format!("`{}`: Ollama does not speak `{scheme}`", self.name), hint),
        }
    }

    /// A host without scheme, port and path; an address in its one short form, since it is compared as text.
    pub(super) fn bare_host(&self, text: &str) -> Checked<String> {
        let host = text.trim();
        let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Ok(ip.to_string());
        }
        let hint = "write a host name or an address alone, as in \"gpu-box\": no scheme, no port, no path, no `*`";
        let part = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if host.is_empty() || host.len() > 253 || !host.chars().all(part) || host.starts_with(['-', '.']) {
            return wrong(format!("`{}`: `{host}` is no host", self.name), hint);
        }
        Ok(host.to_ascii_lowercase())
    }

    /// The address that paths are added to, without a slash at its end.
    pub(super) fn endpoint(&self, text: &str) -> Checked<String> {
        let hint = format!("write it as `{}`", self.example);
        let address = text.trim();
        let authority = address.split_once("://").map_or(address, |(_, rest)| rest).split('/').next().unwrap_or_default();
        if authority.contains('@') {
            return wrong(
                format!("`{}` has a name or a password in it", self.name),
                "take out all up to the `@`: keys stand elsewhere",
            );
        }
        if address.contains(['?', '#']) {
            return wrong(format!("`{}` has a `?` or a `#` in it", self.name), "end it before that: keys stand elsewhere");
        }
        let bad = address.contains(|c: char| c.is_whitespace() || c == '\\' || is_hidden(c));
        let url = Url::parse(address).ok().filter(|url| !bad && url.has_host() && address.contains("://"));
        let Some(url) = url else {
            return wrong(format!("`{}`: `{address}` is no address", self.name), hint);
        };
        if !matches!(url.scheme(), "http" | "https") {
            return wrong(format!("`{}`: `{}` is neither http nor https", self.name, url.scheme()), hint);
        }
        let address = address.trim_end_matches('/');
        for path in ["/chat/completions", "/completions", "/messages"] {
            if let Some(before) = address.strip_suffix(path) {
                return wrong(format!("`{}` ends in `{path}`, which Segno adds itself", self.name), format!("write `{before}`"));
            }
        }
        Ok(address.to_owned())
    }
}

/// True where `endpoint` can only be this machine: nothing is looked up, so a name is none but `localhost`.
pub(in crate::config) fn is_this_machine(endpoint: &str) -> bool {
    let url = Url::parse(endpoint).ok();
    match url.as_ref().and_then(Url::host) {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => IpAddr::from(ip).to_canonical().is_loopback(),
        None => false,
    }
}
