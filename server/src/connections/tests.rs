use super::*;
use crate::settings::{self, SettingsUpdate};

fn config(max_connections: usize, reserved_connections: usize) -> Config {
    Config { max_connections, reserved_connections, ..Config::default() }
}

fn connections(config: Config) -> (Arc<Connections>, SettingsUpdate) {
    let (update, settings) = settings::channel(Arc::new(config));
    (Connections::new(settings), update)
}

/// As many places as there are for `purpose`.
fn all(connections: &Arc<Connections>, purpose: Purpose) -> Vec<Place> {
    (0..1000).map_while(|_| connections.admit(purpose).ok()).collect()
}

#[test]
fn viewers_leave_their_share_to_publishers_and_the_api() {
    let (connections, _update) = connections(config(100, 20));
    let viewers = all(&connections, Purpose::View);
    assert_eq!(viewers.len(), 80);
    let publishers = all(&connections, Purpose::Rtmp);
    assert_eq!(publishers.len(), 15);
    assert_eq!(all(&connections, Purpose::Api).len(), 5, "of its own, whoever publishes");
    // Where streams and API are at one address, what comes there is for the API.
    let shared = all(&connections, Purpose::ViewOrApi);
    assert_eq!(shared.len(), 5);
    assert!(shared.iter().all(Place::is_api_only));
    assert!(connections.admit(Purpose::Api).is_err());
    drop((viewers, shared));
    assert_eq!(connections.open(), 15);
    assert!(!connections.admit(Purpose::ViewOrApi).unwrap().is_api_only());
}

#[test]
fn clients_of_the_api_leave_publishers_their_share() {
    let (connections, _update) = connections(config(100, 20));
    let clients = all(&connections, Purpose::Api);
    assert_eq!(clients.len(), 80);
    assert_eq!(all(&connections, Purpose::Rtmp).len(), 15);
}

#[test]
fn who_plays_over_rtmp_is_a_viewer_like_others() {
    let (connections, _update) = connections(config(100, 20));
    let viewers = all(&connections, Purpose::View);
    let player = connections.admit(Purpose::Rtmp).unwrap();
    assert!(!player.may_view());
    drop(viewers);
    assert!(player.may_view());
}

#[test]
fn a_small_limit_is_mostly_for_viewers() {
    for (most, viewers, publishers, api) in
        [(1, 1, 0, 0), (3, 3, 0, 0), (4, 3, 1, 0), (8, 6, 1, 1), (40, 30, 8, 2)]
    {
        let (connections, _update) = connections(config(most, 1000));
        let taken = [Purpose::View, Purpose::Rtmp, Purpose::Api].map(|purpose| all(&connections, purpose));
        assert_eq!(taken.each_ref().map(Vec::len), [viewers, publishers, api], "of {most}");
    }
}

#[test]
fn an_address_has_its_own_limit_and_a_network_of_ipv6_is_one() {
    let (connections, _update) =
        connections(Config { max_connections_per_address: Some(2), ..config(100, 0) });
    let come = |address: &str| {
        let mut place = connections.admit(Purpose::View).unwrap();
        place.belongs_to(address.parse().unwrap()).map(|()| place)
    };
    let first = come("10.0.0.1").unwrap();
    let _second = come("::ffff:10.0.0.1").unwrap();
    assert_eq!(come("10.0.0.1").unwrap_err(), TooMany::OfAddress);
    let _other = come("10.0.0.2").unwrap();
    let _v6 = [come("2001:db8:0:1::1").unwrap(), come("2001:db8:0:1:2:3:4:5").unwrap()];
    assert_eq!(come("2001:db8:0:1:ffff::").unwrap_err(), TooMany::OfAddress);
    let _neighbour = come("2001:db8:0:2::1").unwrap();
    drop(first);
    let again = come("10.0.0.1").unwrap();
    drop((again, _second, _other, _v6, _neighbour));
    assert!(connections.lock().by_address.is_empty(), "nothing is remembered of who has gone");
}

#[test]
fn a_trusted_proxy_carries_the_connections_of_many() {
    let mut config = Config { max_connections_per_address: Some(1), ..config(100, 0) };
    config.http_server.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let (connections, _update) = connections(config);
    let places: Vec<_> = (0..10).map(|_| connections.admit(Purpose::View).unwrap()).collect();
    for mut place in places {
        place.belongs_to("127.0.0.1".parse().unwrap()).unwrap();
    }
}

#[tokio::test]
async fn a_lowered_limit_cuts_nobody_and_a_graceful_stop_waits_for_all() {
    let (connections, update) = connections(config(10, 0));
    let mut places = all(&connections, Purpose::View);
    assert_eq!(places.len(), 10);
    update.replace(Arc::new(config(2, 0)));
    let waiting = connections.clone();
    let stop = tokio::spawn(async move { waiting.none_left().await });
    while places.pop().is_some() {
        assert!(!stop.is_finished() || places.is_empty());
        tokio::task::yield_now().await;
        assert_eq!(stop.is_finished(), places.is_empty(), "with {} connections", places.len());
        assert_eq!(connections.admit(Purpose::View).is_ok(), places.len() < 2);
    }
    stop.await.unwrap();
}

#[test]
fn a_raised_limit_counts_at_once() {
    let (connections, update) = connections(config(2, 0));
    let places = all(&connections, Purpose::View);
    update.replace(Arc::new(config(5, 0)));
    assert_eq!(places.len() + all(&connections, Purpose::View).len(), 5);
}
