//! The pipeline without a player around it: what the benchmark compares with other players' pipelines.

use alloc::vec::Vec;

use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::pipeline::{Output, Pipeline, Track};

#[wasm_bindgen]
extern "C" {
    /// What takes the segments, as a `SourceBuffer` does: `append(track, data)` must copy `data`, a view of our memory.
    pub type SegmentSink;

    #[wasm_bindgen(method)]
    fn append(this: &SegmentSink, track: u8, data: &[u8]);
}

/// FLV in, fragments out; the way in and out is the player's.
#[wasm_bindgen]
#[expect(missing_debug_implementations, reason = "it holds a JavaScript object, which prints nothing")]
pub struct Remuxer {
    pipeline: Pipeline,
    sink: SegmentSink,
    receive: Vec<u8>,
    waiting: [Vec<u8>; 2],
}

#[wasm_bindgen]
impl Remuxer {
    /// A remuxer at the start of a stream. Track 0 is video, 1 is audio.
    #[wasm_bindgen(constructor)]
    pub fn new(sink: SegmentSink) -> Self {
        Self { pipeline: Pipeline::new(), sink, receive: Vec::new(), waiting: [Vec::new(), Vec::new()] }
    }

    /// Takes the next bytes; hands over, at most once for each track, what they complete. `now` is in milliseconds.
    ///
    /// Says whether the bytes are FLV.
    pub fn push(&mut self, bytes: &Uint8Array, now: f64) -> bool {
        let length = bytes.length() as usize;
        if self.receive.len() < length {
            self.receive.resize(length, 0);
        }
        bytes.copy_to(&mut self.receive[..length]);
        let waiting = &mut self.waiting;
        let result = self.pipeline.push(&self.receive[..length], now, &mut |output| {
            if let Output::Init { track, data, .. } | Output::Fragment { track, data, .. } = output {
                waiting[track as usize].extend_from_slice(data);
            }
        });
        for track in [Track::Video, Track::Audio] {
            let waiting = &mut self.waiting[track as usize];
            if !waiting.is_empty() {
                self.sink.append(track as u8, waiting);
                waiting.clear();
            }
        }
        result.is_ok()
    }
}
