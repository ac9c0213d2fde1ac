//! Tags in messages: what a publisher sends, and what a player gets.

use flvgate_media::amf0::Limits;
use flvgate_media::flv::{ScriptData, Tag, TagKind, TagType};

use super::message::{Message, MessageType, amf0_of, split_aggregate};

/// Sub-messages of one aggregate that are looked at. Encoders put some ten into one; tiny ones by the million would
/// make each byte of it cost us ten.
const MAX_SUB_MESSAGES: usize = 4096;

/// What viewers are told in the metadata, as SRS tells.
const SERVER: &str = env!("CARGO_PKG_NAME");
const SERVER_VERSION: &str = env!("CARGO_PKG_VERSION");

/// Gives `each` what is in an audio, video or data message, or in an aggregate of them: the type, and the tag; `None`
/// where there is none for viewers. A message without a tag in it is no reason to disconnect: some encoders send empty
/// ones to keep the connection busy.
pub(super) fn for_each_tag(message: &Message, limits: Limits, each: &mut impl FnMut(TagType, Option<Tag>)) {
    match message.message_type {
        MessageType::Aggregate => {
            for part in split_aggregate(message).take(MAX_SUB_MESSAGES) {
                single(&part, limits, each);
            }
        }
        _ => single(message, limits, each),
    }
}

fn single(message: &Message, limits: Limits, each: &mut impl FnMut(TagType, Option<Tag>)) {
    let parse = |tag_type| Tag::parse(tag_type, message.timestamp.into(), message.payload.clone()).ok();
    match message.message_type {
        MessageType::Audio => each(TagType::Audio, parse(TagType::Audio)),
        MessageType::Video => each(TagType::Video, parse(TagType::Video)),
        MessageType::DataAmf0 | MessageType::DataAmf3 => each(TagType::Script, metadata(message, limits)),
        _ => {}
    }
}

/// Metadata goes to the viewers. Other data, such as FFmpeg's time codes, goes nowhere, as with SRS: a script tag in the
/// stream is its metadata.
fn metadata(message: &Message, limits: Limits) -> Option<Tag> {
    let data = ScriptData::for_viewers(amf0_of(message), limits, SERVER, SERVER_VERSION);
    let Ok(ScriptData::Metadata { payload, .. }) = data else { return None };
    Some(Tag { timestamp: message.timestamp.into(), kind: TagKind::Script, payload: payload.into() })
}
