//! Every key that SRS 7 has in the blocks that flvgate serves, and what becomes of it here.

use super::*;
use crate::config::schema::{ROOT, VHOST};

/// By block, with dots between; the keys are those that SRS's own check lets through, and those that it moves elsewhere.
const SRS: &[(&str, &str)] = &[
    (
        "",
        "listen pid chunk_size ff_log_dir ff_log_level srs_log_tank srs_log_level srs_log_level_v2 srs_log_file \
         max_connections daemon heartbeat http_api stats vhost pithy_print_ms http_server stream_caster rtc_server \
         srt_server utc_time work_dir asprocess server_id grace_final_wait grace_start_wait force_grace_quit \
         empty_ip_ok disable_daemon_for_docker inotify_auto_reload auto_reload_for_docker tcmalloc_release_rate \
         query_latest_version first_wait_for_qlv threads circuit_breaker is_full in_docker tencentcloud_cls \
         tencentcloud_apm exporter http_stream",
    ),
    ("http_api", "enabled listen crossdomain raw_api auth https"),
    ("http_api.raw_api", "enabled allow_reload allow_query allow_update"),
    ("http_api.auth", "enabled username password"),
    ("http_api.https", "enabled listen key cert"),
    ("http_server", "enabled listen dir crossdomain https"),
    ("http_server.https", "enabled listen key cert"),
    (
        "vhost",
        "enabled chunk_size min_latency tcp_nodelay dvr ingest hls http_hooks refer forward transcode bandcheck play \
         publish cluster security http_remux dash http_static hds exec in_ack_size out_ack_size rtc srt http \
         refer_play refer_publish mr publish_1stpkt_timeout publish_normal_timeout time_jitter mix_correct atc atc_auto \
         mw_latency gop_cache gop_cache_max_frames queue_length send_min_interval reduce_sequence_header mode origin \
         token_traverse vhost debug_srs_upnode nack twcc",
    ),
    ("vhost.http_remux", "enabled mount fast_cache drop_if_not_match has_audio has_video guess_has_av hstrs"),
    ("vhost.http_static", "enabled mount dir"),
    (
        "vhost.play",
        "time_jitter mix_correct atc atc_auto mw_latency gop_cache gop_cache_max_frames queue_length \
         send_min_interval reduce_sequence_header mw_msgs",
    ),
    (
        "vhost.publish",
        "mr mr_latency firstpkt_timeout normal_timeout parse_sps try_annexb_first kickoff_for_idle",
    ),
    (
        "vhost.cluster",
        "mode origin token_traverse vhost debug_srs_upnode protocol follow_client origin_cluster coworkers",
    ),
    ("vhost.forward", "enabled destination backend"),
    ("vhost.security", "enabled allow deny"),
    ("vhost.refer", "enabled all publish play"),
];

/// The older names of blocks and keys, which are rewritten before they are read.
const REWRITTEN: [&str; 4] = ["http_stream", "vhost.http", "vhost.refer_play", "vhost.refer_publish"];

fn names(block: &str) -> impl Iterator<Item = &'static str> + use<> {
    let names = SRS.iter().find(|(known, _)| *known == block).map(|(_, names)| names);
    names.into_iter().flat_map(|names| names.split_whitespace())
}

#[test]
fn every_key_of_srs_is_served_or_named_with_a_reason() {
    let places: Vec<_> =
        ROOT.iter().flat_map(|key| key.places()).chain(VHOST.iter().flat_map(|key| key.places())).collect();
    let full = full_conf();
    for (block, _) in SRS {
        for name in names(block) {
            let path = if block.is_empty() { name.to_owned() } else { format!("{block}.{name}") };
            let is_block = places.iter().any(|place| place.starts_with(&format!("{path}.")));
            if places.contains(&path.as_str()) || is_block || REWRITTEN.contains(&path.as_str()) {
                continue;
            }
            let group = unserved::reason(block, name);
            let group = group.unwrap_or_else(|| panic!("'{name}' in '{block}' is not known"));
            let words: Vec<_> = full.split_whitespace().filter(|word| *word != "#").collect();
            let reason: Vec<_> = group.why.split_whitespace().collect();
            let told = |window: &[&str]| window[..reason.len() - 1] == reason[..reason.len() - 1];
            assert!(words.windows(reason.len()).any(told), "full.conf does not say why {path} is not served");
            assert!(
                words.iter().any(|word| word.trim_end_matches(',') == name),
                "full.conf does not name {path}"
            );
        }
    }
}

#[test]
fn the_page_for_users_of_srs_has_every_key_and_what_becomes_of_it() {
    let page =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/migrate-from-srs.md")).unwrap();
    let cells = |line: &str| -> Vec<String> { line.split('|').map(|cell| cell.trim().to_owned()).collect() };
    let rows: Vec<_> = page.lines().map(cells).filter(|cells| cells.len() == 5).collect();
    for (block, _) in SRS {
        let shown = if block.is_empty() { "(none)".to_owned() } else { format!("`{block}`") };
        for name in names(block) {
            let row = rows.iter().find(|row| row[1] == shown && row[2] == format!("`{name}`"));
            let row = row.unwrap_or_else(|| panic!("'{name}' in '{block}' is not on the page"));
            match unserved::reason(block, name) {
                Some(group) => {
                    let mark = if group.loss == unserved::Loss::Nothing { '·' } else { '✗' };
                    assert_eq!(row[3], format!("{mark} {}", group.why), "{block}.{name}");
                }
                None => assert!(row[3].starts_with(['✓', '·']), "{block}.{name} is served"),
            }
        }
    }
}
