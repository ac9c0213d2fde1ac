use std::sync::Arc;
use std::time::Duration;

use flvgate_media::flv::{Demuxer, Event, Tag, TagType};
use flvgate_media::format::Format;

use super::*;
use crate::config::Vhost;
use crate::hub::{Hub, Next, Publisher, PublisherInfo, StreamKey, Viewer};

const FRAMINGS: [Framing; 3] = [Framing::Bare, Framing::Chunked, Framing::WebSocket];

fn video(timestamp: u64, body: &[u8]) -> Tag {
    Tag::parse(TagType::Video, timestamp, Bytes::copy_from_slice(body)).unwrap()
}

/// Viewers who have joined one GOP after the other and are at the live edge, where a frame has come.
async fn viewers(scratch: &mut Scratch, count: u64) -> (Publisher, Vec<Viewer>) {
    let (hub, vhost) = (Hub::new(), Arc::new(Vhost::default()));
    let key = StreamKey { vhost: "v".into(), app: "live".into(), stream: "a".into() };
    let publisher = hub.publish(key.clone(), vhost, PublisherInfo::default()).await.unwrap();
    publisher.push(video(0, &[0x17, 0, 0, 0, 0, 1, 100, 0, 31]));
    let mut viewers = Vec::new();
    for number in 0..count {
        publisher.push(video(1000 + 2000 * number, &[0x17, 1, 0, 0, 0, 7]));
        viewers.push(hub.view(&key, Format::Flv, Duration::ZERO).await.unwrap().whole());
        scratch.renew();
        for viewer in &mut viewers {
            while viewer.poll_next(&mut scratch.batch).unwrap() == Next::Taken {}
        }
    }
    publisher.push(video(1000 + 2000 * count, &[&[0x27, 1, 0, 0, 0][..], &[8; 9000]].concat()));
    publisher.push(video(1040 + 2000 * count, &[0x27, 1, 0, 0, 0, 9]));
    scratch.renew();
    (publisher, viewers)
}

/// The timestamps of tags in `framed`, one frame of the framing.
fn timestamps(framing: Framing, framed: &[u8]) -> Vec<u32> {
    let header = match framing {
        Framing::Bare => 0,
        Framing::Chunked => framed.windows(2).position(|pair| pair == b"\r\n").unwrap() + 2,
        Framing::WebSocket => 4,
    };
    let (mut demuxer, mut times) = (Demuxer::new(), Vec::new());
    let start = flvgate_media::flv::file_header(false, true);
    let body = framed[header..].strip_suffix(b"\r\n").unwrap_or(&framed[header..]);
    demuxer
        .push(&[&start[..], body].concat(), |event| {
            if let Event::Tag(tag) = event {
                times.push(tag.timestamp);
            }
        })
        .unwrap();
    times
}

#[tokio::test(start_paused = true)]
async fn each_viewer_gets_its_own_timestamps_in_every_framing() {
    let mut scratch = Scratch::new();
    let (_publisher, mut viewers) = viewers(&mut scratch, 5).await;
    let mut pointers = Vec::new();
    for (number, viewer) in viewers.iter_mut().enumerate() {
        assert_eq!(viewer.poll_next(&mut scratch.batch), Ok(Next::Taken));
        let own = 10_000 - 2000 * number as u32;
        for framing in FRAMINGS {
            let mut outbox = Outbox::default();
            outbox.push(framing, scratch.batch.parcels_at(viewer.clock()));
            let alone = outbox.concat().0;
            assert_eq!(timestamps(framing, &alone), [own, own + 40]);
            if let Some(framed) = scratch.shared(framing, viewer.clock()) {
                assert!(*framed == alone, "{framing:?}: who shares gets what one alone gets");
                pointers.push((framing as usize, framed.as_ptr()));
            }
        }
    }
    pointers.sort_unstable();
    pointers.dedup();
    assert_eq!(pointers.len(), FRAMINGS.len(), "no viewer costs a copy");
}

#[tokio::test(start_paused = true)]
async fn what_somebody_holds_is_not_written_to() {
    let mut scratch = Scratch::new();
    let (_publisher, mut viewers) = viewers(&mut scratch, 4).await;
    let mut held = Vec::new();
    for (number, viewer) in viewers.iter_mut().enumerate() {
        assert_eq!(viewer.poll_next(&mut scratch.batch), Ok(Next::Taken));
        let own = 8000 - 2000 * number as u32;
        if let Some(framed) = scratch.shared(Framing::Bare, viewer.clock()) {
            held.push((own, framed.clone()));
        }
    }
    assert_eq!(held.len(), 3);
    for (own, framed) in held {
        assert_eq!(timestamps(Framing::Bare, &framed), [own, own + 40]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_socket_does_not_take_goes_on_with_the_viewers_timestamps() {
    let mut scratch = Scratch::new();
    let (_publisher, mut viewers) = viewers(&mut scratch, 3).await;
    for viewer in &mut viewers {
        assert_eq!(viewer.poll_next(&mut scratch.batch), Ok(Next::Taken));
        for framing in FRAMINGS {
            let clock = viewer.clock();
            let Some(framed) = scratch.shared(framing, clock).cloned() else { continue };
            for taken in [0, 1, 5, 9, 12, 100, framed.len() - 1] {
                let mut rest = Outbox::default();
                rest.push(framing, scratch.batch.parcels_at(clock));
                rest.advance(taken);
                let mut slices = [std::io::IoSlice::new(&[]); super::super::MAX_SLICES];
                let filled = rest.fill(&mut slices);
                let bytes = slices[..filled].iter().flat_map(|slice| slice.to_vec()).collect::<Vec<_>>();
                assert!(bytes == framed[taken..], "{framing:?}, {taken} bytes taken");
            }
        }
    }
}
