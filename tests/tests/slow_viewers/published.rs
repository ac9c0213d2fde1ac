//! What a test publishes, one tag at a time, and what viewers make of it.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;

use bytes::Bytes;
use flvgate_media::flv::{Tag, TagKind, TagType, VideoPacket, with_parameter_sets};
use flvgate_tests::capture::{Capture, CapturedTag};
use flvgate_tests::process;
use flvgate_tests::publisher::Publisher;

/// A clip of noise, so that each of its tags is like no other, and so large that no socket's buffer holds it.
#[derive(Debug)]
pub(crate) struct Clip {
    /// Sequence headers and frames.
    pub(crate) tags: Vec<CapturedTag>,
}

/// What a viewer got of several clips.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// How often something is missing between two frames.
    pub(crate) holes: usize,
    /// Whether it ends with the last frame of the last clip.
    pub(crate) is_whole_at_the_end: bool,
}

impl Clip {
    /// Ten seconds of H.264 with B-frames and a keyframe each second, some 25 MB, and AAC.
    ///
    /// # Panics
    /// When ffmpeg is not installed, or fails.
    pub(crate) async fn make(directory: &Path, size: &str, sample_rate: &str) -> Self {
        let path = directory.join(format!("{size}.flv")).display().to_string();
        let video = format!("testsrc2=size={size}:rate=25,noise=alls=80:allf=t");
        let audio = format!("anoisesrc=sample_rate={sample_rate}");
        let mut arguments = vec!["-v", "error", "-f", "lavfi", "-i", &video, "-f", "lavfi", "-i", &audio];
        arguments.extend(["-t", "10", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]);
        arguments.extend(["-g", "25", "-sc_threshold", "0", "-bf", "2", "-b:v", "20M", "-c:a", "aac"]);
        arguments.push(&path);
        process::run_clean("ffmpeg", &arguments).await;
        let bytes = std::fs::read(&path).expect("ffmpeg has written the clip");
        let mut tags = Capture::of(&bytes).tags;
        // Without metadata, and the end of a sequence of video, which is no frame.
        tags.retain(|tag| match tag.kind {
            TagKind::Video(header) => header.packet != VideoPacket::SequenceEnd,
            TagKind::Audio(_) => true,
            TagKind::Script => false,
        });
        Self { tags }
    }

    /// Publishes what there is of the milliseconds in `span`; how many video frames that are.
    pub(crate) async fn publish(&self, publisher: &mut Publisher, span: Range<u32>) -> u64 {
        let mut frames = 0;
        let is_in_span = |tag: &&CapturedTag| span.contains(&tag.timestamp);
        for tag in self.tags.iter().filter(is_in_span) {
            let body = Bytes::copy_from_slice(&tag.body);
            publisher.push_tag(tag.tag_type, tag.timestamp, &body).await;
            frames += u64::from(tag.tag_type == TagType::Video && !tag.kind.is_sequence_header());
        }
        frames
    }
}

/// Judges what a viewer got while `clips` were published one after the other: all of it must have been published, in
/// this order, go on at a keyframe behind each hole, and have the sequence headers before it that are its own.
///
/// # Panics
/// When it is not so.
pub(crate) fn judge(clips: &[&Clip], got: &Capture) -> Verdict {
    let frames: Vec<_> = clips.iter().flat_map(|clip| frames(clip)).collect();
    // Behind a change of settings, keyframes come with parameter sets too.
    let with_sets: HashMap<usize, Vec<u8>> = (0..)
        .zip(&frames)
        .filter_map(|(place, (clip, tag))| Some((place, self_contained(clip, tag)?)))
        .collect();
    let mut places: HashMap<_, _> =
        frames.iter().enumerate().map(|(place, (_, tag))| (beginning(&tag.body), place)).collect();
    assert_eq!(places.len(), frames.len(), "no two frames begin alike");
    places.extend(with_sets.iter().map(|(&place, body)| (beginning(body), place)));
    let (mut holes, mut next) = (0, 0);
    let mut headers: HashMap<TagType, &[u8]> = HashMap::new();
    for tag in &got.tags {
        if tag.tag_type == TagType::Script {
            continue;
        }
        if tag.kind.is_sequence_header() {
            headers.insert(tag.tag_type, &tag.body);
            continue;
        }
        let place = *places.get(beginning(&tag.body)).expect("what a viewer gets was published");
        let body = &frames[place].1.body;
        assert!(tag.body == *body || Some(&tag.body) == with_sets.get(&place), "frame {place} is whole");
        assert!(place >= next, "frame {place} comes after frame {next}");
        let (clip, _) = frames[place];
        if place > next {
            holes += 1;
            assert!(tag.kind.is_keyframe(), "{tag:?} comes first after a hole");
        }
        assert_eq!(headers.get(&tag.tag_type), Some(&header(clip, tag.tag_type)), "frame {place}");
        next = place + 1;
    }
    Verdict { holes, is_whole_at_the_end: next == frames.len() }
}

/// Enough of a frame to tell it from others.
fn beginning(body: &[u8]) -> &[u8] {
    &body[..body.len().min(2000)]
}

/// The body of a keyframe with the parameter sets of its clip.
fn self_contained(clip: &Clip, tag: &CapturedTag) -> Option<Vec<u8>> {
    let parse = |body: &[u8]| Tag::parse(TagType::Video, 0, Bytes::copy_from_slice(body)).ok();
    let frame = parse(&tag.body).filter(|_| tag.kind.is_keyframe())?;
    let header = parse(header(clip, TagType::Video))?;
    Some(with_parameter_sets(&frame, header.data())?.payload.to_vec())
}

fn frames(clip: &Clip) -> impl Iterator<Item = (&Clip, &CapturedTag)> {
    clip.tags.iter().filter(|tag| !tag.kind.is_sequence_header()).map(move |tag| (clip, tag))
}

fn header(clip: &Clip, track: TagType) -> &[u8] {
    let mut headers = clip.tags.iter().filter(|tag| tag.kind.is_sequence_header());
    &headers.find(|tag| tag.tag_type == track).expect("the clip has both tracks").body
}
