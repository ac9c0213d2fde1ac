//! FLV tags -> configurations and access units, checked as far as a decoder would stumble.

mod audio;
mod mp3;
mod video;

use alloc::string::String;
use alloc::vec::Vec;

use super::config::{AudioConfig, VideoConfig};
use super::{Track, Warning};
use crate::publisher_clock;
use audio::AudioReader;
use flvgate_media::codec::FourCc;
use flvgate_media::flv::{AudioHeader, TagRef, TagType, VideoHeader};
use flvgate_media::{Error, Result};
use video::VideoReader;

/// A broken stream is told of once in this many milliseconds for each track, not for each frame.
const WARNING_INTERVAL_MS: f64 = 5000.0;
/// No stream has more codecs than this that we cannot play; further ones are passed over in silence.
const MAX_REPORTED_CODECS: usize = 16;

/// What a tag holds.
#[derive(Debug)]
pub(super) enum Unit<'a> {
    /// The video track has a new, or another, configuration.
    Video(VideoConfig),
    /// The audio track has a new, or another, configuration.
    Audio(AudioConfig),
    /// The track's codec is none that we handle.
    Unplayable(Track),
    Frame(Frame<'a>),
    /// The publisher's clock.
    Clock(i64),
    /// The body of `onMetaData`.
    Metadata(&'a [u8]),
    Warning(Warning),
}

/// An access unit: what a decoder takes at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame<'a> {
    pub(super) track: Track,
    /// Decoding time in milliseconds; wraps at 2^32.
    pub(super) timestamp: u32,
    /// Presentation time minus decoding time, in ticks of 90 kHz.
    pub(super) composition_time: i32,
    pub(super) keyframe: bool,
    pub(super) data: &'a [u8],
}

/// Which of several tracks is played: one that was chosen, or the one with the lowest id that has announced itself.
#[derive(Clone, Copy, Debug, Default)]
struct Selection {
    chosen: Option<u8>,
    lowest: Option<u8>,
}

impl Selection {
    /// Whether a packet of that track is wanted; `announces`: it is one that a track begins with.
    fn admits(&mut self, track_id: u8, announces: bool) -> bool {
        if let Some(chosen) = self.chosen {
            return chosen == track_id;
        }
        if announces && self.lowest.is_none_or(|lowest| track_id < lowest) {
            self.lowest = Some(track_id);
        }
        self.lowest == Some(track_id)
    }
}

/// Reads tags one after the other.
#[derive(Debug, Default)]
pub(super) struct TagReader {
    video: VideoReader,
    audio: AudioReader,
    selections: [Selection; 2],
    warned_ms: [Option<f64>; 2],
}

type OnUnit<'f> = &'f mut dyn FnMut(Unit<'_>);

impl TagReader {
    /// Takes one tag, and hands over what is in it.
    pub(super) fn read(&mut self, tag: TagRef<'_>, now_ms: f64, on_unit: OnUnit<'_>) {
        if tag.skipped > 0 {
            let what = "bytes between FLV tags";
            let error = Error::Invalid { what, expected: "none", got: tag.skipped };
            on_unit(Unit::Warning(Warning::Malformed { track: None, error }));
        }
        // An empty tag is what some encoders send to keep a connection busy.
        if tag.body.is_empty() {
            return;
        }
        let (track, result) = match tag.tag_type {
            TagType::Video => (Track::Video, self.read_video(tag, on_unit)),
            TagType::Audio => (Track::Audio, self.read_audio(tag, on_unit)),
            TagType::Script => {
                if let Some(body) = on_meta_data(tag.body) {
                    on_unit(Unit::Metadata(body));
                } else if let Some(then) = publisher_clock::of_script(tag.body) {
                    on_unit(Unit::Clock(then));
                }
                return;
            }
        };
        if let Err(error) = result {
            let warned = &mut self.warned_ms[track as usize];
            if warned.is_none_or(|before| now_ms - before >= WARNING_INTERVAL_MS) {
                *warned = Some(now_ms);
                on_unit(Unit::Warning(Warning::Malformed { track: Some(track), error }));
            }
        }
    }

    /// Plays the track with that id, of a stream that has several of its kind; none: the lowest.
    pub(super) const fn select(&mut self, track: Track, track_id: Option<u8>) {
        self.selections[track as usize] = Selection { chosen: track_id, lowest: None };
    }

    pub(super) const fn wrap_mp3(&mut self, wrapped: bool) {
        self.audio.wrap_mp3(wrapped);
    }

    /// Another connection begins: nothing of a frame is to be completed any more, and tracks announce themselves again.
    pub(super) fn reconnected(&mut self) {
        self.audio.reconnected();
        self.selections.iter_mut().for_each(|selection| selection.lowest = None);
    }

    /// The stream goes on elsewhere, with the tracks that it has.
    pub(super) fn moved(&mut self) {
        self.audio.reconnected();
    }

    fn read_video(&mut self, tag: TagRef<'_>, on_unit: OnUnit<'_>) -> Result<()> {
        let Self { video, selections, .. } = self;
        VideoHeader::parse(tag.body)?.each_track(tag.body, &mut |track_id, header, data| {
            let announces = video::announces(header);
            if selections[Track::Video as usize].admits(track_id, announces) {
                video.read(tag.timestamp, header, data, on_unit)
            } else {
                Ok(())
            }
        })
    }

    fn read_audio(&mut self, tag: TagRef<'_>, on_unit: OnUnit<'_>) -> Result<()> {
        let Self { audio, selections, .. } = self;
        AudioHeader::parse(tag.body)?.each_track(tag.body, &mut |track_id, header, data| {
            let announces = audio::announces(header);
            if selections[Track::Audio as usize].admits(track_id, announces) {
                audio.read(tag.timestamp, header, data, on_unit)
            } else {
                Ok(())
            }
        })
    }
}

/// Whether `codec` is to be reported: once.
fn report<C: PartialEq>(reported: &mut Vec<C>, codec: C) -> bool {
    let is_new = reported.len() < MAX_REPORTED_CODECS && !reported.contains(&codec);
    if is_new {
        reported.push(codec);
    }
    is_new
}

/// What a codec is called; by its FourCC where that is all that is known of it.
fn name_of(name: &'static str, fourcc: Option<FourCc>) -> String {
    let printable = |byte: u8| if byte.is_ascii_graphic() { char::from(byte) } else { '?' };
    fourcc.map_or_else(|| name.into(), |fourcc| fourcc.0.map(printable).iter().collect())
}

/// The AMF0 body from the string `onMetaData` on; servers leave the publisher's `@setDataFrame` in front of it at times.
fn on_meta_data(body: &[u8]) -> Option<&[u8]> {
    const NAME: &[u8] = b"\x02\x00\x0aonMetaData";
    const PREFIX: &[u8] = b"\x02\x00\x0d@setDataFrame";
    let body = body.strip_prefix(PREFIX).unwrap_or(body);
    body.starts_with(NAME).then_some(body)
}
