//! `PlayerStats`, which the page reads and is sent every second.

use alloc::string::String;

use wasm_bindgen::JsValue;

use super::Engine;
use crate::browser::object::ObjectBuilder;
use crate::player::presentation::Presentation;
use crate::stream_url::Transport;

impl Engine {
    /// What is playing, and how well.
    pub(crate) fn stats(&mut self) -> JsValue {
        let (latency, ahead) = self.presentation.as_mut().map_or((0.0, 0.0), Presentation::distances);
        let end_to_end = self.presentation.as_ref().and_then(Presentation::end_to_end_latency);
        let controller = self.presentation.as_ref().map(Presentation::controller);
        let quality = self.video.get_video_playback_quality();
        let text = |text: &Option<String>| text.as_deref().map_or(JsValue::NULL, JsValue::from_str);
        let is_websocket = Transport::of(&self.url) == Ok(Transport::WebSocket);
        let transport = if is_websocket { "websocket-flv" } else { "http-flv" };
        ObjectBuilder::new()
            .set("url", self.url.as_str())
            .set("transport", transport)
            .set("state", self.state.name())
            .set("videoCodec", text(&self.info.video_codec))
            .set("audioCodec", text(&self.info.audio_codec))
            .set("width", self.info.width)
            .set("height", self.info.height)
            .set("sampleRate", self.info.sample_rate)
            .set("channels", self.info.channels)
            .set("framesPerSecond", self.statistics.frames_per_second)
            .set("kilobitsPerSecond", self.statistics.kilobits_per_second)
            .set("bytesReceived", self.statistics.bytes_received)
            .set("streamType", if self.download.is_some() { "on-demand" } else { "live" })
            .set("latency", latency)
            .set("endToEndLatency", end_to_end.map_or(JsValue::NULL, JsValue::from_f64))
            .set("targetLatency", controller.map_or(0.0, |controller| controller.target()))
            .set("bufferAhead", ahead)
            .set("playbackRate", self.video.playback_rate())
            .set("decodedFrames", quality.total_video_frames())
            .set("droppedFrames", quality.dropped_video_frames())
            .set("stalls", controller.map_or(0, |controller| controller.stalls()))
            .set("stallSeconds", controller.map_or(0.0, |controller| controller.stall_seconds()))
            .set("wasmMilliseconds", self.statistics.busy)
            .set("reconnects", self.statistics.reconnects)
            .build()
    }
}
