//! Makes FLV streams of synthetic frames, and notes what a pipeline makes of them.

use crate::pipeline::{Output, Pipeline, Track, Warning};
use flvgate_media::flv::{Tag, TagType, file_header, write_tag};

/// `AVCDecoderConfigurationRecord` of 320 x 180 and of 640 x 360, as x264 writes them.
pub(super) const AVC_180P: &[u8] = &[
    0x01, 0x64, 0x00, 0x0c, 0xff, 0xe1, 0x00, 0x1a, 0x67, 0x64, 0x00, 0x0c, 0xac, 0xd9, 0x41, 0x41, 0x9f,
    0x9f, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x03, 0x20, 0xf1, 0x42, 0x99, 0x60,
    0x01, 0x00, 0x06, 0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0, 0xfd, 0xf8, 0xf8, 0x00,
];
pub(super) const AVC_360P: &[u8] = &[
    0x01, 0x64, 0x00, 0x1e, 0xff, 0xe1, 0x00, 0x1a, 0x67, 0x64, 0x00, 0x1e, 0xac, 0xd9, 0x40, 0xa0, 0x2f,
    0xf9, 0x70, 0x11, 0x00, 0x00, 0x03, 0x00, 0x01, 0x00, 0x00, 0x03, 0x00, 0x32, 0x0f, 0x16, 0x2d, 0x96,
    0x01, 0x00, 0x06, 0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0, 0xfd, 0xf8, 0xf8, 0x00,
];
/// `AudioSpecificConfig`: AAC-LC, 44.1 kHz, stereo.
pub(super) const AAC_44100: &[u8] = &[0x12, 0x10];

/// Milliseconds between video frames, and video frames in a GOP.
pub(super) const FRAME_MS: u32 = 40;
const GOP: u32 = 25;

/// An FLV stream under construction.
pub(super) struct Flv(pub(super) Vec<u8>);

impl Flv {
    pub(super) fn new(has_audio: bool, has_video: bool) -> Self {
        Self(file_header(has_audio, has_video).to_vec())
    }

    /// More of a stream that has begun.
    pub(super) const fn more() -> Self {
        Self(Vec::new())
    }

    /// With both headers of the usual stream.
    pub(super) fn usual() -> Self {
        Self::new(true, true).audio_header(AAC_44100).video_header(AVC_180P)
    }

    pub(super) fn raw(mut self, tag_type: TagType, timestamp: u32, body: &[u8]) -> Self {
        let size = (body.len() as u32).to_be_bytes();
        let [t3, t2, t1, t0] = timestamp.to_be_bytes();
        match Tag::parse(tag_type, timestamp.into(), body.to_vec().into()) {
            Ok(tag) => write_tag(&mut self.0, &tag),
            // What no parser takes is written by hand.
            Err(_) => {
                self.0.extend_from_slice(&[
                    tag_type.id(),
                    size[1],
                    size[2],
                    size[3],
                    t2,
                    t1,
                    t0,
                    t3,
                    0,
                    0,
                    0,
                ]);
                self.0.extend_from_slice(body);
                self.0.extend_from_slice(&(11 + body.len() as u32).to_be_bytes());
            }
        }
        self
    }

    pub(super) fn audio_header(self, config: &[u8]) -> Self {
        self.raw(TagType::Audio, 0, &[&[0xaf, 0], config].concat())
    }

    pub(super) fn video_header(self, record: &[u8]) -> Self {
        self.raw(TagType::Video, 0, &[&[0x17, 0, 0, 0, 0], record].concat())
    }

    pub(super) fn key(self, timestamp: u32) -> Self {
        self.raw(TagType::Video, timestamp, &[0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 0x88])
    }

    pub(super) fn inter(self, timestamp: u32) -> Self {
        self.raw(TagType::Video, timestamp, &[0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, 0x9a])
    }

    pub(super) fn aac(self, timestamp: u32) -> Self {
        self.raw(TagType::Audio, timestamp, &[0xaf, 1, 0x21, 0x10, 0x05])
    }

    /// `ms` milliseconds of video from a keyframe on, and of audio, in the order of their times.
    pub(super) fn media(mut self, start: u32, ms: u32, tracks: &[Track]) -> Self {
        let (mut video, mut audio) = (0, 0);
        loop {
            let (at_video, at_audio) = (video * FRAME_MS, audio * 10_240 / 441);
            if at_video.min(at_audio) >= ms {
                return self;
            }
            self = if at_video <= at_audio {
                video += 1;
                let timestamp = start.wrapping_add(at_video);
                match tracks.contains(&Track::Video) {
                    true if (video - 1) % GOP == 0 => self.key(timestamp),
                    true => self.inter(timestamp),
                    false => self,
                }
            } else {
                audio += 1;
                if tracks.contains(&Track::Audio) { self.aac(start.wrapping_add(at_audio)) } else { self }
            };
        }
    }

    pub(super) fn both(self, start: u32, ms: u32) -> Self {
        self.media(start, ms, &[Track::Video, Track::Audio])
    }

    pub(super) fn video(self, start: u32, ms: u32) -> Self {
        self.media(start, ms, &[Track::Video])
    }

    pub(super) fn audio(self, start: u32, ms: u32) -> Self {
        self.media(start, ms, &[Track::Audio])
    }
}

/// [`Output`], kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Seen {
    Tracks { video: bool, audio: bool },
    Init { track: Track, mime: String, data: Vec<u8> },
    Fragment(Fragment),
    Metadata(Vec<u8>),
    Clock(i64, i64),
    Discontinuity(i64),
    Warning(Warning),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fragment {
    pub(super) track: Track,
    pub(super) data: Vec<u8>,
    pub(super) decode_time: f64,
    pub(super) duration: f64,
    pub(super) keyframe: bool,
    pub(super) set_timestamp_offset: bool,
}

