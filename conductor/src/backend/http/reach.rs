//! Which machine may be connected to, and where that is.
//!
//! What must stay true: leave for another machine comes out of what `privacy` gave out, a [`Sealed`] or a [`Pass`], and out
//! of nothing else; a name is looked up only with that leave, since the question who it is goes out, too.

use super::super::BackendError;
use crate::domain::Location;
use crate::privacy::{Pass, Sealed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// Leave to connect: to this machine, and to one other host at most.
#[derive(Debug)]
pub(crate) struct Reach {
    there: Option<String>,
}

impl Reach {
    /// To this machine alone. Nobody has to be asked for that.
    pub(crate) fn here() -> Self {
        Self { there: None }
    }

    /// To where these bytes may go.
    pub(crate) fn of_sealed(sealed: &Sealed) -> Self {
        Self::to(sealed.destination().location())
    }

    /// To where this pass is for.
    pub(crate) fn of_pass(pass: &Pass) -> Self {
        Self::to(pass.location())
    }

    fn to(location: &Location) -> Self {
        match location {
            Location::Local => Self::here(),
            Location::Network(host) | Location::External(host) => Self { there: Some(host.clone()) },
        }
    }

    /// Whether it is leave for `host`, which is written without brackets.
    pub(super) fn covers(&self, host: &str) -> bool {
        self.there.as_deref().is_some_and(|there| there.eq_ignore_ascii_case(host))
    }
}

/// The addresses of a host that nobody has to be asked about: an address, which stands for itself, and `localhost`, which
/// is this machine whatever a table of names says. IPv4 first, since that is where most servers listen by default.
pub(crate) fn known(host: &str, port: u16) -> Option<Vec<SocketAddr>> {
    if host.eq_ignore_ascii_case("localhost") {
        return Some(vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]);
    }
    host.parse::<IpAddr>().ok().map(|ip| vec![(ip, port).into()])
}

/// All addresses of `host`, always in the same order, so that the same addresses compare equal.
///
/// # Errors
/// `Refused` for a name without leave for it; `Unreachable` where it has no address, or none was found in `limit`.
pub(crate) async fn look_up(
    host: &str,
    port: u16,
    reach: &Reach,
    loopback_only: bool,
    limit: Duration,
) -> Result<Vec<SocketAddr>, BackendError> {
    if let Some(addresses) = known(host, port) {
        return Ok(addresses);
    }
    #[cfg(test)]
    if host.ends_with(".loopback.test") {
        return Ok(vec![(Ipv4Addr::LOCALHOST, port).into()]);
    }
    may_leave(host, reach, loopback_only)?;
    let unresolved = |why: &str| BackendError::Unreachable(format!("the name {host} could not be looked up: {why}"));
    let found = tokio::time::timeout(limit, tokio::net::lookup_host((host, port))).await;
    let found = found.map_err(|_| unresolved("no answer in time"))?;
    let mut addresses: Vec<SocketAddr> = found.map_err(|e| unresolved(&e.to_string()))?.collect();
    addresses.sort_unstable();
    addresses.dedup();
    if addresses.is_empty() { Err(unresolved("it has no address")) } else { Ok(addresses) }
}

/// Whether anything may go to `host`, which is not this machine. In the tests of this crate nothing may.
pub(super) fn may_leave(host: &str, reach: &Reach, loopback_only: bool) -> Result<(), BackendError> {
    if !reach.covers(host) {
        return Err(BackendError::Refused(format!("{host} is not on this machine, so no connection to it was made")));
    }
    if loopback_only || cfg!(test) {
        let why = "connections to other machines are switched off (SEGNO_LOOPBACK_ONLY)";
        return Err(BackendError::Refused(format!("{why}, so none to {host} was made")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_hosts() {
        for (host, want) in [
            ("127.0.0.1", &["127.0.0.1:7"][..]),
            ("192.0.2.1", &["192.0.2.1:7"]),
            ("::1", &["[::1]:7"]),
            ("LocalHost", &["127.0.0.1:7", "[::1]:7"]),
            ("box", &[]),
            ("localhost.example.com", &[]),
        ] {
            let found: Vec<_> = known(host, 7).into_iter().flatten().map(|a| a.to_string()).collect();
            assert_eq!(found, want, "{host}");
        }
    }

    #[tokio::test]
    async fn a_name_is_not_looked_up_without_leave() {
        let to = |host: &str| Reach::to(&Location::Network(host.to_owned()));
        for (reach, want) in [
            (Reach::here(), "is not on this machine"),
            (to("other.invalid"), "is not on this machine"),
            (to("BOX.invalid"), "SEGNO_LOOPBACK_ONLY"),
        ] {
            let found = look_up("box.invalid", 1, &reach, false, Duration::from_secs(1)).await;
            assert!(matches!(&found, Err(BackendError::Refused(why)) if why.contains(want)), "{reach:?}: {found:?}");
        }
    }
}
