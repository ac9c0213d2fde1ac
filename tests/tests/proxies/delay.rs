//! How much later frames come through a proxy than direct: figures, for `docs/reverse-proxy.md`.

use std::time::{Duration, Instant};

use flvgate_tests::proxy::ProxyKind;
use flvgate_tests::publisher::inter_frame;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::{PATH, Setting, Watcher};

const FRAMES: u32 = 1000;
/// Frames a second: 25.
const PAUSE: Duration = Duration::from_millis(40);
/// About 1 Mbit/s.
const FRAME_SIZE: usize = 5000;

/// When a watcher had each frame.
async fn watch(mut watcher: Watcher, had: mpsc::UnboundedSender<(u32, Instant)>) {
    for number in 1..=FRAMES {
        watcher.frame_of(number * 40).await;
        let _ = had.send((number, Instant::now()));
    }
}

/// Milliseconds at the 50th, 99th and 100th of a hundred.
fn percentiles(mut delays: Vec<Duration>) -> [f64; 3] {
    delays.sort_unstable();
    let at = |share: usize| delays[(delays.len() * share / 100).min(delays.len() - 1)].as_secs_f64() * 1000.0;
    [at(50), at(99), at(100)]
}

/// Two viewers of one stream, one direct and one behind the proxy, on one clock.
async fn measure(kind: ProxyKind, scheme: &str) {
    let mut setting = Setting::start(kind, |_, _| {}).await;
    let mut results = Vec::new();
    for host in [setting.direct(), setting.proxy.http_host()] {
        let mut watcher = Watcher::join(&format!("{scheme}://{host}{PATH}")).await;
        watcher.frame_of(0).await;
        let (had, result) = mpsc::unbounded_channel();
        tokio::spawn(watch(watcher, had));
        results.push(result);
    }
    let mut pushed = Vec::new();
    for number in 1..=FRAMES {
        sleep(PAUSE).await;
        pushed.push(Instant::now());
        setting.publisher.push(number * 40, &inter_frame(number, FRAME_SIZE)).await;
    }
    let mut lines = Vec::new();
    for mut result in results {
        let mut delays = Vec::new();
        while let Some((number, when)) = result.recv().await {
            delays.push(when - pushed[number as usize - 1]);
        }
        assert_eq!(delays.len(), FRAMES as usize);
        lines.push(percentiles(delays));
    }
    let [direct, proxied] = [lines[0], lines[1]];
    println!(
        "| {kind:?} | {scheme} | {:.2} / {:.2} / {:.2} | {:.2} / {:.2} / {:.2} | {:+.2} |",
        direct[0],
        direct[1],
        direct[2],
        proxied[0],
        proxied[1],
        proxied[2],
        proxied[1] - direct[1],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement of five minutes"]
async fn delay_through_each_proxy_and_direct() {
    println!("| proxy | transport | direct ms, p50 / p99 / max | through the proxy | p99 more |");
    println!("| ----- | --------- | -------------------------- | ----------------- | -------- |");
    for kind in ProxyKind::HTTP {
        for scheme in ["http", "ws"] {
            measure(kind, scheme).await;
        }
    }
}
