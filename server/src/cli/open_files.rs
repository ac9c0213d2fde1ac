//! The system's limit on open files, which bounds connections too.

use flvgate::http::MOST_OPEN_FILES;
use tracing::{info, warn};

/// Files that are open besides connections: those that answers are read from, and listeners, the log, the runtime's own.
const RESERVED: u64 = MOST_OPEN_FILES as u64 + 128;

/// Raises the limit as far as the system lets this user, and warns when it is too low for `connections`.
pub(super) fn raise_limit(connections: usize) {
    let needed = connections as u64 + RESERVED;
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) if limit < needed => warn!(
            "max_connections {connections} needs {needed} open files, but the limit is {limit}; raise it with \
             'ulimit -Hn {needed}' or LimitNOFILE={needed}"
        ),
        Ok(limit) => info!("up to {connections} connections; the limit on open files is {limit}"),
        Err(error) => warn!("cannot tell the limit on open files: {error}"),
    }
}
