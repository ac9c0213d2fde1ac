//! Thousands of streams whose clients take nothing: what they hold, and for how long.

use super::frame::{INITIAL_WINDOW_SIZE, code, get, gets, window_update};
use super::peer::{Peer, Seen};
use super::stage::Stage;

/// Streams that one connection may have.
const STREAMS: u32 = 128;

/// Streams of each connection that need no place among those of all.
const OWN: usize = 8;

/// What the server keeps open of files, and reads at once.
const FILES: usize = 256 + 64;

fn count_of(seen: &Seen, status: u16) -> usize {
    seen.answers.values().filter(|answer| **answer == status).count()
}

async fn peers(stage: &Stage, count: usize, window: u32, path: &str) -> Vec<Peer> {
    let mut peers = Vec::new();
    for _ in 0..count {
        let mut peer = Peer::open(&stage.host, &[(INITIAL_WINDOW_SIZE, window)]).await;
        peer.send(&gets(STREAMS, path)).await;
        peers.push(peer);
    }
    for peer in &mut peers {
        let seen = peer.wait("all answers", |seen| seen.answers.len() == STREAMS as usize).await;
        assert_eq!(count_of(&seen, 200), STREAMS as usize, "{path}");
    }
    peers
}

/// One who asks for a page, and takes it.
async fn ask(stage: &Stage) -> u16 {
    let mut peer = Peer::open(&stage.host, &[]).await;
    peer.send(&get(1, "/page.txt")).await;
    peer.wait("the page", |seen| seen.ends.contains_key(&1)).await.answers[&1]
}

#[tokio::test]
async fn thousands_of_streams_that_take_nothing_hold_few_files_and_little_memory() {
    const PEERS: usize = 20;
    const KIB_A_STREAM: u64 = 32;
    let mut stage = Stage::set_with("").await;
    let (files, memory) = (stage.program.open_files(), stage.program.resident_kib());
    for (window, path) in [(0, "/big.bin"), (1, "/big.bin"), (0, "/film.flv?start=9s"), (0, "/live/cam.flv")]
    {
        let peers = peers(&stage, PEERS, window, path).await;
        let held = stage.program.open_files() - files;
        assert!(held <= PEERS + FILES, "{path}: {held} descriptors");
        let more = stage.program.resident_kib().saturating_sub(memory);
        let streams = PEERS as u64 * u64::from(STREAMS);
        println!("{path}, window {window}: {streams} streams hold {held} descriptors and {more} KiB");
        assert!(more <= 32 * 1024 + streams * KIB_A_STREAM, "{path}: {more} KiB");
        assert_eq!(ask(&stage).await, 200, "{path}: others are served");
        stage.check(path).await;
        drop(peers);
        stage.wait_for_files(files).await;
    }
}

#[tokio::test]
async fn who_takes_all_streams_keeps_nobody_out_and_has_them_for_seconds() {
    const MOST: usize = 16;
    let mut stage = Stage::set_with(&format!("max_streams {MOST}; send_timeout 3600000;")).await;
    let mut greedy = Peer::open(&stage.host, &[(INITIAL_WINDOW_SIZE, 0)]).await;
    greedy.send(&gets(STREAMS, "/big.bin")).await;
    let answered = |seen: &Seen| seen.answers.len() == STREAMS as usize;
    let seen = greedy.wait("all answers", answered).await;
    assert_eq!((count_of(&seen, 200), count_of(&seen, 503)), (OWN + MOST, STREAMS as usize - OWN - MOST));
    assert_eq!(ask(&stage).await, 200, "others have streams of their own");
    stage.check("all streams were taken").await;

    // Nobody would wait for an hour while others are refused.
    let of_code = |seen: &Seen| seen.ends.values().filter(|end| **end == Some(code::CANCEL)).count();
    greedy.wait("the end of what takes nothing", |seen| of_code(seen) == OWN + MOST).await;
    greedy.send(&[get(9999, "/page.txt"), window_update(9999, 100)].concat()).await;
    greedy.wait("another try", |seen| seen.answers.get(&9999) == Some(&200)).await;
}
