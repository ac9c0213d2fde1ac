//! Both directions of a connection behind its handshake: chunks in and out, and the protocol control messages that a
//! client and a server answer in the same way.

use super::Error;
use super::chunk::{ChunkLimits, ChunkReader, ChunkWriter};
use super::message::{BandwidthLimit, Control, Message, UserControl};

/// Chunk stream of protocol control messages (RTMP 1.0 section 5.4).
const CONTROL: u32 = 2;

#[derive(Debug)]
pub(super) struct Link {
    reader: ChunkReader,
    writer: ChunkWriter,
    output: Vec<u8>,
    /// Bytes that have come in, modulo 2^32.
    received: u32,
    /// What the last acknowledgement said.
    acknowledged: u32,
    /// The window that the peer wants acknowledged; 0 until it says one.
    window: u32,
    /// The window that we have announced, by our own will or by the peer's `Set Peer Bandwidth`.
    announced: u32,
    /// Whether the last `Set Peer Bandwidth` was a hard one.
    hard: bool,
    /// Control messages that are too short, or have values that nobody has defined.
    malformed: u64,
}

impl Link {
    pub(super) const fn new(limits: ChunkLimits, output: Vec<u8>) -> Self {
        Self {
            reader: ChunkReader::new(limits),
            writer: ChunkWriter::new(),
            output,
            received: 0,
            acknowledged: 0,
            window: 0,
            announced: 0,
            hard: false,
            malformed: 0,
        }
    }

    /// Control messages that were ignored, because they are too short or have values that nobody has defined.
    pub(super) const fn malformed(&self) -> u64 {
        self.malformed + self.reader.malformed()
    }

    /// Bytes of memory that unfinished messages and waiting output take.
    pub(super) fn held_bytes(&self) -> usize {
        self.reader.held_bytes() + self.output.capacity()
    }

    /// Counts bytes that have come in, and acknowledges them when it is time to.
    #[allow(clippy::cast_possible_truncation)]
    pub(super) fn count_received(&mut self, bytes: usize) {
        self.received = self.received.wrapping_add(bytes as u32);
        // At half the window, as SRS: a sender that stops at the whole of it never has to.
        let due = (self.window / 2).max(1);
        if self.window > 0 && self.received.wrapping_sub(self.acknowledged) >= due {
            self.acknowledged = self.received;
            self.send_control(Control::Acknowledgement(self.received));
        }
    }

    /// The next message that is not about the connection itself; `None` when `input` is used up.
    ///
    /// A control message that cannot be understood is counted and ignored: what comes behind it is not read otherwise for
    /// it, and whoever publishes or plays does not depend on it.
    pub(super) fn next_message(&mut self, input: &mut &[u8]) -> Result<Option<Message>, Error> {
        while let Some(message) = self.reader.read(input)? {
            match Control::parse(&message) {
                Ok(Some(control)) => self.handle_control(control),
                Ok(None) => return Ok(Some(message)),
                Err(_) => self.malformed += 1,
            }
        }
        Ok(None)
    }

    pub(super) fn send(&mut self, chunk_stream: u32, message: &Message) {
        self.writer.write(chunk_stream, message, &mut self.output);
    }

    pub(super) fn send_control(&mut self, control: Control) {
        if let Control::WindowAckSize(window) = control {
            self.announced = window;
        }
        self.send(CONTROL, &control.to_message());
    }

    pub(super) fn set_chunk_size(&mut self, size: u32) {
        self.writer.set_chunk_size(size, &mut self.output);
    }

    pub(super) const fn output(&mut self) -> &mut Vec<u8> {
        &mut self.output
    }

    fn handle_control(&mut self, control: Control) {
        match control {
            Control::WindowAckSize(window) => self.window = window,
            Control::SetPeerBandwidth { window, limit } => self.set_bandwidth(window, limit),
            Control::User(UserControl::PingRequest(time)) => {
                self.send_control(Control::User(UserControl::PingResponse(time)));
            }
            // What the peer has received does not hold us back: TCP does.
            Control::Acknowledgement(_) | Control::User(_) => {}
        }
    }

