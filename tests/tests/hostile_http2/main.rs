//! HTTP/2 as abusers speak it: frames as bytes over TLS, and what must become of each connection.
//!
//! Two viewers watch throughout, one over HTTP/1.1 and one over HTTP/2: after every case each must get the next frame. The
//! server is a process of its own, whose memory and descriptors are looked at.

mod case;
mod floods;
mod frame;
mod heads;
mod holding;
mod peer;
mod stage;
mod windows;
mod wrong;

use futures_util::future::join_all;

use case::Case;
use stage::Stage;

/// Rows of the table, at least.
const CASES: usize = 90;

/// What the second round may add to memory, in KiB: what an allocator keeps, and no leak of a hundred connections.
const GROWTH_KIB: u64 = 32 * 1024;

fn table() -> [Vec<Case>; 9] {
    [
        windows::closed(),
        windows::games(),
        floods::resets(),
        floods::frames(),
        heads::bombs(),
        heads::malformed_ones(),
        wrong::sizes(),
        wrong::places(),
        wrong::beginnings(),
    ]
}

/// Plays `cases` at once, while the viewers watch; the names of those that did not end as they should.
async fn play(stage: &mut Stage, cases: Vec<Case>) -> Vec<&'static str> {
    let playing = |case: Case| {
        let host = stage.host.clone();
        (case.name, tokio::spawn(async move { case.play(&host).await }))
    };
    // One wrong end must not hide the next.
    let (names, ends): (Vec<_>, Vec<_>) = cases.into_iter().map(playing).unzip();
    let what = names.join(", ");
    let ends = stage.watch(&what, tokio::spawn(join_all(ends))).await.expect("it is waited for");
    names.into_iter().zip(ends).filter(|(_, end)| end.is_err()).map(|(name, _)| name).collect()
}

#[tokio::test]
async fn abuse_ends_the_abusers_connection_and_nothing_else() {
    let cases = table().iter().map(Vec::len).sum::<usize>();
    assert!(cases >= CASES, "{cases}");
    let mut stage = Stage::set().await;
    let files = stage.program.open_files();
    let mut failed = Vec::new();
    for cases in table() {
        failed.extend(play(&mut stage, cases).await);
    }
    assert!(failed.is_empty(), "{failed:#?}");
    stage.wait_for_files(files).await;
    let after_one = stage.program.resident_kib();

    failed.extend(play(&mut stage, table().into_iter().flatten().collect()).await);
    assert!(failed.is_empty(), "all at once: {failed:#?}");
    stage.wait_for_files(files).await;
    let after_two = stage.program.resident_kib();
    println!("{cases} cases: {after_one} KiB after one round, {after_two} KiB after another");
    assert!(after_two <= after_one + GROWTH_KIB, "{after_one} KiB, then {after_two}");
}
