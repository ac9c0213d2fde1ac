//! Recordings from some place on: `file.flv?start=BYTES` and `file.flv?start=SECONDSs`.
//!
//! The answer is FLV of its own: a header, what decoders must know at that place, and the file's bytes from the keyframe
//! at or before it.

mod indexes;
mod part;
mod scan;
mod start;

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use flvgate_media::flv::Start;
use http::header::{CONTENT_RANGE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use tokio::sync::Semaphore;

use super::refusal::Refusal;
use indexes::{Indexes, Version};
use part::Part;
use scan::{Patience, Plan, ScanError};

pub(super) use start::translate_range;

/// How many files may be looked through at once; more requests wait.
const SCANS_AT_ONCE: usize = 4;

const PATIENCE: Patience =
    Patience { before_list: Duration::from_secs(2), before_refusal: Duration::from_secs(10) };

/// Recordings, whatever the configuration.
#[derive(Debug)]
pub(super) struct Vod {
    indexes: Indexes,
    scans: Arc<Semaphore>,
}

impl Default for Vod {
    fn default() -> Self {
        Self { indexes: Indexes::default(), scans: Arc::new(Semaphore::new(SCANS_AT_ONCE)) }
    }
}

/// Whether the file at `path` is FLV by its name; `.fhv` is so for SRS.
pub(super) fn is_flv(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| ["flv", "fhv"].iter().any(|flv| extension.eq_ignore_ascii_case(flv)))
}

impl Vod {
    /// The file at `path` from where `query` says; `None` when that is the whole file, or there is none.
    pub(super) async fn respond(&self, path: &Path, query: &str, request: &Parts) -> Option<Response> {
        let start = match start::parse_start(query) {
            Ok(start) => start?,
            Err(bad) => return Some(Refusal::new(StatusCode::BAD_REQUEST, bad.to_string()).into_response()),
        };
        let (file, version) = open(path).await.ok()??;
        match self.plan(path, file, version, start).await {
            Ok((_, Plan::Whole)) => None,
            Ok((file, Plan::Part { prefix, from })) => {
                Some(Part::new(prefix, file, from, version).respond(request).await)
            }
            Err(error) => Some(refuse(&error, version.len, path)),
        }
    }

    async fn plan(
        &self,
        path: &Path,
        mut file: File,
        version: Version,
        start: Start,
    ) -> Result<(File, Plan), ScanError> {
        if matches!(start, Start::Byte(byte) if byte >= version.len) {
            return Err(ScanError::BehindEnd);
        }
        // Who waits for another request's look through the same file does not keep others from theirs.
        let mut index = self.indexes.of(path, version).lock_owned().await;
        let place = self.scans.clone().acquire_owned().await;
        let planned = tokio::task::spawn_blocking(move || {
            // Held by the work, which goes on when the request is given up.
            let _place = place;
            scan::plan(&mut file, &mut index, start, PATIENCE).map(|plan| (file, plan))
        });
        planned.await.unwrap_or_else(|error| Err(io::Error::other(error).into()))
    }
}

/// Opens the file at `path`; `None` when it is no file.
async fn open(path: &Path) -> io::Result<Option<(File, Version)>> {
    // To open what is no file may wait, for the writer of a FIFO.
    if !tokio::fs::metadata(path).await?.is_file() {
        return Ok(None);
    }
    let file = tokio::fs::File::open(path).await?;
    let metadata = file.metadata().await?;
    let version = Version { len: metadata.len(), modified: metadata.modified().ok() };
    Ok(Some((file.into_std().await, version)))
}

fn refuse(error: &ScanError, len: u64, path: &Path) -> Response {
    let (status, header) = match error {
        ScanError::Io(error) => {
            tracing::warn!(file = %path.display(), %error, "cannot read a recording");
            return Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the file cannot be read")
                .into_response();
        }
        ScanError::NotFlv(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
        ScanError::BehindEnd => {
            let whole = HeaderValue::try_from(format!("bytes */{len}")).ok();
            (StatusCode::RANGE_NOT_SATISFIABLE, whole.map(|whole| (CONTENT_RANGE, whole)))
        }
        ScanError::NotYet => {
            (StatusCode::SERVICE_UNAVAILABLE, Some((RETRY_AFTER, HeaderValue::from_static("1"))))
        }
    };
    let mut response = Refusal::new(status, error.to_string()).into_response();
    response.headers_mut().extend(header);
    response
}
