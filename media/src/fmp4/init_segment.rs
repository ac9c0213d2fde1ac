use alloc::vec::Vec;

use super::boxes::BoxWriter;

/// What an initialization segment says about its one track.
#[derive(Clone, Copy, Debug)]
pub struct InitSegment<'a> {
    /// The track's number, not 0.
    pub track_id: u32,
    /// Ticks per second of the track's fragments.
    pub timescale: u32,
    /// Codec and configuration.
    pub sample_entry: SampleEntry<'a>,
}

/// The sample entry of a codec, its box in `stsd`.
#[derive(Clone, Copy, Debug)]
pub struct SampleEntry<'a> {
    /// The name of the box, and of the box in it that configures the decoder: `*b"avc1avcC"`.
    pub names: [u8; 8],
    /// What that inner box holds, its version and flags included where it has any.
    pub config: &'a [u8],
    /// What is in every codec's entry.
    pub media: Media,
}

/// What every sample entry says of its track.
#[derive(Clone, Copy, Debug)]
pub enum Media {
    /// `VisualSampleEntry` (ISO/IEC 14496-12 section 12.1.3).
    Video {
        /// Width in samples.
        width: u32,
        /// Height in samples.
        height: u32,
        /// Width and height of a sample.
        sample_aspect_ratio: (u32, u32),
    },
    /// `AudioSampleEntry` (ISO/IEC 14496-12 section 12.2.3).
    Audio {
        /// Sampling rate in Hz.
        sample_rate: u32,
        /// Channels; 0 if not known.
        channels: u8,
    },
}

impl SampleEntry<'_> {
    const fn is_video(&self) -> bool {
        matches!(self.media, Media::Video { .. })
    }

    /// Width and height at which the picture is shown, in pixels: each sample made square by widening or heightening it.
    fn presentation_size(&self) -> (u32, u32) {
        let Media::Video { width, height, sample_aspect_ratio: (across, down) } = self.media else {
            return (0, 0);
        };
        let stretch = |side: u32, by: u32, over: u32| {
            u32::try_from(u64::from(side) * u64::from(by) / u64::from(over.max(1))).unwrap_or(u32::MAX)
        };
        if across >= down {
            (stretch(width, across, down), height)
        } else {
            (width, stretch(height, down, across))
        }
    }
}

/// Appends `ftyp` and `moov` to `out`.
pub fn write_init_segment(init: &InitSegment<'_>, out: &mut Vec<u8>) {
    let w = &mut BoxWriter::new(out);
    // ISO/IEC 14496-12 section 4.3; iso5 is the brand that knows default-base-is-moof, iso6 the one with tfdt.
    w.plain(b"ftyp", |w| {
        w.bytes(b"iso6"); // major_brand
        w.u32(1); // minor_version
        w.bytes(b"iso5iso6mp41"); // compatible_brands
    });
    w.plain(b"moov", |w| {
        mvhd(w);
        trak(w, init);
        w.plain(b"mvex", |w| trex(w, init.track_id));
    });
}

/// The unity matrix of `mvhd` and `tkhd`.
const MATRIX: [u32; 9] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];

/// ISO/IEC 14496-12 section 8.2.2.
fn mvhd(w: &mut BoxWriter<'_>) {
    w.full(b"mvhd", 0, 0, |w| {
        w.u32(0); // creation_time
        w.u32(0); // modification_time
        w.u32(1000); // timescale
        w.u32(0); // duration
        w.u32(0x0001_0000); // rate
        w.u16(0x0100); // volume
        w.zeros(2 + 8); // reserved
        MATRIX.iter().for_each(|value| w.u32(*value)); // matrix
        w.zeros(24); // pre_defined
        w.u32(u32::MAX); // next_track_ID
    });
}

