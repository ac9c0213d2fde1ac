//! A vhost's delivery over HTTP.

use std::time::Duration;

use flvgate_media::format::Format;

/// Delivery over HTTP (`http_remux { }`).
#[derive(Clone, Debug, PartialEq)]
pub struct HttpRemux {
    /// Whether the vhost's streams are delivered over HTTP (`enabled`).
    pub enabled: bool,
    /// Which URLs, each with its format (`mount`); not empty.
    pub mounts: Vec<MountTemplate>,
    /// How much past audio a viewer of MP3 or AAC gets at once (`fast_cache`); zero: none.
    pub fast_cache: Duration,
    /// Tell the FLV header's flags from the stream (`guess_has_av`); otherwise believe `has_audio` and `has_video`.
    pub guess_has_av: bool,
    /// How long after a publisher's first tag a viewer may wait for a second track to show (`guess_timeout`, ours).
    pub guess_timeout: Duration,
    /// The same for a track that the publisher's `onMetaData` announces (`announced_timeout`, ours).
    pub announced_timeout: Duration,
    /// What becomes of a track that shows after a viewer's header was sent without it (`late_track`, ours).
    pub late_track: LateTrack,
    /// The header's audio flag, when not guessed (`has_audio`).
    pub has_audio: bool,
    /// The header's video flag, when not guessed (`has_video`).
    pub has_video: bool,
    /// Drop tags of a kind that the header flags deny (`drop_if_not_match`).
    pub drop_if_not_match: bool,
    /// How long a request for a stream that is not live waits for its publisher (`stream_wait`, ours); zero: 404 at once.
    pub stream_wait: Duration,
}

impl Default for HttpRemux {
    fn default() -> Self {
        Self {
            enabled: false,
            mounts: vec![MountTemplate::default()],
            fast_cache: Duration::ZERO,
            guess_has_av: true,
            guess_timeout: Duration::from_secs(1),
            announced_timeout: Duration::from_secs(5),
            late_track: LateTrack::Send,
            has_audio: true,
            has_video: true,
            drop_if_not_match: true,
            stream_wait: Duration::ZERO,
        }
    }
}

/// What becomes of a track that shows after a viewer's FLV header was sent without it (`late_track`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LateTrack {
    /// The viewer gets its tags.
    Send,
    /// The viewer's body ends at a keyframe; the next one has a header with the track.
    End,
    /// The viewer does not get it.
    Drop,
}

/// A mount, such as `[vhost]/[app]/[stream].flv`: valid, with `[app]` and `[stream]` and a known extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountTemplate(pub String);

impl MountTemplate {
    /// What is to be had there: the extension says it. `None` only for a template that was not read from a
    /// configuration.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        Format::of_name(&self.0)
    }
}

impl Default for MountTemplate {
    fn default() -> Self {
        Self("[vhost]/[app]/[stream].flv".to_owned())
    }
}
