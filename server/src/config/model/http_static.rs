//! A vhost's files.

use std::path::PathBuf;

/// Files of a vhost (`http_static { }`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpStatic {
    /// Whether they are served (`enabled`).
    pub enabled: bool,
    /// Under which URLs: `[vhost]/` and a path (`mount`).
    pub mount: String,
    /// From which directory (`dir`).
    pub dir: PathBuf,
}

impl Default for HttpStatic {
    fn default() -> Self {
        Self { enabled: false, mount: "[vhost]/".to_owned(), dir: PathBuf::from("./objs/nginx/html") }
    }
}
