//! `http_remux { }`.

use super::{Default, HOUR_IN_MS, Key, Kind, VhostDraft};
use crate::config::model::LateTrack;
use crate::config::value::Unit;

pub(super) const KEYS: &[Key<VhostDraft>] = &[
    Key {
        path: "vhost.http_remux.enabled",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.http_remux.enabled = on),
        default: Default::Value("off"),
        doc: "Whether the vhost's streams are delivered by HTTP-FLV and WebSocket-FLV.",
    },
    Key {
        path: "vhost.http_remux.mount",
        also: &[],
        kind: Kind::Mounts(|vhost, mounts| vhost.http_remux.mounts = mounts),
        default: Default::Value("[vhost]/[app]/[stream].flv"),
        doc: "The URLs of the streams. Begins with [vhost]/ for this vhost's hosts, with / for any host, or with one \
              host's name; has [app] as one part of the path and [stream] in the last one; ends with .flv. The \
              default gives http://HOST:8080/live/livestream.flv.",
    },
    Key {
        path: "vhost.http_remux.fast_cache",
        also: &[],
        kind: Kind::Time(0..=3600, Unit::Seconds, |vhost, time| vhost.http_remux.fast_cache = time),
        default: Default::Value("0"),
        doc: "How many seconds of past sound, also 0.5, a viewer of MP3 or AAC gets at once. FLV and TS have \
              gop_cache instead.",
    },
    Key {
        path: "vhost.http_remux.guess_has_av",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.http_remux.guess_has_av = on),
        default: Default::Value("on"),
        doc: "Whether the FLV header's audio and video flags tell what the stream has. If off, they are has_audio \
              and has_video.",
    },
    Key {
        path: "vhost.http_remux.guess_timeout",
        also: &[],
        kind: Kind::Time(0..=HOUR_IN_MS, Unit::Milliseconds, |vhost, time| {
            vhost.http_remux.guess_timeout = time
        }),
        default: Default::Value("1000"),
        doc: "How many milliseconds after a publisher's first frame a viewer may wait for a second track to show up.",
    },
    Key {
        path: "vhost.http_remux.announced_timeout",
        also: &[],
        kind: Kind::Time(0..=HOUR_IN_MS, Unit::Milliseconds, |vhost, time| {
            vhost.http_remux.announced_timeout = time
        }),
        default: Default::Value("5000"),
        doc: "How many milliseconds after a publisher's first frame a viewer may wait for a track that onMetaData \
              announces: a server such as nginx-rtmp sends sound at once, and video with the next keyframe.",
    },
    Key {
        path: "vhost.http_remux.late_track",
        also: &[],
        kind: Kind::Choice(&[
            ("send", |vhost| vhost.http_remux.late_track = LateTrack::Send),
            ("end", |vhost| vhost.http_remux.late_track = LateTrack::End),
            ("drop", |vhost| vhost.http_remux.late_track = LateTrack::Drop),
        ]),
        default: Default::Value("send"),
        doc: "What viewers of FLV get of a track that shows after their header, later or with the next publisher. \
              send: its tags; flvgate's player plays it, ffplay and VLC play on without it, mpegts.js and flv.js too, \
              and report an error to the page, which may make them anew. end: the response ends at a keyframe, a \
              WebSocket with code 4205, and the next request's header has the track; for pages that come again by \
              themselves. drop: nothing, as with SRS.",
    },
    Key {
        path: "vhost.http_remux.has_audio",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.http_remux.has_audio = on),
        default: Default::Value("on"),
        doc: "The FLV header's audio flag when guess_has_av is off.",
    },
    Key {
        path: "vhost.http_remux.has_video",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.http_remux.has_video = on),
        default: Default::Value("on"),
        doc: "The FLV header's video flag when guess_has_av is off.",
    },
    Key {
        path: "vhost.http_remux.drop_if_not_match",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.http_remux.drop_if_not_match = on),
        default: Default::Value("on"),
        doc: "Whether audio is dropped when has_audio denies it, and video when has_video does, with guess_has_av off. \
              With guess_has_av on, late_track says what becomes of a track that the header lacks; off sends it.",
    },
    Key {
        path: "vhost.http_remux.stream_wait",
        also: &[],
        kind: Kind::Time(0..=3600, Unit::Seconds, |vhost, time| vhost.http_remux.stream_wait = time),
        default: Default::Value("0"),
        doc: "How many seconds, also 0.5, a viewer of a stream that is not live waits for its publisher before it \
              gets a 404. 0 is a 404 at once.",
    },
];
