//! A part of a recording as an answer: of known length, and itself to be had in parts.

use std::fs::File;
use std::future::Future;
use std::io::{self, SeekFrom};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;
use tokio::io::AsyncSeekExt;
use tower_http::services::ServeDir;
use tower_http::services::fs::Backend;

use super::indexes::Version;
use crate::http::files::{Facts, Opened, answer};

/// Some bytes, and a file from some place on; for [`ServeDir`], which knows all about ranges and conditions.
#[derive(Clone, Debug)]
pub(super) struct Part {
    prefix: Bytes,
    file: Arc<File>,
    from: u64,
    facts: Facts,
}

impl Part {
    /// `prefix`, then `file` from the byte `from` on, as long as the file is in `version`.
    pub(super) fn new(prefix: Bytes, file: File, from: u64, version: Version) -> Self {
        let len = prefix.len() as u64 + version.len.saturating_sub(from);
        Self { prefix, file: Arc::new(file), from, facts: Facts::of_file(len, version.modified) }
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
    type OpenFuture = Pin<Box<dyn Future<Output = io::Result<Opened>> + Send>>;
    type MetadataFuture = std::future::Ready<io::Result<Facts>>;

    fn open(&self, _: PathBuf) -> Self::OpenFuture {
        let Self { prefix, file, from, facts } = self.clone();
        Box::pin(async move {
            let mut file = tokio::fs::File::from_std(file.try_clone()?);
            file.seek(SeekFrom::Start(from)).await?;
            Ok(Opened::new(prefix, file, from, facts))
        })
    }

    fn metadata(&self, _: PathBuf) -> Self::MetadataFuture {
        std::future::ready(Ok(self.facts))
    }
}
