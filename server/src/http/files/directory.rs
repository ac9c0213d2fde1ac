//! One directory, served: index files, parts, conditions, compressed variants.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE, RETRY_AFTER,
    X_CONTENT_TYPE_OPTIONS,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, Version};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tower_http::services::ServeDir;
use tower_http::services::fs::{Backend, DefaultServeDirFallback};

use super::media_type::media_type;
use super::open_files::OpenFiles;
use super::opened::Disk;
use crate::http::refusal::Refusal;

const NOT_FOUND: &str = "no such stream or file";

/// No descriptor is left to the process, or to the system: the same numbers on Linux, the BSDs and macOS.
const EMFILE: i32 = 24;
const ENFILE: i32 = 23;

/// What is escaped in a path's segment: all but the unreserved characters (RFC 3986 section 2.3).
const NOT_IN_SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is read of a file at a time, in bytes.
const PIECE: usize = 64 * 1024;

/// The same for a stream of a connection that others share: a client may take nothing of hundreds of them. A little less than a
/// DATA frame costs a frame more, so it is one.
const PIECE_OF_STREAM: usize = crate::http::http2::DATA_LEN;

/// The files of one directory.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    /// The name of the setting that says where it is, for people.
    setting: String,
    service: ServeDir<DefaultServeDirFallback, Disk>,
}

impl Directory {
    /// Serves `path`, which may come to be later; `setting` names what said so.
    pub(super) fn new(path: &Path, setting: impl Into<String>, open: &Arc<OpenFiles>) -> Self {
        let setting = setting.into();
        warn_if_missing(path.to_owned(), setting.clone());
        let service =
            ServeDir::with_backend(path, Disk(open.clone())).precompressed_br().precompressed_gzip();
        Self { path: path.to_owned(), setting, service }
    }

    /// The file that `segments` name, whether it exists or not; `None` when they can name none: an empty one, or one
    /// that leaves its directory or has another meaning to the system.
    pub(super) fn locate(&self, segments: &[Cow<'_, str>]) -> Option<PathBuf> {
        let plain = |segment: &Cow<'_, str>| {
            let mut components = Path::new(segment.as_ref()).components();
            let first = components.next();
            matches!(first, Some(std::path::Component::Normal(name)) if name == segment.as_ref())
                && components.next().is_none()
        };
        segments
            .iter()
            .all(plain)
            .then(|| segments.iter().fold(self.path.clone(), |path, name| path.join(&**name)))
    }

