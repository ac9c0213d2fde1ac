//! Any file is looked through without a panic and to an end; what is found lies in the file, and is found again by a
//! search from the start.
//!
//! The first byte chooses whether a file header is put in front, the next four where to begin.
#![no_main]

use flvgate_media::amf0::Limits;
use flvgate_media::flv::{Entry, Index, KeyframeList, LOOK_LEN, Start, Walk, file_header, metadata_of_part};
use libfuzzer_sys::fuzz_target;

fn at(file: &[u8], position: u64) -> &[u8] {
    let rest = &file[position as usize..];
    &rest[..rest.len().min(LOOK_LEN)]
}

/// The last entry at or before a byte, without an index.
fn walk(file: &[u8], byte: u64) -> Option<Entry> {
    let mut walk = Walk::new(file.len() as u64);
    let mut last = None;
    while let Some(position) = walk.position().filter(|&position| position <= byte) {
        match walk.look(at(file, position)) {
            Ok(Some(entry)) => last = Some(entry),
            Ok(None) => {}
            Err(_) => break,
        }
    }
    last
}

fuzz_target!(|bytes: &[u8]| {
    let &[choice, a, b, c, d, ref bytes @ ..] = bytes else { return };
    let file = if choice & 1 == 0 { bytes.to_vec() } else { [&file_header(true, true), bytes].concat() };
    let mut index = Index::new(file.len() as u64);
    let mut looks = 0;
    while let Some(position) = index.position() {
        index.look(at(&file, position));
        looks += 1;
        assert!(looks <= file.len() + 1, "every look goes on");
    }
    let number = u64::from(u32::from_be_bytes([a, b, c, d]));
    let start = if choice & 2 == 0 { Start::Byte(number) } else { Start::Time(number) };
    assert!(index.covers(start));
    let found = index.search(start).map(|mut search| {
        while let Some(position) = search.position() {
            if !search.look(at(&file, position)).unwrap_or(false) {
                break;
            }
        }
        *search.found()
    });
    if let Start::Byte(byte) = start {
        assert_eq!(found, walk(&file, byte));
    }
    let limits = Limits { depth: 8, size: 4096 };
    for span in found.iter().flat_map(|entry| entry.in_force.spans()) {
        let tag = &file[span.position as usize..][..span.len as usize];
        let _ = metadata_of_part(&tag[11..], limits);
        let _ = KeyframeList::parse(&tag[11..], limits).find(start);
    }
});
