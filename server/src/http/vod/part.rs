//! A part of a recording as an answer: of known length, and itself to be had in parts.

use std::future::{Ready, ready};
use std::io;
use std::path::PathBuf;

use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use tower_http::services::ServeDir;
use tower_http::services::fs::Backend;

use super::indexes::Version;
use crate::http::files::{Facts, FileHandle, Opened, answer};

/// Some bytes, and a file from some place on; for [`ServeDir`], which knows all about ranges and conditions.
#[derive(Clone, Debug)]
pub(super) struct Part {
    prefix: Bytes,
    file: FileHandle,
    from: u64,
    facts: Facts,
}

impl Part {
    /// `prefix`, then `file` from the byte `from` on, as long as the file is in `version`.
    pub(super) fn new(prefix: Bytes, file: FileHandle, from: u64, version: Version) -> Self {
        let len = prefix.len() as u64 + version.len.saturating_sub(from);
        Self { prefix, file, from, facts: Facts::of_file(len, version.modified) }
    }

    /// The part, or what of it `request` wants.
    pub(super) async fn respond(self, request: &Parts) -> Response {
        // Its name tells its type.
        answer(ServeDir::with_backend("", self), request, "/part.flv").await
    }
}

impl Backend for Part {
    type File = Opened;
    type Metadata = Facts;
    type OpenFuture = Ready<io::Result<Opened>>;
    type MetadataFuture = Ready<io::Result<Facts>>;

    fn open(&self, _: PathBuf) -> Self::OpenFuture {
        let Self { prefix, file, from, facts } = self.clone();
        ready(Ok(Opened::new(prefix, file, from, facts)))
    }

    fn metadata(&self, _: PathBuf) -> Self::MetadataFuture {
        ready(Ok(self.facts))
    }
}
