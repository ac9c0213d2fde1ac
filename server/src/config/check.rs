//! What no single key can tell: whether the parts fit together.

use super::listens::Listen;
use super::model::{ClusterMode, Vhost};
use super::read::{Read, VhostPlaces};
use super::report::{Finding, Report};
use super::source::Span;
use crate::forward::Destination;

/// Reports what does not fit.
pub(super) fn check(read: &Read, report: &mut Report) {
    let config = &read.config;
    if !read.rtmp_listen_is_set {
        let help = "add 'listen 1935;', or set the environment variable SRS_LISTEN";
        report.push(Finding::error("there is no 'listen': nobody could publish").help(help));
    }
    same_endpoints(read, report);
    same_mounts(read, report);
    credentials(read, report);
    let vhosts = || config.vhosts.iter().filter(|vhost| vhost.enabled);
    if vhosts().next().is_none() {
        let message = "no vhost is enabled: every publisher and viewer will be refused";
        report.push(Finding::warning(message).help("add 'vhost __defaultVhost__ { }'"));
    }
    if vhosts().any(|vhost| vhost.http_remux.enabled) && !config.http_server.enabled {
        let message = "http_remux is on, but http_server is off: nobody could watch";
        report.push(Finding::warning(message).help("write 'http_server { enabled on; }'"));
    }
    for (vhost, places) in config.vhosts.iter().zip(&read.places).filter(|(vhost, _)| vhost.enabled) {
        destinations(vhost, places, report);
        origins(vhost, places, report);
    }
    if report.has_errors() {
        // What is missing may be what was refused.
        return;
    }
    for (vhost, places) in config.vhosts.iter().zip(&read.places).filter(|(vhost, _)| vhost.enabled) {
        without_effect(vhost, places, report);
    }
}

/// Two listeners on one address would tell the operator that the port is taken, by flvgate itself.
fn same_endpoints(read: &Read, report: &mut Report) {
    let addresses =
        |listen: Listen| listen.addresses(&read.config).iter().map(move |address| (listen, address));
    let all: Vec<_> =
        Listen::ALL.into_iter().flat_map(addresses).filter(|(_, address)| address.port() != 0).collect();
    for (at, &(listen, address)) in all.iter().enumerate() {
        let taken = |&&(other, there): &&(Listen, _)| there == address && !listen.shares_with(other);
        if let Some(&(other, _)) = all[..at].iter().find(taken) {
            let message = format!("{address} is to be listened on twice");
            let (first, second) = (read.listens.origin(other), read.listens.origin(listen));
            report.push(Finding::error(message).help(format!("by {first}; and by {second}")));
        }
    }
}

/// Streams of two vhosts with one mount have one URL, and of two equal mounts of one vhost one is in vain.
fn same_mounts(read: &Read, report: &mut Report) {
    let mut before: Vec<(String, &str, Option<Span>)> = Vec::new();
    for (vhost, places) in read.config.vhosts.iter().zip(&read.places) {
        if !vhost.enabled || !vhost.http_remux.enabled {
            continue;
        }
        for (at, mount) in vhost.http_remux.mounts.iter().enumerate() {
            let (mount, place) = (&mount.0, places.mounts.get(at).copied().or(places.name));
            let url = mount.replace("[vhost]", &vhost.name);
            if let Some((_, first, first_place)) = before.iter().find(|(other, ..)| *other == url) {
                let message = if *first == vhost.name {
                    format!("vhost '{first}' has the mount '{mount}' twice")
                } else {
                    format!("vhosts '{first}' and '{}' have one mount, '{mount}'", vhost.name)
                };
                let finding =
                    Finding::error(message).help("begin the mounts with '[vhost]/', or make them differ");
                report.push(match (place, first_place) {
                    (Some(place), Some(first)) => {
                        finding.at(place, "the second").because(*first, "the first")
                    }
                    _ => finding,
                });
            }
            before.push((url, &vhost.name, place));
        }
    }
}

/// An empty name and password would let everybody in who knows that they are empty.
fn credentials(read: &Read, report: &mut Report) {
    if let Some(auth) = &read.config.http_api.auth {
        if auth.username.is_empty() || auth.password.is_empty() {
            let message = "'http_api { auth { enabled } }' is on, but there is no username or no password";
            report.push(Finding::error(message).help("add 'username NAME;' and 'password PASSWORD;' to it"));
        } else if auth.username.contains(':') {
            let message =
                "the username of 'http_api { auth { } }' has a colon, with which nobody could log in";
            report.push(Finding::error(message));
        }
    }
}

/// What `forward` cannot reach, however its servers are.
fn destinations(vhost: &Vhost, places: &VhostPlaces, report: &mut Report) {
    for destination in &vhost.forward.destinations {
        if let Err(error) = destination.parse::<Destination>() {
            let finding = Finding::error(format!("forward of vhost '{}': {error}", vhost.name));
            report.push(match places.name {
                Some(name) => finding.at(name, ""),
                None => finding,
            });
        }
    }
}

/// What an edge cannot pull from, however its origins are.
fn origins(vhost: &Vhost, places: &VhostPlaces, report: &mut Report) {
    for origin in &vhost.cluster.origins {
        if let Err(error) = Destination::address(origin) {
            let finding = Finding::error(format!("origin of vhost '{}': {error}", vhost.name));
            report.push(match places.name {
                Some(name) => finding.at(name, ""),
                None => finding,
            });
        }
    }
}

/// Blocks that are on and do nothing, or more than was meant.
fn without_effect(vhost: &Vhost, places: &VhostPlaces, report: &mut Report) {
    let mut warn = |message: String, help: &str| {
        let finding = Finding::warning(message).help(help);
        report.push(match places.name {
            Some(name) => finding.at(name, ""),
            None => finding,
        });
    };
    let name = &vhost.name;
    if vhost.cluster.mode == ClusterMode::Remote && vhost.cluster.origins.is_empty() {
        let message = format!(
            "vhost '{name}' is to be an edge, but has no origin: it serves only what is published to it"
        );
        warn(message, "add 'origin HOST:PORT;' to its cluster");
    }
    if vhost.forward.enabled && vhost.forward.destinations.is_empty() {
        warn(
            format!("forward of vhost '{name}' is on, but has no destination"),
            "add 'destination HOST:PORT;'",
        );
    }
    if vhost.forward.enabled && !vhost.publish.kickoff_for_idle.is_zero() {
        let message = format!(
            "kickoff_for_idle of vhost '{name}' disconnects publishers whose streams are only forwarded"
        );
        warn(message, "whom a stream is forwarded to is no viewer of it; take one of the two out");
    }
    if vhost.security.enabled && vhost.security.rules.is_empty() {
        let message = format!("security of vhost '{name}' is on without a rule: nobody may publish or play");
        warn(message, "add 'allow play all;' or other rules");
    }
}
