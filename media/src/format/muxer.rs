use alloc::boxed::Box;
use alloc::vec::Vec;

use bytes::Bytes;

use super::Format;
use crate::es::{Adts, MpegAudio};
use crate::flv::{AudioPacket, Tag, TagKind, TagType, write_tag};
use crate::ts::TsMuxer;

/// Ready bytes of a stream in one format, and what they are to a viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Muxed {
    /// What is sent as it is.
    pub bytes: Bytes,
    /// Milliseconds on the stream's timeline.
    pub timestamp: u64,
    /// What it is to a viewer who cannot take everything.
    pub content: Content,
    /// Whether a viewer who has had nothing before can start here. In FLV it needs the setup before it.
    pub random_access: bool,
    /// What a viewer who skips to here must get before it: in a transport stream, packets that announce the
    /// discontinuity. Empty where nothing is needed.
    pub resync: Bytes,
}

/// What muxed bytes are to a viewer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Audio that needs nothing before it but the setup.
    Audio,
    /// A video keyframe.
    Keyframe,
    /// Any other video, which needs what came before it.
    Video,
    /// Decoder configuration of the track, or metadata, in a form of its own; of several, one is told from another by the
    /// number, which is [`TagKind::setting`]'s.
    Setup(TagType, u16),
}

/// Turns a stream's tags into one format, once for all viewers.
#[derive(Debug)]
pub struct Muxer {
    state: State,
}

#[derive(Debug)]
enum State {
    /// The lowest id among the video tracks: at its keyframes a viewer can start.
    Flv {
        main_video: Option<u8>,
    },
    Ts(Box<TsMuxer>),
    Mp3,
    /// `None` before the first sequence header, and behind one that ADTS has no bits for.
    Aac(Option<Adts>),
}

impl Muxer {
    /// A muxer that has seen nothing.
    #[must_use]
    pub fn new(format: Format) -> Self {
        let state = match format {
            Format::Flv => State::Flv { main_video: None },
            Format::Ts => State::Ts(Box::default()),
            Format::Mp3 => State::Mp3,
            Format::Aac => State::Aac(None),
        };
        Self { state }
    }

    /// Another publication begins, whose tracks may be others.
    pub const fn restart(&mut self) {
        if let State::Flv { main_video } = &mut self.state {
            *main_video = None;
        }
    }

    /// Takes the stream's next tag, and appends what is ready to `out`: nothing, one piece or several.
    ///
    /// Tags that the format cannot carry are left out.
    pub fn push(&mut self, tag: &Tag, out: &mut Vec<Muxed>) {
        match &mut self.state {
            State::Flv { main_video } => out.push(flv(tag, main_video)),
            State::Ts(muxer) => muxer.push(tag, out),
            State::Mp3 => out.extend(mp3(tag)),
            State::Aac(adts) => out.extend(aac(tag, adts)),
        }
    }

    /// Appends what is held back, because no tag may come for a while.
    pub fn flush(&mut self, out: &mut Vec<Muxed>) {
        if let State::Ts(muxer) = &mut self.state {
            muxer.flush(out);
        }
    }
}

fn flv(tag: &Tag, main_video: &mut Option<u8>) -> Muxed {
    let mut bytes = Vec::new();
    write_tag(&mut bytes, tag);
    let track_id = tag.kind.track_id();
    if tag.tag_type() == TagType::Video && main_video.is_none_or(|main| track_id < main) {
        *main_video = Some(track_id);
    }
    let content = match (tag.tag_type(), tag.kind.setting()) {
        (TagType::Script, _) => Content::Setup(TagType::Script, 0),
        (track, Some(setting)) => Content::Setup(track, setting),
        (TagType::Audio, None) => Content::Audio,
        (TagType::Video, None) if tag.is_keyframe() && *main_video == Some(track_id) => Content::Keyframe,
        (TagType::Video, None) => Content::Video,
    };
    Muxed {
        bytes: exact(bytes),
        timestamp: tag.timestamp,
        content,
        random_access: content == Content::Keyframe,
        resync: Bytes::new(),
    }
}

/// The frames as they are, shared with the tag. No ID3 tag goes before them: it could say nothing of a live stream, and
/// the bytes that all listeners share would have to begin with it for one who joins.
fn mp3(tag: &Tag) -> Option<Muxed> {
    let TagKind::Audio(header) = tag.kind else { return None };
    let is_carried = Format::Mp3.carries_audio(header.codec) && header.packet == AudioPacket::Frame;
    if !is_carried || MpegAudio::of(tag.data()).is_err() {
        return None;
    }
    Some(audio_frame(tag, tag.payload.slice(header.data_offset..)))
}

fn aac(tag: &Tag, adts: &mut Option<Adts>) -> Option<Muxed> {
    let TagKind::Audio(header) = tag.kind else { return None };
    if !Format::Aac.carries_audio(header.codec) {
        return None;
    }
    match header.packet {
        AudioPacket::SequenceHeader => {
            *adts = Adts::new(tag.data()).ok();
            None
        }
        AudioPacket::Frame => {
            let mut bytes = Vec::new();
            adts.as_ref()?.write_frame(tag.data(), &mut bytes).ok()?;
            Some(audio_frame(tag, exact(bytes)))
        }
        _ => None,
    }
}

/// Without the room that was left for more: what is muxed is kept for a while, and takes no more than it counts for.
pub(crate) fn exact(mut bytes: Vec<u8>) -> Bytes {
    bytes.shrink_to_fit();
    bytes.into()
}

/// Each frame can be decoded without another: MP3's bit reservoir costs a listener the first at most.
fn audio_frame(tag: &Tag, bytes: Bytes) -> Muxed {
    Muxed {
        bytes,
        timestamp: tag.timestamp,
        content: Content::Audio,
        random_access: true,
        resync: Bytes::new(),
    }
}
