//! Script data: the metadata of a stream (FLV spec E.4.4, E.5).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::amf0::{self, Limits, Properties, Value};
use crate::codec::{AudioCodec, FourCc, VideoCodec};
use crate::{Error, Result};

/// What `onMetaData` says about a stream (FLV spec E.5; E-RTMP "Metadata Frame"). It is the encoder's word only: what
/// is true stands in the sequence headers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// Pixels.
    pub width: Option<f64>,
    /// Pixels.
    pub height: Option<f64>,
    /// Frames per second.
    pub framerate: Option<f64>,
    /// `videocodecid`: a `CodecID` of FLV, or a FourCC as a number.
    pub video_codec_id: Option<u32>,
    /// `hasVideo`.
    pub has_video: Option<bool>,
    /// `videodatarate`: kilobits per second.
    pub video_data_rate: Option<f64>,
    /// `audiocodecid`: a `SoundFormat` of FLV, or a FourCC as a number.
    pub audio_codec_id: Option<u32>,
    /// `hasAudio`.
    pub has_audio: Option<bool>,
    /// `audiodatarate`: kilobits per second.
    pub audio_data_rate: Option<f64>,
    /// `audiosamplerate`: Hertz.
    pub audio_sample_rate: Option<f64>,
    /// `stereo`.
    pub stereo: Option<bool>,
    /// `encoder`: the encoder's name.
    pub encoder: Option<String>,
}

/// A data message of a publisher, made ready for viewers.
#[derive(Clone, Debug, PartialEq)]
pub enum ScriptData {
    /// `onMetaData`.
    Metadata {
        /// What it says.
        metadata: Metadata,
        /// The body of the script tag that viewers get.
        payload: Vec<u8>,
    },
    /// Something else: cue points, captions, time codes.
    Other {
        /// Its name.
        name: String,
    },
}

/// Properties that describe a file. In a live stream they are wrong, and make players show an end.
const OF_FILES: [&str; 2] = ["duration", "filesize"];

impl Metadata {
    /// Reads the body of an `onMetaData` script tag, with or without `@setDataFrame`; `None` when it is another one.
    ///
    /// # Errors
    /// When the body is not AMF0, or over the limits.
    pub fn parse(body: &[u8], limits: Limits) -> Result<Option<Self>> {
        let (name, properties) = parse(body, limits)?;
        Ok((name == "onMetaData").then(|| Self::from_properties(&properties)))
    }

    /// The video codec, when its id is there.
    #[must_use]
    pub fn video_codec(&self) -> Option<VideoCodec> {
        let id = self.video_codec_id?;
        Some(match u8::try_from(id) {
            Ok(id) => VideoCodec::from_flv_id(id),
            Err(_) => VideoCodec::from_fourcc(FourCc(id.to_be_bytes())),
        })
    }

    /// The audio codec, when its id is there.
    #[must_use]
    pub fn audio_codec(&self) -> Option<AudioCodec> {
        let id = self.audio_codec_id?;
        Some(match u8::try_from(id) {
            Ok(id) => AudioCodec::from_flv_id(id),
            Err(_) => AudioCodec::from_fourcc(FourCc(id.to_be_bytes())),
        })
    }

    /// Whether video is to come: `hasVideo` says it, else `videocodecid`. Zero, which is no codec of FLV, is none.
    #[must_use]
    pub fn announces_video(&self) -> bool {
        self.has_video.unwrap_or_else(|| self.video_codec_id.is_some_and(|id| id != 0))
    }

    /// Whether audio is to come: `hasAudio` says it, else `audiocodecid`. Zero, which is PCM but is also what encoders
    /// without a microphone send, announces nothing.
    #[must_use]
    pub fn announces_audio(&self) -> bool {
        self.has_audio.unwrap_or_else(|| self.audio_codec_id.is_some_and(|id| id != 0))
    }

    fn from_properties(properties: &[(String, Value)]) -> Self {
        let find = |wanted: &str| properties.iter().find(|(name, _)| name == wanted).map(|(_, value)| value);
        let number = |name| find(name).and_then(Value::as_number).filter(|number| number.is_finite());
        Self {
            width: number("width"),
            height: number("height"),
            framerate: number("framerate").or_else(|| number("fps")),
            video_codec_id: find("videocodecid").and_then(codec_id),
            has_video: find("hasVideo").and_then(Value::as_bool),
            video_data_rate: number("videodatarate"),
            audio_codec_id: find("audiocodecid").and_then(codec_id),
            has_audio: find("hasAudio").and_then(Value::as_bool),
            audio_data_rate: number("audiodatarate"),
            audio_sample_rate: number("audiosamplerate"),
            stereo: find("stereo").and_then(Value::as_bool),
            encoder: find("encoder").and_then(Value::as_str).map(str::to_owned),
        }
    }
}

impl ScriptData {
    /// Rewrites a publisher's data message for viewers: without `@setDataFrame`, `duration` and `filesize`, the other
    /// properties in their order, then `server` and `server_version` (any that came in are replaced), as an ECMA array.
    ///
    /// # Errors
    /// When the body is not AMF0, is over the limits, or is an `onMetaData` without properties.
    pub fn for_viewers(body: &[u8], limits: Limits, server: &str, server_version: &str) -> Result<Self> {
        let (name, mut properties) = parse(body, limits)?;
        if name != "onMetaData" {
            return Ok(Self::Other { name });
        }
        let ours = [("server", server), ("server_version", server_version)];
        properties.retain(|(name, _)| {
            !OF_FILES.contains(&name.as_str()) && ours.iter().all(|(replaced, _)| replaced != name)
        });
        let metadata = Metadata::from_properties(&properties);
        properties.extend(ours.map(|(name, value)| (name.to_owned(), value.into())));
        let payload = amf0::encode_all(&["onMetaData".into(), Value::EcmaArray(properties)]);
        Ok(Self::Metadata { metadata, payload })
    }
}

