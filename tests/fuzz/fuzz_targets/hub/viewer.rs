//! A viewer that judges every byte it gets.

use flvgate::hub::{Batch, End, Next, Viewer};
use flvgate_media::flv::TagType;
use flvgate_media::format::Format;

use crate::media::{self, Marks, NONE};
use crate::transport_stream::Analysis;

/// A viewer, and what its decoders know.
pub struct Judge {
    viewer: Viewer,
    /// Its own, where it does not share one.
    batch: Batch,
    /// What has come and is not judged: the rest of a tag or frame, or a transport stream as it is.
    bytes: Vec<u8>,
    has_header: bool,
    video: u8,
    audio: u8,
    last_video: Option<Marks>,
    times: [u32; 2],
    /// The clocks that are published are no clocks.
    is_wild: bool,
}

impl Judge {
    pub fn new(viewer: Viewer, is_wild: bool) -> Self {
        let (video, audio) = (NONE, NONE);
        let batch = Batch::default();
        let (bytes, has_header, last_video, times) = (Vec::new(), false, None, [0; 2]);
        Self { viewer, batch, bytes, has_header, video, audio, last_video, times, is_wild }
    }

    pub fn feed(&self) -> u64 {
        self.viewer.feed_id()
    }

    /// What the harness itself keeps for it.
    pub fn kept(&self) -> usize {
        self.bytes.capacity()
    }

    /// One look, by `shared` or by a batch of its own. `Err` when the viewer is at its end.
    pub fn read(&mut self, shared: Option<&mut Batch>) -> Result<bool, End> {
        let batch = shared.unwrap_or_else(|| {
            self.batch.clear();
            &mut self.batch
        });
        match self.viewer.poll_next(batch) {
            Ok(Next::Taken) => {}
            Ok(Next::Nothing | Next::NotBefore(_)) => return Ok(false),
            Err(end) => {
                self.finish();
                return Err(end);
            }
        }
        assert!(!batch.parcels().is_empty() && batch.parcels().len() <= 4200, "a bounded batch");
        batch.parcels().iter().for_each(|parcel| self.bytes.extend_from_slice(parcel));
        match self.viewer.format() {
            Format::Flv => self.judge_flv(),
            Format::Mp3 => self.judge_mp3(),
            Format::Aac => self.judge_aac(),
            Format::Ts if self.bytes.len() > 1 << 18 => self.finish(),
            Format::Ts => {}
        }
        Ok(true)
    }

    /// A transport stream is judged whole; behind that, it is looked at no more.
    pub fn finish(&mut self) {
        if self.viewer.format() != Format::Ts || self.bytes.is_empty() || self.has_header {
            return self.bytes.clear();
        }
        self.has_header = true;
        let analysis = Analysis::of_any_times(&self.bytes).unwrap_or_else(|complaint| panic!("{complaint}"));
        assert!(analysis.pes.first().is_some_and(|pes| pes.random_access), "it begins where decoding can");
        self.bytes = Vec::new();
    }

    fn judge_flv(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut rest = &bytes[..];
        if !self.has_header {
            let (header, tags) = rest.split_at(13);
            assert!(header.starts_with(b"FLV\x01") && header[5..] == [0, 0, 0, 9, 0, 0, 0, 0], "{header:?}");
            assert_eq!(header[4] & !5, 0, "flags");
            (self.has_header, rest) = (true, tags);
        }
        while let [kind, s2, s1, s0, t2, t1, t0, t3, stream @ ..] = rest {
            let size = u32::from_be_bytes([0, *s2, *s1, *s0]) as usize;
            let time = u32::from_be_bytes([*t3, *t2, *t1, *t0]);
            assert_eq!(stream[..3], [0; 3], "stream id");
            let (body, behind) = stream[3..].split_at(size);
            let previous = u32::from_be_bytes(behind[..4].try_into().expect("four bytes"));
            assert_eq!(previous as usize, 11 + size, "PreviousTagSize");
            self.judge_tag(TagType::from_id(*kind).expect("a known type"), time, body);
            rest = &behind[4..];
        }
        assert!(rest.is_empty(), "tags come whole");
    }

    fn judge_tag(&mut self, tag_type: TagType, time: u32, body: &[u8]) {
        let is_header = body[1] == 0;
        match tag_type {
            TagType::Script => return,
            TagType::Video if is_header => self.video = media::config_of(tag_type, body),
            TagType::Audio if body[0] >> 4 == 10 && is_header => {
                self.audio = media::config_of(tag_type, body);
            }
            TagType::Audio => {
                let config = if body[0] >> 4 == 10 { body[2] } else { NONE };
                assert!(config == NONE || config == self.audio, "audio of {config}, told {}", self.audio);
                self.judge_time(0, time);
            }
            TagType::Video => {
                let marks = media::marks(body);
                let told = self.video;
                assert!(marks.config == NONE || marks.config == told, "video of {marks:?}, told {told}");
                if body[0] >> 4 != 1 {
                    let last = self.last_video.unwrap_or_else(|| panic!("begins with {marks:?}"));
                    let follows = last.gop == marks.gop && last.index + 1 == marks.index;
                    assert!(follows, "{marks:?} behind {last:?}");
                }
                self.last_video = Some(marks);
                self.judge_time(1, time);
            }
        }
    }

    fn judge_time(&mut self, track: usize, time: u32) {
        let last = std::mem::replace(&mut self.times[track], time);
        assert!(self.is_wild || time >= last, "track {track}: {time} behind {last}");
    }

    fn judge_mp3(&mut self) {
        let is_frame = self.bytes.starts_with(&[0xff, 0xfb, 0x90, 0x64]);
        assert!(is_frame, "{:?}", &self.bytes[..4.min(self.bytes.len())]);
        self.bytes.clear();
    }

    fn judge_aac(&mut self) {
        let mut rest = &self.bytes[..];
        while !rest.is_empty() {
            assert!(rest[0] == 0xff && rest[1] & 0xf6 == 0xf0, "a syncword");
            let length =
                usize::from(rest[3] & 3) << 11 | usize::from(rest[4]) << 3 | usize::from(rest[5] >> 5);
            rest = &rest[length..];
        }
        self.bytes.clear();
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.finish();
        }
    }
}