impl Fragment {
    /// Presentation time in seconds, from the composition offset at its place behind `moof`'s fixed fields.
    pub(super) fn presentation_time(&self) -> f64 {
        let moof = u32::from_be_bytes(self.data[..4].try_into().unwrap()) as usize;
        let offset = i32::from_be_bytes(self.data[moof - 4..moof].try_into().unwrap());
        self.decode_time + f64::from(offset) / 90_000.0
    }
}

impl From<Output<'_>> for Seen {
    fn from(output: Output<'_>) -> Self {
        match output {
            Output::Tracks { video, audio } => Self::Tracks { video, audio },
            Output::Init { track, mime, data } => {
                Self::Init { track, mime: mime.into(), data: data.to_vec() }
            }
            Output::Fragment { track, data, decode_time, duration, keyframe, set_timestamp_offset } => {
                let data = data.to_vec();
                Self::Fragment(Fragment {
                    track,
                    data,
                    decode_time,
                    duration,
                    keyframe,
                    set_timestamp_offset,
                })
            }
            Output::Metadata(body) => Self::Metadata(body.to_vec()),
            Output::Clock { then, at } => Self::Clock(then, at),
            Output::Discontinuity { jump_ms } => Self::Discontinuity(jump_ms),
            Output::Warning(warning) => Self::Warning(warning),
        }
    }
}

/// A pipeline and all that it has put out.
#[derive(Default)]
pub(super) struct Player {
    pub(super) pipeline: Pipeline,
    pub(super) seen: Vec<Seen>,
    pub(super) now_ms: f64,
}

impl Player {
    /// Pushes all at once.
    pub(super) fn push(&mut self, flv: &Flv) -> &mut Self {
        let Self { pipeline, seen, now_ms } = self;
        pipeline.push(&flv.0, *now_ms, &mut |output| seen.push(output.into())).unwrap();
        self
    }

    /// Lets time pass.
    pub(super) fn wait(&mut self, ms: f64) -> &mut Self {
        self.now_ms += ms;
        let Self { pipeline, seen, now_ms } = self;
        pipeline.tick(*now_ms, &mut |output| seen.push(output.into()));
        self
    }

    /// Pushes piece after piece, each a duration behind the one before.
    pub(super) fn push_paced(&mut self, pieces: impl IntoIterator<Item = Flv>, ms: f64) -> &mut Self {
        for piece in pieces {
            self.wait(ms).push(&piece);
        }
        self
    }

    pub(super) fn tracks(&self) -> Vec<(bool, bool)> {
        let tracks = |seen: &Seen| match seen {
            Seen::Tracks { video, audio } => Some((*video, *audio)),
            _ => None,
        };
        self.seen.iter().filter_map(tracks).collect()
    }

    pub(super) fn mimes(&self) -> Vec<&str> {
        self.seen
            .iter()
            .filter_map(|seen| if let Seen::Init { mime, .. } = seen { Some(mime.as_str()) } else { None })
            .collect()
    }

    pub(super) fn jumps(&self) -> Vec<i64> {
        let jump = |seen: &Seen| if let Seen::Discontinuity(jump) = seen { Some(*jump) } else { None };
        self.seen.iter().filter_map(jump).collect()
    }

    pub(super) fn warnings(&self) -> Vec<&Warning> {
        self.seen
            .iter()
            .filter_map(|seen| if let Seen::Warning(warning) = seen { Some(warning) } else { None })
            .collect()
    }

    /// The fragments of one track behind the last `Tracks`.
    pub(super) fn fragments(&self, track: Track) -> Vec<&Fragment> {
        let start = self.seen.iter().rposition(|seen| matches!(seen, Seen::Tracks { .. })).unwrap_or(0);
        self.seen[start..]
            .iter()
            .filter_map(|seen| match seen {
                Seen::Fragment(fragment) if fragment.track == track => Some(fragment),
                _ => None,
            })
            .collect()
    }

    /// End of a track's output in milliseconds.
    pub(super) fn end_ms(&self, track: Track) -> f64 {
        self.fragments(track).last().map_or(0.0, |last| (last.decode_time + last.duration) * 1000.0)
    }

    /// Asserts what Media Source Extensions need: decoding times that go forward by no more than twice a duration, audio
    /// without a gap, presentation times that are not negative, and each start at a keyframe.
    pub(super) fn assert_plays(&self) {
        for track in [Track::Video, Track::Audio] {
            let fragments = self.fragments(track);
            if let Some(first) = fragments.first() {
                assert!(first.keyframe && first.decode_time < 0.2, "{first:?}");
            }
            for pair in fragments.windows(2) {
                let step = pair[1].decode_time - pair[0].decode_time;
                assert!((0.001..=1.0).contains(&pair[0].duration) || track == Track::Audio, "{pair:?}");
                let longest = if track == Track::Audio { pair[0].duration } else { 2.0 * pair[0].duration };
                assert!(step > 0.0 && step <= longest + 1e-9, "{track:?}: {pair:?}");
            }
        }
        assert!(self.fragments(Track::Video).iter().all(|video| video.presentation_time() >= 0.0));
    }

    /// The longest time without a new picture, in milliseconds.
    pub(super) fn longest_freeze_ms(&self) -> f64 {
        let video = self.fragments(Track::Video);
        let freeze =
            |pair: &[&Fragment]| (pair[1].presentation_time() - pair[0].presentation_time()) * 1000.0;
        video.windows(2).map(freeze).fold(0.0, f64::max)
    }
}
