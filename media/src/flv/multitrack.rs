use super::video::fourcc_at;
use crate::codec::FourCc;
use crate::{Error, Result};

/// What a `Multitrack` packet says before its tracks (E-RTMP "Enhanced Audio" and "Enhanced Video", `AvMultitrackType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Multitrack {
    /// 0: one track; 1: many tracks; 2: many tracks, each of a codec of its own.
    form: u8,
    /// The packet type of all of its tracks, as a packet of one track has it.
    pub packet_type: u8,
    /// The id of the first track in it.
    pub track_id: u8,
}

/// One track's part of a `Multitrack` packet.
pub(super) struct Part<'a> {
    pub(super) track_id: u8,
    pub(super) packet_type: u8,
    pub(super) fourcc: FourCc,
    /// What a packet of that track alone has behind its FourCC.
    pub(super) body: &'a [u8],
}

impl Multitrack {
    /// Reads the packet whose type byte is at `offset`; the FourCC is that of its first track.
    pub(super) fn parse(body: &[u8], offset: usize) -> Result<(Self, FourCc)> {
        // All forms have a FourCC next, though the last repeats it for every track.
        let fourcc = fourcc_at(body, offset + 1)?;
        match (body.get(offset), body.get(offset + 5)) {
            (Some(&head), Some(&track_id)) => {
                Ok((Self { form: head >> 4, packet_type: head & 0x0f, track_id }, fourcc))
            }
            _ => Err(truncated(offset + 6, body)),
        }
    }
}

/// Hands out the tracks of a `Multitrack` packet whose type byte is at `offset`, in their order.
pub(super) fn each_part<'a>(
    body: &'a [u8],
    offset: usize,
    each: &mut dyn FnMut(Part<'a>) -> Result<()>,
) -> Result<()> {
    let (Multitrack { form, packet_type, .. }, mut fourcc) = Multitrack::parse(body, offset)?;
    let mut at = offset + if form == 2 { 1 } else { 5 };
    loop {
        if form == 2 {
            fourcc = fourcc_at(body, at)?;
            at += 4;
        }
        let track_id = *body.get(at).ok_or(truncated(at + 1, body))?;
        at += 1;
        let mut end = body.len();
        if form != 0 {
            let Some(&[high, mid, low]) = body.get(at..at + 3) else { return Err(truncated(at + 3, body)) };
            at += 3;
            end = at + u32::from_be_bytes([0, high, mid, low]) as usize;
        }
        each(Part { track_id, packet_type, fourcc, body: body.get(at..end).ok_or(truncated(end, body))? })?;
        at = end;
        if at == body.len() {
            return Ok(());
        }
    }
}

const fn truncated(expected: usize, body: &[u8]) -> Error {
    Error::Truncated { what: "Multitrack packet", expected, got: body.len() }
}

#[cfg(test)]
mod tests {
    use super::super::{AudioHeader, AudioPacket, VideoHeader, VideoPacket};
    use super::*;
    use crate::codec::{AudioCodec, VideoCodec};

    type Found = (u8, VideoCodec, VideoPacket, i32, Vec<u8>);

    fn video(body: &[u8]) -> Result<Vec<Found>> {
        let mut found = Vec::new();
        VideoHeader::parse(body)?.each_track(body, &mut |id, header, data| {
            found.push((id, header.codec, header.packet, header.composition_time, data.to_vec()));
            Ok(())
        })?;
        Ok(found)
    }

    const MANY: &[u8] = b"\x96\x11hvc1\x00\x00\x00\x05\x00\x00\x28ab\x03\x00\x00\x04\x00\x00\x00c";
    const MANY_CODECS: &[u8] = b"\x96\x21av01\x02\x00\x00\x01xvp09\x01\x00\x00\x02yz";

    #[test]
    fn each_form_is_taken_apart() {
        let frame = VideoPacket::Frame;
        assert_eq!(
            video(b"\x96\x01av01\x07frame").unwrap(),
            [(7, VideoCodec::Av1, frame, 0, b"frame".into())]
        );
        assert_eq!(
            video(MANY).unwrap(),
            [
                (0, VideoCodec::Hevc, frame, 40, b"ab".to_vec()),
                (3, VideoCodec::Hevc, frame, 0, b"c".to_vec())
            ]
        );
        assert_eq!(
            video(MANY_CODECS).unwrap(),
            [(2, VideoCodec::Av1, frame, 0, b"x".to_vec()), (1, VideoCodec::Vp9, frame, 0, b"yz".to_vec())]
        );
        let header = VideoHeader::parse(MANY_CODECS).unwrap();
        let VideoPacket::Multitrack(multitrack) = header.packet else { panic!("{header:?}") };
        assert_eq!((multitrack.track_id, multitrack.packet_type), (2, 1));
    }

    #[test]
    fn audio_tracks_too() {
        let body = b"\x95\x00Opus\x01OpusHead";
        let mut found = Vec::new();
        let header = AudioHeader::parse(body).unwrap();
        header
            .each_track(body, &mut |id, header, data| {
                found.push((id, header.codec, header.packet, data.to_vec()));
                Ok(())
            })
            .unwrap();
        assert_eq!(found, [(1, AudioCodec::Opus, AudioPacket::SequenceHeader, b"OpusHead".to_vec())]);
    }

    #[test]
    fn a_tag_of_one_track_is_track_0() {
        assert_eq!(
            video(b"\x91av01frame").unwrap(),
            [(0, VideoCodec::Av1, VideoPacket::Frame, 0, b"frame".to_vec())]
        );
    }

    #[test]
    fn every_cut_is_an_error_or_fewer_tracks() {
        for whole in [MANY, MANY_CODECS] {
            for end in 0..whole.len() {
                assert!(video(&whole[..end]).map_or(0, |tracks| tracks.len()) < 2, "{end}");
            }
        }
    }
}
