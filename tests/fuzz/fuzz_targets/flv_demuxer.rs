//! Any bytes are demuxed without a panic; the same tags come out in any slicing, and again when they are muxed.
//!
//! The first byte chooses the slicing, and whether a file header is put in front.
#![no_main]

use flvgate_media::flv::{Demuxer, Event, Tag, TagType, file_header, write_tag};
use flvgate_media::{Error, Result};
use libfuzzer_sys::fuzz_target;

/// What a demuxer found, in order.
#[derive(Debug, Default, PartialEq)]
struct Found {
    headers: usize,
    tags: Vec<(TagType, u32, Vec<u8>)>,
}

fn demux(bytes: &[u8], slice: usize) -> (Found, Result<()>) {
    let mut demuxer = Demuxer::new().with_max_tag_size(1 << 16);
    let mut found = Found::default();
    for slice in bytes.chunks(slice) {
        let result = demuxer.push(slice, |event| match event {
            Event::Header(_) => found.headers += 1,
            Event::Tag(tag) => found.tags.push((tag.tag_type, tag.timestamp, tag.body.to_vec())),
        });
        if result.is_err() {
            return (found, result);
        }
    }
    (found, Ok(()))
}

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    let bytes = if choice & 0x80 == 0 { bytes.to_vec() } else { [&file_header(true, true), bytes].concat() };
    let whole = demux(&bytes, bytes.len().max(1));
    assert_eq!(demux(&bytes, usize::from(choice & 0x7f) + 1), whole);

    // Only tags whose header parses go on to viewers.
    let mut muxed = file_header(true, true).to_vec();
    let mut kept = Vec::new();
    for (tag_type, timestamp, body) in whole.0.tags {
        match Tag::parse(tag_type, timestamp.into(), body.clone().into()) {
            Ok(tag) => {
                assert!(tag.data().len() <= body.len());
                write_tag(&mut muxed, &tag);
                kept.push((tag_type, timestamp, body));
            }
            Err(error) => {
                assert!(matches!(error, Error::Truncated { .. } | Error::Invalid { .. }), "{error}")
            }
        }
    }
    let (again, result) = demux(&muxed, muxed.len());
    assert_eq!((again.tags, result), (kept, Ok(())));
});