/// The name, and the properties of the first value behind it that has any.
pub(super) fn parse(body: &[u8], limits: Limits) -> Result<(String, Properties)> {
    let mut reader = amf0::Reader::new(body, limits)?;
    let mut name = next_name(&mut reader)?;
    if name == "@setDataFrame" {
        name = next_name(&mut reader)?;
    }
    if name != "onMetaData" {
        return Ok((name, Vec::new()));
    }
    // Some encoders put a null before the properties, as if it were a command.
    while let Some(value) = reader.next_value()? {
        match value {
            Value::Object(properties)
            | Value::EcmaArray(properties)
            | Value::TypedObject { properties, .. } => return Ok((name, properties)),
            _ => {}
        }
    }
    Err(Error::Truncated { what: "onMetaData properties", expected: 1, got: 0 })
}

fn next_name(reader: &mut amf0::Reader<'_>) -> Result<String> {
    let marker = reader.remaining().first().copied();
    match (reader.next_value()?, marker) {
        (Some(Value::String(name)), _) => Ok(name),
        (None, _) | (_, None) => Err(Error::Truncated { what: "name of script data", expected: 3, got: 0 }),
        (Some(_), Some(marker)) => Err(Error::Invalid {
            what: "AMF0 marker of the name of script data",
            expected: "2 (string)",
            got: marker.into(),
        }),
    }
}

/// E-RTMP sends a FourCC as a number; some encoders send it, as older versions had it, as four characters.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn codec_id(value: &Value) -> Option<u32> {
    match value {
        Value::Number(number) if (0.0..=f64::from(u32::MAX)).contains(number) => Some(*number as u32),
        Value::String(text) => text.as_bytes().try_into().ok().map(u32::from_be_bytes),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { depth: 32, size: 64 * 1024 };

    fn properties() -> Properties {
        [
            ("duration", Value::Number(0.0)),
            ("width", Value::Number(1280.0)),
            ("height", Value::Number(720.0)),
            ("videocodecid", Value::Number(7.0)),
            ("filesize", Value::Number(0.0)),
            ("audiocodecid", "mp4a".into()),
            ("stereo", Value::Boolean(true)),
            ("server", "another".into()),
            ("encoder", "Lavf".into()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }

    #[test]
    fn metadata_for_viewers_keeps_order_and_loses_what_describes_a_file() {
        for value in [Value::Object(properties()), Value::EcmaArray(properties())] {
            let body = amf0::encode_all(&["@setDataFrame".into(), "onMetaData".into(), value]);
            let Ok(ScriptData::Metadata { metadata, payload }) =
                ScriptData::for_viewers(&body, LIMITS, "flvgate", "0.1.0")
            else {
                panic!("metadata is expected");
            };
            assert_eq!((metadata.width, metadata.height), (Some(1280.0), Some(720.0)));
            assert_eq!(metadata.video_codec(), Some(VideoCodec::Avc));
            assert_eq!(metadata.audio_codec(), Some(AudioCodec::Aac));
            let values = amf0::decode_all(&payload, LIMITS).unwrap();
            assert_eq!(values[0], "onMetaData".into());
            assert!(matches!(values[1], Value::EcmaArray(_)));
            let names: Vec<_> = values[1].properties().unwrap().iter().map(|(name, _)| &name[..]).collect();
            let expected = [
                "width",
                "height",
                "videocodecid",
                "audiocodecid",
                "stereo",
                "encoder",
                "server",
                "server_version",
            ];
            assert_eq!(names, expected);
            assert_eq!(values[1].property("server"), Some(&"flvgate".into()));
        }
    }

    #[test]
    fn metadata_without_set_data_frame_is_read_too() {
        let body = amf0::encode_all(&["onMetaData".into(), Value::Null, Value::EcmaArray(properties())]);
        let metadata = Metadata::parse(&body, LIMITS).unwrap().unwrap();
        assert_eq!(metadata.encoder.as_deref(), Some("Lavf"));
        assert_eq!(metadata.stereo, Some(true));
    }

    #[test]
    fn other_script_data_is_told_by_its_name() {
        let body =
            amf0::encode_all(&["@setDataFrame".into(), "onTextData".into(), Value::Object(Vec::new())]);
        let other = ScriptData::Other { name: "onTextData".into() };
        assert_eq!(ScriptData::for_viewers(&body, LIMITS, "flvgate", "1").unwrap(), other);
        assert_eq!(Metadata::parse(&body, LIMITS).unwrap(), None);
    }

    #[test]
    fn what_is_not_script_data_is_a_clear_error() {
        let error = |body: &[u8]| ScriptData::for_viewers(body, LIMITS, "", "").unwrap_err().to_string();
        assert_eq!(error(&[]), "name of script data: expected 3 bytes, got 0");
        assert_eq!(error(&[5]), "AMF0 marker of the name of script data: expected 2 (string), got 5");
        assert_eq!(error(b"\x02\x00\x0aonMetaData\x05"), "onMetaData properties: expected 1 bytes, got 0");
    }
}