/// ISO/IEC 14496-12 section 8.3.1.
fn trak(w: &mut BoxWriter<'_>, init: &InitSegment<'_>) {
    w.plain(b"trak", |w| {
        tkhd(w, init);
        w.plain(b"mdia", |w| {
            mdhd(w, init.timescale);
            hdlr(w, init.sample_entry.is_video());
            w.plain(b"minf", |w| {
                if init.sample_entry.is_video() {
                    // ISO/IEC 14496-12 section 12.1.2
                    w.full(b"vmhd", 0, 1, |w| w.zeros(2 + 6)); // graphicsmode, opcolor
                } else {
                    // ISO/IEC 14496-12 section 12.2.2
                    w.full(b"smhd", 0, 0, |w| w.zeros(2 + 2)); // balance, reserved
                }
                dinf(w);
                stbl(w, init);
            });
        });
    });
}

/// ISO/IEC 14496-12 section 8.3.2.
fn tkhd(w: &mut BoxWriter<'_>, init: &InitSegment<'_>) {
    let (width, height) = init.sample_entry.presentation_size();
    // flags: track_enabled, track_in_movie, track_in_preview
    w.full(b"tkhd", 0, 7, |w| {
        w.u32(0); // creation_time
        w.u32(0); // modification_time
        w.u32(init.track_id); // track_ID
        w.zeros(4); // reserved
        w.u32(0); // duration
        w.zeros(8); // reserved
        w.u16(0); // layer
        w.u16(0); // alternate_group
        w.u16(if init.sample_entry.is_video() { 0 } else { 0x0100 }); // volume
        w.zeros(2); // reserved
        MATRIX.iter().for_each(|value| w.u32(*value)); // matrix
        w.u32(width.min(0xffff) << 16); // width
        w.u32(height.min(0xffff) << 16); // height
    });
}

/// ISO/IEC 14496-12 section 8.4.2.
fn mdhd(w: &mut BoxWriter<'_>, timescale: u32) {
    w.full(b"mdhd", 0, 0, |w| {
        w.u32(0); // creation_time
        w.u32(0); // modification_time
        w.u32(timescale); // timescale
        w.u32(0); // duration
        w.u16(0x55c4); // language: und
        w.u16(0); // pre_defined
    });
}

/// ISO/IEC 14496-12 section 8.4.3.
fn hdlr(w: &mut BoxWriter<'_>, video: bool) {
    w.full(b"hdlr", 0, 0, |w| {
        w.u32(0); // pre_defined
        w.bytes(if video { b"vide" } else { b"soun" }); // handler_type
        w.zeros(12); // reserved
        w.bytes(if video { b"video\0" } else { b"audio\0" }); // name
    });
}

/// ISO/IEC 14496-12 sections 8.7.1 and 8.7.2.
fn dinf(w: &mut BoxWriter<'_>) {
    w.plain(b"dinf", |w| {
        w.full(b"dref", 0, 0, |w| {
            w.u32(1); // entry_count
            // flags: the media is in this file
            w.full(b"url ", 0, 1, |_| {});
        });
    });
}

/// ISO/IEC 14496-12 section 8.5.1: the samples are in the fragments, so every table but the first is empty.
fn stbl(w: &mut BoxWriter<'_>, init: &InitSegment<'_>) {
    w.plain(b"stbl", |w| {
        w.full(b"stsd", 0, 0, |w| {
            w.u32(1); // entry_count
            sample_entry(w, &init.sample_entry);
        });
        w.full(b"stts", 0, 0, |w| w.u32(0)); // entry_count
        w.full(b"stsc", 0, 0, |w| w.u32(0)); // entry_count
        w.full(b"stsz", 0, 0, |w| w.zeros(4 + 4)); // sample_size, sample_count
        w.full(b"stco", 0, 0, |w| w.u32(0)); // entry_count
    });
}

