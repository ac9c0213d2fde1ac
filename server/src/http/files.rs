//! Static files: the page, the player, recordings; from `http_server.dir` and from every vhost's `http_static`.

mod directory;
mod media_type;
mod mount;
mod open_files;
mod opened;

use std::borrow::Cow;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::LOCATION;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};

pub(super) use directory::{answer, refuse_file};
use media_type::is_recording;
pub use open_files::MOST_OPEN;
pub(super) use open_files::{FileHandle, OpenFiles};
pub(super) use opened::{Facts, Opened};

use super::path::decode_segments;
use super::refusal::Refusal;
use super::requested_vhost::requested_vhost;
use super::vod::{self, Vod};
use crate::config::{Config, Vhost};
use directory::Directory;
use mount::StaticMount;

/// The one hidden name that is served: what certificate authorities and others look for (RFC 8615).
const WELL_KNOWN: &str = ".well-known";

/// The longest name of a file, in bytes. Asked for a longer one, the system says that it has failed, not that there is none.
const MAX_NAME: usize = 255;

/// All files of a configuration.
#[derive(Debug)]
pub(super) struct Files {
    config: Arc<Config>,
    open: Arc<OpenFiles>,
    mounts: Vec<StaticMount>,
    /// What no vhost's mount serves.
    rest: Directory,
}

/// What a request names, by its URL alone.
struct Named<'a> {
    directory: &'a Directory,
    /// The vhost that has the directory; the request's own where all share it.
    vhost: &'a str,
    /// The part of the path that is the mount's.
    under: &'a [String],
    /// The part that is looked for in the directory; empty when the path is the mount's own, without a `/` behind it.
    segments: Vec<Cow<'a, str>>,
}

impl Files {
    /// The files of `config`, which are `open` while they are read. Directories may come to be later.
    pub(super) fn new(config: Arc<Config>, open: Arc<OpenFiles>) -> Self {
        let rest = Directory::new(&config.http_server.dir, "http_server.dir", &open);
        Self { mounts: StaticMount::of(&config, &open), rest, config, open }
    }

    /// What the files are open through.
    pub(super) const fn open(&self) -> &Arc<OpenFiles> {
        &self.open
    }

    /// The file that `request` names, or the part of it that `?start=` asks for, or a refusal that says why not.
    pub(super) async fn respond(&self, vod: &Vod, request: Request) -> Response {
        let (mut asked, _) = request.into_parts();
        let uri = asked.uri.clone();
        let Some(named) = self.find(&uri, &asked.headers) else { return not_found() };
        if named.segments.is_empty() && !named.under.is_empty() {
            return to_directory(&uri);
        }
        if is_read(&asked.method) {
            if let (Some(path), Some(query)) = (named.directory.locate(&named.segments), uri.query())
                && vod::is_flv(&path)
                && let Some(response) = vod.respond(&self.open, &path, query, &asked).await
            {
                return response;
            }
            vod::translate_range(&mut asked);
        }
        named.directory.respond(&asked, named.under, &named.segments).await
    }

    /// Whether there is a file, not a directory, that `uri` names.
    pub(super) async fn has(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        match self.file(uri, headers) {
            Some(path) => self.open.run(move || Ok(fs::metadata(path)?.is_file())).await.unwrap_or(false),
            None => false,
        }
    }

    /// The vhost whose streams' rules hold for what `uri` names; `None` when that is no recording, or no vhost serves it.
    pub(super) fn guard(&self, uri: &Uri, headers: &HeaderMap) -> Option<Arc<Vhost>> {
        let named = self.find(uri, headers)?;
        let vhost = self.config.vhosts.iter().find(|vhost| vhost.name == named.vhost)?;
        named.segments.last().is_some_and(|name| is_recording(name)).then(|| vhost.clone())
    }

    fn file(&self, uri: &Uri, headers: &HeaderMap) -> Option<PathBuf> {
        let named = self.find(uri, headers)?;
        named.directory.locate(&named.segments)
    }

    /// `None` when the path can name nothing that is served: it is hidden, or leaves its directory.
    fn find<'a>(&'a self, uri: &'a Uri, headers: &HeaderMap) -> Option<Named<'a>> {
        let mut segments = decode_segments(uri.path()).ok()?;
        // Slashes in a row are one, as in file names: `//host` must not come back as the place of another host.
        let last = segments.pop()?;
        segments.retain(|segment| !segment.is_empty());
        segments.push(last);
        let is_hidden = |segment: &str| segment.starts_with('.') && segment != WELL_KNOWN;
        if segments.iter().any(|segment| is_hidden(segment) || segment.len() > MAX_NAME) {
            return None;
        }
        let requested = requested_vhost(uri, headers).name;
        let own = self.config.vhost(&requested).map_or("", |vhost| vhost.name.as_str());
        Some(match StaticMount::find(&self.mounts, &requested, own, &segments) {
            Some((mount, own)) => Named {
                directory: &mount.directory,
                vhost: mount.vhost(),
                under: mount.prefix(),
                segments: segments.split_off(own),
            },
            None => Named { directory: &self.rest, vhost: own, under: &[], segments },
        })
    }
}

fn is_read(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

fn not_found() -> Response {
    Refusal::new(StatusCode::NOT_FOUND, "no such stream or file").into_response()
}

/// Sends to the URL with a `/` behind its path, from which the names in a page are counted.
fn to_directory(uri: &Uri) -> Response {
    let query = uri.query().map_or(String::new(), |query| format!("?{query}"));
    let path = uri.path().trim_start_matches('/');
    match HeaderValue::try_from(format!("/{path}/{query}")) {
        Ok(location) => (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, location)]).into_response(),
        Err(_) => not_found(),
    }
}
