//! The keys outside of all blocks.

use super::{ConfigDraft, Default, HOUR_IN_MS, Key, Kind, MAX_CHUNK};
use crate::config::value::Unit;

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
        path: "reserved_connections",
        also: &[],
        kind: Kind::Count(0..=1_000_000, "connections", |config, reserved| {
            config.reserved_connections = reserved as usize
        }),
        default: Default::Value("32"),
        doc: "How many of max_connections viewers cannot take, so that encoders and the API find a place however many \
              watch: three quarters of these are for RTMP, a quarter for the API. It is a quarter of max_connections at \
              most.",
    },
    Key {
        path: "max_connections_per_address",
        also: &[],
        kind: Kind::Count(1..=1_000_000, "connections", |config, most| {
            config.max_connections_per_address = Some(most as usize)
        }),
        default: Default::Unset("100"),
        doc: "TCP connections at once from one IP address, of all kinds together; for IPv6, from one /64. One more is \
              refused: over HTTP with a 429, over RTMP by closing it. Those of trusted_proxies count for the client that \
              the PROXY protocol names, and for nobody where it is off. Many viewers may share one address, behind a NAT. \
              Without this key there is no limit.",
    },
    Key {
        path: "reuseport",
        also: &[],
        kind: Kind::Switch(|config, on| config.reuse_port = on),
        default: Default::Value("off"),
        doc: "Whether several processes may listen on the same ports (SO_REUSEPORT); all of them must say so. One \
              process uses all cores, and two have separate streams, so this is for special cases. SRS always does it, \
              and so cannot tell that a port is taken.",
    },
    Key {
        path: "daemon",
        also: &[],
        kind: Kind::Always(
            false,
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
    Key {
        path: "server_id",
        also: &[],
        kind: Kind::Text("a name", |config, text| config.server_id = Some(text)),
        default: Default::Unset("flvgate-1"),
        doc: "What the API calls this server. Without this key it is another random name for each start.",
    },
    Key {
        path: "work_dir",
        also: &[],
        kind: Kind::Path(|config, path| config.process.work_dir = path),
        default: Default::Value("./"),
        doc: "The directory that relative paths begin at; itself, the file's own name and those in include begin \
              where flvgate was started.",
    },
    Key {
        path: "asprocess",
        also: &[],
        kind: Kind::Switch(|config, on| config.process.as_process = on),
        default: Default::Value("off"),
        doc: "Whether flvgate stops when the process that started it has ended.",
    },
    Key {
        path: "inotify_auto_reload",
        also: &[],
        kind: Kind::Switch(|config, on| config.process.auto_reload = on),
        default: Default::Value("off"),
        doc: "Whether the configuration is reloaded when its file has changed, without a SIGHUP. Files that are \
              included are not watched.",
    },
    Key {
        path: "force_grace_quit",
        also: &[],
        kind: Kind::Switch(|config, on| config.process.force_grace_quit = on),
        default: Default::Value("off"),
        doc: "Whether SIGTERM does what SIGQUIT does: no new connections, and the end when the last one has gone.",
    },
    Key {
        path: "grace_start_wait",
        also: &[],
        kind: Kind::Time(0..=HOUR_IN_MS, Unit::Milliseconds, |config, time| {
            config.process.grace_start_wait = time
        }),
        default: Default::Value("2300"),
        doc: "For how many milliseconds new connections are still taken after SIGQUIT, so that a load balancer can \
              notice.",
    },
    Key {
        path: "grace_final_wait",
        also: &[],
        kind: Kind::Time(0..=HOUR_IN_MS, Unit::Milliseconds, |config, time| {
            config.process.grace_final_wait = time
        }),
        default: Default::Value("3200"),
        doc: "How many milliseconds after the last connection flvgate ends.",
    },
];
