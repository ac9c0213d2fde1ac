//! SRS's keys that flvgate does not serve. Each gets one warning, never an error, so that SRS's files start.

/// Names that are in one block for one reason.
#[derive(Debug)]
struct Unserved {
    /// The block, with dots between; empty outside of all blocks.
    block: &'static str,
    names: &'static [&'static str],
    /// What is said to the operator.
    why: &'static str,
}

const SELF_TUNING: &str = "flvgate needs no such setting";
const NO_CLUSTER: &str = "flvgate has no cluster";
const NO_WEBRTC: &str = "flvgate does not serve WebRTC";
const NO_SRT: &str = "flvgate does not take SRT";
const NO_HLS: &str = "flvgate does not write HLS";
const NO_RELOAD: &str = "flvgate does not reload its configuration; restart it";
const NO_GRACE: &str = "flvgate ends all connections when it is asked to stop";
const NO_REPORTS: &str = "flvgate reports to no other server";
const NO_FFMPEG: &str = "flvgate starts no other program";

const UNSERVED: &[Unserved] = &[
    Unserved { block: "", names: &["ff_log_dir", "ff_log_level"], why: NO_FFMPEG },
    Unserved { block: "", names: &["inotify_auto_reload", "auto_reload_for_docker"], why: NO_RELOAD },
    Unserved {
        block: "",
        names: &["grace_start_wait", "grace_final_wait", "force_grace_quit"],
        why: NO_GRACE,
    },
    Unserved {
        block: "",
        names: &["asprocess", "in_docker", "disable_daemon_for_docker"],
        why: "flvgate always stays in the foreground",
    },
    Unserved {
        block: "",
        names: &[
            "server_id",
            "utc_time",
            "pithy_print_ms",
            "work_dir",
            "empty_ip_ok",
            "tcmalloc_release_rate",
            "threads",
            "circuit_breaker",
            "is_full",
            "reuseport",
        ],
        why: SELF_TUNING,
    },
    Unserved {
        block: "",
        names: &[
            "query_latest_version",
            "first_wait_for_qlv",
            "heartbeat",
            "stats",
            "tencentcloud_cls",
            "tencentcloud_apm",
        ],
        why: NO_REPORTS,
    },
    Unserved { block: "", names: &["exporter"], why: "flvgate has no metrics exporter" },
    Unserved { block: "", names: &["rtc_server"], why: NO_WEBRTC },
    Unserved { block: "", names: &["srt_server"], why: NO_SRT },
    Unserved {
        block: "",
        names: &["stream_caster", "rtsp_server"],
        why: "flvgate takes streams in over RTMP only",
    },
    Unserved {
        block: "",
        names: &["rtmps"],
        why: "flvgate does not take RTMPS; put a TLS proxy in front of it",
    },
    Unserved {
        block: "vhost",
        names: &[
            "in_ack_size",
            "out_ack_size",
            "mr",
            "mix_correct",
            "send_min_interval",
            "reduce_sequence_header",
        ],
        why: SELF_TUNING,
    },
    Unserved {
        block: "vhost",
        names: &["atc", "atc_auto"],
        why: "flvgate gives every stream a timeline from 0",
    },
    Unserved {
        block: "vhost",
        names: &["cluster", "mode", "origin", "token_traverse", "vhost", "debug_srs_upnode"],
        why: NO_CLUSTER,
    },
    Unserved { block: "vhost", names: &["http_hooks"], why: "flvgate calls no hooks" },
    Unserved { block: "vhost", names: &["transcode", "ingest", "exec"], why: NO_FFMPEG },
    Unserved { block: "vhost", names: &["rtc"], why: NO_WEBRTC },
    Unserved { block: "vhost", names: &["srt"], why: NO_SRT },
    Unserved { block: "vhost", names: &["rtsp"], why: "flvgate does not serve RTSP" },
    Unserved { block: "vhost", names: &["hls"], why: NO_HLS },
    Unserved { block: "vhost", names: &["dash"], why: "flvgate does not write DASH" },
    Unserved { block: "vhost", names: &["hds"], why: "flvgate does not write HDS" },
    Unserved { block: "vhost", names: &["dvr"], why: "flvgate does not record" },
    Unserved { block: "vhost", names: &["nack", "twcc"], why: NO_WEBRTC },
    Unserved { block: "vhost", names: &["bandcheck"], why: "flvgate has no bandwidth check" },
    Unserved {
        block: "vhost.forward",
        names: &["backend"],
        why: "flvgate calls no hooks; destination names the servers",
    },
    Unserved {
        block: "vhost.http_remux",
        names: &["hstrs"],
        why: "a viewer may always come before its publisher",
    },
    Unserved {
        block: "vhost.play",
        names: &["mw_msgs", "send_min_interval", "reduce_sequence_header", "mix_correct"],
        why: SELF_TUNING,
    },
    Unserved {
        block: "vhost.play",
        names: &["atc", "atc_auto"],
        why: "flvgate gives every stream a timeline from 0",
    },
    Unserved {
        block: "vhost.publish",
        names: &["mr", "mr_latency", "parse_sps", "try_annexb_first"],
        why: SELF_TUNING,
    },
    Unserved {
        block: "vhost.publish",
        names: &["kickoff_for_idle"],
        why: "a publisher without viewers is not disconnected",
    },
];

/// Why `name` in `block` is not served; `None` when SRS has no such key, as far as this table knows.
pub(super) fn reason(block: &str, name: &str) -> Option<&'static str> {
    UNSERVED.iter().find(|group| group.block == block && group.names.contains(&name)).map(|group| group.why)
}

/// The names in `block`.
pub(super) fn names(block: &str) -> impl Iterator<Item = &'static str> {
    UNSERVED.iter().filter(move |group| group.block == block).flat_map(|group| group.names.iter().copied())
}

/// The environment variable's prefix of every name, such as `SRS_VHOST_HLS`.
pub(super) fn variables() -> impl Iterator<Item = (String, &'static str)> {
    UNSERVED.iter().flat_map(|group| {
        group.names.iter().map(|name| {
            let path =
                if group.block.is_empty() { (*name).to_owned() } else { format!("{}.{name}", group.block) };
            (format!("SRS_{}", path.to_ascii_uppercase().replace('.', "_")), group.why)
        })
    })
}
