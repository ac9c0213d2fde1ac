//! FLV tags with HEVC, from an MP4 file: by way of FLV for the audio, and of ffprobe for the video's times.

use std::path::Path;

use bytes::Bytes;
use flvgate_media::flv::{Tag, TagType};

use crate::process;

pub(super) async fn tags(mp4: &Path, enhanced: bool) -> Vec<Tag> {
    let path = mp4.display().to_string();
    let audio_path = mp4.with_extension("audio.flv");
    let audio_text = audio_path.display().to_string();
    process::run_clean("ffmpeg", &["-v", "error", "-y", "-i", &path, "-vn", "-c", "copy", &audio_text]).await;
    let mut tags = super::tags(&std::fs::read(&audio_path).expect("ffmpeg wrote it"));
    let file = std::fs::read(mp4).expect("ffmpeg wrote it");
    let record = record(&file);
    tags.insert(0, tag(enhanced, true, None, 0, record));
    let mut arguments = vec!["-v", "error", "-select_streams", "v", "-show_entries"];
    arguments.extend(["packet=dts_time,pts_time,size,pos,flags", "-of", "csv=p=0", &path]);
    for line in process::run_clean("ffprobe", &arguments).await.lines() {
        let fields: Vec<_> = line.split(',').collect();
        let milliseconds = |field: &str| (field.parse::<f64>().expect("a time") * 1000.0).round() as i64;
        let (pts, dts) = (milliseconds(fields[0]), milliseconds(fields[1]));
        let number = |field: &str| field.parse::<usize>().expect("a number");
        let (size, at) = (number(fields[2]), number(fields[3]));
        // MP4 begins with decoding times before zero, which FLV has no room for.
        let timestamp = u64::try_from(dts + 200).expect("it is not that much before zero");
        let composition = i32::try_from(pts - dts).expect("a few frames");
        tags.push(tag(enhanced, fields[4].contains('K'), Some(composition), timestamp, &file[at..at + size]));
    }
    for tag in tags.iter_mut().filter(|tag| tag.tag_type() == TagType::Audio && tag.is_coded_media()) {
        tag.timestamp += 200;
    }
    tags.sort_by_key(|tag| tag.timestamp);
    tags
}

/// The `HEVCDecoderConfigurationRecord` in an MP4 file.
fn record(file: &[u8]) -> &[u8] {
    let at = file.windows(4).position(|name| name == b"hvcC").expect("hvcC");
    let size = u32::from_be_bytes(file[at - 4..at].try_into().expect("four bytes")) as usize;
    &file[at + 4..at - 4 + size]
}

/// A sequence header where there is no composition time, a frame where there is.
fn tag(enhanced: bool, keyframe: bool, composition: Option<i32>, timestamp: u64, data: &[u8]) -> Tag {
    let frame_type = if keyframe { 0x10 } else { 0x20 };
    let [_, c2, c1, c0] = composition.unwrap_or(0).to_be_bytes();
    let head = match (enhanced, composition) {
        (false, None) => vec![frame_type | 12, 0, 0, 0, 0],
        (false, Some(_)) => vec![frame_type | 12, 1, c2, c1, c0],
        (true, None) => [&[0x80 | frame_type][..], b"hvc1"].concat(),
        (true, Some(_)) => [&[0x81 | frame_type][..], b"hvc1", &[c2, c1, c0]].concat(),
    };
    Tag::parse(TagType::Video, timestamp, Bytes::from([&head, data].concat())).expect("a legal tag")
}
