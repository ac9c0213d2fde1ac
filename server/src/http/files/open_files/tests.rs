use std::fs;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::poll_immediate;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use super::super::{Facts, Opened};
use super::*;

fn found(files: &Arc<OpenFiles>, path: &Path) -> FileHandle {
    files.handle(path, &fs::metadata(path).unwrap())
}

#[test]
fn what_was_used_longest_ago_goes() {
    let mut recent = Recent::new(2);
    for id in [1, 2] {
        recent.put(id, id);
    }
    recent.put(1, 1);
    recent.put(3, 3);
    assert_eq!([1, 2, 3].map(|id| recent.take(id)), [Some(1), None, Some(3)]);
    assert!(recent.things.is_empty() && recent.by_turn.is_empty());
}

#[tokio::test]
async fn few_files_are_open_however_many_are_being_sent_and_all_are_read_on() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("page");
    fs::write(&path, b"0123456789").unwrap();
    let files = Arc::<OpenFiles>::default();
    let handles: Vec<_> = (0..3 * MOST_OPEN).map(|_| found(&files, &path)).collect();
    for position in [0, 5, 8] {
        for handle in &handles {
            let expected = &b"0123456789"[position..(position + 5).min(10)];
            assert_eq!(handle.clone().read(position as u64, 5).await.unwrap(), expected);
        }
        assert_eq!(files.lock().things.len(), MOST_OPEN);
    }
    drop(handles);
    assert!(files.lock().things.is_empty(), "what is sent no more is closed");
}

#[tokio::test]
async fn another_file_in_its_place_is_not_sent_as_if_it_were_the_rest() {
    let directory = tempfile::tempdir().unwrap();
    let [path, other] = ["page", "other"].map(|name| directory.path().join(name));
    fs::write(&path, b"old").unwrap();
    fs::write(&other, b"new").unwrap();
    let files = Arc::<OpenFiles>::default();
    let open = found(&files, &path);
    let closed = found(&files, &path);
    assert_eq!(open.clone().read(0, 3).await.unwrap(), b"old");
    fs::rename(&other, &path).unwrap();
    assert_eq!(open.read(0, 3).await.unwrap(), b"old", "what is open stays what it is");
    assert!(closed.read(0, 3).await.is_err());
}

#[tokio::test]
async fn answers_that_are_not_asked_for_more_keep_nobody_from_reading() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("page");
    fs::write(&path, vec![7; 1000]).unwrap();
    let files = Arc::<OpenFiles>::default();
    let facts = Facts::of_file(1000, None);
    let begin = || Opened::new(Bytes::new(), found(&files, &path), 0, facts);
    let mut begun: Vec<_> = (0..2 * AT_ONCE).map(|_| begin()).collect();
    for opened in &mut begun {
        assert!(poll_immediate(opened.read(&mut [0; 10])).await.is_none());
    }
    let mut all = Vec::new();
    timeout(Duration::from_secs(20), begin().read_to_end(&mut all)).await.expect("it has its turn").unwrap();
    assert_eq!(all, vec![7; 1000]);
}

#[tokio::test]
async fn who_does_not_wait_for_the_disk_any_more_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("page");
    fs::write(&path, vec![7; 1000]).unwrap();
    let files = Arc::<OpenFiles>::default();
    for _ in 0..100 {
        let mut reading = Box::pin(found(&files, &path).read(0, 1000));
        let _ = poll_immediate(reading.as_mut()).await;
    }
    // All places are free again when what was begun is done.
    let _all = files.places.acquire_many(AT_ONCE as u32).await.unwrap();
    assert!(files.lock().things.is_empty());
}
