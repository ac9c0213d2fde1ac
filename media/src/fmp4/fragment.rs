use alloc::vec::Vec;

use super::boxes::BoxWriter;

/// A media segment with one sample: a frame, ready for a `SourceBuffer`.
#[derive(Clone, Copy, Debug)]
pub struct Fragment<'a> {
    /// Counts the fragments of a track, from 1.
    pub sequence_number: u32,
    /// The track that the initialization segment names.
    pub track_id: u32,
    /// Decoding time in ticks of the track's timescale.
    pub decode_time: u64,
    /// Duration in ticks of the track's timescale.
    pub duration: u32,
    /// Presentation time minus decoding time in ticks; may be negative.
    pub composition_offset: i32,
    /// Whether decoding can start here.
    pub keyframe: bool,
    /// The frame as the codec's mapping to MP4 has it.
    pub data: &'a [u8],
}

/// `sample_depends_on` 2: on no other sample (ISO/IEC 14496-12 section 8.8.3.1).
const SYNC_SAMPLE: u32 = 0x0200_0000;
/// `sample_depends_on` 1 and `sample_is_non_sync_sample`.
const NON_SYNC_SAMPLE: u32 = 0x0101_0000;

/// Appends `moof` and `mdat` to `out` (ISO/IEC 14496-12 section 8.8); the sample is copied once.
pub fn write_fragment(fragment: &Fragment<'_>, out: &mut Vec<u8>) {
    out.reserve(fragment.data.len() + 128);
    let w = &mut BoxWriter::new(out);
    let start = w.position();
    let mut data_offset_field = 0;
    w.plain(b"moof", |w| {
        w.full(b"mfhd", 0, 0, |w| w.u32(fragment.sequence_number)); // sequence_number
        w.plain(b"traf", |w| {
            // flags: default-base-is-moof
            w.full(b"tfhd", 0, 0x02_0000, |w| w.u32(fragment.track_id)); // track_ID
            w.full(b"tfdt", 1, 0, |w| w.u64(fragment.decode_time)); // baseMediaDecodeTime
            // flags: data-offset, sample-duration, sample-size, sample-flags, sample-composition-time-offsets present
            w.full(b"trun", 1, 0x00_0f01, |w| {
                w.u32(1); // sample_count
                data_offset_field = w.position();
                w.i32(0); // data_offset
                w.u32(fragment.duration); // sample_duration
                w.u32(fragment.data.len() as u32); // sample_size
                w.u32(if fragment.keyframe { SYNC_SAMPLE } else { NON_SYNC_SAMPLE }); // sample_flags
                w.i32(fragment.composition_offset); // sample_composition_time_offset
            });
        });
    });
    w.patch_u32(data_offset_field, w.position() - start + 8);
    w.plain(b"mdat", |w| w.bytes(fragment.data)); // data
}