    /// The file that `segments` name, a part of it, "not modified", or a refusal that says why not. The request's path
    /// is `under` and the segments.
    pub(super) async fn respond(
        &self,
        request: &Parts,
        under: &[String],
        segments: &[Cow<'_, str>],
    ) -> Response {
        let path = escaped(segments.iter().map(AsRef::as_ref));
        let service = self.service.clone().redirect_path_prefix(escaped(under.iter().map(String::as_str)));
        let response = answer(service, request, if path.is_empty() { "/" } else { &path }).await;
        if response.status() == StatusCode::NOT_FOUND && path.trim_matches('/').is_empty() && under.is_empty()
        {
            let message = format!(
                "flvgate is running, but {} ({}) has no index.html to show; \
                 live streams are listed at /api/v1/streams",
                self.setting,
                self.path.display()
            );
            return Refusal::new(StatusCode::NOT_FOUND, message).into_response();
        }
        response
    }
}

/// Tells the operator of a directory that is not there, in a thread where a disk may be waited for.
fn warn_if_missing(path: PathBuf, setting: String) {
    let look = move || {
        if !path.is_dir() {
            tracing::warn!(dir = %path.display(), "{setting} is no directory: there are no files to show");
        }
    };
    match tokio::runtime::Handle::try_current() {
        Ok(runtime) => drop(runtime.spawn_blocking(look)),
        Err(_) => look(),
    }
}

/// What `service` answers to `request`, as if its path were `path`, which begins with `/`.
pub(in crate::http) async fn answer<B: Backend>(
    service: ServeDir<DefaultServeDirFallback, B>,
    request: &Parts,
    path: &str,
) -> Response {
    let piece = if request.version == Version::HTTP_2 { PIECE_OF_STREAM } else { PIECE };
    let service = service.ignore_multi_range_requests(true).with_buf_chunk_size(piece);
    let mut headers = request.headers.clone();
    if let Some(range) =
        headers.remove(RANGE).filter(|_| request.method == Method::GET).as_ref().and_then(known_range)
    {
        headers.insert(RANGE, range);
    }
    let mut response = call(service.clone(), request, path, headers.clone()).await;
    if response.status() == StatusCode::RANGE_NOT_SATISFIABLE && headers.get(RANGE).is_some_and(is_suffix) {
        // The last N bytes of a shorter file are all of it (RFC 9110 section 14.1.2).
        headers.insert(RANGE, HeaderValue::from_static("bytes=0-"));
        response = call(service.clone(), request, path, headers.clone()).await;
    }
    let is_of_part =
        matches!(response.status(), StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE);
    if is_of_part && (is_empty(&response) || !is_of_wanted_version(&request.headers, response.headers())) {
        headers.remove(RANGE);
        response = call(service, request, path, headers).await;
    }
    let status = response.status();
    if status.is_server_error() {
        return response;
    }
    if status.is_client_error() {
        return refuse(&response);
    }
    let headers = response.headers_mut();
    if let Some(known) = headers.get(CONTENT_TYPE) {
        // The directory's own index is a page by its name.
        let path = if path.ends_with('/') { "index.html" } else { path };
        let right = media_type(path, known);
        headers.insert(CONTENT_TYPE, right);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // May be kept, must be asked about: a new player must not wait for an old one to expire.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

async fn call<B: Backend>(
    mut service: ServeDir<DefaultServeDirFallback, B>,
    request: &Parts,
    path: &str,
    headers: HeaderMap,
) -> Response {
    // In origin form: what the target's host was has been settled.
    let target = match request.uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    let Ok(target) = target.parse::<Uri>() else { return StatusCode::BAD_REQUEST.into_response() };
    let mut asked = Request::new(Body::empty());
    *asked.method_mut() = request.method.clone();
    *asked.uri_mut() = target;
    *asked.headers_mut() = headers;
    match service.try_call(asked).await {
        Ok(response) => response.into_response(),
        Err(error) => refuse_file(&error),
    }
}

/// A `Range` of bytes, with the unit's name as it is looked for; `None` for other units, which are to be passed over
/// (RFC 9110 section 14.2; the same section defines `Range` for GET only).
fn known_range(range: &HeaderValue) -> Option<HeaderValue> {
    let (unit, set) = range.to_str().ok()?.split_once('=')?;
    unit.eq_ignore_ascii_case("bytes").then(|| HeaderValue::try_from(format!("bytes={set}")).ok())?
}

/// Whether a range is one of the last so many bytes, but not of none.
fn is_suffix(range: &HeaderValue) -> bool {
    let length = range.as_bytes().strip_prefix(b"bytes=-").unwrap_or_default();
    length.iter().all(u8::is_ascii_digit) && length.iter().any(|digit| *digit != b'0')
}

/// Whether an answer with a part is about a file without bytes, which has no parts to be named.
fn is_empty(response: &Response) -> bool {
    response.headers().get(CONTENT_RANGE).is_some_and(|range| range.as_bytes().ends_with(b"/0"))
}

/// Whether `answered` is the version of the file that `If-Range` wants parts of (RFC 9110 section 13.1.5).
fn is_of_wanted_version(asked: &HeaderMap, answered: &HeaderMap) -> bool {
    let Some(wanted) = asked.get(IF_RANGE) else { return true };
    // Either is compared as it is: a weak tag and a date that is only earlier are no proof.
    [ETAG, LAST_MODIFIED].iter().any(|name| answered.get(name) == Some(wanted))
}

/// Says that a file cannot be had because of `error`. Names that lead nowhere are not there; a process without descriptors
/// may have some soon.
pub(in crate::http) fn refuse_file(error: &io::Error) -> Response {
    use io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound
        | ErrorKind::NotADirectory
        | ErrorKind::InvalidFilename
        | ErrorKind::InvalidInput => Refusal::new(StatusCode::NOT_FOUND, NOT_FOUND).into_response(),
        // Whether there is something is not for those who may not have it.
        ErrorKind::PermissionDenied => Refusal::new(StatusCode::NOT_FOUND, NOT_FOUND).into_response(),
        _ if is_loop(error) => Refusal::new(StatusCode::NOT_FOUND, NOT_FOUND).into_response(),
        _ if matches!(error.raw_os_error(), Some(EMFILE | ENFILE)) => {
            tracing::warn!(%error, "a file cannot be opened");
            let message = "the server has as many files open as it may; try again";
            Refusal::new(StatusCode::SERVICE_UNAVAILABLE, message)
                .with_header(RETRY_AFTER, "1")
                .into_response()
        }
        _ => {
            tracing::warn!(%error, "a file cannot be read");
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the file cannot be read").into_response()
        }
    }
}

/// Whether symbolic links lead to each other. The kind of error has a name, but not one that may be used yet.
fn is_loop(error: &io::Error) -> bool {
    format!("{:?}", error.kind()) == "FilesystemLoop"
}

fn refuse(response: &Response) -> Response {
    let status = response.status();
    let message = match status {
        StatusCode::NOT_FOUND => NOT_FOUND.to_owned(),
        status => status.canonical_reason().unwrap_or("refused").to_lowercase(),
    };
    let mut refusal = Refusal::new(status, message).into_response();
    for name in [ALLOW, CONTENT_RANGE] {
        if let Some(value) = response.headers().get(&name) {
            refusal.headers_mut().insert(name, value.clone());
        }
    }
    refusal
}

/// The path of `segments`, each behind a `/`.
fn escaped<'a>(segments: impl Iterator<Item = &'a str>) -> String {
    segments
        .flat_map(|segment| ["/".into(), utf8_percent_encode(segment, NOT_IN_SEGMENT).into()])
        .collect::<Vec<Cow<'_, str>>>()
        .concat()
}
