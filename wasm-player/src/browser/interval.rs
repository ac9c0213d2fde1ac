//! A timer that stops when its owner goes.

use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Calls back every so often until it is dropped.
pub(crate) struct Interval {
    id: i32,
    _callback: Closure<dyn FnMut()>,
}

impl Interval {
    /// # Errors
    /// When there is no window.
    pub(crate) fn new(milliseconds: i32, callback: impl FnMut() + 'static) -> Result<Self, JsValue> {
        let window = web_sys::window().ok_or("there is no window")?;
        let callback = Closure::<dyn FnMut()>::new(callback);
        let id = window.set_interval_with_callback_and_timeout_and_arguments_0(
            callback.as_ref().unchecked_ref(),
            milliseconds,
        )?;
        Ok(Self { id, _callback: callback })
    }
}

impl Drop for Interval {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_interval_with_handle(self.id);
        }
    }
}
