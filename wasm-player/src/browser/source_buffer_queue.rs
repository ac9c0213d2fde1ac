//! What waits for one `SourceBuffer`, which takes a single operation at a time.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventTarget, SourceBuffer};

use super::event_listener::EventListener;
use super::object::{error_text, is_error_named};

/// More than this waiting, and the browser does not take media any more: what waits is given up.
const PENDING_MAX: usize = 16 << 20;
/// Waiting fragments are appended together up to this size.
const BATCH_MAX: usize = 1 << 20;
/// A kept batch buffer is not larger than this, or one burst would hold its memory for ever.
const SPARE_MAX: usize = 256 << 10;

#[wasm_bindgen]
extern "C" {
    /// `SourceBuffer`, with `appendBuffer` declared to take a view of our memory: the browser copies from it before the
    /// call returns (MSE section 3.5.1), so nothing needs to be copied on the way out.
    type ViewSourceBuffer;

    #[wasm_bindgen(method, catch, js_name = appendBuffer)]
    fn append_buffer(this: &ViewSourceBuffer, data: &[u8]) -> Result<(), JsValue>;
}

/// What stops a queue.
#[derive(Debug)]
pub(crate) enum QueueError {
    /// The browser's memory for this buffer is full; what did not fit still waits.
    QuotaExceeded,
    /// Too much waits; it was given up, and media can go on at a keyframe only.
    Overflow,
    /// The browser refused; the `MediaSource` is of no more use.
    Refused(String),
}

enum Operation {
    ChangeType(String),
    TimestampOffset(f64),
    Append { bytes: Vec<u8>, init: bool },
    Remove(f64, f64),
}

/// A `SourceBuffer` and what waits for it.
pub(crate) struct SourceBufferQueue {
    buffer: SourceBuffer,
    waiting: VecDeque<Operation>,
    waiting_bytes: usize,
    spare: Vec<u8>,
    mime: String,
    _listeners: [EventListener; 2],
}

impl SourceBufferQueue {
    /// A queue for a `SourceBuffer` of that type; `on_update` is called when it can take more, `on_error` when a segment
    /// did not parse or decode.
    ///
    /// # Errors
    /// What the browser threw.
    pub(crate) fn new(
        buffer: SourceBuffer,
        mime: &str,
        on_update: impl Fn() + 'static,
        on_error: impl Fn() + 'static,
    ) -> Result<Self, JsValue> {
        let target: &EventTarget = buffer.as_ref();
        let listeners = [
            EventListener::new(target, "updateend", move |_| on_update())?,
            EventListener::new(target, "error", move |_| on_error())?,
        ];
        Ok(Self {
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            spare: Vec::new(),
            mime: mime.into(),
            _listeners: listeners,
            buffer,
        })
    }

