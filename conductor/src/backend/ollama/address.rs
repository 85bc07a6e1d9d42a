//! The forms of `OLLAMA_HOST`, read as Ollama's own client reads them.
//!
//! What must stay true: reading an address does no I/O and never panics; `0.0.0.0` and `[::]`, which servers are told to
//! listen on, mean this machine; a path is kept and never doubled into `//api`, which Ollama answers with a redirect.

use super::super::BackendError;
use std::fmt;
use url::{Host, Url};

/// Where Ollama listens unless told otherwise.
const DEFAULT_PORT: u16 = 11434;

/// The address of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    /// Ends in `/`.
    base: Url,
    /// As in the URL; IPv6 without brackets.
    host: String,
    port: u16,
}

impl Address {
    /// Reads what `OLLAMA_HOST` or `ollama.host` holds. A port is 11434 where none is given; after `http://` or `https://`
    /// it is 80 or 443.
    ///
    /// # Errors
    /// `Refused` for what is no address. What stands before an `@` is not repeated in the words: it may be a password.
    pub(super) fn parse(text: &str) -> Result<Self, BackendError> {
        let trimmed = text.trim_matches(|c: char| c.is_whitespace() || c == '"' || c == '\'');
        let (scheme, rest, default_port) = match trimmed.split_once("://") {
            None if trimmed.eq_ignore_ascii_case("ollama.com") => ("https", trimmed, 443),
            None => ("http", trimmed, DEFAULT_PORT),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest, 80),
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest, 443),
            Some((scheme, _)) => return Err(bad(text, &format!("`{scheme}` is neither http nor https"))),
        };
        if rest.contains('@') {
            return Err(bad("the address with an `@`", "a name and password cannot be given in it"));
        }
        if rest.contains(['?', '#', '\\']) || rest.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(bad(text, "a host, a port and a path are all that may stand in it"));
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (host, port) = split_port(authority);
        let port = match port {
            None | Some("") => default_port,
            Some(digits) => parse_port(digits).ok_or_else(|| bad(text, &format!("`{digits}` is no port")))?,
        };
        let host = client_host(host).map_err(|why| bad(text, &why))?;
        let path: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
        let path = if path.is_empty() { String::new() } else { format!("{}/", path.join("/")) };
        let base = Url::parse(&format!("{scheme}://{host}:{port}/{path}")).map_err(|e| bad(text, &e.to_string()))?;
        let host = match base.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(ip)) => ip.to_string(),
            Some(Host::Ipv6(ip)) => ip.to_string(),
            None => return Err(bad(text, "there is no host in it")),
        };
        Ok(Self { base, host, port })
    }

    /// The host; IPv6 without brackets.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Whether it is spoken to in TLS.
    pub(super) fn tls(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// Scheme, host and port.
    pub(super) fn origin(&self) -> String {
        self.base.origin().ascii_serialization()
    }

    /// The URL of `path`, which has no slash at its start.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

/// For a person: the URL without the slash at its end.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.as_str().trim_end_matches('/'))
    }
}

/// Host and port. An IPv6 address without brackets has no port.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    if let Some(rest) = authority.strip_prefix('[') {
        return match rest.split_once(']') {
            Some((host, "")) => (host, None),
            Some((host, port)) if port.starts_with(':') => (host, Some(&port[1..])),
            _ => (authority, None),
        };
    }
    match authority.split_once(':') {
        Some((_, rest)) if rest.contains(':') => (authority, None),
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    }
}

fn parse_port(digits: &str) -> Option<u16> {
    let all_digits = digits.bytes().all(|b| b.is_ascii_digit());
    digits.parse().ok().filter(|port| all_digits && *port != 0)
}

/// The host to connect to, as it is written in a URL.
fn client_host(host: &str) -> Result<String, String> {
    if host.is_empty() {
        return Ok("127.0.0.1".to_owned());
    }
    let in_url = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
    match Host::parse(&in_url) {
        Ok(Host::Ipv4(ip)) if ip.is_unspecified() => Ok("127.0.0.1".to_owned()),
        Ok(Host::Ipv6(ip)) if ip.is_unspecified() => Ok("[::1]".to_owned()),
        Ok(parsed) => Ok(parsed.to_string()),
        Err(e) => Err(format!("`{host}` is no host ({e})")),
    }
}

