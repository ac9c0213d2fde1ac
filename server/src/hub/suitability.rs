//! Which streams go into which formats.

use std::time::Duration;

use flvgate_media::amf0;
use flvgate_media::codec::{AudioCodec, FourCc, VideoCodec};
use flvgate_media::es::Adts;
use flvgate_media::flv::{AudioPacket, Metadata, Tag, TagKind};
use flvgate_media::format::Format;
use tokio::time::Instant;

use crate::config::HttpRemux;

/// Metadata over these limits announces nothing.
const METADATA_LIMITS: amf0::Limits = amf0::Limits { depth: 32, size: 64 * 1024 };

/// Why a format cannot carry a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsuitable {
    /// The format cannot carry the stream's audio, which is all that it could carry of it.
    #[error("{} carries {}; the stream's audio is {}", .format.extension(), carried(*.format), .codec.name())]
    Audio {
        /// What was asked for.
        format: Format,
        /// What the stream has.
        codec: AudioCodec,
    },
    /// The format cannot carry the stream's video.
    #[error("{} carries {}; the stream's video is {}", .format.extension(), carried(*.format), .codec.name())]
    Video {
        /// What was asked for.
        format: Format,
        /// What the stream has.
        codec: VideoCodec,
    },
    /// The stream's audio is AAC of a kind that the format has no bits for.
    #[error(
        "{} carries {}; the stream's AAC has a profile or frame length that ADTS lacks",
        .format.extension(),
        carried(*.format)
    )]
    Profile {
        /// What was asked for.
        format: Format,
    },
    /// The format is one of audio, and the stream has none.
    #[error("{} carries {}; the stream has no audio", .format.extension(), carried(*.format))]
    NoAudio {
        /// What was asked for.
        format: Format,
    },
}

/// What a track counts as whose tags may hold several, which is FLV's alone to carry; a tag of one track says it better.
const MULTITRACK: FourCc = FourCc(*b"many");

/// What the current publication has shown of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) audio: Option<AudioCodec>,
    pub(super) video: Option<VideoCodec>,
    /// Its audio is AAC that cannot be framed as ADTS, which is how all formats but FLV have it.
    no_adts: bool,
    /// Its metadata announces audio.
    announces_audio: bool,
    /// Its metadata announces video.
    announces_video: bool,
    /// When its first audio or video came.
    pub(super) first_media: Option<Instant>,
    /// The stream is over: there will be no more.
    pub(super) ended: bool,
}

impl Shown {
    /// Learns from a tag of now; returns whether anything is new.
    pub(super) fn note(&mut self, tag: &Tag) -> bool {
        let before = *self;
        match tag.kind {
            TagKind::Audio(_) if tag.kind.is_multitrack() => {
                self.audio.get_or_insert(AudioCodec::Other(MULTITRACK));
            }
            TagKind::Video(_) if tag.kind.is_multitrack() => {
                self.video.get_or_insert(VideoCodec::Other(MULTITRACK));
            }
            TagKind::Audio(header) => {
                self.audio = Some(header.codec);
                if header.packet == AudioPacket::SequenceHeader {
                    self.no_adts = header.codec == AudioCodec::Aac && Adts::new(tag.data()).is_err();
                }
            }
            TagKind::Video(header) => self.video = Some(header.codec),
            TagKind::Script => {
                if let Ok(Some(metadata)) = Metadata::parse(&tag.payload, METADATA_LIMITS) {
                    self.announces_audio = metadata.announces_audio();
                    self.announces_video = metadata.announces_video();
                }
                return *self != before;
            }
        }
        if self.first_media.is_none() {
            self.first_media = Some(Instant::now());
        }
        *self != before
    }

    /// Since when a track that has not shown counts as missing; `None` before the first audio or video.
    ///
    /// One that the metadata announces is waited for longer, but not for ever: metadata may be wrong.
    pub(super) fn decided_at(&self, remux: &HttpRemux) -> Option<Instant> {
        let awaits_announced =
            self.announces_audio && self.audio.is_none() || self.announces_video && self.video.is_none();
        let announced = if awaits_announced { remux.announced_timeout } else { Duration::ZERO };
        Some(self.first_media? + remux.guess_timeout.max(announced))
    }

    /// Whether `format` can carry what has been shown; with `all_shown`, tracks that have not shown do not exist.
    ///
    /// `None` while that cannot be said.
    pub(super) fn suits(&self, format: Format, all_shown: bool) -> Option<Result<(), Unsuitable>> {
        if let Some(contradiction) = self.contradicts(format) {
            return Some(Err(contradiction));
        }
        match (format, self.audio, self.video) {
            (Format::Flv, ..) | (Format::Mp3 | Format::Aac, Some(_), _) | (Format::Ts, _, Some(_)) => {
                Some(Ok(()))
            }
            // Audio alone is judged when no video is to be expected.
            _ if !all_shown => None,
            (Format::Ts, Some(codec), None) if !format.carries_audio(codec) => {
                Some(Err(Unsuitable::Audio { format, codec }))
            }
            (Format::Ts, Some(_), None) if self.no_adts => Some(Err(Unsuitable::Profile { format })),
            (Format::Ts, Some(_), None) => Some(Ok(())),
            (Format::Ts | Format::Mp3 | Format::Aac, None, _) => Some(Err(Unsuitable::NoAudio { format })),
        }
    }

