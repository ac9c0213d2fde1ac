use super::multitrack::{Multitrack, each_part};
use crate::codec::{FourCc, VideoCodec};
use crate::{Error, Result};

/// The frame type of a video tag (FLV spec E.4.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameType {
    /// 1: a frame at which decoding can start.
    Key,
    /// 2: a frame that needs others.
    Inter,
    /// 3: an inter frame that no other frame needs (H.263 only).
    DisposableInter,
    /// 4: a keyframe that a server made.
    GeneratedKey,
    /// 5: no picture: the start or end of a client-side seek.
    Command,
    /// A value that the specification does not define.
    Reserved(u8),
}

impl FrameType {
    const fn from_id(id: u8) -> Self {
        match id {
            1 => Self::Key,
            2 => Self::Inter,
            3 => Self::DisposableInter,
            4 => Self::GeneratedKey,
            5 => Self::Command,
            other => Self::Reserved(other),
        }
    }
}

/// What the body of a video tag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VideoPacket {
    /// Decoder configuration.
    SequenceHeader,
    /// One coded frame.
    Frame,
    /// The sequence has ended.
    SequenceEnd,
    /// E-RTMP `Metadata`: colour information (HDR).
    Metadata,
    /// E-RTMP `MPEG2TSSequenceStart`: an AV1 configuration in its MPEG-2 TS form.
    Mpeg2TsSequenceStart,
    /// E-RTMP `Multitrack`: tracks by their ids, that [`VideoHeader::each_track`] takes apart.
    Multitrack(Multitrack),
    /// A command frame, or a packet type that the specification reserves.
    Reserved(u8),
}

/// The greatest `TimestampOffsetNano`, in nanoseconds; more would be a matter of the timestamp.
const MAX_PRESENTATION_OFFSET: u32 = 999_999;

/// The header of a video tag (FLV spec E.4.3.1, E-RTMP "Enhanced Video").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VideoHeader {
    /// The frame type.
    pub frame_type: FrameType,
    /// The codec.
    pub codec: VideoCodec,
    /// What follows the header.
    pub packet: VideoPacket,
    /// Presentation time minus decoding time, in milliseconds; a signed 24-bit number on the wire.
    pub composition_time: i32,
    /// What is to be added to the presentation time, in nanoseconds: 0 to 999,999 (E-RTMP `TimestampOffsetNano`).
    pub presentation_offset: u32,
    /// Where the codec data begins in the tag body, in bytes.
    pub data_offset: usize,
}

impl VideoHeader {
    /// Parses the start of a video tag's body.
    ///
    /// # Errors
    /// [`Error::Truncated`] when the header does not fit into `body`.
    pub fn parse(body: &[u8]) -> Result<Self> {
        let &[first, ..] = body else {
            return Err(Error::Truncated { what: "video tag header", expected: 1, got: 0 });
        };
        if first & 0x80 != 0 { Self::parse_enhanced(first, body) } else { Self::parse_legacy(first, body) }
    }

    fn parse_legacy(first: u8, body: &[u8]) -> Result<Self> {
        let frame_type = FrameType::from_id(first >> 4);
        let codec = VideoCodec::from_flv_id(first & 0x0f);
        let plain = |packet, data_offset| Self {
            frame_type,
            codec,
            packet,
            composition_time: 0,
            presentation_offset: 0,
            data_offset,
        };
        if frame_type == FrameType::Command {
            return Ok(plain(VideoPacket::Reserved(5), 1));
        }
        if let VideoCodec::Legacy(_) = codec {
            return Ok(plain(VideoPacket::Frame, 1));
        }
        let &[_, packet_type, c0, c1, c2, ..] = body else {
            return Err(Error::Truncated { what: "video tag header", expected: 5, got: body.len() });
        };
        let packet = match packet_type {
            0 => VideoPacket::SequenceHeader,
            1 => VideoPacket::Frame,
            2 => VideoPacket::SequenceEnd,
            other => VideoPacket::Reserved(other),
        };
        Ok(Self { composition_time: signed_24([c0, c1, c2]), ..plain(packet, 5) })
    }

