//! Where a stream is forwarded to: what the configuration says, made into a URL for a stream.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use crate::config::DEFAULT_VHOST;
use crate::hub::{PublisherInfo, StreamKey};
use crate::names::{PublicUrl, in_command, in_path};
use crate::rtmp::client::PublishUrl;

const SCHEME: &str = "rtmp://";

/// What a vhost's streams are published again as, where the URL does not say.
const SAME_APP: &str = "[app]";
const SAME_STREAM: &str = "[stream]";

/// RTMP's port.
const DEFAULT_PORT: u16 = 1935;

/// One destination of `forward`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    host: String,
    port: u16,
    /// What a URL says; `None` for SRS's `host[:port]`.
    path: Option<Path>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Path {
    app: String,
    stream: String,
    query: String,
}

/// Why something is no destination.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected host[:port] or rtmp://host[:port][/app[/stream]], got {:?}: {why}", PublicUrl::of(text).as_str())]
pub struct DestinationError {
    /// What was given; shown without its secrets.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl FromStr for Destination {
    type Err = DestinationError;

    /// Reads `host[:port]`, or a URL with `[vhost]`, `[app]` and `[stream]` in its path or query.
    ///
    /// One part of a path is an app; of several, the last is the stream.
    fn from_str(text: &str) -> Result<Self, DestinationError> {
        let error = |why| DestinationError { text: text.to_owned(), why };
        let (authority, path) = match text.strip_prefix(SCHEME) {
            Some(rest) => {
                let end = rest.find(['/', '?']).unwrap_or(rest.len());
                (&rest[..end], Some(Path::parse(&rest[end..]).map_err(error)?))
            }
            None if text.contains("://") => return Err(error("it does not start with rtmp://")),
            None if text.contains(['/', '?']) => return Err(error("a path needs rtmp:// before the host")),
            None => (text, None),
        };
        let (host, port) = split_authority(authority).map_err(error)?;
        Ok(Self { host: host.to_owned(), port, path })
    }
}

impl Destination {
    /// Reads `host[:port]` only.
    ///
    /// # Errors
    /// [`DestinationError`] when it is none, or a URL.
    pub fn address(text: &str) -> Result<Self, DestinationError> {
        if text.contains("://") {
            return Err(DestinationError { text: text.to_owned(), why: "a URL cannot be used here" });
        }
        text.parse()
    }

    /// Where `key`, which `publisher` publishes, goes.
    #[must_use]
    pub fn url_for(&self, key: &StreamKey, publisher: &PublisherInfo) -> PublishUrl {
        let (app, stream, query) = match &self.path {
            Some(path) => {
                let [app, stream] = [&path.app, &path.stream].map(|part| fill(part, key, in_command));
                // A name is one value: it brings no parameters of its own.
                (
                    app,
                    stream,
                    fill(&path.query, key, |name| name.split('/').map(in_path).collect::<Vec<_>>().join("/")),
                )
            }
            None => (in_command(&key.app), in_command(&key.stream), self.same_query(key, publisher)),
        };
        let stream = if query.is_empty() { stream } else { format!("{stream}?{query}") };
        PublishUrl { host: self.host.clone(), port: self.port, app, stream }
    }

    /// The publisher's own query, and the vhost, as SRS sends them.
    ///
    /// A stream of the default vhost keeps the name that its publisher had for that, but not when the destination is a
    /// name itself: then that is the vhost, so that one vhost can forward to another.
    fn same_query(&self, key: &StreamKey, publisher: &PublisherInfo) -> String {
        let is_address = |host: &str| host.parse::<IpAddr>().is_ok();
        let asked = publisher.asked_vhost.as_str();
        let vhost = if key.vhost != DEFAULT_VHOST {
            Some(key.vhost.as_str())
        } else if is_address(&self.host) && !asked.is_empty() && asked != DEFAULT_VHOST && !is_address(asked)
        {
            Some(asked)
        } else {
            None
        };
        let names_vhost = |pair: &&str| {
            let name = pair.split_once('=').map_or(*pair, |(name, _)| name);
            matches!(name, "vhost" | "domain" | "")
        };
        let mut query: Vec<&str> =
            publisher.query.split(['&', '?']).filter(|pair| !names_vhost(pair)).collect();
        let vhost = vhost.map(|vhost| format!("vhost={vhost}"));
        query.extend(vhost.as_deref());
        query.join("&")
    }
}

impl Path {
    fn parse(text: &str) -> Result<Self, &'static str> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        if has_unknown_variable(path) || has_unknown_variable(query) {
            return Err("the variables are [vhost], [app] and [stream]");
        }
        let path = path.trim_matches('/');
        let (app, stream) = match path.rsplit_once('/') {
            Some(parts) => parts,
            None if path.is_empty() => (SAME_APP, SAME_STREAM),
            None => (path, SAME_STREAM),
        };
        if app.ends_with('/') {
            return Err("a part of the path is empty");
        }
        Ok(Self { app: app.to_owned(), stream: stream.to_owned(), query: query.to_owned() })
    }
}

fn split_authority(authority: &str) -> Result<(&str, u16), &'static str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or("the bracket is not closed")?;
            host.parse::<Ipv6Addr>().map_err(|_| "what is in brackets is no IPv6 address")?;
            (
                host,
                if port.is_empty() { None } else { Some(port.strip_prefix(':').ok_or("expected a colon")?) },
            )
        }
        // A bare IPv6 address, which has no port.
        None if authority.parse::<Ipv6Addr>().is_ok() => (authority, None),
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() {
        return Err("there is no host");
    }
    if host.contains(['[', ']', '@'])
        || host.chars().any(|letter| letter.is_whitespace() || letter.is_control())
    {
        return Err("that is no name of a host");
    }
    let wrong_port = "the port is not a number from 1 to 65535";
    let port = port.map_or(Ok(DEFAULT_PORT), |port| port.parse().map_err(|_| wrong_port))?;
    if port == 0 { Err(wrong_port) } else { Ok((host, port)) }
}

fn has_unknown_variable(text: &str) -> bool {
    let rest =
        ["[vhost]", SAME_APP, SAME_STREAM].iter().fold(text.to_owned(), |rest, name| rest.replace(name, ""));
    rest.contains(['[', ']'])
}

/// Puts the names in, encoded; a name that looks like a variable stays as it is.
fn fill(template: &str, key: &StreamKey, encode: impl Fn(&str) -> String) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some(at) = rest.find('[') {
        filled.push_str(&rest[..at]);
        rest = &rest[at..];
        let names = [("[vhost]", &key.vhost), (SAME_APP, &key.app), (SAME_STREAM, &key.stream)];
        let Some((variable, name)) = names.into_iter().find(|(variable, _)| rest.starts_with(variable))
        else {
            break;
        };
        filled.push_str(&encode(name));
        rest = &rest[variable.len()..];
    }
    filled + rest
}

#[cfg(test)]
mod tests;
