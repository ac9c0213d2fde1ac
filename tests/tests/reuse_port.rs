//! Two processes on the same ports, as `reuseport on` allows.

use std::collections::HashSet;

use flvgate_tests::binary::Program;
use flvgate_tests::publisher::{Publisher, inter_frame};
use flvgate_tests::server;
use flvgate_tests::viewer::Viewer;
use serde_json::Value;
use tempfile::tempdir;

/// So many connections all go to one of two processes once in 2^63 times.
const MANY: usize = 64;

const VHOST: &str = "http_remux { enabled on; }";

/// The process that answers a new connection, and what it says.
async fn answer(host: &str) -> (u32, Value) {
    let answer = server::streams(host).await;
    let id = answer["pid"].as_str().and_then(|id| id.parse().ok());
    (id.expect("the API tells the process"), answer)
}

/// The process that has the stream `cam`.
async fn publisher_of(host: &str) -> u32 {
    loop {
        let (id, answer) = answer(host).await;
        if answer["streams"].as_array().is_some_and(|streams| streams.iter().any(|one| one["name"] == "cam"))
        {
            return id;
        }
    }
}

async fn answering(host: &str) -> HashSet<u32> {
    let mut processes = HashSet::new();
    for _ in 0..MANY {
        processes.insert(answer(host).await.0);
    }
    processes
}

#[tokio::test]
async fn two_processes_share_the_ports_and_one_of_them_is_enough() {
    let directory = tempdir().expect("there is room for a configuration");
    let first = Program::start_with(directory.path(), "reuseport on;", "", VHOST).await;
    let second = first.start_another(directory.path()).await;
    let host = first.http_host();
    assert_eq!(answering(&host).await, HashSet::from([first.id(), second.id()]));

    let mut publisher = Publisher::connect(&first.publish_url("cam")).await;
    let with_stream = publisher_of(&host).await;
    let url = format!("http://{host}/live/cam.flv");
    // A stream is with the process that its encoder came to; the other one has no such stream.
    let mut viewer = Viewer::join_when_there(&url).await;
    assert!(viewer.next().await.is_some());

    let (stays, goes) = if with_stream == first.id() { (first, second) } else { (second, first) };
    goes.kill().await;
    assert_eq!(answering(&host).await, HashSet::from([stays.id()]));
    publisher.push(40, &inter_frame(1, 10)).await;
    assert!(viewer.next().await.is_some(), "the viewer of the other process notices nothing");
    Viewer::join(&url).await;
}

#[tokio::test]
async fn without_it_a_second_process_is_told_that_the_port_is_taken() {
    let directory = tempdir().expect("there is room for a configuration");
    let first = Program::start(directory.path(), "", VHOST).await;
    let told = first.refused_another(directory.path()).await;
    assert!(told.contains("taken") || told.contains("in use"), "{told}");
    assert_eq!(answering(&first.http_host()).await, HashSet::from([first.id()]));
}