    fn parse_enhanced(first: u8, body: &[u8]) -> Result<Self> {
        let frame_type = FrameType::from_id((first >> 4) & 0x07);
        let ModEx { packet_type, presentation_offset, end: offset } = ModEx::parse(first & 0x0f, body, 1)?;
        if packet_type == 6 {
            let (multitrack, fourcc) = Multitrack::parse(body, offset)?;
            return Ok(Self {
                frame_type,
                codec: VideoCodec::from_fourcc(fourcc),
                packet: VideoPacket::Multitrack(multitrack),
                composition_time: 0,
                presentation_offset,
                data_offset: offset,
            });
        }
        if frame_type == FrameType::Command && packet_type != 4 {
            return Ok(Self {
                frame_type,
                codec: VideoCodec::Legacy(0),
                packet: VideoPacket::Reserved(packet_type),
                composition_time: 0,
                presentation_offset,
                data_offset: offset,
            });
        }
        let codec = VideoCodec::from_fourcc(fourcc_at(body, offset)?);
        let header = Self::behind_fourcc(frame_type, codec, packet_type, body, offset + size_of::<FourCc>())?;
        Ok(Self { presentation_offset, ..header })
    }

    /// Presentation time minus decoding time in ticks of 90 kHz, the offset in nanoseconds in it: what the clocks of MPEG-TS
    /// and of our MP4 tracks count in.
    #[must_use]
    pub const fn composition_ticks(&self) -> i32 {
        self.composition_time * 90 + (self.presentation_offset * 9 / 100_000).cast_signed()
    }

    /// Whether it is a coded frame, of one track or of several.
    #[must_use]
    pub const fn is_frame(&self) -> bool {
        match self.packet {
            VideoPacket::Multitrack(tracks) => matches!(tracks.packet_type, 1 | 3),
            packet => matches!(packet, VideoPacket::Frame),
        }
    }

    /// Hands out what the tag has of each track, by the track's id: its header, and the codec data behind that. A tag that
    /// is no `Multitrack` is one of track 0. `body` is what this header was parsed from.
    ///
    /// # Errors
    /// When a track is cut short; and what `each` returns, which ends it.
    pub fn each_track<'a>(
        self,
        body: &'a [u8],
        each: &mut dyn FnMut(u8, Self, &'a [u8]) -> Result<()>,
    ) -> Result<()> {
        if !matches!(self.packet, VideoPacket::Multitrack(_)) {
            return each(0, self, body.get(self.data_offset..).unwrap_or_default());
        }
        each_part(body, self.data_offset, &mut |part| {
            let codec = VideoCodec::from_fourcc(part.fourcc);
            let header = Self::behind_fourcc(self.frame_type, codec, part.packet_type, part.body, 0)?;
            let header = Self { presentation_offset: self.presentation_offset, ..header };
            each(part.track_id, header, part.body.get(header.data_offset..).unwrap_or_default())
        })
    }

    fn behind_fourcc(
        frame_type: FrameType,
        codec: VideoCodec,
        packet_type: u8,
        body: &[u8],
        offset: usize,
    ) -> Result<Self> {
        let header = |packet, composition_time, data_offset| Self {
            frame_type,
            codec,
            packet,
            composition_time,
            presentation_offset: 0,
            data_offset,
        };
        Ok(match packet_type {
            0 => header(VideoPacket::SequenceHeader, 0, offset),
            // Only the codecs whose frames are reordered carry a composition time with `CodedFrames`.
            1 if matches!(codec, VideoCodec::Avc | VideoCodec::Hevc)
                || codec == VideoCodec::Other(FourCc(*b"vvc1")) =>
            {
                let Some(&[c0, c1, c2]) = body.get(offset..offset + 3) else {
                    return Err(Error::Truncated {
                        what: "composition time of a coded frame",
                        expected: offset + 3,
                        got: body.len(),
                    });
                };
                header(VideoPacket::Frame, signed_24([c0, c1, c2]), offset + 3)
            }
            1 | 3 => header(VideoPacket::Frame, 0, offset),
            2 => header(VideoPacket::SequenceEnd, 0, offset),
            4 => header(VideoPacket::Metadata, 0, offset),
            5 => header(VideoPacket::Mpeg2TsSequenceStart, 0, offset),
            other => header(VideoPacket::Reserved(other), 0, offset),
        })
    }
}

/// A big-endian two's-complement number of 24 bits.
const fn signed_24([a, b, c]: [u8; 3]) -> i32 {
    i32::from_be_bytes([a, b, c, 0]) >> 8
}

/// What stands in `ModEx` prefixes (E-RTMP, packet type 7 of both audio and video), and behind them.
pub(super) struct ModEx {
    /// The packet type behind them.
    pub(super) packet_type: u8,
    /// In nanoseconds, 0 to 999,999: the last one that is there, cut to the range.
    pub(super) presentation_offset: u32,
    /// Where they end in the body.
    pub(super) end: usize,
}

