//! Who may publish: `security` and `refer`.

use super::*;
use crate::config::{Action, Refer, SecurityRule};

fn denying() -> Vhost {
    let mut vhost = plain_vhost();
    vhost.security.enabled = true;
    vhost.security.rules = vec![SecurityRule { allow: false, action: Action::Publish, network: None }];
    vhost
}

#[tokio::test]
async fn a_denied_publisher_is_told_so() {
    let server = TestServer::start(denying()).await;
    let told = "NetStream.Publish.Rejected: publishing is not allowed from this address";
    assert_eq!(Encoder::publish(&server, "cam").await.err(), Some(refused(told)));
    assert!(server.hub.streams().is_empty());
}

#[tokio::test]
async fn an_encoder_without_a_page_is_denied_where_pages_are_asked_for() {
    let refer = Refer { enabled: true, publish: vec!["example.com".to_owned()], ..Refer::default() };
    let server = TestServer::start(Vhost { refer, ..plain_vhost() }).await;
    let told = "NetStream.Publish.Rejected: publishing is not allowed from outside of a page";
    assert_eq!(Encoder::publish(&server, "cam").await.err(), Some(refused(told)));
}

#[tokio::test]
async fn a_connection_asks_by_the_rules_in_force_when_it_publishes() {
    let server = TestServer::start(plain_vhost()).await;
    let mut encoder = Encoder::connect(&server, "cam").await;
    // C0, C1; then C2 and connect.
    encoder.step().await.unwrap();
    encoder.flush().await;
    server.update.replace(Arc::new(Config { vhosts: vec![Arc::new(denying())], ..Config::default() }));
    let told = "NetStream.Publish.Rejected: publishing is not allowed from this address";
    assert_eq!(encoder.ended().await, refused(told));
}
