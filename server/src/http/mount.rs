//! Which stream a URL names: every vhost's mount template, compiled once, and the rules by which a request finds its vhost.

use std::borrow::Cow;
use std::sync::Arc;

use flvgate_media::format::Format;
use http::{HeaderMap, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::path::{BadPath, decode_segments};
use super::requested_vhost::requested_vhost;
use crate::config::{Config, DEFAULT_VHOST, Vhost};
use crate::hub::StreamKey;

/// A longer path, in bytes, names no stream. RTMP peers cannot publish such names, and matching stays cheap.
const MAX_PATH_LEN: usize = 2048;

/// What is escaped in a path's segment: all but the unreserved characters (RFC 3986 section 2.3).
const NOT_IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

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
    /// One pattern for each segment of the path, the last without its extension.
    path: Vec<Vec<Piece>>,
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

#[derive(Debug, PartialEq)]
enum Piece {
    Text(String),
    App,
    Stream,
}

#[derive(Default)]
struct Names<'a> {
    app: &'a str,
    stream: &'a str,
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
    /// A mount that names the host goes first, then the request's own vhost, then what others offer to any host.
    pub(super) fn find(&self, uri: &Uri, headers: &HeaderMap) -> Result<Option<Mounted>, BadPath> {
        let segments = decode_segments(uri.path())?;
        if uri.path().len() > MAX_PATH_LEN {
            return Ok(None);
        }
        let requested = requested_vhost(uri, headers);
        let own = self.config.vhost(&requested).map_or("", |vhost| vhost.name.as_str());
        let mut candidates: Vec<_> = self
            .mounts
            .iter()
            .filter_map(|mount| Some((mount.claim(&requested, own)?, mount.mounted(&segments)?)))
            .collect();
        // Stable: of equal claims the configuration's first one holds.
        candidates.sort_by_key(|(claim, _)| *claim);
        let query = uri.query().unwrap_or_default();
        Ok(candidates.into_iter().map(|(_, mounted)| Mounted { query: query.to_owned(), ..mounted }).next())
    }

    /// Where on this server the stream is to be had as `format`: a path, with a query when the host alone would not name the vhost.
    pub(super) fn url_of(&self, key: &StreamKey, format: Format) -> Option<String> {
        let mut own = self.mounts.iter().filter(|mount| mount.vhost.name == key.vhost);
        let mount = own.find(|mount| mount.format == format)?;
        let mut url = String::new();
        for segment in &mount.path {
            url.push('/');
            for piece in segment {
                let text = match piece {
                    Piece::Text(text) => text,
                    Piece::App => &key.app,
                    Piece::Stream => &key.stream,
                };
                url.extend(utf8_percent_encode(text, NOT_IN_SEGMENT));
            }
        }
        url.push_str(mount.format.extension());
        let vhost = match &mount.host {
            Host::Own if key.vhost != DEFAULT_VHOST => Some(&key.vhost),
            Host::Own | Host::Any => None,
            Host::Named(name) => Some(name),
        };
        url.extend(vhost.into_iter().flat_map(|name| ["?vhost=", name]));
        Some(url)
    }
}

impl Mount {
    /// `None` when the template's extension is not one that is delivered.
    fn compile(vhost: &Arc<Vhost>, template: &str) -> Option<Self> {
        let format = Format::of_name(template)?;
        let template = template.strip_suffix(format.extension())?;
        let (host, path) = match template.split_once('/') {
            Some(("", path)) => (Host::Any, path),
            Some(("[vhost]", path)) => (Host::Own, path),
            Some((host, path)) => (Host::Named(host.replace("[vhost]", &vhost.name)), path),
            None => (Host::Any, template),
        };
        let path = path
            .split('/')
            // The default vhost has no name that a viewer could know: its segment is left out, as SRS does.
            .filter(|segment| !(*segment == "[vhost]" && vhost.name == DEFAULT_VHOST))
            .map(|segment| pieces(&segment.replace("[vhost]", &vhost.name)))
            .collect();
        Some(Self { vhost: vhost.clone(), host, path, format })
    }

    /// Whether the mount serves a request for the host `requested`, which the vhost `own` serves; the least goes first.
    fn claim(&self, requested: &str, own: &str) -> Option<u8> {
        match &self.host {
            Host::Named(name) => (name == requested).then_some(0),
            Host::Own => (self.vhost.name == own).then_some(1),
            Host::Any => Some(if self.vhost.name == own { 1 } else { 2 }),
        }
    }

    fn mounted(&self, segments: &[Cow<'_, str>]) -> Option<Mounted> {
        if segments.len() != self.path.len() {
            return None;
        }
        let mut names = Names::default();
        for (index, (pattern, segment)) in self.path.iter().zip(segments).enumerate() {
            // Only the template's own extension goes: a stream's name keeps its dots.
            let segment = if index + 1 == segments.len() {
                segment.strip_suffix(self.format.extension())?
            } else {
                segment
            };
            if !matches(pattern, segment, &mut names) {
                return None;
            }
        }
        let key = StreamKey {
            vhost: self.vhost.name.clone(),
            app: names.app.to_owned(),
            stream: names.stream.to_owned(),
        };
        Some(Mounted { key, vhost: self.vhost.clone(), format: self.format, query: String::new() })
    }
}

fn pieces(mut template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    while !template.is_empty() {
        let (piece, rest) = if let Some(rest) = template.strip_prefix("[app]") {
            (Piece::App, rest)
        } else if let Some(rest) = template.strip_prefix("[stream]") {
            (Piece::Stream, rest)
        } else {
            let next = |name| template.find(name).unwrap_or(template.len());
            let (text, rest) = template.split_at(next("[app]").min(next("[stream]")));
            (Piece::Text(text.to_owned()), rest)
        };
        pieces.push(piece);
        template = rest;
    }
    pieces
}

/// Whether `text` is of the pattern; a placeholder takes at least one character, and as few as it can.
fn matches<'a>(pattern: &[Piece], text: &'a str, names: &mut Names<'a>) -> bool {
    let Some((first, rest)) = pattern.split_first() else { return text.is_empty() };
    if let Piece::Text(expected) = first {
        return text.strip_prefix(expected.as_str()).is_some_and(|text| matches(rest, text, names));
    }
    let ends = text.char_indices().skip(1).map(|(at, _)| at).chain([text.len()]);
    let shortest = if rest.is_empty() { text.len() } else { 1 };
    let end = ends.filter(|&end| end >= shortest.max(1)).find(|&end| matches(rest, &text[end..], names));
    let Some(end) = end else { return false };
    match first {
        Piece::App => names.app = &text[..end],
        Piece::Stream => names.stream = &text[..end],
        Piece::Text(_) => {}
    }
    true
}

#[cfg(test)]
mod tests;
