use flvgate_media::flv::{ScriptData, Tag, TagKind, TagType};

use super::{Event, Message, MessageType, Session, State};
use crate::rtmp::message::{amf0_of, split_aggregate};

/// Sub-messages of one aggregate that are looked at. Encoders put some ten into one; tiny ones by the million would
/// make each byte of it cost us ten.
const MAX_SUB_MESSAGES: usize = 4096;

/// What viewers are told in the metadata, as SRS tells.
const SERVER: &str = env!("CARGO_PKG_NAME");
const SERVER_VERSION: &str = env!("CARGO_PKG_VERSION");

impl Session {
    /// Takes audio, video, data, or an aggregate of them. Outside of a publication they are dropped: encoders send a
    /// few when they have stopped already.
    pub(super) fn handle_media(&mut self, message: &Message) {
        if !matches!(self.state, State::Publishing { .. }) {
            return;
        }
        match message.message_type {
            MessageType::Audio => self.handle_av(TagType::Audio, message),
            MessageType::Video => self.handle_av(TagType::Video, message),
            MessageType::DataAmf0 | MessageType::DataAmf3 => self.handle_data(message),
            MessageType::Aggregate => {
                for part in split_aggregate(message).take(MAX_SUB_MESSAGES) {
                    if part.message_type != MessageType::Aggregate {
                        self.handle_media(&part);
                    }
                }
            }
            _ => {}
        }
    }

    /// A message without a tag in it is no reason to disconnect: some encoders send empty ones to keep the connection
    /// busy.
    fn handle_av(&mut self, tag_type: TagType, message: &Message) {
        self.counters.media_messages += 1;
        match Tag::parse(tag_type, message.timestamp.into(), message.payload.clone()) {
            Ok(tag) => self.events.push_back(Event::Tag(tag)),
            Err(_) => self.counters.skipped += 1,
        }
    }

    /// Metadata goes to the viewers. Other data, such as FFmpeg's time codes, goes nowhere, as with SRS: a script tag
    /// in the stream is its metadata.
    fn handle_data(&mut self, message: &Message) {
        let data = ScriptData::for_viewers(amf0_of(message), self.amf_limits, SERVER, SERVER_VERSION);
        let Ok(ScriptData::Metadata { payload, .. }) = data else {
            self.counters.skipped += 1;
            return;
        };
        self.events.push_back(Event::Tag(Tag {
            timestamp: message.timestamp.into(),
            kind: TagKind::Script,
            payload: payload.into(),
        }));
    }
}
