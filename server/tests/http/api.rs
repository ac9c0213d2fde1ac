//! The JSON API.

use serde_json::{Value, json};

use crate::client::{Client, ask};
use crate::site::Site;

async fn streams(site: &Site, query: &str) -> Value {
    let answer = ask(site.address, &format!("GET /api/v1/streams{query}"), "").await;
    assert_eq!(answer.head.status, 200);
    assert_eq!(answer.head.get("content-type"), Some("application/json"));
    serde_json::from_str(&answer.body).unwrap()
}

#[tokio::test]
async fn versions_have_srss_shape() {
    let site = Site::start(|_| {}).await;
    let answer = ask(site.address, "GET /api/v1/versions", "").await;
    let got: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(got["code"], 0);
    assert_eq!(got["data"]["version"], env!("CARGO_PKG_VERSION"));
    assert!(
        got["data"]["major"].is_u64() && got["data"]["minor"].is_u64() && got["data"]["revision"].is_u64()
    );
}

#[tokio::test]
async fn a_live_stream_is_listed_with_its_codecs_viewers_and_url() {
    let site = Site::start(|_| {}).await;
    assert_eq!(streams(&site, "").await["streams"], json!([]));
    let _publisher = site.publish("my cam").await;
    let mut viewer = Client::connect(site.address).await;
    viewer.request("GET /live/my%20cam.flv", "").await;
    viewer.head().await;
    viewer.chunk().await;

    let list = streams(&site, "").await;
    assert_eq!(list["code"], 0);
    assert!(list["server"].as_str().unwrap().starts_with("vid-"));
    assert_eq!(list["pid"], std::process::id().to_string());
    let stream = &list["streams"][0];
    assert_eq!((&stream["name"], &stream["app"]), (&json!("my cam"), &json!("live")));
    assert_eq!(stream["vhost"], "__defaultVhost__");
    assert_eq!(stream["publish"], json!({ "active": true, "cid": "vid-1" }));
    let video = json!({ "codec": "H264", "profile": "High", "level": "3.1", "width": 1280, "height": 720 });
    assert_eq!(stream["video"], video);
    let audio = json!({ "codec": "AAC", "sample_rate": 44100, "channel": 2, "profile": "LC" });
    assert_eq!(stream["audio"], audio);
    assert_eq!((&stream["clients"], &stream["frames"]), (&json!(2), &json!(1)));
    for count in ["skips", "skipped_tags", "too_slow", "stalled", "disconnects"] {
        assert_eq!(stream["drops"][count], 0, "{count}");
    }
    assert_eq!(stream["flvgate"], json!({ "viewers": 1, "flv": "/live/my%20cam.flv" }));
    assert!(stream["recv_bytes"].as_u64().unwrap() > 100 && stream["send_bytes"].as_u64().unwrap() > 100);
    for key in ["id", "tcUrl", "url", "live_ms", "kbps"] {
        assert!(!stream[key].is_null(), "{key}");
    }
}

#[tokio::test]
async fn a_part_of_the_list_can_be_had() {
    let site = Site::start(|_| {}).await;
    let mut publishers = Vec::new();
    for number in 0..5 {
        publishers.push(site.publish(&format!("cam{number}")).await);
    }
    let names = async |query: &str| {
        let list = streams(&site, query).await;
        assert_eq!(list["flvgate"]["streams"], 5);
        let streams = list["streams"].as_array().unwrap();
        streams.iter().map(|stream| stream["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("/").await, ["cam0", "cam1", "cam2", "cam3", "cam4"]);
    assert_eq!(names("?start=1&count=2").await, ["cam1", "cam2"]);
    assert_eq!(names("/?start=4").await, ["cam4"]);
    assert_eq!(names("?start=9&count=1").await, [""; 0]);
}

#[tokio::test]
async fn a_stream_without_publisher_is_listed_as_inactive_in_its_grace_period() {
    let site = Site::start(|settings| settings.vhost.publish.grace_timeout = crate::site::PATIENCE).await;
    drop(site.publish("cam").await);
    let list = streams(&site, "").await;
    assert_eq!(list["streams"][0]["publish"], json!({ "active": false, "cid": "" }));
    assert_eq!(list["streams"][0]["clients"], 0);
}