impl ModEx {
    /// Each has its size, its data, its own type in 4 bits, and 4 bits of the next packet type. Types that are not known are
    /// passed over.
    pub(super) fn parse(mut packet_type: u8, body: &[u8], mut offset: usize) -> Result<Self> {
        let mut presentation_offset = 0;
        while packet_type == 7 {
            let truncated = |expected| Error::Truncated { what: "ModEx packet", expected, got: body.len() };
            let mut size = 1 + usize::from(*body.get(offset).ok_or(truncated(offset + 1))?);
            offset += 1;
            if size == 256 {
                let Some(&[high, low]) = body.get(offset..offset + 2) else {
                    return Err(truncated(offset + 2));
                };
                size = 1 + usize::from(u16::from_be_bytes([high, low]));
                offset += 2;
            }
            let data = offset;
            offset += size;
            let types = *body.get(offset).ok_or(truncated(offset + 1))?;
            // TimestampOffsetNano
            if let (0, Some(&[a, b, c])) = (types >> 4, body.get(data..data + 3).filter(|_| size >= 3)) {
                presentation_offset = u32::from_be_bytes([0, a, b, c]).min(MAX_PRESENTATION_OFFSET);
            }
            packet_type = types & 0x0f;
            offset += 1;
        }
        Ok(Self { packet_type, presentation_offset, end: offset })
    }
}

pub(super) fn fourcc_at(body: &[u8], offset: usize) -> Result<FourCc> {
    match body.get(offset..offset + 4) {
        Some(&[a, b, c, d]) => Ok(FourCc([a, b, c, d])),
        _ => Err(Error::Truncated { what: "FourCC", expected: offset + 4, got: body.len() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_avc_reads_a_negative_composition_time() {
        let header = VideoHeader::parse(&[0x27, 0x01, 0xff, 0xff, 0xd6, 0x00]).unwrap();
        assert_eq!(
            (header.codec, header.frame_type, header.packet, header.composition_time, header.data_offset),
            (VideoCodec::Avc, FrameType::Inter, VideoPacket::Frame, -42, 5)
        );
    }

    #[test]
    fn enhanced_hevc_has_a_composition_time_in_coded_frames_only() {
        let with = VideoHeader::parse(b"\x91hvc1\x00\x00\x28data").unwrap();
        assert_eq!((with.frame_type, with.composition_time, with.data_offset), (FrameType::Key, 40, 8));
        let without = VideoHeader::parse(b"\xa3hvc1data").unwrap();
        assert_eq!(
            (without.frame_type, without.composition_time, without.data_offset),
            (FrameType::Inter, 0, 5)
        );
    }

    #[test]
    fn mod_ex_moves_the_presentation() {
        // Packet type 7, three bytes of a nanosecond offset, then packet type 1.
        let header = VideoHeader::parse(b"\x97\x02\x0a\x2c\x2a\x01av01frame").unwrap();
        assert_eq!((header.codec, header.packet), (VideoCodec::Av1, VideoPacket::Frame));
        assert_eq!((header.data_offset, header.presentation_offset), (10, 666_666));
        assert_eq!((header.composition_time, header.composition_ticks()), (0, 59));
        // Beside a composition time, of more than a millisecond, in one of two tracks; of a type that is not known.
        let offset = |body| VideoHeader::parse(body).unwrap().composition_ticks();
        assert_eq!(offset(b"\x97\x02\x07\xa1\x20\x01hvc1\xff\xff\xd8"), -40 * 90 + 45);
        assert_eq!(offset(b"\x97\x02\xff\xff\xff\x03avc1"), 89);
        assert_eq!(offset(b"\x97\x02\x07\xa1\x20\x13avc1"), 0);
        let body = b"\x97\x02\x07\xa1\x20\x06\x01av01\x07frame";
        let mut ticks = Vec::new();
        let mut each = |_, header: VideoHeader, _: &[u8]| {
            ticks.push(header.composition_ticks());
            Ok(())
        };
        VideoHeader::parse(body).unwrap().each_track(body, &mut each).unwrap();
        assert_eq!(ticks, [45]);
    }

    #[test]
    fn every_cut_of_a_header_is_an_error_or_a_header_inside_the_body() {
        for whole in
            [&b"\x97\x02\x01\x02\x03\x01hvc1\x00\x00\x00"[..], &[0x17, 1, 0, 0, 0], b"\x96\x00avc1\x00"]
        {
            for end in 0..=whole.len() {
                if let Ok(header) = VideoHeader::parse(&whole[..end]) {
                    assert!(header.data_offset <= end);
                }
            }
        }
    }
}
