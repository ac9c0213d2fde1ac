//! Every frame comes through, unchanged, and before the next one is published: whoever buffers fails here.

use flvgate_tests::proxy::ProxyKind;
use flvgate_tests::publisher::inter_frame;

use crate::{PATH, Setting, Watcher};

/// Bytes of the frames that are published one by one: less than any buffer, and more than most.
const SIZES: [usize; 12] = [1, 40, 500, 1000, 3000, 4000, 9000, 20_000, 70_000, 10, 300_000, 7];

/// Publishes a frame at a time, the next when `watcher` has the last; their numbers are behind `from`, up to the one that
/// is returned.
pub(crate) async fn watch_one_by_one(setting: &mut Setting, watcher: &mut Watcher, from: u32) -> u32 {
    let mut number = from;
    for size in SIZES {
        number += 1;
        let frame = inter_frame(number, size);
        setting.publisher.push(number * 40, &frame).await;
        assert_eq!(watcher.frame_of(number * 40).await, frame, "frame {number} of {size} bytes");
    }
    number
}

async fn each_frame_comes_before_the_next(kind: ProxyKind) {
    let mut setting = Setting::start(kind, |config, _| {
        config.http_server.proxy_protocol = ProxyKind::TCP.contains(&kind);
    })
    .await;
    let mut number = 0;
    for scheme in ["http", "ws"] {
        let url = format!("{scheme}://{}{PATH}", setting.proxy.http_host());
        let mut watcher = Watcher::join(&url).await;
        number = watch_one_by_one(&mut setting, &mut watcher, number).await;
    }
}

#[tokio::test]
async fn nginx_passes_every_frame_on_at_once() {
    each_frame_comes_before_the_next(ProxyKind::Nginx).await;
}

#[tokio::test]
async fn caddy_passes_every_frame_on_at_once() {
    each_frame_comes_before_the_next(ProxyKind::Caddy).await;
}

#[tokio::test]
async fn haproxy_passes_every_frame_on_at_once() {
    each_frame_comes_before_the_next(ProxyKind::Haproxy).await;
}

#[tokio::test]
async fn nginx_as_a_tcp_proxy_passes_every_frame_on_at_once() {
    each_frame_comes_before_the_next(ProxyKind::NginxStream).await;
}

#[tokio::test]
async fn haproxy_as_a_tcp_proxy_passes_every_frame_on_at_once() {
    each_frame_comes_before_the_next(ProxyKind::HaproxyTcp).await;
}