    /// Takes an initialization segment, and changes the buffer's type first if it is of another.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn init(&mut self, mime: &str, data: &[u8]) -> Result<(), QueueError> {
        if self.mime != mime {
            self.mime = mime.into();
            self.waiting.push_back(Operation::ChangeType(mime.into()));
        }
        if !data.is_empty() {
            self.waiting_bytes += data.len();
            self.waiting.push_back(Operation::Append { bytes: data.to_vec(), init: true });
        }
        self.pump()
    }

    /// The next append starts at this time, in seconds; for a format whose frames carry none.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn set_timestamp_offset(&mut self, seconds: f64) -> Result<(), QueueError> {
        self.waiting.push_back(Operation::TimestampOffset(seconds));
        self.pump()
    }

    /// Appends a media segment: at once from the caller's memory, or a copy of it as soon as the buffer is free.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn append(&mut self, data: &[u8]) -> Result<(), QueueError> {
        if self.waiting.is_empty() && !self.buffer.updating() {
            return match self.append_now(data) {
                Err(QueueError::QuotaExceeded) => {
                    self.wait_for_turn(data);
                    Err(QueueError::QuotaExceeded)
                }
                result => result,
            };
        }
        if self.waiting_bytes + data.len() > PENDING_MAX {
            self.drop_waiting_media();
            return Err(QueueError::Overflow);
        }
        self.wait_for_turn(data);
        self.pump()
    }

    /// Removes what is buffered before `end`, in seconds.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn remove_before(&mut self, end: f64) -> Result<(), QueueError> {
        // To the front: room for what waits is the reason to remove.
        self.waiting.push_front(Operation::Remove(0.0, end));
        self.pump()
    }

    /// When the oldest that is buffered starts, in seconds.
    pub(crate) fn start(&self) -> Option<f64> {
        self.buffer.buffered().ok()?.start(0).ok()
    }

    /// Whether nothing waits and nothing runs.
    pub(crate) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && !self.buffer.updating()
    }

    /// Gives up all that waits, and removes all that is buffered: what comes next is from elsewhere.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn flush(&mut self) -> Result<(), QueueError> {
        self.drop_waiting_media();
        self.waiting.push_back(Operation::Remove(0.0, f64::INFINITY));
        self.pump()
    }

    /// Gives up the media that waits, and keeps what configures the decoder.
    pub(crate) fn drop_waiting_media(&mut self) {
        self.waiting.retain(|operation| !matches!(operation, Operation::Append { init: false, .. }));
        self.waiting_bytes = self.waiting.iter().map(Operation::size).sum();
    }

    /// Hands the buffer what it can take; to be called at `updateend`.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn pump(&mut self) -> Result<(), QueueError> {
        while !self.buffer.updating() {
            let Some(operation) = self.waiting.pop_front() else { break };
            self.waiting_bytes -= operation.size();
            match operation {
                Operation::ChangeType(mime) => self.buffer.change_type(&mime).map_err(refused)?,
                Operation::TimestampOffset(seconds) => self.apply_timestamp_offset(seconds)?,
                Operation::Remove(start, end) => self.buffer.remove(start, end).map_err(refused)?,
                Operation::Append { bytes, init } => match self.append_now(&bytes) {
                    Err(QueueError::QuotaExceeded) => {
                        self.waiting_bytes += bytes.len();
                        self.waiting.push_front(Operation::Append { bytes, init });
                        return Err(QueueError::QuotaExceeded);
                    }
                    result => {
                        self.keep_spare(bytes);
                        result?;
                    }
                },
            }
        }
        Ok(())
    }

    fn append_now(&self, data: &[u8]) -> Result<(), QueueError> {
        self.buffer.unchecked_ref::<ViewSourceBuffer>().append_buffer(data).map_err(|error| {
            if is_error_named(&error, "QuotaExceededError") {
                QueueError::QuotaExceeded
            } else {
                refused(error)
            }
        })
    }

    fn apply_timestamp_offset(&self, seconds: f64) -> Result<(), QueueError> {
        // Refused while half a segment is parsed; `abort` forgets that half.
        if set_timestamp_offset(&self.buffer, seconds) {
            return Ok(());
        }
        self.buffer.abort().map_err(refused)?;
        if set_timestamp_offset(&self.buffer, seconds) {
            return Ok(());
        }
        Err(QueueError::Refused("timestampOffset cannot be set".into()))
    }

    fn wait_for_turn(&mut self, data: &[u8]) {
        self.waiting_bytes += data.len();
        if let Some(Operation::Append { bytes, init: false }) = self.waiting.back_mut()
            && bytes.len() + data.len() <= BATCH_MAX
        {
            bytes.extend_from_slice(data);
            return;
        }
        let mut bytes = core::mem::take(&mut self.spare);
        bytes.extend_from_slice(data);
        self.waiting.push_back(Operation::Append { bytes, init: false });
    }

    fn keep_spare(&mut self, mut bytes: Vec<u8>) {
        if bytes.capacity() <= SPARE_MAX && bytes.capacity() > self.spare.capacity() {
            bytes.clear();
            self.spare = bytes;
        }
    }
}

impl Operation {
    fn size(&self) -> usize {
        match self {
            Self::Append { bytes, .. } => bytes.len(),
            _ => 0,
        }
    }
}

/// The setter throws, which web-sys's own does not let through.
fn set_timestamp_offset(buffer: &SourceBuffer, seconds: f64) -> bool {
    js_sys::Reflect::set(buffer, &"timestampOffset".into(), &seconds.into()).unwrap_or(false)
}

#[expect(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn refused(error: JsValue) -> QueueError {
    QueueError::Refused(error_text(&error))
}
