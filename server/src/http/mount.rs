//! Which stream a URL names: every vhost's mount template, compiled once, and the rules by which a request finds its vhost.

use std::cmp::Reverse;
use std::sync::Arc;

use flvgate_media::format::Format;
use http::{HeaderMap, Uri};

use super::path::{BadPath, decode_segments};
use super::requested_vhost::{Requested, requested_vhost};
use crate::config::{Config, DEFAULT_VHOST, Vhost};
use crate::hub::StreamKey;
use crate::names::{StreamName, host_name, in_path, levels};

/// The stream that a request names, whether it is live or not.
#[derive(Clone, Debug)]
pub(super) struct Mounted {
    pub(super) key: StreamKey,
    pub(super) vhost: Arc<Vhost>,
    pub(super) format: Format,
    /// What stood behind the `?`, as it came.
    pub(super) query: String,
}

/// Every mount of a configuration.
#[derive(Debug)]
pub(super) struct Mounts {
    config: Arc<Config>,
    mounts: Vec<Mount>,
}

#[derive(Debug)]
struct Mount {
    vhost: Arc<Vhost>,
    host: Host,
    path: Template,
    format: Format,
}

/// Which hosts' requests a mount serves.
#[derive(Debug, PartialEq)]
enum Host {
    /// The template begins with `/`.
    Any,
    /// It begins with `[vhost]/`: those whose vhost is the mount's, be it by name or by fall back to the default one.
    Own,
    /// It begins with a literal host.
    Named(String),
}

/// A path with the places of an app, which has one level or several, and of a stream, which has one.
#[derive(Debug)]
struct Template {
    /// The levels before the app.
    before: Vec<String>,
    /// The levels between the app and the last one.
    between: Vec<String>,
    /// What stands before and behind the stream in the last level, the extension included.
    prefix: String,
    suffix: String,
}

impl Mounts {
    /// Compiles the mounts of every vhost that is enabled and delivers over HTTP.
    pub(super) fn new(config: Arc<Config>) -> Self {
        let delivering = config.vhosts.iter().filter(|vhost| vhost.enabled && vhost.http_remux.enabled);
        let mounts = delivering.flat_map(|vhost| {
            vhost.http_remux.mounts.iter().filter_map(|template| Mount::compile(vhost, &template.0))
        });
        let mounts = mounts.collect();
        Self { config, mounts }
    }

    /// The stream that a request names; `None` when its URL is no mount's.
    ///
    /// Of several mounts, the one with more levels of its own goes first, then the one that names the host, then the
    /// request's own vhost, then what others offer to any host. For a request that says `?vhost=` all that goes before
    /// the levels.
    pub(super) fn find(&self, uri: &Uri, headers: &HeaderMap) -> Result<Option<Mounted>, BadPath> {
        let plain = decode_segments(uri.path());
        if plain == Err(BadPath::Escape) {
            return Err(BadPath::Escape);
        }
        let requested = requested_vhost(uri, headers);
        // What can be no file's may still be a stream's: names in other encodings, levels with encoded slashes.
        match self.locate(&levels(uri.path()), &requested) {
            Some(mounted) => {
                Ok(Some(Mounted { query: uri.query().unwrap_or_default().to_owned(), ..mounted }))
            }
            None => plain.map(|_| None),
        }
    }

    /// Where on this server the stream is to be had as `format`: a path, with a query when the host alone would not name
    /// the vhost. `None` when no URL leads to it.
    pub(super) fn url_of(&self, key: &StreamKey, format: Format) -> Option<String> {
        let own = |mount: &&Mount| mount.vhost.name == key.vhost && mount.format == format;
        self.mounts.iter().filter(own).find_map(|mount| {
            let path = mount.path.of(key);
            let levels = levels(&path);
            let is_own = |mounted: &Mounted| mounted.key == *key && mounted.format == format;
            let by_any_host = match mount.host {
                Host::Any => true,
                Host::Own => key.vhost == DEFAULT_VHOST,
                Host::Named(_) => false,
            };
            // Whatever the host is, no other mount is to have the path.
            if by_any_host
                && self.mounts.iter().filter_map(|mount| mount.mounted(&levels)).all(|it| is_own(&it))
            {
                return Some(path);
            }
            let name = if let Host::Named(name) = &mount.host { name } else { &key.vhost };
            let requested = Requested { name: name.clone(), is_explicit: true };
            self.locate(&levels, &requested).filter(is_own)?;
            Some(format!("{path}?vhost={}", in_path(name)))
        })
    }

