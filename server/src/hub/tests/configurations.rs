//! Video whose configuration changes while it is watched.

use super::*;

/// The frame that follows a length of four bytes.
const PICTURE: &[u8] = b"\0\0\0\x02\x65\x88";

fn configuration(level: u8) -> Tag {
    let sps = [0x67, 0x64, 0, level, 0xac];
    let head = [0x17, 0, 0, 0, 0, 1, 0x64, 0, level, 0xff, 0xe1, 0, 5];
    tag(TagType::Video, 0, &[&head[..], &sps, b"\x01\x00\x03\x68\xeb\xe3"].concat())
}

fn sets(level: u8) -> Vec<u8> {
    [&[0, 0, 0, 5, 0x67, 0x64, 0, level, 0xac][..], b"\0\0\0\x03\x68\xeb\xe3"].concat()
}

fn picture(timestamp: u64) -> Tag {
    tag(TagType::Video, timestamp, &[b"\x17\x01\0\0\0", PICTURE].concat())
}

/// What the newest tags' bodies have behind the video header.
async fn frames(viewer: &mut Viewer, count: usize) -> Vec<Vec<u8>> {
    let mut batch = Vec::new();
    while batch.len() < count {
        timeout(PATIENCE, viewer.next(&mut batch)).await.expect("there is more").unwrap();
    }
    let bodies = batch[batch.len() - count..].iter().map(|tag| tag[16..tag.len() - 4].to_vec());
    bodies.collect()
}

#[tokio::test(start_paused = true)]
async fn keyframes_behind_a_changed_configuration_have_its_parameter_sets() {
    let (hub, vhost, publisher) = start(Vhost::default()).await;
    publisher.push(configuration(30));
    publisher.push(picture(0));
    let mut viewer = hub.view(&key(), Format::Flv, Duration::ZERO).await.unwrap();
    assert_eq!(frames(&mut viewer, 1).await, [PICTURE]);
    // The same again is no change.
    publisher.push(configuration(30));
    publisher.push(picture(40));
    assert_eq!(frames(&mut viewer, 1).await, [PICTURE]);

    publisher.push(configuration(40));
    publisher.push(picture(80));
    publisher.push(picture(120));
    let with_sets = [&sets(40)[..], PICTURE].concat();
    assert_eq!(frames(&mut viewer, 3).await[1..], [with_sets.clone(), with_sets]);

    // Another publisher changes it too.
    drop(publisher);
    let publisher = publish(&hub, &vhost).await;
    publisher.push(configuration(30));
    publisher.push(picture(0));
    assert_eq!(frames(&mut viewer, 2).await[1], [&sets(30)[..], PICTURE].concat());
}
