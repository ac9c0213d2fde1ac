//! Static files: the page, the player, whatever else lies in `http_server.dir`.

use std::path::{Path, PathBuf};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_RANGE, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, StatusCode};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use super::refusal::Refusal;

/// The files of one directory.
#[derive(Debug)]
pub(super) struct Files {
    directory: PathBuf,
    service: ServeDir,
}

impl Files {
    /// Serves `directory`, which may come to be later.
    pub(super) fn new(directory: &Path) -> Self {
        if !directory.is_dir() {
            tracing::warn!(dir = %directory.display(), "http_server.dir is no directory: there is no page to show");
        }
        let service = ServeDir::new(directory).precompressed_br().precompressed_gzip();
        Self { directory: directory.to_owned(), service }
    }

    /// The file that `request` names, a part of it, "not modified", or a refusal that says why not.
    pub(super) async fn respond(&self, request: Request) -> Response {
        let path = request.uri().path().to_owned();
        let Ok(mut response) = self.service.clone().oneshot(request).await.map(IntoResponse::into_response);
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            return self.refuse(&path, &response);
        }
        let module = path.ends_with(".mjs");
        let headers = response.headers_mut();
        if module && headers.contains_key(CONTENT_TYPE) {
            // The type that RFC 9239 leaves for all scripts; the table of types still has the old one here.
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/javascript"));
        }
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        // May be kept, must be asked about: a new player must not wait for an old one to expire.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        response
    }

    fn refuse(&self, path: &str, response: &Response) -> Response {
        let status = response.status();
        let message = match status {
            StatusCode::NOT_FOUND if path == "/" => format!(
                "flvgate is running, but http_server.dir ({}) has no index.html to show; \
                 live streams are listed at /api/v1/streams",
                self.directory.display()
            ),
            StatusCode::NOT_FOUND => "no such stream or file".to_owned(),
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
}
