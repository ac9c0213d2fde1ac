//! The shapes of SRS's API, field by field.

use flvgate::hub::clients::{ClientInfo, Encoder, Kick, Role};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::{get, whole};
use crate::client::Client;
use crate::site::{PATIENCE, Site, keyframe};

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// Asserts that `object` has just these keys, in any order.
fn has_keys(object: &Value, expected: &str) {
    let mut expected: Vec<_> = expected.split_whitespace().collect();
    expected.sort_unstable();
    assert_eq!(keys(object), expected);
}

const ENVELOPE: &str = "code server service pid";

#[tokio::test]
async fn every_answer_says_who_answers() {
    let site = whole(|_| {}).await;
    let (one, other) = (get(&site, "/api/v1/versions").await, get(&site, "/api/v1/streams").await);
    has_keys(&one, &format!("{ENVELOPE} data"));
    assert_eq!(one["code"], 0);
    assert!(one["server"].as_str().unwrap().starts_with("vid-"));
    assert_eq!(one["pid"], std::process::id().to_string());
    for key in ["server", "service", "pid"] {
        assert_eq!(one[key], other[key], "{key}");
    }
}

#[tokio::test]
async fn versions_authors_features_and_indexes() {
    let site = whole(|settings| settings.entrance.streams = false).await;
    let version = &get(&site, "/api/v1/versions").await["data"];
    has_keys(version, "major minor revision version");
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(get(&site, "/api/v1/authors").await["data"]["license"], "MIT");
    let features = &get(&site, "/api/v1/features").await["data"];
    has_keys(features, "options options2 build build2 features");
    assert_eq!((&features["features"]["ssl"], &features["features"]["hls"]), (&json!(true), &json!(false)));
    assert_eq!(keys(&get(&site, "/api/").await["urls"]), ["v1"]);
    let urls = &get(&site, "/api/v1").await["urls"];
    has_keys(
        urls,
        "versions summaries rusages self_proc_stats system_proc_stats meminfos authors features vhosts streams \
         clients raw clusters openapi.json",
    );
}