/// `SampleEntry` (ISO/IEC 14496-12 section 8.5.2).
fn sample_entry(w: &mut BoxWriter<'_>, entry: &SampleEntry<'_>) {
    let [n0, n1, n2, n3, c0, c1, c2, c3] = entry.names;
    w.plain(&[n0, n1, n2, n3], |w| {
        w.zeros(6); // reserved
        w.u16(1); // data_reference_index
        match entry.media {
            Media::Video { width, height, .. } => visual(w, width, height),
            Media::Audio { sample_rate, channels } => audio(w, sample_rate, channels),
        }
        w.plain(&[c0, c1, c2, c3], |w| w.bytes(entry.config));
        if let Media::Video { sample_aspect_ratio: (across, down), .. } = entry.media
            && across != down
        {
            // ISO/IEC 14496-12 section 12.1.4
            w.plain(b"pasp", |w| {
                w.u32(across); // hSpacing
                w.u32(down); // vSpacing
            });
        }
    });
}

/// `VisualSampleEntry` (ISO/IEC 14496-12 section 12.1.3).
fn visual(w: &mut BoxWriter<'_>, width: u32, height: u32) {
    w.zeros(2 + 2 + 12); // pre_defined, reserved, pre_defined
    w.u16(u16::try_from(width).unwrap_or(u16::MAX)); // width
    w.u16(u16::try_from(height).unwrap_or(u16::MAX)); // height
    w.u32(0x0048_0000); // horizresolution: 72 dpi
    w.u32(0x0048_0000); // vertresolution
    w.zeros(4); // reserved
    w.u16(1); // frame_count
    w.zeros(32); // compressorname
    w.u16(0x0018); // depth
    w.u16(u16::MAX); // pre_defined
}

/// `AudioSampleEntry` (ISO/IEC 14496-12 section 12.2.3).
fn audio(w: &mut BoxWriter<'_>, sample_rate: u32, channels: u8) {
    w.zeros(8); // reserved
    w.u16(if channels == 0 { 2 } else { channels.into() }); // channelcount
    w.u16(16); // samplesize
    w.u16(0); // pre_defined
    w.zeros(2); // reserved
    // samplerate, 16.16: faster ones do not fit, and the codec's configuration says it anyway
    w.u32(u16::try_from(sample_rate).map_or(0, |rate| u32::from(rate) << 16));
}

/// What an `esds` box holds (ISO/IEC 14496-14 section 5.6; the `ES_Descriptor` is of ISO/IEC 14496-1 section 7.2.6.5) for
/// AAC with that `AudioSpecificConfig`, or, without one, for MP3.
#[must_use]
pub fn esds(config: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let w = &mut BoxWriter::new(&mut out);
    w.u32(0); // version, flags
    w.descriptor(3, |w| {
        w.u16(0); // ES_ID
        w.u8(0); // streamDependenceFlag, URL_Flag, OCRstreamFlag, streamPriority
        // DecoderConfigDescriptor
        w.descriptor(4, |w| {
            // objectTypeIndication: Audio ISO/IEC 14496-3, or 11172-3
            w.u8(if config.is_empty() { 0x6b } else { 0x40 });
            w.u8(0x15); // streamType: AudioStream; upStream, reserved
            w.zeros(3); // bufferSizeDB
            w.u32(0); // maxBitrate
            w.u32(0); // avgBitrate
            if !config.is_empty() {
                w.descriptor(5, |w| w.bytes(config)); // DecoderSpecificInfo
            }
        });
        // SLConfigDescriptor
        w.descriptor(6, |w| w.u8(2)); // predefined: reserved for use in MP4 files
    });
    out
}

/// ISO/IEC 14496-12 section 8.8.3.
fn trex(w: &mut BoxWriter<'_>, track_id: u32) {
    w.full(b"trex", 0, 0, |w| {
        w.u32(track_id); // track_ID
        w.u32(1); // default_sample_description_index
        w.u32(0); // default_sample_duration
        w.u32(0); // default_sample_size
        w.u32(0); // default_sample_flags
    });
}
