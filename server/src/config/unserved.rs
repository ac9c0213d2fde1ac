//! SRS's keys that flvgate does not serve. Each gets one note or warning, never an error, so that SRS's files start.

use super::report::Severity;

/// Names that are in one block for one reason.
#[derive(Debug)]
pub(super) struct Unserved {
    /// The block, with dots between; empty outside of all blocks.
    pub(super) block: &'static str,
    pub(super) names: &'static [&'static str],
    pub(super) loss: Loss,
    /// What is said to the operator.
    pub(super) why: &'static str,
}

/// Whether an operator misses something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// It tunes what works without tuning.
    Nothing,
    /// Something that SRS does is not done.
    Something,
}

impl Loss {
    /// How much the operator should mind.
    pub(super) const fn severity(self) -> Severity {
        match self {
            Self::Nothing => Severity::Note,
            Self::Something => Severity::Warning,
        }
    }
}

const NO_TOKEN_TRAVERSE: &str =
    "the origin judges the token of the viewer who makes the edge pull, and of no other";
const NO_UPNODE: &str = "flvgate tells an origin nothing of itself but the way of the stream";
const NO_ORIGIN_CLUSTER: &str =
    "an edge asks each of its origins for a stream, so origins need not know each other";
const NO_WEBRTC: &str = "flvgate does not serve WebRTC";
const NO_SRT: &str = "flvgate does not take SRT";
const NO_HLS: &str = "flvgate does not write HLS";
const NO_REPORTS: &str = "flvgate reports to no other server";
const NO_FFMPEG: &str = "flvgate starts no other program";
const FOREGROUND: &str = "flvgate stays in the foreground, in a container and outside of one";
const NO_ATC_AUTO: &str =
    "flvgate does not look for bravo_atc in the metadata; write 'atc on' for such streams";
const NO_MIX: &str =
    "frames leave in the order in which the encoder sends them; players sort them by timestamp";
const NO_PACING: &str = "mw_latency gathers frames, over every protocol";
const READS_WHAT_COMES: &str = "each read takes all that has come, so there is nothing to merge";

