use super::multitrack::{Multitrack, each_part};
use super::video::ModEx;
use crate::codec::{AudioCodec, FourCc};
use crate::{Error, Result};

/// What the body of an audio tag is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudioPacket {
    /// Decoder configuration.
    SequenceHeader,
    /// One coded frame (for PCM and G.711: some samples).
    Frame,
    /// The sequence has ended (E-RTMP `SequenceEnd`).
    SequenceEnd,
    /// E-RTMP `MultichannelConfig`: the channel layout.
    MultichannelConfig,
    /// E-RTMP `Multitrack`: tracks by their ids, that [`AudioHeader::each_track`] takes apart.
    Multitrack(Multitrack),
    /// A packet type that E-RTMP reserves.
    Reserved(u8),
}

impl AudioPacket {
    const fn of_enhanced(packet_type: u8) -> Self {
        match packet_type {
            0 => Self::SequenceHeader,
            1 => Self::Frame,
            2 => Self::SequenceEnd,
            4 => Self::MultichannelConfig,
            other => Self::Reserved(other),
        }
    }
}

/// The header of an audio tag (FLV spec E.4.2.1, E-RTMP "Enhanced Audio").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioHeader {
    /// The codec.
    pub codec: AudioCodec,
    /// What follows the header.
    pub packet: AudioPacket,
    /// The first byte of a legacy header: rate, size and channels; see
    /// [`legacy_format`](Self::legacy_format).
    pub flags: u8,
    /// Where the codec data begins in the tag body, in bytes.
    pub data_offset: usize,
}

impl AudioHeader {
    /// Parses the start of an audio tag's body.
    ///
    /// An empty body, which some encoders send to keep a connection busy, is an error: there is no codec in it.
    ///
    /// # Errors
    /// [`Error::Truncated`] when the header does not fit into `body`.
    pub fn parse(body: &[u8]) -> Result<Self> {
        let &[flags, ref rest @ ..] = body else {
            return Err(Error::Truncated { what: "audio tag header", expected: 1, got: 0 });
        };
        match flags >> 4 {
            9 => Self::parse_enhanced(flags, body),
            10 => {
                let packet = match rest.first() {
                    Some(0) => AudioPacket::SequenceHeader,
                    Some(_) => AudioPacket::Frame,
                    None => {
                        return Err(Error::Truncated { what: "AAC audio tag header", expected: 2, got: 1 });
                    }
                };
                Ok(Self { codec: AudioCodec::Aac, packet, flags, data_offset: 2 })
            }
            id => Ok(Self {
                codec: AudioCodec::from_flv_id(id),
                packet: AudioPacket::Frame,
                flags,
                data_offset: 1,
            }),
        }
    }

    /// Whether it is a coded frame, of one track or of several.
    #[must_use]
    pub const fn is_frame(&self) -> bool {
        match self.packet {
            AudioPacket::Multitrack(tracks) => tracks.packet_type == 1,
            packet => matches!(packet, AudioPacket::Frame),
        }
    }

    /// Sampling rate in Hz and channels, where the first byte tells them (FLV spec E.4.2.1): of PCM, ADPCM, G.711,
    /// Nellymoser and Speex. Of the others, which say it themselves, the byte is not to be believed.
    #[must_use]
    pub const fn legacy_format(&self) -> Option<(u32, u8)> {
        let channels = 1 + (self.flags & 1);
        Some(match self.flags >> 4 {
            // 5.5 kHz, 11 kHz, 22 kHz and 44 kHz.
            0 | 1 | 3 | 6 => (44_100 >> (3 - (self.flags >> 2 & 3)), channels),
            4 | 11 => (16_000, 1),
            5 => (8_000, 1),
            // Telephony's rate, which the field for it cannot name.
            7 | 8 => (8_000, channels),
            _ => return None,
        })
    }

    fn parse_enhanced(flags: u8, body: &[u8]) -> Result<Self> {
        // The offset of the presentation is less than a millisecond: clocks that count samples do better without it.
        let ModEx { packet_type, end: offset, .. } = ModEx::parse(flags & 0x0f, body, 1)?;
        if packet_type == 5 {
            let (multitrack, fourcc) = Multitrack::parse(body, offset)?;
            return Ok(Self {
                codec: AudioCodec::from_fourcc(fourcc),
                packet: AudioPacket::Multitrack(multitrack),
                flags,
                data_offset: offset,
            });
        }
        let fourcc = super::video::fourcc_at(body, offset)?;
        Ok(Self {
            codec: AudioCodec::from_fourcc(fourcc),
            packet: AudioPacket::of_enhanced(packet_type),
            flags,
            data_offset: offset + size_of::<FourCc>(),
        })
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
        if !matches!(self.packet, AudioPacket::Multitrack(_)) {
            return each(0, self, body.get(self.data_offset..).unwrap_or_default());
        }
        each_part(body, self.data_offset, &mut |part| {
            let codec = AudioCodec::from_fourcc(part.fourcc);
            let packet = AudioPacket::of_enhanced(part.packet_type);
            each(part.track_id, Self { codec, packet, data_offset: 0, ..self }, part.body)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legacy_aac_tells_sequence_header_from_frame() {
        let header = AudioHeader::parse(&[0xaf, 0x00, 0x12, 0x10]).unwrap();
        assert_eq!(
            (header.codec, header.packet, header.data_offset),
            (AudioCodec::Aac, AudioPacket::SequenceHeader, 2)
        );
        assert_eq!(AudioHeader::parse(&[0xaf, 0x01]).unwrap().packet, AudioPacket::Frame);
    }

    #[test]
    fn legacy_mp3_has_no_sequence_header() {
        let header = AudioHeader::parse(&[0x2f, 0xff, 0xfb]).unwrap();
        assert_eq!(
            (header.codec, header.packet, header.data_offset),
            (AudioCodec::Mp3, AudioPacket::Frame, 1)
        );
    }

    #[test]
    fn enhanced_opus_is_read_by_its_fourcc() {
        let header = AudioHeader::parse(b"\x91Opus\x01\x02").unwrap();
        assert_eq!(
            (header.codec, header.packet, header.data_offset),
            (AudioCodec::Opus, AudioPacket::Frame, 5)
        );
    }

    #[test]
    fn legacy_sound_has_its_rate_and_channels_in_the_first_byte() {
        for (flags, format) in [
            (0x02, Some((5512, 1))),
            (0x07, Some((11_025, 2))),
            (0x3a, Some((22_050, 1))),
            (0x3f, Some((44_100, 2))),
            (0x16, Some((11_025, 1))),
            (0x4e, Some((16_000, 1))),
            (0x5f, Some((8_000, 1))),
            (0x6b, Some((22_050, 2))),
            (0x72, Some((8_000, 1))),
            (0x8f, Some((8_000, 2))),
            (0xb2, Some((16_000, 1))),
            (0x2f, None),
            (0xef, None),
            (0xdf, None),
        ] {
            assert_eq!(AudioHeader::parse(&[flags, 0]).unwrap().legacy_format(), format, "{flags:x}");
        }
        assert_eq!(AudioHeader::parse(&[0xaf, 1]).unwrap().legacy_format(), None);
        assert_eq!(AudioHeader::parse(b"\x91Opus").unwrap().legacy_format(), None);
    }

    #[test]
    fn short_headers_are_errors() {
        for body in [&[][..], &[0xaf], b"\x91Opu", &[0x97, 0xff]] {
            assert!(matches!(AudioHeader::parse(body), Err(Error::Truncated { .. })), "{body:x?}");
        }
    }
}
