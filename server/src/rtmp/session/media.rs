use flvgate_media::flv::TagType;

use super::{Event, Message, Session, State};
use crate::rtmp::tags::for_each_tag;

impl Session {
    /// Takes audio, video, data, or an aggregate of them. Outside of a publication they are dropped: encoders send a
    /// few when they have stopped already. Encoders may get the message stream wrong; but one who has asked for a second
    /// publication may send what belongs to that.
    pub(super) fn handle_media(&mut self, message: &Message) {
        let State::Publishing { client, stream_id, .. } = &self.state else { return };
        if client.declined > 0 && message.stream_id != *stream_id {
            return;
        }
        for_each_tag(message, self.amf_limits, &mut |tag_type, tag| {
            if tag_type != TagType::Script {
                self.counters.media_messages += 1;
            }
            match tag {
                Some(tag) => self.events.push_back(Event::Tag(tag)),
                None => self.counters.skipped += 1,
            }
        });
    }
}
