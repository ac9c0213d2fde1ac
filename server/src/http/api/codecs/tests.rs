use bytes::Bytes;
use flvgate_media::codec::FourCc;
use flvgate_media::flv::AudioHeader;
use serde_json::{Value, json};

use super::*;

fn video(codec: VideoCodec, config: &[u8], keyframe: &[u8]) -> Value {
    let (config, keyframe) = (Bytes::copy_from_slice(config), Bytes::copy_from_slice(keyframe));
    serde_json::to_value(Video::of(&VideoTrack { codec, config, keyframe })).unwrap()
}

/// `tag`: the head of an audio tag's body.
fn audio(tag: &[u8], config: &[u8], frame: &[u8]) -> Value {
    let header = AudioHeader::parse(tag).unwrap();
    let (config, frame) = (Bytes::copy_from_slice(config), Bytes::copy_from_slice(frame));
    serde_json::to_value(Audio::of(&AudioTrack { header, config, frame })).unwrap()
}

/// An HEVC record with the SPS of x265: main profile, level 3, 640x360.
fn hevc_record() -> Vec<u8> {
    let sps = b"\x42\x01\x01\x01\x60\x00\x00\x03\x00\x90\x00\x00\x03\x00\x00\x03\x00\x5a\xa0\x05\x02\x01\x69\x65\x95\x9a\x49\x32\xbc\x05\xa0\x20";
    let head =
        b"\x01\x01\x60\x00\x00\x00\x90\x00\x00\x00\x00\x00\x5a\xf0\x00\xfc\xfd\xf8\xf8\x00\x00\x0f\x01";
    [&head[..], b"\xa1\x00\x01\x00", &[sps.len() as u8], sps].concat()
}

/// 1280x720, High@3.1, as x264 writes it.
fn avc_record() -> Vec<u8> {
    let sps = b"\x67\x64\x00\x1f\xac\xd9\x40\x50\x05\xbb\x01\x10\x00\x00\x03\x00\x10\x00\x00\x03\x03\xc0\xf1\x83\x19\x60";
    [&[1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, sps.len() as u8][..], sps, b"\x01\x00\x06\x68\xeb\xe3\xcb\x22\xc0"]
        .concat()
}

#[test]
fn every_video_codec_is_named_with_what_its_stream_says_and_nothing_else() {
    let fourcc = |name: &[u8; 4]| VideoCodec::from_fourcc(FourCc(*name));
    let id = VideoCodec::from_flv_id;
    // From libaom: 192x108, Main profile, level 2.0.
    let av1 = b"\x81\x00\x0c\x00\x0a\x0a\x00\x00\x00\x03\xb5\xfe\xb3\x6b\xe4\x01";
    for (codec, config, keyframe, expected) in [
        (
            id(7),
            &avc_record()[..],
            &b""[..],
            json!({"codec": "H264", "profile": "High", "level": "3.1", "width": 1280, "height": 720}),
        ),
        (
            id(12),
            &hevc_record(),
            b"",
            json!({"codec": "HEVC", "profile": "Main", "level": "3", "width": 640, "height": 360}),
        ),
        (
            fourcc(b"hvc1"),
            &hevc_record(),
            b"",
            json!({"codec": "HEVC", "profile": "Main", "level": "3", "width": 640, "height": 360}),
        ),
        (
            id(13),
            av1,
            b"",
            json!({"codec": "AV1", "profile": "Main", "level": "2.0", "width": 192, "height": 108}),
        ),
        // From libvpx: 192x108.
        (
            fourcc(b"vp09"),
            b"\x01\0\0\0\0\x0a\x82\x02\x02\x02\0\0",
            b"\x82\x49\x83\x42\x00\x0b\xf0\x06\xb6\x06\x38",
            json!({"codec": "VP9", "profile": "Profile 0", "width": 192, "height": 108}),
        ),
        (
            fourcc(b"vp08"),
            b"",
            b"\x10\x02\x00\x9d\x01\x2a\x80\x02\x68\x41",
            json!({"codec": "VP8", "width": 640, "height": 360}),
        ),
        (id(2), b"", b"\0\0\x80\x01\0", json!({"codec": "H263", "width": 352, "height": 288})),
        (id(3), b"", b"\x32\x80\x31\x68", json!({"codec": "Screen", "width": 640, "height": 360})),
        (id(4), b"", b"\x08\0\x46\x17\x28\x17\x28", json!({"codec": "VP6", "width": 640, "height": 360})),
        (
            id(5),
            b"",
            b"\x08\0\0\x09\0\x46\x17\x28\x17\x28",
            json!({"codec": "VP6A", "width": 640, "height": 360}),
        ),
        (id(6), b"", b"\x32\x80\x31\x68", json!({"codec": "Screen2", "width": 640, "height": 360})),
        (fourcc(b"vvc1"), b"x", b"x", json!({"codec": "VVC"})),
        (id(9), b"", b"x", json!({"codec": "Other"})),
    ] {
        assert_eq!(video(codec, config, keyframe), expected);
    }
    // What cannot be read still has its codec's name, and no number.
    for number in 0..16 {
        for nonsense in [&b""[..], b"\0", b"\xff\xff", &[0; 128], &[0xff; 128]] {
            let Value::Object(fields) = video(id(number), nonsense, nonsense) else { panic!("no object") };
            assert!(fields["codec"].is_string(), "{number}: {fields:?}");
            assert!(fields.values().all(|value| value != &json!(0) && value != ""), "{number}: {fields:?}");
        }
    }
}