    /// What has been shown that `format` cannot do without and cannot carry.
    ///
    /// Audio that a transport stream cannot carry is left out beside video: a silent picture is worth more than none.
    pub(super) fn contradicts(&self, format: Format) -> Option<Unsuitable> {
        match (format, self.audio, self.video) {
            (Format::Mp3 | Format::Aac, Some(codec), _) if !format.carries_audio(codec) => {
                Some(Unsuitable::Audio { format, codec })
            }
            (Format::Aac, Some(_), _) if self.no_adts => Some(Unsuitable::Profile { format }),
            (Format::Ts, _, Some(codec)) if !format.carries_video(codec) => {
                Some(Unsuitable::Video { format, codec })
            }
            _ => None,
        }
    }
}

const fn carried(format: Format) -> &'static str {
    match format {
        Format::Flv => "all codecs",
        Format::Ts => "H264, HEVC, AAC, MP3, Opus, AC-3 and E-AC-3",
        Format::Mp3 => "MP3",
        Format::Aac => "AAC",
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use flvgate_media::flv::TagType;

    use super::*;

    fn shown(audio: Option<AudioCodec>, video: Option<VideoCodec>) -> Shown {
        Shown { audio, video, ..Shown::default() }
    }

    #[test]
    fn audio_formats_need_their_codec() {
        let aac = shown(Some(AudioCodec::Aac), Some(VideoCodec::Av1));
        assert_eq!(aac.suits(Format::Aac, false), Some(Ok(())));
        let refused = aac.suits(Format::Mp3, false).unwrap().unwrap_err();
        assert_eq!(refused.to_string(), ".mp3 carries MP3; the stream's audio is AAC");
        let silent = shown(None, Some(VideoCodec::Avc));
        assert_eq!(silent.suits(Format::Aac, false), None);
        let refused = silent.suits(Format::Aac, true).unwrap().unwrap_err();
        assert_eq!(refused.to_string(), ".aac carries AAC; the stream has no audio");
    }

    #[test]
    fn a_transport_stream_is_judged_by_its_video_else_by_its_audio() {
        let ts = |audio, video, all_shown| shown(audio, video).suits(Format::Ts, all_shown);
        assert_eq!(ts(None, Some(VideoCodec::Hevc), false), Some(Ok(())));
        assert_eq!(ts(Some(AudioCodec::G711A), Some(VideoCodec::Avc), false), Some(Ok(())));
        let refused = ts(Some(AudioCodec::Aac), Some(VideoCodec::Av1), false).unwrap().unwrap_err();
        assert_eq!(
            refused.to_string(),
            ".ts carries H264, HEVC, AAC, MP3, Opus, AC-3 and E-AC-3; the stream's video is AV1"
        );
        assert_eq!(ts(Some(AudioCodec::Aac), None, false), None);
        assert_eq!(ts(Some(AudioCodec::Aac), None, true), Some(Ok(())));
        let refused = Unsuitable::Audio { format: Format::Ts, codec: AudioCodec::Flac };
        assert_eq!(ts(Some(AudioCodec::Flac), None, true), Some(Err(refused)));
    }

    #[test]
    fn several_tracks_in_a_tag_are_flvs_alone_and_do_not_hide_what_is_said_plainly() {
        let mut shown = Shown::default();
        let mut note = |body: &[u8]| {
            let tag = Tag::parse(TagType::Video, 0, Bytes::copy_from_slice(body)).unwrap();
            shown.note(&tag);
            shown
        };
        let several = b"\x96\x01avc1\x01frame";
        assert!(note(several).contradicts(Format::Ts).is_some());
        assert_eq!(note(several).contradicts(Format::Flv), None);
        assert_eq!(note(b"\x91avc1\x00\x00\x00frame").video, Some(VideoCodec::Avc));
        assert_eq!(note(several).video, Some(VideoCodec::Avc));
    }

    #[test]
    fn aac_that_adts_has_no_bits_for_is_refused() {
        let mut shown = Shown::default();
        for (config, suits) in [
            // Low delay (object type 23), and plain LC.
            (&[0xaf, 0, 0xba, 0x10][..], Err(Unsuitable::Profile { format: Format::Aac })),
            (&[0xaf, 0, 0x12, 0x10], Ok(())),
        ] {
            let tag = Tag::parse(TagType::Audio, 0, Bytes::copy_from_slice(config)).unwrap();
            assert!(shown.note(&tag));
            assert_eq!(shown.suits(Format::Aac, false), Some(suits));
            assert_eq!(shown.suits(Format::Ts, true).unwrap().is_ok(), suits.is_ok());
        }
    }

    #[test]
    fn every_reason_fits_into_a_websocket_close_frame() {
        for format in Format::ALL {
            for reason in [
                Unsuitable::Audio { format, codec: AudioCodec::Eac3 },
                Unsuitable::Video { format, codec: VideoCodec::Legacy(0) },
                Unsuitable::Profile { format },
                Unsuitable::NoAudio { format },
            ] {
                // RFC 6455 section 5.5, less the code.
                assert!(reason.to_string().len() <= 125 - 2, "{reason}");
            }
        }
    }

    #[test]
    fn flv_carries_everything() {
        assert_eq!(Shown::default().suits(Format::Flv, false), Some(Ok(())));
        assert_eq!(shown(Some(AudioCodec::Legacy(11)), None).contradicts(Format::Flv), None);
    }
}
