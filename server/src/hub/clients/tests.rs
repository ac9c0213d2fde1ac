use std::collections::HashSet;

use super::*;

fn info(stream: &str) -> ClientInfo {
    ClientInfo {
        key: Arc::new(StreamKey { vhost: "v".into(), app: "live".into(), stream: stream.into() }),
        role: Role::Viewer { transport: "http", format: Format::Flv },
        ip: IpAddr::from([192, 0, 2, 1]),
        page_url: PublicUrl::default(),
        swf_url: PublicUrl::default(),
        tc_url: PublicUrl::default(),
    }
}

fn register(clients: &Arc<Clients>, stream: &str) -> Registration {
    clients.register(clients.new_id(), info(stream), Kick::default())
}

fn streams(clients: &Clients) -> Vec<String> {
    clients.list().iter().map(|client| client.info().key.stream.clone()).collect()
}

#[tokio::test]
async fn clients_are_listed_in_the_order_of_arrival_until_they_leave() {
    let clients = Arc::new(Clients::default());
    let all: Vec<_> = (0..50).map(|number| register(&clients, &number.to_string())).collect();
    let expected: Vec<_> = (0..50).map(|number| number.to_string()).collect();
    assert_eq!(streams(&clients), expected);
    let id = all[7].client().id().to_owned();
    assert_eq!(clients.find(&id).unwrap().info().key.stream, "7");
    drop(all);
    assert_eq!(streams(&clients), [""; 0]);
    assert!(clients.find(&id).is_none());
}

#[tokio::test]
async fn only_the_one_who_is_kicked_is_told() {
    let clients = Arc::new(Clients::default());
    let (kicked, stays) = (register(&clients, "a"), register(&clients, "b"));
    assert!(!clients.kick("nobody"));
    assert!(!kicked.is_kicked());
    assert!(clients.kick(kicked.client().id()));
    kicked.kicked().await;
    assert!(kicked.is_kicked() && !stays.is_kicked());
    // Kicked again, before it has gone, it is still there to be kicked.
    assert!(clients.kick(kicked.client().id()));
}

#[tokio::test]
async fn a_vhost_counts_what_those_had_who_have_left() {
    let clients = Arc::new(Clients::default());
    let (leaves, stays) = (register(&clients, "a"), register(&clients, "b"));
    leaves.client().traffic().add_sent(1000);
    leaves.client().traffic().add_received(1);
    stays.client().traffic().add_sent(500);
    drop(leaves);
    let traffic = clients.of_vhost("v");
    assert_eq!((traffic.clients, traffic.received_bytes, traffic.sent_bytes), (1, 1, 1500));
    assert_eq!((traffic.rates, clients.bytes()), (TrafficRates { received: 0, sent: 4 }, (1, 1500)));
    assert_eq!(clients.of_vhost("another"), VhostTraffic::default());
}

#[tokio::test]
async fn ids_differ_from_client_to_client_and_from_run_to_run() {
    let runs = [Clients::default(), Clients::default()];
    let ids: HashSet<_> = runs.iter().flat_map(|clients| (0..1000).map(|_| clients.new_id())).collect();
    assert_eq!(ids.len(), 2000);
}

#[tokio::test]
async fn clients_of_one_stream_share_its_name_while_any_is_there() {
    let clients = Arc::new(Clients::default());
    let (first, second, other) = (register(&clients, "a"), register(&clients, "a"), register(&clients, "b"));
    let key = |registration: &Registration| Arc::as_ptr(&registration.client().info().key);
    assert_eq!(key(&first), key(&second));
    assert_ne!(key(&first), key(&other));
    let names = || clients.lock().keys.len();
    assert_eq!(names(), 2);
    drop(first);
    assert_eq!(names(), 2);
    drop((second, other));
    assert_eq!(names(), 0);
}

#[tokio::test]
async fn a_stream_name_goes_with_its_last_client_though_a_listing_still_holds_the_clients() {
    let clients = Arc::new(Clients::default());
    let (first, second) = (register(&clients, "a"), register(&clients, "a"));
    let listing = clients.list();
    drop((first, second));
    drop(listing);
    assert_eq!(clients.lock().keys.len(), 0);
}

#[test]
fn thousands_of_clients_are_small() {
    let bytes = size_of::<Client>();
    println!("a client: {bytes} bytes");
    assert!(bytes <= 512, "{bytes}");
}
