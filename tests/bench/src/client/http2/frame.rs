//! What frames have in them.

/// Types of frames (RFC 9113 section 6).
pub(super) const DATA: u8 = 0x0;
pub(super) const HEADERS: u8 = 0x1;
pub(super) const RST_STREAM: u8 = 0x3;
pub(super) const SETTINGS: u8 = 0x4;
pub(super) const PING: u8 = 0x6;
pub(super) const GOAWAY: u8 = 0x7;
pub(super) const WINDOW_UPDATE: u8 = 0x8;

/// Flags; what they mean depends on the type.
pub(super) const END_STREAM: u8 = 0x1;
pub(super) const ACK: u8 = 0x1;
pub(super) const END_HEADERS: u8 = 0x4;
pub(super) const PADDED: u8 = 0x8;
pub(super) const PRIORITY: u8 = 0x20;

/// Settings (RFC 9113 section 6.5.2).
pub(super) const SETTINGS_HEADER_TABLE_SIZE: u16 = 0x1;
pub(super) const SETTINGS_ENABLE_PUSH: u16 = 0x2;
pub(super) const SETTINGS_INITIAL_WINDOW_SIZE: u16 = 0x4;

/// The fields of a HEADERS frame, without what may stand around them.
pub(super) fn header_block(payload: &[u8], flags: u8) -> Option<&[u8]> {
    let (padding, mut block) = match (flags & PADDED != 0, payload) {
        (true, [padding, rest @ ..]) => (usize::from(*padding), rest),
        (true, []) => return None,
        (false, _) => (0, payload),
    };
    if flags & PRIORITY != 0 {
        block = block.get(5..)?;
    }
    block.get(..block.len().checked_sub(padding)?)
}
