use super::*;

#[test]
fn audio_and_video_become_tags_with_their_timestamps() {
    let mut peer = Peer::publishing();
    peer.media(9, 40, AVC_KEYFRAME);
    peer.media(8, u32::MAX, AAC_FRAME);
    let expected = [
        (TagType::Video, 40, AVC_KEYFRAME.to_vec()),
        (TagType::Audio, u64::from(u32::MAX), AAC_FRAME.to_vec()),
    ];
    assert_eq!(peer.tags(), expected);
}

#[test]
fn tags_sent_before_the_answer_to_publish_are_kept() {
    let mut peer = Peer::connected();
    peer.call_in(1, &Command::new("publish", 5.0, vec!["cam".into()]));
    peer.media(8, 0, AAC_FRAME);
    assert!(matches!(peer.event(), Some(Event::Publish(_))));
    peer.session.accept_publish();
    assert_eq!(peer.tags().len(), 1);
}

#[test]
fn bodies_without_a_tag_are_skipped_and_counted_but_still_are_signs_of_life() {
    let mut peer = Peer::publishing();
    peer.media(8, 0, &[]);
    peer.media(9, 0, &[]);
    peer.media(9, 0, &[0x17, 1]);
    peer.media(8, 0, AAC_FRAME);
    assert_eq!(peer.tags().len(), 1);
    let counters = peer.session.counters();
    assert_eq!((counters.skipped, counters.media_messages), (3, 4));
}

#[test]
fn metadata_is_made_ready_for_viewers_and_other_data_is_skipped() {
    let mut peer = Peer::publishing();
    let object = vec![("duration".to_owned(), 0.0.into()), ("width".to_owned(), 640.0.into())];
    let body = ["@setDataFrame".into(), "onMetaData".into(), Value::Object(object)];
    peer.media(18, 7, &amf0::encode_all(&body));
    peer.media(18, 8, &amf0::encode_all(&["onFI".into(), Value::Object(Vec::new())]));
    peer.media(18, 9, &[0xff]);
    let tags = peer.tags();
    assert_eq!((tags.len(), tags[0].0, tags[0].1), (1, TagType::Script, 7));
    let values = decode_all(&tags[0].2, AMF_LIMITS).unwrap();
    assert_eq!(values[0], "onMetaData".into());
    assert_eq!(values[1].property("duration"), None);
    assert_eq!(values[1].property("width"), Some(&640.0.into()));
    assert_eq!(values[1].property("server"), Some(&"flvgate".into()));
    assert_eq!(peer.session.counters().skipped, 2);
}

#[test]
fn an_aggregate_is_split_into_its_tags() {
    let mut peer = Peer::publishing();
    let part = |type_id, time, body: &[u8]| {
        let size = u8::try_from(body.len()).unwrap();
        [&[type_id, 0, 0, size, 0, 0, time, 0, 0, 0, 0], body, &[0, 0, 0, size + 11]].concat()
    };
    let body = [part(8, 5, AAC_FRAME), part(9, 25, AVC_KEYFRAME), part(22, 26, &[])].concat();
    peer.media(22, 1000, &body);
    let times: Vec<_> = peer.tags().into_iter().map(|(kind, time, _)| (kind, time)).collect();
    assert_eq!(times, [(TagType::Audio, 1000), (TagType::Video, 1020)]);
}