#[test]
fn every_audio_codec_is_named_with_what_its_stream_says_and_nothing_else() {
    let opus = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
    let mut flac = [0; 34];
    // 48 kHz, two channels, 16 bits.
    flac[10..14].copy_from_slice(&[0x0b, 0xb8, 0x02, 0xf0]);
    let format = |codec: &str, rate: u32, channels: u8| json!({"codec": codec, "sample_rate": rate, "channel": channels});
    let aac = |rate: u32, channels: u8, profile: &str| json!({"codec": "AAC", "sample_rate": rate, "channel": channels, "profile": profile});
    for (tag, config, frame, expected) in [
        (&b"\xaf\0"[..], &b"\x12\x10"[..], &b""[..], aac(44_100, 2, "LC")),
        (b"\x90mp4a", b"\x12\x10", b"", aac(44_100, 2, "LC")),
        // SBR, explicit: 22.05 kHz core, 44.1 kHz heard.
        (b"\xaf\0", b"\x2b\x92\x08\x00", b"", aac(44_100, 2, "HE")),
        (b"\xaf\x01", b"", b"\x21\0", json!({"codec": "AAC"})),
        (b"\x2f", b"", b"\xff\xfb\x90\0", format("MP3", 44_100, 2)),
        (b"\x2f", b"", b"\xff\xfb\x94\xc0", format("MP3", 48_000, 1)),
        (b"\xe2", b"", b"\xff\xe3\x18\xc4", format("MP3", 8_000, 1)),
        (b"\x2f", b"", b"\0\0\0\0", json!({"codec": "MP3"})),
        (b"\x91.mp3", b"", b"\xff\xfb\x90\0", format("MP3", 44_100, 2)),
        (b"\x90Opus", opus, b"", format("Opus", 48_000, 2)),
        (b"\x90fLaC", &flac, b"", format("FLAC", 48_000, 2)),
        // 48 kHz, 3/2 with a channel for low frequencies.
        (b"\x91ac-3", b"", b"\x0b\x77\0\0\x1e\x40\xe1\0", format("AC-3", 48_000, 6)),
        (b"\x0f", b"", b"\0\0", format("PCM", 44_100, 2)),
        (b"\x32", b"", b"\0\0", format("PCM", 5512, 1)),
        (b"\x16", b"", b"\0\0", format("ADPCM", 11_025, 1)),
        (b"\x42", b"", b"\0\0", format("Nellymoser", 16_000, 1)),
        (b"\x52", b"", b"\0\0", format("Nellymoser", 8_000, 1)),
        (b"\x6a", b"", b"\0\0", format("Nellymoser", 22_050, 1)),
        (b"\x72", b"", b"\0\0", format("PCMA", 8_000, 1)),
        (b"\x82", b"", b"\0\0", format("PCMU", 8_000, 1)),
        (b"\xb2", b"", b"\0\0", format("Speex", 16_000, 1)),
        (b"\xf2", b"", b"\0\0", json!({"codec": "Other"})),
        (b"\xdf", b"", b"\0\0", json!({"codec": "Other"})),
        (b"\x91xxxx", b"", b"\0\0", json!({"codec": "Other"})),
    ] {
        assert_eq!(audio(tag, config, frame), expected, "{tag:x?}");
    }
    for id in (0..16).filter(|id| *id != 9) {
        for nonsense in [&b""[..], b"\0", b"\xff\xff", &[0; 128], &[0xff; 128]] {
            let Value::Object(fields) = audio(&[id << 4, 0], nonsense, nonsense) else { panic!("no object") };
            assert!(fields["codec"].is_string(), "{id}: {fields:?}");
            assert!(fields.values().all(|value| value != &json!(0) && value != ""), "{id}: {fields:?}");
        }
    }
}

#[test]
fn the_level_1b_is_not_1_1() {
    for (profile, constraints, level, name) in [
        (66, 0x10, 11, "1b"),
        (66, 0, 11, "1.1"),
        (100, 0x10, 11, "1.1"),
        (100, 0, 9, "1b"),
        (77, 0, 40, "4"),
    ] {
        assert_eq!(avc_level(profile, constraints, level).as_deref(), Some(name));
    }
    assert_eq!(avc_level(100, 0, 0), None);
}
