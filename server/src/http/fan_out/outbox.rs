//! What is on its way to a viewer: headers of our own around, and in, parcels that all viewers share. No I/O.

use std::collections::VecDeque;
use std::io::IoSlice;

use bytes::Bytes;

use super::super::websocket::{MAX_CONTROL_PAYLOAD, opcode};
use crate::hub::{OwnHead, Parcels};

/// A message is full with so many bytes: a browser hands a message over only when it has come whole, and the start of a
/// stream must not wait for the end of its GOP cache.
const MESSAGE_BYTES: usize = 64 * 1024;

/// The final fragment, which every frame of ours is (RFC 6455 section 5.2).
const FINAL: u8 = 0x80;

/// The longest header of an unmasked frame, in bytes. A chunk's header is never longer: a batch has less than 4 GiB.
const MAX_HEADER_LEN: usize = 10;

/// Slices that one vectored write takes: two for each of the parcels that a viewer gets at once.
pub(in super::super) const MAX_SLICES: usize = 128;

/// How parcels are told apart on a connection, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Framing {
    /// As they are, until the connection's end (HTTP/1.0).
    Bare,
    /// In chunks (RFC 9112 section 7.1).
    Chunked,
    /// In binary messages (RFC 6455 section 5.6).
    WebSocket,
}

/// Frames to be written, in order.
#[derive(Debug, Default)]
pub(in super::super) struct Outbox {
    pieces: VecDeque<Piece>,
    /// Bytes of the first piece that are written.
    written: usize,
    /// The first piece continues a frame whose beginning is written.
    mid_frame: bool,
}

#[derive(Debug)]
struct Piece {
    bytes: PieceBytes,
    ends_frame: bool,
}

#[derive(Debug)]
enum PieceBytes {
    Header { bytes: [u8; MAX_HEADER_LEN], length: usize },
    Head(OwnHead),
    Shared(Bytes),
}

impl Piece {
    fn bytes(&self) -> &[u8] {
        match &self.bytes {
            PieceBytes::Header { bytes, length } => &bytes[..*length],
            PieceBytes::Head(head) => head,
            PieceBytes::Shared(bytes) => bytes,
        }
    }
}

impl Outbox {
    pub(in super::super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Puts `parcels` behind what is there, framed.
    pub(in super::super) fn push<'a>(&mut self, framing: Framing, parcels: impl Into<Parcels<'a>>) {
        let parcels = parcels.into();
        match framing {
            Framing::Bare => self.push_parcels(parcels.iter()),
            Framing::Chunked => self.push_chunk(parcels),
            Framing::WebSocket => self.push_messages(parcels),
        }
    }

    /// Puts the chunk that ends a body behind what is there (RFC 9112 section 7.1).
    pub(in super::super) fn push_last_chunk(&mut self) {
        self.push_parcels([(None, &Bytes::from_static(b"0\r\n\r\n"))]);
    }

    /// Puts `parcels` into one chunk.
    fn push_chunk(&mut self, parcels: Parcels<'_>) {
        let length: usize = parcels.iter().map(|(_, parcel)| parcel.len()).sum();
        // A chunk of nothing would end the body.
        if length == 0 {
            return;
        }
        self.pieces.push_back(Piece { bytes: chunk_header(length), ends_frame: false });
        self.push_parcels(parcels.iter());
        self.pieces.push_back(Piece { bytes: CHUNK_END, ends_frame: true });
    }

