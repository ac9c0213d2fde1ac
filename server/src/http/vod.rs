//! Recordings from some place on: `file.flv?start=BYTES` and `file.flv?start=SECONDSs`.
//!
//! The answer is FLV of its own: a header, what decoders must know at that place, and the file's bytes from the keyframe
//! at or before it.

mod indexes;
mod part;
mod scan;
mod scans;
mod start;

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::response::{IntoResponse, Response};
use flvgate_media::flv::Start;
use http::header::{CONTENT_RANGE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use tokio::time::timeout;

use super::files::{FileHandle, OpenFiles, refuse_file};
use super::refusal::Refusal;
use indexes::{Indexes, Version};
use part::Part;
use scan::{Patience, Plan, ScanError};
use scans::Scans;

pub(super) use start::translate_range;

/// How long a request may take to find its place in a file, others' looks included, before it is put off.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a request looks through a file before the file's own list of keyframes is believed, if it has one.
const BEFORE_LIST: Duration = Duration::from_secs(2);

/// How long one look is. Then another request has its turn, if one waits: a long file keeps nobody from a short one.
const TURN: Duration = Duration::from_millis(500);

/// Recordings, whatever the configuration.
#[derive(Debug, Default)]
pub(super) struct Vod {
    indexes: Indexes,
    scans: Scans,
}

/// Whether the file at `path` is FLV by its name; `.fhv` is so for SRS.
pub(super) fn is_flv(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| ["flv", "fhv"].iter().any(|flv| extension.eq_ignore_ascii_case(flv)))
}

impl Vod {
    /// The file at `path` from where `query` says; `None` when that is the whole file, or there is none.
    pub(super) async fn respond(
        &self,
        files: &Arc<OpenFiles>,
        path: &Path,
        query: &str,
        request: &Parts,
    ) -> Option<Response> {
        let start = match start::parse_start(query) {
            Ok(start) => start?,
            Err(bad) => return Some(Refusal::new(StatusCode::BAD_REQUEST, bad.to_string()).into_response()),
        };
        let (file, version) = find(files, path).await.ok()??;
        match self.plan(path, &file, version, start).await {
            Ok(Plan::Whole) => None,
            Ok(Plan::Part { prefix, from }) => {
                Some(Part::new(prefix, file, from, version).respond(request).await)
            }
            Err(error) => Some(refuse(&error, version.len, path)),
        }
    }

    async fn plan(
        &self,
        path: &Path,
        file: &FileHandle,
        version: Version,
        start: Start,
    ) -> Result<Plan, ScanError> {
        if matches!(start, Start::Byte(byte) if byte > version.len) {
            return Err(ScanError::BehindEnd);
        }
        timeout(PATIENCE, self.look(path, file, version, start)).await.unwrap_or(Err(ScanError::NotYet))
    }

    /// Looks through the file in turns with others, until the place is found. Who waits for a turn has no file open.
    async fn look(
        &self,
        path: &Path,
        file: &FileHandle,
        version: Version,
        start: Start,
    ) -> Result<Plan, ScanError> {
        let began = Instant::now();
        // Who waits for another request's look through the same file does not keep others from theirs.
        let mut index = self.indexes.of(path, version).lock_owned().await;
        loop {
            let before_list = Some(BEFORE_LIST.saturating_sub(began.elapsed())).filter(|wait| *wait < TURN);
            let patience = Patience { before_list, before_refusal: TURN };
            let handle = file.clone();
            let planned = self.scans.run(move || {
                let plan = look(&handle, |file| scan::plan(file, &mut index, start, patience));
                (index, plan)
            });
            let plan;
            (index, plan) = planned.await?;
            match plan {
                Err(ScanError::NotYet) => {}
                plan => return plan,
            }
        }
    }
}

/// Plans with the file open, and leaves it to the answer's reads.
fn look(
    handle: &FileHandle,
    plan: impl FnOnce(&mut File) -> Result<Plan, ScanError>,
) -> Result<Plan, ScanError> {
    let mut file = handle.open()?;
    let plan = plan(&mut file)?;
    handle.keep(file);
    Ok(plan)
}

/// Looks for the file at `path`; `None` when it is no file, which to open may wait, as for the writer of a FIFO.
async fn find(files: &Arc<OpenFiles>, path: &Path) -> io::Result<Option<(FileHandle, Version)>> {
    let path_to_look_at = path.to_owned();
    let metadata = files.run(move || fs::metadata(path_to_look_at)).await?;
    let version = Version { len: metadata.len(), modified: metadata.modified().ok() };
    Ok(metadata.is_file().then(|| (files.handle(path, &metadata), version)))
}

fn refuse(error: &ScanError, len: u64, path: &Path) -> Response {
    let (status, header) = match error {
        ScanError::Io(error) => {
            tracing::warn!(file = %path.display(), %error, "cannot read a recording");
            return refuse_file(error);
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
