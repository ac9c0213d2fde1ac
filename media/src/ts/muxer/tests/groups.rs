//! Packets leave in groups.

use super::*;

fn sizes(stream: &Stream) -> Vec<usize> {
    stream.out.iter().map(|muxed| muxed.bytes.len() / 188).collect()
}

#[test]
fn nothing_leaves_a_running_stream_as_a_single_packet() {
    for (audio_len, rate) in [(90, 25), (90, 2), (371, 30), (371, 5), (800, 50)] {
        let mut stream = Stream::of_both();
        for ms in 0..5000 {
            if ms % (1000 / rate) == 0 {
                stream.video(ms, ms % 1000 == 0, 0, 200);
            }
            if ms % 23 == 0 {
                stream.aac(ms, audio_len);
            }
        }
        assert!(sizes(&stream).into_iter().all(|packets| packets > 1), "{audio_len} {rate}");
        let mut alone = Stream::of_audio();
        (0..200).for_each(|frame| alone.aac(frame * 23, audio_len));
        assert!(sizes(&alone).into_iter().all(|packets| packets > 1), "{audio_len}");
    }
}

#[test]
fn small_audio_waits_for_seven_packets() {
    let mut stream = Stream::of_both();
    stream.video(0, true, 0, 100);
    // Two packets a frame.
    (0..4).for_each(|frame| stream.aac(frame, 300));
    assert_eq!(sizes(&stream), [3, 6]);
    let group = &stream.out[1];
    assert_eq!((group.content, group.timestamp, group.random_access), (Content::Audio, 0, false));
    stream.aac(4, 800);
    assert_eq!(sizes(&stream), [3, 6, 7]);
}

#[test]
fn small_audio_waits_for_100_ms() {
    let mut stream = Stream::of_audio();
    (0..5).for_each(|frame| stream.aac(frame * 23, 30));
    assert_eq!(stream.out, []);
    stream.aac(115, 30);
    assert_eq!(stream.out.len(), 1);
    let times: Vec<_> = stream.analysis().of_pid(0x101).map(|pes| times(pes).0).collect();
    assert_eq!(times, [300, 323, 346, 369, 392, 415]);
}

#[test]
fn a_video_frame_takes_waiting_audio_along_and_is_one_piece() {
    let pids = |stream: &Stream| stream.analysis().pes.iter().map(|pes| pes.pid).collect::<Vec<_>>();
    let mut stream = Stream::of_both();
    stream.aac(0, 90);
    stream.video(10, true, 0, 50_000);
    assert_eq!(stream.out.len(), 1);
    // Behind the keyframe, which viewers start with.
    assert_eq!(pids(&stream), [0x100, 0x101]);
    stream.aac(23, 90);
    stream.video(50, false, 0, 5000);
    assert_eq!((stream.out.len(), stream.out[1].content, stream.out[1].timestamp), (2, Content::Video, 50));
    assert_eq!(pids(&stream), [0x100, 0x101, 0x101, 0x100]);
}

#[test]
fn flush_brings_out_what_waits() {
    let mut stream = Stream::of_audio();
    stream.aac(0, 90);
    stream.muxer.flush(&mut stream.out);
    assert_eq!(sizes(&stream), [3]);
    stream.muxer.flush(&mut stream.out);
    assert_eq!(stream.out.len(), 1);
}
