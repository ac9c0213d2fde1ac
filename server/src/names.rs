//! Names as clients write them, read alike by every protocol: streams, hosts, and the URLs that clients tell.
//!
//! No I/O. `rtmp`, `http`, `config` and the cluster use it, so that one text is one name everywhere.

mod host;
mod percent;
mod stream;
mod url;

pub use host::host_name;
pub use percent::{in_command, in_path};
pub use stream::{NameError, StreamName, check_app, checked, levels};
pub use url::PublicUrl;
