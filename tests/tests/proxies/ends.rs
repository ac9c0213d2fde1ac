//! Closes go through in both directions.

use flvgate_tests::proxy::{Proxy, ProxyKind};
use flvgate_tests::server::PATIENCE;
use flvgate_tests::viewer::Viewer;
use tokio::time::timeout;

use crate::{PATH, Setting, Watcher};

const SCHEMES: [&str; 2] = ["http", "ws"];

#[tokio::test]
async fn a_viewer_who_leaves_behind_a_proxy_is_seen_to_leave() {
    for kind in ProxyKind::HTTP {
        let setting = Setting::start(kind, |_, _| {}).await;
        for scheme in SCHEMES {
            let viewer = Viewer::join(&format!("{scheme}://{}{PATH}", setting.proxy.http_host())).await;
            setting.wait_for_viewers(1).await;
            drop(viewer);
            // Nothing is published meanwhile: it is the proxy's close that tells.
            setting.wait_for_viewers(0).await;
        }
    }
}

#[tokio::test]
async fn the_end_of_a_stream_reaches_the_viewers_behind_a_proxy() {
    for kind in ProxyKind::HTTP {
        let setting = Setting::start(kind, |_, _| {}).await;
        let mut watchers = Vec::new();
        for scheme in SCHEMES {
            watchers.push(Watcher::join(&format!("{scheme}://{}{PATH}", setting.proxy.http_host())).await);
        }
        setting.wait_for_viewers(2).await;
        setting.publisher.finish().await;
        // A body that is broken off, or a WebSocket without a close frame, would panic.
        for watcher in &mut watchers {
            while watcher.next().await.is_some() {}
        }
    }
}

#[tokio::test]
async fn a_proxy_that_dies_takes_its_viewers_along_and_its_successor_serves_new_ones() {
    for kind in ProxyKind::HTTP {
        let Setting { directory, server, publisher, proxy } = Setting::start(kind, |_, _| {}).await;
        let mut setting = Setting { directory, server, publisher, proxy };
        let mut ends = Vec::new();
        for scheme in SCHEMES {
            let mut viewer = Viewer::join(&format!("{scheme}://{}{PATH}", setting.proxy.http_host())).await;
            assert!(viewer.next().await.is_some());
            // However it ends: broken off, or not.
            ends.push(tokio::spawn(async move { while viewer.next().await.is_some() {} }));
        }
        setting.wait_for_viewers(2).await;
        let upstream = setting.direct();
        let successor = Proxy::start(kind, &upstream, setting.directory.path()).await;
        std::mem::replace(&mut setting.proxy, successor).kill().await;
        for end in ends {
            let _ = timeout(PATIENCE, end).await.expect("the viewer's connection ends");
        }
        setting.wait_for_viewers(0).await;
        for scheme in SCHEMES {
            let mut watcher = Watcher::join(&format!("{scheme}://{}{PATH}", setting.proxy.http_host())).await;
            watcher.frame_of(0).await;
        }
    }
}
