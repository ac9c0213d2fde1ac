use alloc::vec::Vec;

/// Writes boxes into a buffer; a box's size is filled in when its contents are there.
///
/// Each write is one field of a box, named in a comment beside it as its specification names it.
pub(super) struct BoxWriter<'a> {
    out: &'a mut Vec<u8>,
}

impl<'a> BoxWriter<'a> {
    pub(super) const fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out }
    }

    /// A `Box` (ISO/IEC 14496-12 section 4.2).
    pub(super) fn plain(&mut self, name: &[u8; 4], contents: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        self.u32(0);
        self.bytes(name);
        contents(self);
        self.patch_u32(start, self.out.len() - start);
    }

    /// A `FullBox` (ISO/IEC 14496-12 section 4.2).
    pub(super) fn full(&mut self, name: &[u8; 4], version: u8, flags: u32, contents: impl FnOnce(&mut Self)) {
        self.plain(name, |w| {
            w.u32(u32::from(version) << 24 | flags);
            contents(w);
        });
    }

    /// A descriptor of MPEG-4 systems, its length in as many bytes as it takes (ISO/IEC 14496-1 sections 7.2.2.2, 8.3.3).
    pub(super) fn descriptor(&mut self, tag: u8, contents: impl FnOnce(&mut BoxWriter<'_>)) {
        let mut body = Vec::new();
        contents(&mut BoxWriter::new(&mut body));
        self.u8(tag);
        let length = body.len();
        for shift in [21, 14, 7] {
            if length >> shift != 0 {
                self.u8((length >> shift & 0x7f) as u8 | 0x80);
            }
        }
        self.u8((length & 0x7f) as u8);
        self.bytes(&body);
    }

    pub(super) fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    pub(super) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn i32(&mut self, value: i32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    pub(super) fn zeros(&mut self, count: usize) {
        self.out.resize(self.out.len() + count, 0);
    }

    /// Where the next byte will stand.
    pub(super) const fn position(&self) -> usize {
        self.out.len()
    }

    /// Fills in a field that was written before its value was known.
    pub(super) fn patch_u32(&mut self, at: usize, value: usize) {
        debug_assert!(u32::try_from(value).is_ok(), "a box of 4 GiB");
        if let Some(field) = self.out.get_mut(at..at + 4) {
            field.copy_from_slice(&(value as u32).to_be_bytes());
        }
    }
}