fn bad(text: &str, why: &str) -> BackendError {
    BackendError::Refused(format!("{} is not the address of an Ollama server: {why}", text.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms() {
        for (text, want) in [
            ("", "http://127.0.0.1:11434/api/tags"),
            ("0.0.0.0", "http://127.0.0.1:11434/api/tags"),
            ("0.0.0.0:8080", "http://127.0.0.1:8080/api/tags"),
            ("0", "http://127.0.0.1:11434/api/tags"),
            ("box", "http://box:11434/api/tags"),
            ("BOX", "http://box:11434/api/tags"),
            ("box:", "http://box:11434/api/tags"),
            (":8080", "http://127.0.0.1:8080/api/tags"),
            ("box:8080", "http://box:8080/api/tags"),
            ("box:8080/", "http://box:8080/api/tags"),
            ("127.0.0.1:11434///", "http://127.0.0.1:11434/api/tags"),
            ("http://box", "http://box/api/tags"),
            ("HTTP://box", "http://box/api/tags"),
            ("https://box", "https://box/api/tags"),
            ("https://box:11434", "https://box:11434/api/tags"),
            ("http://box:11434/", "http://box:11434/api/tags"),
            ("http://", "http://127.0.0.1/api/tags"),
            ("http://box/ollama", "http://box/ollama/api/tags"),
            ("http://box//ollama//", "http://box/ollama/api/tags"),
            ("box:8080/a/b/", "http://box:8080/a/b/api/tags"),
            ("::1", "http://[::1]:11434/api/tags"),
            ("[::1]", "http://[::1]:11434/api/tags"),
            ("[::1]:8080", "http://[::1]:8080/api/tags"),
            ("[::]", "http://[::1]:11434/api/tags"),
            ("http://[::]:8080", "http://[::1]:8080/api/tags"),
            ("\"0.0.0.0\"", "http://127.0.0.1:11434/api/tags"),
            (" ' box:8080 ' ", "http://box:8080/api/tags"),
            ("ollama.com", "https://ollama.com/api/tags"),
        ] {
            let address = Address::parse(text).unwrap_or_else(|e| panic!("{text:?}: {e}"));
            assert_eq!(address.url("api/tags"), want, "{text:?}");
            assert!(!address.to_string().ends_with('/'), "{text:?}");
            assert!(want.starts_with(&address.origin()), "{text:?}");
        }
    }

    #[test]
    fn parts() {
        for (text, host, port, tls, ip) in [
            ("https://Box:1/x", "box", 1, true, false),
            ("[::1]:2", "::1", 2, false, true),
            ("http://0.0.0.0", "127.0.0.1", 80, false, true),
        ] {
            let address = Address::parse(text).unwrap();
            let found = (address.host(), address.port(), address.tls(), address.host().parse::<std::net::IpAddr>().is_ok());
            assert_eq!(found, (host, port, tls, ip), "{text:?}");
        }
    }

    #[test]
    fn garbage() {
        for (text, names) in [
            ("ftp://box", "ftp"),
            ("unix:///run/ollama.sock", "unix"),
            ("box:port", "port"),
            ("box:99999", "99999"),
            ("box:0", "`0`"),
            ("box:+1", "+1"),
            ("box:1?x=1", "path"),
            ("a b", "path"),
            ("[::1", "no host"),
            ("[::1]x", "no host"),
            ("1:2:3", "no host"),
            ("fe80::1%eth0", "no host"),
            ("bo^x", "no host"),
        ] {
            match Address::parse(text) {
                Err(BackendError::Refused(why)) => assert!(why.contains(names) && why.contains(text), "{text:?}: {why}"),
                other => panic!("{text:?}: {other:?}"),
            }
        }
        let with_password = Address::parse("http://me:secret@box").unwrap_err().to_string();
        assert!(!with_password.contains("secret"), "{with_password}");
    }

    proptest! {
        #[test]
        fn never_panics_and_never_doubles_a_slash(text in "\\PC{0,24}|[a-z0-9:/\\[\\]@.%'\" ]{0,24}") {
            if let Ok(address) = Address::parse(&text) {
                let url = address.url("api/tags");
                let path = url.split_once("://").map_or("", |(_, rest)| rest);
                prop_assert!(!path.contains("//"), "{}", url);
                prop_assert!(path.ends_with("/api/tags"), "{}", url);
            }
        }
    }
}
