use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::PACKET_LEN;

/// Length of a digest in bytes.
pub(super) const DIGEST_LEN: usize = 32;

/// A digest block and a key block, 764 bytes each, follow the packet's time and version.
const BLOCK_LEN: usize = 764;

/// Where the first block begins.
const FIRST_BLOCK: usize = 8;

/// A digest's place is the sum of four bytes modulo this: it stays inside its block.
const DIGEST_PLACES: usize = BLOCK_LEN - 4 - DIGEST_LEN;

const KEY_TAIL: [u8; 32] = [
    0xf0, 0xee, 0xc2, 0x4a, 0x80, 0x68, 0xbe, 0xe8, 0x2e, 0x00, 0xd0, 0xd1, 0x02, 0x9e, 0x7e, 0x57, 0x6e,
    0xec, 0x5d, 0x2d, 0x29, 0x80, 0x6f, 0xab, 0x93, 0xb8, 0xe6, 0x36, 0xcf, 0xeb, 0x31, 0xae,
];

/// What a client signs C1 with.
pub(super) const CLIENT_NAME: &[u8] = b"Genuine Adobe Flash Player 001";

/// What a server signs S1 with.
pub(super) const SERVER_NAME: &[u8] = b"Genuine Adobe Flash Media Server 001";

/// In which of the two blocks the digest stands. Which one a client takes is only found by trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schema {
    /// The digest block is the second one.
    KeyFirst,
    /// The digest block is the first one.
    DigestFirst,
}

impl Schema {
    pub(super) const ALL: [Self; 2] = [Self::KeyFirst, Self::DigestFirst];

    /// Where the digest stands in `packet`.
    fn digest_offset(self, packet: &[u8; PACKET_LEN]) -> usize {
        let block = match self {
            Self::KeyFirst => FIRST_BLOCK + BLOCK_LEN,
            Self::DigestFirst => FIRST_BLOCK,
        };
        let sum: usize = packet[block..block + 4].iter().map(|&byte| usize::from(byte)).sum();
        block + 4 + sum % DIGEST_PLACES
    }
}

/// The digest of `packet`, when it is one that `name` signed by `schema`.
pub(super) fn verify(packet: &[u8; PACKET_LEN], schema: Schema, name: &[u8]) -> Option<[u8; DIGEST_LEN]> {
    let offset = schema.digest_offset(packet);
    let expected = digest_around(packet, offset, name);
    (packet[offset..offset + DIGEST_LEN] == expected).then_some(expected)
}

/// Puts the digest of `name` into `packet`.
pub(super) fn sign(packet: &mut [u8; PACKET_LEN], schema: Schema, name: &[u8]) {
    let offset = schema.digest_offset(packet);
    let digest = digest_around(packet, offset, name);
    packet[offset..offset + DIGEST_LEN].copy_from_slice(&digest);
}

/// Ends `packet`, an S2 or C2, with the proof that its sender has seen `digest`, the digest of the peer's packet.
pub(super) fn sign_answer(packet: &mut [u8; PACKET_LEN], digest: &[u8; DIGEST_LEN], name: &[u8]) {
    let key = hmac(&[name, &KEY_TAIL].concat(), &[digest]);
    let (body, end) = packet.split_at_mut(PACKET_LEN - DIGEST_LEN);
    end.copy_from_slice(&hmac(&key, &[body]));
}

fn digest_around(packet: &[u8; PACKET_LEN], offset: usize, name: &[u8]) -> [u8; DIGEST_LEN] {
    hmac(name, &[&packet[..offset], &packet[offset + DIGEST_LEN..]])
}

fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; DIGEST_LEN] {
    #[allow(clippy::expect_used)]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
