//! When viewers are told that there is something new: telling thousands costs a write for each of them.

use std::time::Duration;

use flvgate_media::flv::TagType;
use flvgate_media::format::{Content, Format};

use super::outlet::is_audio_only;
use super::preamble::track_of;
use super::suitability::Shown;
use crate::config::Vhost;

/// How long audio waits for the video that it is told with.
///
/// At 25 frames a second and more the next frame comes before; with fewer, and when the camera is off, audio is still
/// out within 50 ms, which players do not notice: they keep several times as much in hand.
const AUDIO_PATIENCE: Duration = Duration::from_millis(40);

/// When the viewers of a stream are told of what is new. What a feed has, it has at once: those who look see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// Each tag when it comes.
    AtOnce,
    /// Video when it comes; audio and metadata with the video that comes next, or after [`AUDIO_PATIENCE`].
    WithVideo,
    /// All that comes within this time after the first, together.
    Gathered(Duration),
}

/// What a feed has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum News {
    /// Nothing that its viewers do not have.
    Nothing,
    /// No video.
    Other,
    /// Video, or what it is decoded with.
    Video,
}

impl Telling {
    /// By the rules of `vhost`.
    pub(super) const fn of(vhost: &Vhost) -> Self {
        match vhost.play.mw_latency {
            _ if vhost.min_latency => Self::AtOnce,
            Duration::ZERO => Self::WithVideo,
            time => Self::Gathered(time),
        }
    }

    /// Whether tags are held back for as long as the configuration says.
    pub(super) const fn is_gathered(self) -> bool {
        matches!(self, Self::Gathered(_))
    }

    /// For a publication that has shown this: without video, there is none to wait for.
    pub(super) const fn suited_to(self, shown: &Shown) -> Self {
        match self {
            Self::WithVideo if shown.video.is_none() => Self::AtOnce,
            other => other,
        }
    }

    /// Whether the viewers of `format` need not be told of `news` yet.
    pub(super) const fn holds(self, news: News, format: Format) -> bool {
        match self {
            Self::AtOnce => false,
            Self::WithVideo => !matches!(news, News::Video) && !is_audio_only(format),
            Self::Gathered(_) => true,
        }
    }

    /// How long what is held is held at most.
    pub(super) const fn patience(self) -> Duration {
        match self {
            Self::AtOnce => Duration::ZERO,
            Self::WithVideo => AUDIO_PATIENCE,
            Self::Gathered(time) => time,
        }
    }
}

impl News {
    /// That there is something new with this content.
    pub(super) const fn of(content: Content) -> Self {
        match track_of(content) {
            TagType::Video => Self::Video,
            TagType::Audio | TagType::Script => Self::Other,
        }
    }
}
