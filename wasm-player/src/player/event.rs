//! What the player tells the page. `web/src/events.ts` types the same objects: change both together.

use alloc::collections::VecDeque;
use alloc::string::String;
use core::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::JsValue;

use crate::browser::object::ObjectBuilder;
use crate::pipeline::{Info, Track};

/// Where the player is with its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamState {
    /// Nothing is loaded.
    Idle,
    /// The first connection is on its way.
    Connecting,
    /// The server has no such stream yet, or its publisher is away; the player waits for it.
    WaitingForStream,
    /// Media comes.
    Playing,
    /// The connection was lost, and will be tried again.
    Reconnecting,
    /// The stream ended, and is not to be tried again.
    Ended,
    /// A fatal error; only another load helps.
    Failed,
}

impl StreamState {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::WaitingForStream => "waiting-for-stream",
            Self::Playing => "playing",
            Self::Reconnecting => "reconnecting",
            Self::Ended => "ended",
            Self::Failed => "failed",
        }
    }
}

/// Whose fault an error is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Category {
    Network,
    Media,
}

/// Everything that the player tells.
#[derive(Debug)]
pub(crate) enum Event {
    State {
        state: StreamState,
        attempt: u32,
        retry_in: f64,
    },
    StreamType {
        live: bool,
    },
    Tracks(Info),
    Metadata(JsValue),
    Discontinuity {
        jump_ms: f64,
    },
    Warning {
        code: &'static str,
        track: Option<Track>,
        message: String,
    },
    Error {
        code: &'static str,
        category: Category,
        fatal: bool,
        message: String,
    },
    AutoplayBlocked {
        muted: bool,
    },
    Stats(JsValue),
    /// The next bytes of a recording, or null behind its last.
    Recorded(JsValue),
}

impl Event {
    fn into_js(self) -> JsValue {
        let of_type = |name: &str| ObjectBuilder::new().set("type", name);
        match self {
            Self::State { state, attempt, retry_in } => {
                of_type("state").set("state", state.name()).set("attempt", attempt).set("retryIn", retry_in)
            }
            Self::StreamType { live } => {
                of_type("streamtype").set("streamType", if live { "live" } else { "on-demand" })
            }
            Self::Tracks(info) => {
                of_type("tracks").set("video", video_track(&info)).set("audio", audio_track(&info))
            }
            Self::Metadata(metadata) => of_type("metadata").set("metadata", metadata),
            Self::Discontinuity { jump_ms } => of_type("discontinuity").set("jumpMs", jump_ms),
            Self::Warning { code, track, message } => of_type("warning")
                .set("code", code)
                .set("track", track.map_or(JsValue::NULL, |track| track_name(track).into()))
                .set("message", message),
            Self::Error { code, category, fatal, message } => of_type("error")
                .set("code", code)
                .set(
                    "category",
                    match category {
                        Category::Network => "network",
                        Category::Media => "media",
                    },
                )
                .set("fatal", fatal)
                .set("message", message),
            Self::AutoplayBlocked { muted } => of_type("autoplayblocked").set("muted", muted),
            Self::Stats(stats) => of_type("stats").set("stats", stats),
            Self::Recorded(data) => of_type("recorded").set("data", data),
        }
        .build()
    }
}

fn video_track(info: &Info) -> JsValue {
    info.video_codec.as_deref().map_or(JsValue::NULL, |codec| {
        ObjectBuilder::new().set("codec", codec).set("width", info.width).set("height", info.height).build()
    })
}

fn audio_track(info: &Info) -> JsValue {
    info.audio_codec.as_deref().map_or(JsValue::NULL, |codec| {
        ObjectBuilder::new()
            .set("codec", codec)
            .set("sampleRate", info.sample_rate)
            .set("channels", info.channels)
            .build()
    })
}

pub(crate) fn track_name(track: Track) -> &'static str {
    match track {
        Track::Video => "video",
        Track::Audio => "audio",
    }
}

/// Events on their way to the page.
///
/// They are delivered only when nothing of the player is borrowed, because the page may call back into it at once.
pub(crate) struct Events {
    waiting: RefCell<VecDeque<JsValue>>,
    handler: Function,
}

impl Events {
    pub(crate) fn new(handler: Function) -> Self {
        Self { waiting: RefCell::default(), handler }
    }

    pub(crate) fn emit(&self, event: Event) {
        self.waiting.borrow_mut().push_back(event.into_js());
    }

    /// Hands over what waits. The player must not be borrowed.
    pub(crate) fn deliver(&self) {
        loop {
            let Some(event) = self.waiting.borrow_mut().pop_front() else { break };
            if let Err(error) = self.handler.call1(&JsValue::NULL, &event) {
                web_sys::console::error_1(&error);
            }
        }
    }
}
