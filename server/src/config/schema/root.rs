//! The keys outside of all blocks.

use super::{ConfigDraft, Default, Key, Kind, MAX_CHUNK};

pub(super) const KEYS: &[Key<ConfigDraft>] = &[
    Key {
        path: "listen",
        also: &["rtmp.listen"],
        kind: Kind::Endpoints(|config, endpoints| config.rtmp.listen = endpoints),
        default: Default::Needed("1935"),
        doc: "Where encoders connect by RTMP. Without an address it is every IPv4 address; [::]:1935 is every IPv6 \
              address. Nothing starts without this key.",
    },
    Key {
        path: "chunk_size",
        also: &["rtmp.chunk_size"],
        kind: Kind::Count(1..=MAX_CHUNK, "bytes", |config, bytes| config.rtmp.chunk_size = bytes as u32),
        default: Default::Value("60000"),
        doc: "The size of the RTMP chunks that flvgate sends. Most peers take no more than 65536.",
    },
    Key {
        path: "max_connections",
        also: &[],
        kind: Kind::Count(1..=1_000_000, "connections", |config, most| {
            config.max_connections = most as usize
        }),
        default: Default::Value("1000"),
        doc: "TCP connections at once, encoders and viewers together. One more is refused: over HTTP with a 503, \
              over RTMP by closing it. The limit on open files must be higher; flvgate raises its own as far as it \
              may.",
    },
    Key {
        path: "daemon",
        also: &[],
        kind: Kind::AlwaysOff(
            "flvgate always stays in the foreground; leave the background to systemd or docker",
        ),
        default: Default::Value("off"),
        doc: "Read for the sake of SRS's files. flvgate always stays in the foreground.",
    },
    Key {
        path: "pid",
        also: &[],
        kind: Kind::Path(|config, path| config.pid = Some(path)),
        default: Default::Unset("./objs/flvgate.pid"),
        doc: "A file for the process id. It is removed at the end. Without this key there is none.",
    },
];