    /// RTMP 1.0 section 5.4.5: to be answered with the window that holds now, if that is another one.
    fn set_bandwidth(&mut self, window: u32, limit: BandwidthLimit) {
        let window = match limit {
            BandwidthLimit::Hard => window,
            BandwidthLimit::Soft if self.announced > 0 => window.min(self.announced),
            BandwidthLimit::Soft => window,
            BandwidthLimit::Dynamic if self.hard => window,
            BandwidthLimit::Dynamic => return,
        };
        if limit != BandwidthLimit::Dynamic {
            self.hard = limit == BandwidthLimit::Hard;
        }
        if window != self.announced {
            self.send_control(Control::WindowAckSize(window));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rtmp::message::{MessageType, control_message};

    const LIMITS: ChunkLimits = ChunkLimits { message_size: 1000, chunk_streams: 8 };

    fn give(link: &mut Link, controls: &[Control]) {
        let mut bytes = Vec::new();
        for control in controls {
            ChunkWriter::new().write(CONTROL, &control.to_message(), &mut bytes);
        }
        assert_eq!(link.next_message(&mut &bytes[..]), Ok(None));
    }

    fn answers(link: &mut Link) -> Vec<Control> {
        let bytes = std::mem::take(link.output());
        let mut reader = ChunkReader::new(LIMITS);
        let mut rest = &bytes[..];
        std::iter::from_fn(|| reader.read(&mut rest).unwrap())
            .map(|message| Control::parse(&message).unwrap().unwrap())
            .collect()
    }

    #[test]
    fn bytes_are_acknowledged_at_half_the_window() {
        let mut link = Link::new(LIMITS, Vec::new());
        give(&mut link, &[Control::WindowAckSize(1000)]);
        link.count_received(499);
        assert_eq!(answers(&mut link), []);
        link.count_received(1);
        assert_eq!(answers(&mut link), [Control::Acknowledgement(500)]);
        link.count_received(499);
        assert_eq!(answers(&mut link), []);
    }

    #[test]
    fn a_window_of_0_asks_for_no_acknowledgement_and_1_for_all() {
        let mut link = Link::new(LIMITS, Vec::new());
        give(&mut link, &[Control::WindowAckSize(0)]);
        link.count_received(5000);
        assert_eq!(answers(&mut link), []);
        give(&mut link, &[Control::WindowAckSize(1)]);
        link.count_received(1);
        assert_eq!(answers(&mut link), [Control::Acknowledgement(5001)]);
    }

    #[test]
    fn the_count_of_bytes_wraps() {
        let mut link = Link::new(LIMITS, Vec::new());
        give(&mut link, &[Control::WindowAckSize(100)]);
        link.count_received(u32::MAX as usize);
        assert_eq!(answers(&mut link), [Control::Acknowledgement(u32::MAX)]);
        link.count_received(49);
        assert_eq!(answers(&mut link), []);
        link.count_received(1);
        assert_eq!(answers(&mut link), [Control::Acknowledgement(49)]);
    }

    #[test]
    fn a_ping_is_answered_with_its_own_time() {
        let mut link = Link::new(LIMITS, Vec::new());
        give(&mut link, &[Control::User(UserControl::PingRequest(77)), Control::Acknowledgement(5)]);
        assert_eq!(answers(&mut link), [Control::User(UserControl::PingResponse(77))]);
    }

    #[test]
    fn a_bandwidth_is_answered_with_the_window_when_that_changes() {
        let bandwidth = |window, limit| Control::SetPeerBandwidth { window, limit };
        let mut link = Link::new(LIMITS, Vec::new());
        link.send_control(Control::WindowAckSize(500));
        answers(&mut link);
        give(&mut link, &[bandwidth(500, BandwidthLimit::Hard)]);
        assert_eq!(answers(&mut link), []);
        give(&mut link, &[bandwidth(900, BandwidthLimit::Soft), bandwidth(100, BandwidthLimit::Dynamic)]);
        assert_eq!(answers(&mut link), []);
        give(&mut link, &[bandwidth(400, BandwidthLimit::Hard), bandwidth(100, BandwidthLimit::Dynamic)]);
        assert_eq!(answers(&mut link), [Control::WindowAckSize(400), Control::WindowAckSize(100)]);
    }

    #[test]
    fn control_messages_of_any_length_are_survived_and_the_malformed_ones_counted() {
        let least = [(2, 4), (3, 4), (4, 2), (5, 4), (6, 5)];
        for (type_id, least) in least {
            for length in 0..20 {
                let mut link = Link::new(LIMITS, Vec::new());
                let message = control_message(MessageType::from_id(type_id), &[0; 20][..length]);
                let mut bytes = Vec::new();
                ChunkWriter::new().write(CONTROL, &message, &mut bytes);
                ChunkWriter::new().write(
                    CONTROL,
                    &Control::User(UserControl::PingRequest(5)).to_message(),
                    &mut bytes,
                );
                assert_eq!(link.next_message(&mut &bytes[..]), Ok(None), "type {type_id}, {length} bytes");
                // Stream Begin, which 0 is, has a number behind it.
                let is_short = length < least || type_id == 4 && length < 6;
                assert_eq!(link.malformed(), u64::from(is_short), "type {type_id}, {length} bytes");
                let pong = Control::User(UserControl::PingResponse(5));
                assert_eq!(answers(&mut link).last(), Some(&pong), "type {type_id}, {length} bytes");
            }
        }
    }

    #[test]
    fn a_chunk_size_that_is_none_ends_the_connection_for_nothing_can_be_read_behind_it() {
        for (payload, error) in [
            (&[][..], "Set Chunk Size: expected 4 bytes, got 0"),
            (&[0, 0, 1], "Set Chunk Size: expected 4 bytes, got 3"),
            (&[0, 0, 0, 0], "Set Chunk Size: expected 1 or more, got 0"),
        ] {
            let mut bytes = Vec::new();
            ChunkWriter::new().write(
                CONTROL,
                &control_message(MessageType::SetChunkSize, payload),
                &mut bytes,
            );
            let refused = Link::new(LIMITS, Vec::new()).next_message(&mut &bytes[..]);
            assert_eq!(refused.unwrap_err().to_string(), error);
        }
    }
}
