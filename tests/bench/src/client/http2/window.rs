//! Flow control (RFC 9113 section 5.2), the receiver's side.

use std::mem;

/// What a server may still send on a stream, or on a connection.
#[derive(Debug)]
pub(super) struct Window {
    size: u32,
    /// Bytes that came since window was last given back.
    taken: u32,
}

impl Window {
    /// A window of `size` bytes.
    pub(super) const fn new(size: u32) -> Self {
        Self { size, taken: 0 }
    }

    /// Notes that `len` bytes came; returns how many to give back, if it is time.
    ///
    /// That is when half of the window is used, as browsers do: neither with every frame, nor so late that a server waits.
    pub(super) fn take(&mut self, len: u32) -> Option<u32> {
        self.taken = self.taken.saturating_add(len);
        (self.taken >= self.size / 2).then(|| mem::take(&mut self.taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn window_is_given_back_when_half_of_it_is_used() {
        let mut window = Window::new(100);
        let given: Vec<_> = [49, 1, 0, 70, 20, 30].into_iter().map(|len| window.take(len)).collect();
        assert_eq!(given, [None, Some(50), None, Some(70), None, Some(50)]);
    }
}
