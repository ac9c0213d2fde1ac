use alloc::string::String;

use flvgate_media::Error;

/// Which track a piece of output belongs to; each has a `SourceBuffer` of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Track {
    Video,
    Audio,
}

/// What the pipeline has made. Slices are lent from its buffers: use them before the next call.
#[derive(Debug)]
pub enum Output<'a> {
    /// Which tracks there are is decided: open one `SourceBuffer` for each, with the type that its `Init` names.
    ///
    /// Comes again, with other tracks, when a late track shows up, one ends for good, or the tracks' container changes: the
    /// MediaSource must then be rebuilt, and output goes on at a keyframe. Each time, the output's timeline starts anew
    /// near 0, as a new MediaSource does.
    Tracks {
        /// Whether there will be video.
        video: bool,
        /// Whether there will be audio.
        audio: bool,
    },
    /// A track's initialization segment; again when its configuration changes (`changeType` when `mime` differs).
    Init {
        /// The track.
        track: Track,
        /// For `addSourceBuffer`, such as `video/mp4; codecs="avc1.64001f"` or `audio/mpeg`.
        mime: &'a str,
        /// The segment; empty for `audio/mpeg`, which has none.
        data: &'a [u8],
    },
    /// One frame, ready to append.
    Fragment {
        /// The track.
        track: Track,
        /// `moof` and `mdat`; a raw frame for `audio/mpeg`.
        data: &'a [u8],
        /// Decoding time on the output's continuous timeline, in seconds, as `tfdt` has it; never less than that of the
        /// fragment before on this track.
        decode_time: f64,
        /// Duration in seconds.
        duration: f64,
        /// Whether decoding can start here; always true for audio.
        keyframe: bool,
        /// For `audio/mpeg`, whose frames carry no time: set `timestampOffset` to `decode_time` before this append.
        set_timestamp_offset: bool,
    },
    /// `onMetaData` came; the AMF0 body of the script tag.
    Metadata(&'a [u8]),
    /// The publisher's clock was `then` at output time `at`, in milliseconds; see [`publisher_clock`](crate::publisher_clock).
    #[allow(missing_docs)]
    Clock { then: i64, at: i64 },
    /// The input's clock jumped, or a publisher restarted, and the output goes on without a gap.
    Discontinuity {
        /// By how much the input jumped, in milliseconds; negative: backwards.
        jump_ms: i64,
    },
    /// Something of the input cannot be played; the rest goes on.
    Warning(Warning),
}

/// What cannot be played.
#[derive(Clone, Debug, PartialEq)]
pub enum Warning {
    /// The codec of a track is none that the pipeline handles; the other track plays. Said once per codec.
    UnsupportedCodec {
        /// The track.
        track: Track,
        /// The codec's name.
        codec: &'static str,
    },
    /// A sequence header or a frame that does not parse; it is left out. Said at most every few seconds for a track.
    Malformed {
        /// The track, if it was one's.
        track: Option<Track>,
        /// What is wrong.
        error: Error,
    },
}

/// Facts about what is playing, for statistics.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Info {
    pub video_codec: Option<String>,
    pub audio_codec: Option<String>,
    pub width: u32,
    pub height: u32,
    pub sample_rate: u32,
    pub channels: u32,
}
