//! What no single key can tell: whether the parts fit together.

use super::read::Read;
use super::report::{Finding, Report};
use super::source::Span;

/// Reports what does not fit.
pub(super) fn check(read: &Read, report: &mut Report) {
    let config = &read.config;
    if config.rtmp.listen.is_empty() && read.rtmp_listen.is_none() {
        let help = "add 'listen 1935;', or set the environment variable SRS_LISTEN";
        report.push(Finding::error("there is no 'listen': nobody could publish").help(help));
    }
    same_endpoints(read, report);
    same_mounts(read, report);
    let vhosts = || config.vhosts.iter().filter(|vhost| vhost.enabled);
    if vhosts().next().is_none() {
        let message = "no vhost is enabled: every publisher and viewer will be refused";
        report.push(Finding::warning(message).help("add 'vhost __defaultVhost__ { }'"));
    }
    if vhosts().any(|vhost| vhost.http_remux.enabled) && !config.http_server.enabled {
        let message = "http_remux is on, but http_server is off: nobody could watch";
        report.push(Finding::warning(message).help("write 'http_server { enabled on; }'"));
    }
}

/// Two listeners on one address would tell the operator that the port is taken, by flvgate itself.
fn same_endpoints(read: &Read, report: &mut Report) {
    let http = &read.config.http_server;
    let http = if http.enabled { http.listen.as_slice() } else { &[] };
    let all: Vec<_> =
        read.config.rtmp.listen.iter().chain(http).filter(|address| address.port() != 0).collect();
    for (at, address) in all.iter().enumerate() {
        if all[..at].contains(address) {
            let or = |origin: &Option<String>| origin.clone().unwrap_or_else(|| "the default".to_owned());
            let message = format!("{address} is to be listened on twice");
            let help = format!("RTMP: {}; HTTP: {}", or(&read.rtmp_listen), or(&read.http_listen));
            report.push(Finding::error(message).help(help));
        }
    }
}

/// Streams of two vhosts with one mount have one URL, unless it has `[vhost]` in it.
fn same_mounts(read: &Read, report: &mut Report) {
    let mut before: Vec<(&str, &str, Option<Span>)> = Vec::new();
    for (vhost, span) in read.config.vhosts.iter().zip(&read.vhost_names) {
        if !vhost.enabled || !vhost.http_remux.enabled {
            continue;
        }
        for mount in vhost.http_remux.mounts.iter().map(|mount| mount.0.as_str()) {
            if mount.contains("[vhost]") {
                continue;
            }
            if let Some((_, first, first_span)) = before.iter().find(|(other, ..)| *other == mount) {
                let finding = Finding::error(format!(
                    "vhosts '{first}' and '{}' have one mount, '{mount}'",
                    vhost.name
                ))
                .help("begin the mounts with '[vhost]/', or make them differ");
                report.push(match (span, first_span) {
                    (Some(span), Some(first)) => finding.at(*span, "the second").because(*first, "the first"),
                    _ => finding,
                });
            }
            before.push((mount, &vhost.name, *span));
        }
    }
}
