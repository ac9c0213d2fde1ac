/// Fills `bytes` with numbers that look random. The handshake asks for no more: nothing is secret about it.
pub(super) fn fill(bytes: &mut [u8], seed: u64) {
    // xorshift64*, which must not start at 0.
    let mut state = seed | 1;
    for chunk in bytes.chunks_mut(8) {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        let number = state.wrapping_mul(0x2545_f491_4f6c_dd1d).to_be_bytes();
        chunk.copy_from_slice(&number[..chunk.len()]);
    }
}
