//! Frames that are keyframes and do not say so.

use flvgate_media::format::Format;

use super::*;

const AVC_CONFIG: &[u8] = &[0x17, 0, 0, 0, 0, 1, 100, 0, 31, 0xff, 0xe1];

const HEVC_CONFIG: &[u8] = &[
    0x1c, 0, 0, 0, 0, 1, 1, 0x60, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 93, 0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0,
    0x0f, 0,
];

/// A frame of one NAL unit behind what says that it is an inter frame.
fn unmarked(timestamp: u64, head: &[u8], nal: &[u8]) -> Tag {
    let length = u32::try_from(nal.len()).unwrap().to_be_bytes();
    tag(TagType::Video, timestamp, &[head, &length, nal].concat())
}

#[tokio::test(start_paused = true)]
async fn viewers_begin_at_a_keyframe_that_the_encoder_marks_as_an_inter_frame_and_get_it_marked() {
    let avc: (&[u8], &[u8], &[u8], [u8; 2]) = (AVC_CONFIG, b"\x27\x01\0\0\0", &[0x65, 0x88], [0x17, 1]);
    let hevc: (&[u8], &[u8], &[u8], [u8; 2]) = (HEVC_CONFIG, b"\x2c\x01\0\0\0", &[0x26, 1, 0xaf], [0x1c, 1]);
    let enhanced = [b"\x90hvc1", &HEVC_CONFIG[5..]].concat();
    let enhanced: (&[u8], &[u8], &[u8], [u8; 2]) = (&enhanced, b"\xa3hvc1", &[0x28, 1, 0xaf], [0x93, b'h']);
    for (config, head, nal, marked) in [avc, hevc, enhanced] {
        let (hub, _, publisher) = start(Vhost::default()).await;
        publisher.push(tag(TagType::Video, 0, config));
        let inter = |timestamp| unmarked(timestamp, head, &[2, 1, 0xd0]);
        publisher.push(inter(0));
        publisher.push(unmarked(40, head, nal));
        publisher.push(inter(80));

        let mut viewer = hub.view(&key(), Format::Flv, Duration::ZERO).await.unwrap();
        let mut batch = Vec::new();
        while batch.len() < 4 {
            timeout(PATIENCE, viewer.next(&mut batch)).await.expect("there is a keyframe").unwrap();
        }
        // The header, the configuration, the keyframe, and the frame behind it.
        assert_eq!(batch.len(), 4);
        assert_eq!(batch[2][11..13], marked);
        assert_eq!(batch[3][11], head[0]);
        let status = hub.streams()[0].keyframes;
        assert_eq!((status.corrected, status.overdue), (1, false));
        assert!(status.age.is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn a_keyframe_that_is_none_stays_as_the_publisher_says() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    publisher.push(tag(TagType::Video, 0, AVC_CONFIG));
    // A recovery point of an encoder with periodic intra refresh.
    publisher.push(unmarked(0, b"\x17\x01\0\0\0", &[0x41, 0x9a]));
    assert_eq!(Watcher::join(&hub).await.seen(3).await, ["v", "V", "k0"]);
    assert_eq!(hub.streams()[0].keyframes.corrected, 0);
}

#[tokio::test(start_paused = true)]
async fn video_without_a_keyframe_for_long_is_seen_in_the_status_until_one_comes() {
    let (hub, _, publisher) = start(Vhost::default()).await;
    publisher.push(video_config());
    publisher.push(keyframe(0));
    for second in 1..=31 {
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!hub.streams()[0].keyframes.overdue);
        publisher.push(inter(second * 1000));
    }
    let status = hub.streams()[0].keyframes;
    assert_eq!((status.overdue, status.age), (true, Some(Duration::from_secs(31))));
    publisher.push(keyframe(32_000));
    assert!(!hub.streams()[0].keyframes.overdue);
}