const fn harmless(block: &'static str, names: &'static [&'static str], why: &'static str) -> Unserved {
    Unserved { block, names, loss: Loss::Nothing, why }
}

const fn missing(block: &'static str, names: &'static [&'static str], why: &'static str) -> Unserved {
    Unserved { block, names, loss: Loss::Something, why }
}

/// All of them, in the order of `conf/full.conf`.
pub(super) const UNSERVED: &[Unserved] = &[
    missing("", &["ff_log_dir", "ff_log_level"], NO_FFMPEG),
    harmless("", &["in_docker", "disable_daemon_for_docker"], FOREGROUND),
    harmless(
        "",
        &["auto_reload_for_docker"],
        "write 'inotify_auto_reload on' where it is wanted, in a container too",
    ),
    harmless("", &["pithy_print_ms"], "flvgate logs what happens when it happens, and nothing periodically"),
    harmless("", &["empty_ip_ok"], "a connection always has an address here"),
    harmless("", &["tcmalloc_release_rate"], "flvgate uses the allocator of the system"),
    harmless("", &["threads"], "one process uses all cores without being told"),
    harmless("", &["circuit_breaker"], "it is for WebRTC; flvgate bounds queues and connections instead"),
    harmless("", &["is_full"], "it only marks SRS's own full.conf, which is not meant to be started"),
    harmless(
        "",
        &["query_latest_version", "first_wait_for_qlv"],
        "flvgate asks nobody for its newest version",
    ),
    missing("", &["heartbeat", "stats", "tencentcloud_cls", "tencentcloud_apm"], NO_REPORTS),
    missing("", &["exporter"], "flvgate has no metrics exporter"),
    missing("", &["rtc_server"], NO_WEBRTC),
    missing("", &["stream_caster", "rtsp_server"], "flvgate takes streams in over RTMP only"),
    missing("", &["srt_server"], NO_SRT),
    missing("", &["rtmps"], "flvgate does not take RTMPS; put a TLS proxy in front of it"),
    harmless(
        "vhost",
        &["in_ack_size", "out_ack_size"],
        "flvgate wants an acknowledgement every 2500000 bytes, and sends those that an encoder wants",
    ),
    harmless("vhost", &["mr"], READS_WHAT_COMES),
    harmless("vhost", &["mix_correct"], NO_MIX),
    harmless("vhost", &["send_min_interval"], NO_PACING),
    missing("vhost", &["atc_auto"], NO_ATC_AUTO),
    missing("vhost", &["token_traverse"], NO_TOKEN_TRAVERSE),
    harmless("vhost", &["debug_srs_upnode"], NO_UPNODE),
    missing("vhost.cluster", &["token_traverse"], NO_TOKEN_TRAVERSE),
    harmless("vhost.cluster", &["debug_srs_upnode"], NO_UPNODE),
    missing(
        "vhost.cluster",
        &["protocol", "follow_client"],
        "an edge pulls over RTMP, whatever its viewers use",
    ),
    missing("vhost.cluster", &["origin_cluster", "coworkers"], NO_ORIGIN_CLUSTER),
    missing("vhost", &["http_hooks"], "flvgate calls no hooks"),
    missing("vhost", &["transcode", "ingest", "exec"], NO_FFMPEG),
    missing("vhost", &["hls"], NO_HLS),
    missing("vhost", &["dash"], "flvgate does not write DASH"),
    missing("vhost", &["hds"], "flvgate does not write HDS"),
    missing("vhost", &["dvr"], "flvgate does not record"),
    missing("vhost", &["rtc", "nack", "twcc"], NO_WEBRTC),
    missing("vhost", &["srt"], NO_SRT),
    missing("vhost", &["rtsp"], "flvgate does not serve RTSP"),
    missing("vhost", &["bandcheck"], "flvgate has no bandwidth check"),
    harmless(
        "vhost.http_remux",
        &["hstrs"],
        "a viewer may always come before its publisher: see stream_wait",
    ),
    missing("vhost.play", &["atc_auto"], NO_ATC_AUTO),
    harmless("vhost.play", &["mix_correct"], NO_MIX),
    harmless("vhost.play", &["mw_msgs"], "mw_latency bounds how long frames are gathered for"),
    harmless("vhost.play", &["send_min_interval"], NO_PACING),
    harmless("vhost.publish", &["mr", "mr_latency"], READS_WHAT_COMES),
    harmless("vhost.publish", &["parse_sps"], "it is always read, for the API"),
    missing(
        "vhost.publish",
        &["try_annexb_first"],
        "frames have length prefixes, as RTMP wants it; start codes are not looked for",
    ),
    missing("vhost.forward", &["backend"], "flvgate calls no hooks; destination names the servers"),
];

/// Why `name` in `block` is not served, and what is lost; `None` when SRS has no such key, as far as this table knows.
pub(super) fn reason(block: &str, name: &str) -> Option<&'static Unserved> {
    UNSERVED.iter().find(|group| group.block == block && group.names.contains(&name))
}

/// The names in `block`.
pub(super) fn names(block: &str) -> impl Iterator<Item = &'static str> {
    UNSERVED.iter().filter(move |group| group.block == block).flat_map(|group| group.names.iter().copied())
}

/// The environment variable's prefix of every name, such as `SRS_VHOST_HLS`.
pub(super) fn variables() -> impl Iterator<Item = (String, &'static Unserved)> {
    UNSERVED.iter().flat_map(|group| {
        group.names.iter().map(move |name| {
            let path =
                if group.block.is_empty() { (*name).to_owned() } else { format!("{}.{name}", group.block) };
            (format!("SRS_{}", path.to_ascii_uppercase().replace('.', "_")), group)
        })
    })
}
