use crate::codec::mp3::{FrameHeader, Version};
use crate::{Error, Result};

/// What a tag with MPEG audio begins with: enough to announce it in a transport stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MpegAudio {
    /// ISO/IEC 11172-3: 32, 44.1 and 48 kHz.
    Mpeg1,
    /// ISO/IEC 13818-3, and the de-facto extension to still lower rates.
    Mpeg2,
}

impl MpegAudio {
    /// Looks at the first frame's header. What follows is taken as it is: a tag may have several frames.
    ///
    /// # Errors
    /// When the data does not begin with a frame. A frame of free format, which only tells its length by where the next
    /// one begins, is a frame.
    pub fn of(data: &[u8]) -> Result<Self> {
        let version = match FrameHeader::parse(data) {
            Ok(header) => header.version == Version::Mpeg1,
            Err(Error::Unsupported { .. }) => data.get(1).is_some_and(|byte| byte >> 3 & 3 == 3),
            Err(error) => return Err(error),
        };
        Ok(if version { Self::Mpeg1 } else { Self::Mpeg2 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_decides_and_free_format_is_audio_too() {
        assert_eq!(MpegAudio::of(&[0xff, 0xfb, 0x90, 0x64]), Ok(MpegAudio::Mpeg1));
        assert_eq!(MpegAudio::of(&[0xff, 0xfb, 0x00, 0x64]), Ok(MpegAudio::Mpeg1));
        assert_eq!(MpegAudio::of(&[0xff, 0xf3, 0x80, 0xc4]), Ok(MpegAudio::Mpeg2));
        assert_eq!(MpegAudio::of(&[0xff, 0xe3, 0x18, 0xc4]), Ok(MpegAudio::Mpeg2));
        assert!(MpegAudio::of(b"ID3\x03").is_err());
        assert!(MpegAudio::of(&[]).is_err());
    }
}
