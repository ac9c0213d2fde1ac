//! Decides which tracks there are, by what comes and not by what the header promises.
//!
//! A MediaSource takes no further SourceBuffer once it has data, and plays nothing while a SourceBuffer has none. So a
//! decision is due before the first fragment, it must not wait for a promise for long, and a wrong one costs a rebuild.

use super::Track;
use super::config::{AudioConfig, VideoConfig};
use flvgate_media::flv::FileHeader;

/// How long a track that the header or `onMetaData` promises is waited for: milliseconds of media, and of time.
const PROMISED: (i64, f64) = (500, 300.0);
/// The same for a track that nothing promises: about a frame, since its configuration comes before the first of them.
const UNPROMISED: (i64, f64) = (30, 20.0);
/// How long a declared video track may be without a keyframe until audio plays alone, in milliseconds of media.
const MAX_WAIT_FOR_KEYFRAME_MS: i64 = 5000;

/// What is known about a track.
#[derive(Debug, Default)]
pub(super) enum Presence<C> {
    #[default]
    Unknown,
    Ready(C),
    /// It is there, but its codec is none of ours.
    Unplayable,
}

impl<C> Presence<C> {
    pub(super) const fn config(&self) -> Option<&C> {
        if let Self::Ready(config) = self { Some(config) } else { None }
    }
}

/// The tracks of the MediaSource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) video: bool,
    pub(super) audio: bool,
}

impl Declared {
    pub(super) const fn has(self, track: Track) -> bool {
        match track {
            Track::Video => self.video,
            Track::Audio => self.audio,
        }
    }

    pub(super) const fn set(&mut self, track: Track, there: bool) {
        match track {
            Track::Video => self.video = there,
            Track::Audio => self.audio = there,
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Tracks {
    pub(super) video: Presence<VideoConfig>,
    pub(super) audio: Presence<AudioConfig>,
    header: Option<FileHeader>,
    /// `hasVideo` and `hasAudio` of `onMetaData`.
    metadata: [Option<bool>; 2],
    /// Empty while undecided.
    pub(super) declared: Declared,
}

impl Tracks {
    pub(super) const fn hear_header(&mut self, header: FileHeader) {
        self.header = Some(header);
        self.metadata = [None; 2];
    }

    pub(super) fn hear_metadata(&mut self, body: &[u8]) {
        self.metadata =
            [amf0_boolean(body, b"\x00\x08hasVideo\x01"), amf0_boolean(body, b"\x00\x08hasAudio\x01")];
    }

    pub(super) fn is_decided(&self) -> bool {
        self.declared != Declared::default()
    }

    pub(super) const fn is_ready(&self, track: Track) -> bool {
        match track {
            Track::Video => self.video.config().is_some(),
            Track::Audio => self.audio.config().is_some(),
        }
    }

    const fn is_unknown(&self, track: Track) -> bool {
        match track {
            Track::Video => matches!(self.video, Presence::Unknown),
            Track::Audio => matches!(self.audio, Presence::Unknown),
        }
    }

    /// Whether header or metadata promise the track. A header with no flag at all promises anything.
    fn is_promised(&self, track: Track) -> bool {
        if let Some(said) = self.metadata[track as usize] {
            return said;
        }
        self.header.is_none_or(|header| match track {
            _ if !header.has_audio && !header.has_video => true,
            Track::Video => header.has_video,
            Track::Audio => header.has_audio,
        })
    }

    /// Decides, if it can. `waited`: milliseconds of media and of time since the first frame at which output could start.
    pub(super) fn decide(&mut self, waited: (i64, f64), no_more_waiting: bool) {
        let ready = Declared { video: self.is_ready(Track::Video), audio: self.is_ready(Track::Audio) };
        let missing = [Track::Video, Track::Audio].into_iter().find(|track| self.is_unknown(*track));
        let decided = missing.is_none_or(|track| {
            let (media, time) = if self.is_promised(track) { PROMISED } else { UNPROMISED };
            no_more_waiting || waited.0 >= media || waited.1 >= time
        });
        if decided {
            self.declared = ready;
        }
    }

    /// Gives up on a keyframe that does not come, if there is audio to play.
    pub(super) const fn give_up_on_video(&mut self, waited_media_ms: i64) -> bool {
        let gives_up = self.declared.audio && waited_media_ms >= MAX_WAIT_FOR_KEYFRAME_MS;
        if gives_up {
            self.declared.video = false;
        }
        gives_up
    }
}

/// The boolean behind a key of an AMF0 object, its type marker the last byte of `key`.
fn amf0_boolean(body: &[u8], key: &[u8; 11]) -> Option<bool> {
    let at = body.windows(key.len()).position(|window| window == key)?;
    body.get(at + key.len()).map(|value| *value != 0)
}