#[tokio::test]
async fn summaries_are_of_the_process_and_the_machine() {
    let site = whole(|_| {}).await;
    let data = &get(&site, "/api/v1/summaries").await["data"];
    has_keys(data, "ok now_ms self system");
    let process = "version pid ppid argv cwd mem_kbyte mem_percent cpu_percent srs_uptime";
    has_keys(&data["self"], process);
    has_keys(
        &data["system"],
        "cpu_percent disk_read_KBps disk_write_KBps disk_busy_percent mem_ram_kbyte mem_ram_percent \
         mem_swap_kbyte mem_swap_percent cpus cpus_online uptime ilde_time load_1m load_5m load_15m \
         net_sample_time net_recv_bytes net_send_bytes net_recvi_bytes net_sendi_bytes srs_sample_time \
         srs_recv_bytes srs_send_bytes conn_sys conn_sys_et conn_sys_tw conn_sys_udp conn_srs",
    );
    assert_eq!(data["self"]["pid"], std::process::id());
    assert_eq!(data["system"]["conn_srs"], 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn on_linux_the_numbers_are_real() {
    let site = whole(|_| {}).await;
    let data = &get(&site, "/api/v1/summaries").await["data"];
    assert_eq!(data["ok"], true);
    let parent = u64::from(std::os::unix::process::parent_id());
    assert_eq!(data["self"]["ppid"], parent);
    for (part, key) in [
        ("self", "mem_kbyte"),
        ("self", "mem_percent"),
        ("system", "mem_ram_kbyte"),
        ("system", "mem_ram_percent"),
        ("system", "cpus"),
        ("system", "cpus_online"),
        ("system", "uptime"),
        ("system", "conn_sys"),
    ] {
        assert!(data[part][key].as_f64().unwrap() > 0.0, "{part}.{key}: {data}");
    }
    let usage = &get(&site, "/api/v1/rusages").await["data"];
    assert!(usage["ru_maxrss"].as_u64() > Some(1000) && usage["ru_minflt"].as_u64() > Some(0), "{usage}");
    let memory = &get(&site, "/api/v1/meminfos").await["data"];
    assert_eq!(memory["MemTotal"], data["system"]["mem_ram_kbyte"]);
}

#[tokio::test]
async fn raw_numbers_have_the_names_of_the_system() {
    let site = whole(|_| {}).await;
    let data = async |name: &str| get(&site, &format!("/api/v1/{name}")).await["data"].clone();
    has_keys(
        &data("rusages").await,
        "ok sample_time ru_utime ru_stime ru_maxrss ru_ixrss ru_idrss ru_isrss ru_minflt ru_majflt ru_nswap \
         ru_inblock ru_oublock ru_msgsnd ru_msgrcv ru_nsignals ru_nvcsw ru_nivcsw",
    );
    has_keys(
        &data("self_proc_stats").await,
        "ok sample_time percent pid comm state ppid pgrp session tty_nr tpgid flags minflt cminflt majflt cmajflt \
         utime stime cutime cstime priority nice num_threads itrealvalue starttime vsize rss rsslim startcode \
         endcode startstack kstkesp kstkeip signal blocked sigignore sigcatch wchan nswap cnswap exit_signal \
         processor rt_priority policy delayacct_blkio_ticks guest_time cguest_time",
    );
    has_keys(
        &data("system_proc_stats").await,
        "ok sample_time percent user nice sys idle iowait irq softirq steal guest",
    );
    has_keys(
        &data("meminfos").await,
        "ok sample_time percent_ram percent_swap MemActive RealInUse NotInUse MemTotal MemFree Buffers Cached \
         SwapTotal SwapFree",
    );
}

#[tokio::test]
async fn a_live_stream_has_its_codecs_viewers_and_url() {
    let site = Site::start(|_| {}).await;
    assert_eq!(get(&site, "/api/v1/streams").await["streams"], json!([]));
    let _publisher = site.publish("my cam").await;
    let mut viewer = Client::connect(site.address).await;
    viewer.request("GET /live/my%20cam.flv", "").await;
    viewer.head().await;
    viewer.chunk().await;

    let list = get(&site, "/api/v1/streams").await;
    let stream = &list["streams"][0];
    has_keys(
        stream,
        "id name vhost app tcUrl url live_ms clients frames send_bytes recv_bytes kbps publish video audio \
         drops flvgate",
    );
    assert_eq!(
        (&stream["name"], &stream["app"], &stream["url"]),
        (&json!("my cam"), &json!("live"), &json!("/live/my%20cam"))
    );
    assert_eq!(stream["publish"], json!({ "active": true, "cid": "vid-1" }));
    let video = json!({ "codec": "H264", "profile": "High", "level": "3.1", "width": 1280, "height": 720 });
    assert_eq!(stream["video"], video);
    let audio = json!({ "codec": "AAC", "sample_rate": 44100, "channel": 2, "profile": "LC" });
    assert_eq!(stream["audio"], audio);
    assert_eq!((&stream["clients"], &stream["frames"]), (&json!(2), &json!(1)));
    has_keys(&stream["drops"], "skips skipped_tags too_slow stalled disconnects");
    assert_eq!(stream["drops"]["disconnects"], 0);
    assert_eq!(
        (&stream["flvgate"]["viewers"], &stream["flvgate"]["flv"]),
        (&json!(1), &json!("/live/my%20cam.flv"))
    );
    assert_eq!(stream["flvgate"]["urls"], json!({ "flv": "/live/my%20cam.flv" }));
    assert_eq!(stream["flvgate"]["vhost"], "__defaultVhost__");
    assert!(stream["recv_bytes"].as_u64() > Some(100) && stream["send_bytes"].as_u64() > Some(100));
    has_keys(&stream["kbps"], "recv_30s send_30s");
    let year_2020 = 1_577_836_800_000;
    assert!(stream["live_ms"].as_u64() > Some(year_2020), "the time now, as SRS has it");
    assert!(stream["flvgate"]["live_for_ms"].as_u64() < Some(year_2020));
}

#[tokio::test]
async fn a_stream_without_publisher_is_inactive_in_its_grace_period() {
    let site = Site::start(|settings| settings.vhost.publish.grace_timeout = PATIENCE).await;
    drop(site.publish("cam").await);
    let list = get(&site, "/api/v1/streams").await;
    assert_eq!(list["streams"][0]["publish"], json!({ "active": false, "cid": "" }));
    assert_eq!(list["streams"][0]["clients"], 0);
}

#[tokio::test]
async fn viewers_and_publishers_are_clients() {
    let site = whole(|settings| settings.vhost.name = "v.example".into()).await;
    let _publisher = site.publish("cam").await;
    let info = ClientInfo {
        key: site.key("cam").into(),
        role: Role::Publisher(Encoder::Haivision),
        ip: [192, 0, 2, 7].into(),
        page_url: "".into(),
        swf_url: "http://a.example/b.swf".into(),
        tc_url: "rtmp://v.example/live".into(),
    };
    let clients = site.hub.clients();
    let registration = clients.register(clients.new_id(), info, Kick::default());
    registration.client().traffic().add_received(1000);
    let mut http = Client::connect(site.address).await;
    http.request("GET /live/cam.flv?vhost=v.example&token=x", "Referer: http://page.example/\r\n").await;
    http.head().await;
    http.chunk().await;
    let url = format!("ws://{}/live/cam.flv?vhost=v.example", site.address);
    let (mut websocket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    websocket.next().await.unwrap().unwrap();

    let list = get(&site, "/api/v1/clients").await;
    let [publisher, http, websocket] = &list["clients"].as_array().unwrap()[..] else { panic!("{list}") };
    for client in [publisher, http, websocket] {
        has_keys(
            client,
            "id vhost stream ip pageUrl swfUrl tcUrl url name type publish alive send_bytes recv_bytes kbps flvgate",
        );
        assert_eq!((&client["url"], &client["name"]), (&json!("v.example/live/cam"), &json!("cam")));
        assert_eq!(client["tcUrl"], "rtmp://v.example/live");
        assert!(client["alive"].is_f64());
    }
    assert_eq!((&publisher["type"], &publisher["publish"]), (&json!("haivision-publish"), &json!(true)));
    assert_eq!(
        (&publisher["ip"], &publisher["swfUrl"]),
        (&json!("192.0.2.7"), &json!("http://a.example/b.swf"))
    );
    assert_eq!((&publisher["recv_bytes"], &publisher["kbps"]["recv_30s"]), (&json!(1000), &json!(8)));
    assert_eq!(
        (&publisher["flvgate"]["transport"], &publisher["flvgate"]["format"]),
        (&json!("rtmp"), &Value::Null)
    );
    for (viewer, transport) in [(http, "http"), (websocket, "websocket")] {
        assert_eq!((&viewer["type"], &viewer["publish"]), (&json!("flv-play"), &json!(false)));
        assert_eq!(
            (&viewer["flvgate"]["transport"], &viewer["flvgate"]["format"]),
            (&json!(transport), &json!("flv"))
        );
        assert!(viewer["send_bytes"].as_u64() > Some(100));
        assert_eq!(viewer["flvgate"]["queue_age_ms"], 0, "it has had all that there is");
        assert_eq!((&viewer["flvgate"]["skips"], &viewer["flvgate"]["skipped_tags"]), (&json!(0), &json!(0)));
    }
    assert_eq!(publisher["flvgate"]["queue_age_ms"], Value::Null);
    assert_eq!((&http["pageUrl"], &websocket["pageUrl"]), (&json!("http://page.example/"), &json!("")));

    let vhost = &get(&site, "/api/v1/vhosts").await["vhosts"][0];
    has_keys(vhost, "id name enabled clients streams send_bytes recv_bytes kbps hls");
    assert_eq!((&vhost["name"], &vhost["enabled"]), (&json!("v.example"), &json!(true)));
    assert_eq!(
        (&vhost["clients"], &vhost["streams"], &vhost["recv_bytes"]),
        (&json!(3), &json!(1), &json!(1000))
    );
    assert_eq!(vhost["hls"], json!({ "enabled": false }));
}

#[tokio::test]
async fn a_viewer_who_reads_nothing_is_seen_to_fall_behind() {
    let site = whole(|_| {}).await;
    let publisher = site.publish("cam").await;
    let mut viewer = Client::connect(site.address).await;
    viewer.request("GET /live/cam.flv", "").await;
    viewer.head().await;
    let behind = async {
        for timestamp in (0..).step_by(40) {
            publisher.push(keyframe(timestamp, 500_000));
            let list = get(&site, "/api/v1/clients").await;
            if list["clients"][0]["flvgate"]["queue_age_ms"].as_u64() > Some(1000) {
                return;
            }
        }
    };
    timeout(PATIENCE, behind).await.expect("the viewer falls behind");
}

#[tokio::test]
async fn no_other_origin_is_known() {
    let site = whole(|_| {}).await;
    let answer = get(&site, "/api/v1/clusters?vhost=v&app=live&stream=cam&ip=1.2.3.4").await;
    let query = json!({ "vhost": "v", "app": "live", "stream": "cam", "ip": "1.2.3.4" });
    assert_eq!(answer["data"], json!({ "query": query, "origin": null }));
}