    /// Puts `parcels` behind what is there, with the heads that they have for this viewer.
    fn push_parcels<'a>(&mut self, parcels: impl IntoIterator<Item = (Option<OwnHead>, &'a Bytes)>) {
        for (head, parcel) in parcels {
            let shared = if let Some(head) = head {
                self.pieces.push_back(Piece { bytes: PieceBytes::Head(head), ends_frame: false });
                parcel.slice(head.len()..)
            } else {
                parcel.clone()
            };
            // An empty slice would let a vectored write return 0, which means a closed socket.
            if !shared.is_empty() {
                self.pieces.push_back(Piece { bytes: PieceBytes::Shared(shared), ends_frame: false });
            }
        }
    }

    /// Puts `parcels` into binary messages, several into one as far as they fit; none is cut or copied.
    fn push_messages(&mut self, parcels: Parcels<'_>) {
        let mut rest = parcels.iter();
        while let Some((_, first)) = rest.clone().next() {
            let mut length = first.len();
            let more = rest.clone().skip(1).take_while(|(_, parcel)| {
                let fits = length + parcel.len() <= MESSAGE_BYTES;
                length += if fits { parcel.len() } else { 0 };
                fits
            });
            let count = 1 + more.count();
            self.push_frame(opcode::BINARY, length, rest.by_ref().take(count));
        }
    }

    /// All that is to be written, in one piece, and where in it the shared parcels begin. Nothing is written yet.
    pub(in super::super) fn concat(&self) -> (Bytes, Vec<usize>) {
        let mut all = Vec::with_capacity(self.pieces.iter().map(|piece| piece.bytes().len()).sum());
        let mut parcels = Vec::new();
        for piece in &self.pieces {
            if matches!(piece.bytes, PieceBytes::Shared(_)) {
                parcels.push(all.len());
            }
            all.extend_from_slice(piece.bytes());
        }
        (all.into(), parcels)
    }

    /// Puts a control frame behind what is there; at most 125 bytes of `payload` are sent.
    pub(in super::super) fn push_control(&mut self, opcode: u8, mut payload: Bytes) {
        payload.truncate(MAX_CONTROL_PAYLOAD);
        self.push_frame(opcode, payload.len(), [(None, &payload)]);
    }

    /// Forgets every frame of which nothing has been written.
    pub(in super::super) fn discard_unstarted(&mut self) {
        if !self.mid_frame && self.written == 0 {
            self.pieces.clear();
        } else if let Some(end) = self.pieces.iter().position(|piece| piece.ends_frame) {
            self.pieces.truncate(end + 1);
        }
    }

    /// Puts the first bytes to be written into `slices`; returns how many slices that are.
    pub(in super::super) fn fill<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut skip = self.written;
        let mut filled = 0;
        for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
            *slice = IoSlice::new(&piece.bytes()[skip..]);
            skip = 0;
            filled += 1;
        }
        filled
    }

    /// Forgets the first `count` bytes: they are written.
    pub(in super::super) fn advance(&mut self, count: usize) {
        self.written += count;
        while let Some(first) = self.pieces.front() {
            let length = first.bytes().len();
            if self.written < length {
                break;
            }
            self.written -= length;
            self.mid_frame = !first.ends_frame;
            self.pieces.pop_front();
        }
    }

    fn push_frame<'a>(
        &mut self,
        opcode: u8,
        length: usize,
        payload: impl IntoIterator<Item = (Option<OwnHead>, &'a Bytes)>,
    ) {
        self.pieces.push_back(Piece { bytes: header(opcode, length), ends_frame: false });
        self.push_parcels(payload);
        if let Some(last) = self.pieces.back_mut() {
            last.ends_frame = true;
        }
    }
}

/// What stands behind a chunk's data.
const CHUNK_END: PieceBytes = PieceBytes::Header { bytes: *b"\r\n\0\0\0\0\0\0\0\0", length: 2 };

/// A chunk's length in hexadecimal, and the end of that line.
fn chunk_header(length: usize) -> PieceBytes {
    let mut bytes = [0; MAX_HEADER_LEN];
    let digits = (usize::BITS - length.leading_zeros()).div_ceil(4).max(1) as usize;
    let digits = digits.min(MAX_HEADER_LEN - 2);
    for (index, byte) in bytes[..digits].iter_mut().enumerate() {
        let nibble = (length >> (4 * (digits - 1 - index))) & 0xf;
        *byte = b"0123456789abcdef"[nibble];
    }
    bytes[digits..digits + 2].copy_from_slice(b"\r\n");
    PieceBytes::Header { bytes, length: digits + 2 }
}

/// The header of a final, unmasked frame (RFC 6455 section 5.2).
fn header(opcode: u8, length: usize) -> PieceBytes {
    let mut bytes = [0; MAX_HEADER_LEN];
    bytes[0] = FINAL | opcode;
    let length = match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..126), _) => {
            bytes[1] = short;
            2
        }
        (_, Ok(medium)) => {
            bytes[1] = 126;
            bytes[2..4].copy_from_slice(&medium.to_be_bytes());
            4
        }
        _ => {
            bytes[1] = 127;
            bytes[2..10].copy_from_slice(&(length as u64).to_be_bytes());
            10
        }
    };
    PieceBytes::Header { bytes, length }
}

#[cfg(test)]
mod tests;