    fn locate(&self, levels: &[String], requested: &Requested) -> Option<Mounted> {
        let own = self.config.vhost(&requested.name).map_or("", |vhost| vhost.name.as_str());
        let candidates = self
            .mounts
            .iter()
            .filter_map(|mount| Some((mount.claim(&requested.name, own)?, mount, mount.mounted(levels)?)));
        // Of equal claims the configuration's first one holds.
        let (.., mounted) = candidates.min_by_key(|(claim, mount, _)| {
            let levels = Reverse(mount.path.before.len() + mount.path.between.len());
            let claim_first = requested.is_explicit.then_some(*claim);
            (claim_first, levels, *claim)
        })?;
        Some(mounted)
    }
}

impl Mount {
    /// `None` when the template's extension is not one that is delivered.
    fn compile(vhost: &Arc<Vhost>, template: &str) -> Option<Self> {
        let format = Format::of_name(template)?;
        let (host, path) = match template.split_once('/') {
            Some(("", path)) => (Host::Any, path),
            Some(("[vhost]", path)) => (Host::Own, path),
            Some((host, path)) => (Host::Named(host_name(&host.replace("[vhost]", &vhost.name))), path),
            None => (Host::Any, template),
        };
        Some(Self { vhost: vhost.clone(), host, path: Template::parse(path, vhost)?, format })
    }

    /// Whether the mount serves a request for the host `requested`, which the vhost `own` serves; the least goes first.
    fn claim(&self, requested: &str, own: &str) -> Option<u8> {
        match &self.host {
            Host::Named(name) => (name == requested).then_some(0),
            Host::Own => (self.vhost.name == own).then_some(1),
            Host::Any => Some(if self.vhost.name == own { 1 } else { 2 }),
        }
    }

    fn mounted(&self, levels: &[String]) -> Option<Mounted> {
        let StreamName { app, stream, .. } = self.path.names(levels)?;
        let key = StreamKey { vhost: self.vhost.name.clone(), app, stream };
        Some(Mounted { key, vhost: self.vhost.clone(), format: self.format, query: String::new() })
    }
}

impl Template {
    /// `None` when a placeholder is missing.
    fn parse(path: &str, vhost: &Vhost) -> Option<Self> {
        let mut levels: Vec<_> = path
            .split('/')
            // The default vhost has no name that a viewer could know: its segment is left out, as SRS does.
            .filter(|level| !(*level == "[vhost]" && vhost.name == DEFAULT_VHOST))
            .map(|level| level.replace("[vhost]", &vhost.name))
            .collect();
        let last = levels.pop()?;
        let app = levels.iter().position(|level| level == "[app]")?;
        let between = levels.split_off(app).split_off(1);
        // Only the template's own extension goes: a stream's name keeps its dots.
        let (prefix, suffix) = last.split_once("[stream]")?;
        Some(Self { before: levels, between, prefix: prefix.to_owned(), suffix: suffix.to_owned() })
    }

    /// The names that `levels` have at the placeholders; `None` when they are not of this template, or no stream's names.
    fn names(&self, levels: &[String]) -> Option<StreamName> {
        let (last, levels) = levels.split_last()?;
        let stream = last.strip_prefix(self.prefix.as_str())?.strip_suffix(self.suffix.as_str())?;
        let app = levels.strip_prefix(self.before.as_slice())?.strip_suffix(self.between.as_slice())?;
        // A vhost in an app is for RTMP: here it would be a way around the rules for the vhost that the URL names.
        StreamName::parse(&app.join("/"), stream).ok().filter(|name| name.vhost.is_none())
    }

    /// The path of `key`, encoded.
    fn of(&self, key: &StreamKey) -> String {
        let app = key.app.split('/').map(in_path);
        let literal = |levels: &[String]| levels.iter().map(|level| in_path(level)).collect::<Vec<_>>();
        let levels = literal(&self.before).into_iter().chain(app).chain(literal(&self.between));
        let mut path: String = levels.flat_map(|level| ["/".to_owned(), level]).collect();
        let last = [self.prefix.as_str(), &key.stream, &self.suffix].map(in_path);
        path.push('/');
        path.extend(last);
        path
    }
}

#[cfg(test)]
mod tests;
