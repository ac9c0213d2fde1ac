//! What it costs to encrypt a stream's bytes, whoever sends them: the least that HTTPS can add to plain HTTP.

pub(crate) mod sessions;

use std::hint::black_box;
use std::time::Duration;

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, Tag, UnboundKey};

use crate::process::thread_cpu;

/// What one TLS record may hold (RFC 8446 section 5.1).
const MAX_RECORD: usize = 16 * 1024;
/// Behind the content of a TLS 1.3 record stands its type (RFC 8446 section 5.2).
const CONTENT_TYPE_LEN: usize = 1;
/// TLS 1.3 has its `application_data` record type and version before the encrypted length.
const RECORD_HEAD: [u8; 3] = [23, 3, 3];

/// The CPU seconds that encrypting one GB (10^9 bytes of content) takes on this machine at this moment.
///
/// `writes` are the lengths of what a server gathers for one write, in order: each is split into records of up to 16 KiB,
/// as a TLS library does. They are encrypted over and over, until `duration` of CPU time has passed.
///
/// Only the cipher is measured: rustls' own AES-128-GCM (ring's), in place, over one buffer that stays in the cache, with
/// the additional data and the counter of TLS 1.3. A server's TLS connection also copies what it encrypts, because
/// viewers share the plain bytes, and allocates records; that is the server's own affair and not counted here. So this is
/// the strictest measure of "the cost of encrypting the same bytes".
///
/// # Panics
/// When there is nothing to encrypt.
pub(crate) fn seconds_per_gigabyte(writes: &[usize], duration: Duration) -> f64 {
    let records: Vec<usize> = writes.iter().flat_map(|len| records(*len)).collect();
    let content: usize = records.iter().sum();
    assert!(content > 0, "there are bytes to encrypt");
    let mut sealer = Sealer::new(0);
    let mut buffer = vec![0x5a; MAX_RECORD + CONTENT_TYPE_LEN];
    // The first round brings code and buffer into the caches.
    sealer.seal_all(&records, &mut buffer);
    let started = thread_cpu();
    let mut bytes = 0;
    loop {
        sealer.seal_all(&records, &mut buffer);
        bytes += content;
        let used = thread_cpu().saturating_sub(started);
        if used >= duration {
            return used.as_secs_f64() / bytes as f64 * 1e9;
        }
    }
}

/// The lengths of the records' contents that a write of `len` bytes becomes.
fn records(len: usize) -> impl Iterator<Item = usize> {
    (0..len).step_by(MAX_RECORD).map(move |start| (len - start).min(MAX_RECORD))
}

/// One direction of a TLS 1.3 connection after its handshake, and no more of it than encryption needs.
pub(crate) struct Sealer {
    key: LessSafeKey,
    counter: u64,
}

impl Sealer {
    /// With the key of viewer `number`.
    pub(crate) fn new(number: usize) -> Self {
        Self { key: key(number), counter: 0 }
    }

    /// Writes `content` as records behind what `output` has.
    pub(crate) fn write(&mut self, content: &[u8], output: &mut Vec<u8>) {
        for content in content.chunks(MAX_RECORD) {
            let inner = content.len() + CONTENT_TYPE_LEN;
            output.extend_from_slice(&head(inner));
            let start = output.len();
            output.extend_from_slice(content);
            output.push(RECORD_HEAD[0]);
            let tag = self.seal(&mut output[start..]);
            output.extend_from_slice(tag.as_ref());
        }
    }

    fn seal_all(&mut self, records: &[usize], buffer: &mut [u8]) {
        for len in records {
            let _ = black_box(self.seal(&mut buffer[..len + CONTENT_TYPE_LEN]));
        }
    }

    /// Encrypts one record's inner plaintext where it is.
    fn seal(&mut self, inner: &mut [u8]) -> Tag {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&self.counter.to_be_bytes());
        self.counter += 1;
        let nonce = Nonce::assume_unique_for_key(nonce);
        let sealed = self.key.seal_in_place_separate_tag(nonce, Aad::from(head(inner.len())), inner);
        sealed.expect("a record is shorter than what the cipher can take")
    }
}

fn key(number: usize) -> LessSafeKey {
    let bytes = (number as u128).to_be_bytes();
    LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &bytes).expect("the key is as long as the cipher's"))
}

/// What stands before a record whose plaintext has `inner` bytes (RFC 8446 section 5.2).
fn head(inner: usize) -> [u8; 5] {
    let [.., high, low] = (inner + AES_128_GCM.tag_len()).to_be_bytes();
    let [kind, major, minor] = RECORD_HEAD;
    [kind, major, minor, high, low]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_becomes_records_of_16_kib_and_the_rest() {
        assert_eq!(records(0).count(), 0);
        assert_eq!(records(1).collect::<Vec<_>>(), [1]);
        assert_eq!(records(16_384).collect::<Vec<_>>(), [16_384]);
        assert_eq!(records(40_000).collect::<Vec<_>>(), [16_384, 16_384, 7_232]);
    }

    #[test]
    fn encrypting_costs_a_positive_and_finite_time() {
        let cost = seconds_per_gigabyte(&[10_700, 60_000], Duration::from_millis(5));
        assert!(cost.is_finite() && cost > 0.0, "{cost}");
        // Ten seconds for a gigabyte would be 100 MB/s: some cipher in software, not this one. 0.001 is beyond any memory.
        assert!((0.001..1000.0).contains(&cost), "{cost} s/GB");
    }

    #[test]
    fn each_record_is_sealed_under_a_counter_of_its_own() {
        let mut sealer = Sealer::new(0);
        let mut sealed = [[0; 101]; 2];
        for buffer in &mut sealed {
            sealer.seal_all(&[100], buffer);
        }
        assert_ne!(sealed[0], sealed[1]);
        assert_ne!(sealed[0], [0; 101]);
    }

    #[test]
    fn records_are_what_a_client_decrypts() {
        let content: Vec<u8> = (0..20_000_u32).map(|number| (number / 7) as u8).collect();
        let mut written = Vec::new();
        Sealer::new(0).write(&content, &mut written);
        let (mut rest, mut got) = (&mut written[..], Vec::new());
        let key = key(0);
        for counter in 0..2_u64 {
            let (head, more) = rest.split_at_mut(5);
            let (record, more) = more.split_at_mut(usize::from(u16::from_be_bytes([head[3], head[4]])));
            let mut nonce = [0; 12];
            nonce[4..].copy_from_slice(&counter.to_be_bytes());
            let aad = Aad::from(<[u8; 5]>::try_from(&*head).unwrap());
            let inner = key.open_in_place(Nonce::assume_unique_for_key(nonce), aad, record).unwrap();
            let (kind, content) = inner.split_last().unwrap();
            assert_eq!((*kind, content.len()), (23, [16_384, 3616][counter as usize]));
            got.extend_from_slice(content);
            rest = more;
        }
        assert!(rest.is_empty());
        assert!(got == content);
    }
}
