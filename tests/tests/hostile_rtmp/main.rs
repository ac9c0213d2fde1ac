//! What old, broken and hostile clients do on the RTMP port, as tables of bytes on a socket; and how each connection must be
//! afterwards.
//!
//! A publisher and three viewers, over HTTP, WebSocket and RTMP, are there throughout and must not lose a frame. At the end the
//! process has no more memory and no more descriptors than after the first time.

mod case;
mod chunks;
mod commands;
mod controls;
mod floods;
mod handshakes;
mod media;
mod mixed;
mod servers;
mod speech;
mod stage;
mod storms;

use case::{Case, perform};
use flvgate_tests::server::PATIENCE;
use stage::Stage;

/// Cases, at the least.
const CASES: usize = 400;

/// Memory that a second time may take more than the first, in KiB: what an allocator does not give back.
const SLACK: u64 = 8 * 1024;

/// Memory that all of this may take at any time, in KiB. Eight clients at once do their worst, each with unfinished messages
/// of up to 4 MiB.
const MOST: u64 = 96 * 1024;

fn tables() -> Vec<(&'static str, Vec<Case>)> {
    vec![
        ("handshakes", handshakes::cases()),
        ("chunks", chunks::cases()),
        ("control messages", controls::cases()),
        ("commands", commands::cases()),
        ("media", media::cases()),
        ("publish and play mixed", mixed::cases()),
        ("floods", floods::cases()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_comes_to_the_rtmp_port_nobody_else_notices_and_nothing_stays() {
    let stage = Stage::set("").await;
    let files = stage.program.open_files();
    let mut memory = Vec::new();
    for round in 0..2 {
        let mut count = 0;
        for (table, cases) in tables() {
            count += cases.len();
            let failed = perform(&stage, cases).await;
            assert!(failed.is_empty(), "{table}: {failed:#?}");
            stage.check(table).await;
        }
        count += storms::run(&stage).await;
        assert!(count >= CASES, "{count} cases");
        stage.wait_for_files(files).await;
        memory.push(stage.program.resident_kib());
        println!(
            "round {round}: {count} cases, {} KiB, {} KiB at most",
            memory[round],
            stage.most_resident_kib()
        );
    }
    assert!(memory[1] <= memory[0] + SLACK, "KiB after each round: {memory:?}");
    assert!(stage.most_resident_kib() <= MOST, "{} KiB at most", stage.most_resident_kib());
    let frames = stage.finish();
    assert!(frames > 100, "{frames} frames were watched");
}

/// Resolves as `future` does, or fails the test.
async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what} did not happen in time"),
    }
}
