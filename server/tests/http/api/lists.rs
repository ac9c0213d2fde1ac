//! Lists: their parts, their ids, and what is not in them.

use serde_json::{Value, json};

use super::{get, whole};
use crate::client::{Client, ask};
use crate::site::{PATIENCE, Site};

async fn names(site: &Site, query: &str) -> Vec<String> {
    let list = get(site, &format!("/api/v1/streams{query}")).await;
    let streams = list["streams"].as_array().unwrap();
    streams.iter().map(|stream| stream["name"].as_str().unwrap().to_owned()).collect()
}

async fn publish(site: &Site, count: usize) -> Vec<flvgate::hub::Publisher> {
    let mut publishers = Vec::new();
    for number in 0..count {
        publishers.push(site.publish(&format!("cam{number:02}")).await);
    }
    publishers
}

#[tokio::test]
async fn beside_the_streams_a_part_of_the_list_can_be_had_and_else_it_is_whole() {
    let site = Site::start(|_| {}).await;
    let _publishers = publish(&site, 12).await;
    assert_eq!(names(&site, "/").await.len(), 12);
    assert_eq!(names(&site, "?start=1&count=2").await, ["cam01", "cam02"]);
    assert_eq!(names(&site, "/?start=11").await, ["cam11"]);
    assert_eq!(names(&site, "?start=12&count=1").await, [""; 0]);
    assert_eq!(get(&site, "/api/v1/streams?count=1").await["flvgate"]["streams"], 12);
}

#[tokio::test]
async fn the_api_shows_ten_at_least_as_srs_does() {
    let site = whole(|_| {}).await;
    let _publishers = publish(&site, 12).await;
    assert_eq!(names(&site, "").await.len(), 10);
    assert_eq!(names(&site, "?count=1").await.len(), 10);
    assert_eq!(names(&site, "?count=100").await.len(), 12);
    assert_eq!(names(&site, "?start=10").await, ["cam10", "cam11"]);

    let mut viewers = Vec::new();
    for _ in 0..12 {
        let mut viewer = Client::connect(site.address).await;
        viewer.request("GET /live/cam00.flv", "").await;
        viewer.head().await;
        viewers.push(viewer);
    }
    let clients = async |query: &str| {
        let list = get(&site, &format!("/api/v1/clients{query}")).await;
        list["clients"].as_array().unwrap().len()
    };
    assert_eq!((clients("").await, clients("?count=12").await, clients("/?start=11").await), (10, 12, 1));
}

#[tokio::test]
async fn whatever_is_listed_can_be_asked_for_by_its_id_which_stays() {
    let site = whole(|settings| settings.vhost.publish.grace_timeout = PATIENCE).await;
    let _publisher = site.publish("cam").await;
    let mut viewer = Client::connect(site.address).await;
    viewer.request("GET /live/cam.flv", "").await;
    viewer.head().await;
    let first = async |lists: &str| get(&site, &format!("/api/v1/{lists}")).await[lists][0].clone();
    for (lists, one) in [("vhosts", "vhost"), ("streams", "stream"), ("clients", "client")] {
        let listed = first(lists).await;
        let id = listed["id"].as_str().unwrap();
        for slash in ["", "/"] {
            let asked = get(&site, &format!("/api/v1/{lists}/{id}{slash}")).await;
            assert_eq!(asked["code"], 0);
            for key in ["id", "name", "vhost", "url", "type"] {
                assert_eq!(asked[one][key], listed[key], "{lists} {key}");
            }
        }
        assert_eq!(first(lists).await["id"], listed["id"], "{lists}");
    }
    let (vhost, stream, client) = (first("vhosts").await, first("streams").await, first("clients").await);
    assert_eq!((&stream["vhost"], &client["vhost"]), (&vhost["id"], &vhost["id"]));
    assert_eq!(client["stream"], stream["id"]);
    assert_ne!(stream["id"], vhost["id"]);
}

#[tokio::test]
async fn an_unknown_id_is_srss_code_in_a_proper_answer() {
    let site = whole(|_| {}).await;
    for (target, code) in [("vhosts/vid-1", 2014), ("streams/vid-1", 2048), ("clients/%22x%22", 2049)] {
        let answer = get(&site, &format!("/api/v1/{target}")).await;
        assert_eq!(answer["code"], code, "{target}");
        assert!(answer["flvgate"]["error"].as_str().unwrap().contains("there is no"), "{answer}");
    }
    let answer = ask(site.address, "DELETE /api/v1/clients/nobody", "").await;
    let value: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!((answer.head.status, &value["code"]), (200, &json!(2049)));
}

#[tokio::test]
async fn a_client_is_kicked_by_its_id() {
    let site = whole(|_| {}).await;
    let _publisher = site.publish("cam").await;
    let mut viewer = Client::connect(site.address).await;
    viewer.request("GET /live/cam.flv", "").await;
    viewer.head().await;
    let clients = get(&site, "/api/v1/clients").await;
    let target = format!("/api/v1/clients/{}", clients["clients"][0]["id"].as_str().unwrap());
    let kicked = std::time::Instant::now();
    let answer = ask(site.address, &format!("DELETE {target}"), "").await;
    assert_eq!(answer.head.status, 200);
    assert_eq!(serde_json::from_str::<Value>(&answer.body).unwrap()["code"], 0);
    assert!(!viewer.rest().await.ends_with(b"0\r\n\r\n"), "broken off");
    eprintln!("DELETE to the viewer's end: {:?}", kicked.elapsed());
    site.wait_for_viewers("cam", 0).await;
    assert_eq!(get(&site, "/api/v1/clients").await["clients"], json!([]));
    assert_eq!(get(&site, &target).await["code"], 2049);
    assert_eq!(get(&site, "/api/v1/streams").await["flvgate"]["departures"]["kicked"], 1);
}
