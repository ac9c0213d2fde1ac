//! Plain JavaScript objects, written and read by name.

use alloc::string::String;

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};

/// Builds a plain object; `{ type, state }` and the like.
#[derive(Debug, Default)]
pub(crate) struct ObjectBuilder(js_sys::Object);

impl ObjectBuilder {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn set(self, name: &str, value: impl Into<JsValue>) -> Self {
        // Fails on frozen objects only.
        let _ = Reflect::set(&self.0, &name.into(), &value.into());
        self
    }

    pub(crate) fn build(self) -> JsValue {
        self.0.into()
    }
}

/// A property, unless it is missing, `undefined` or `null`.
pub(crate) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = Reflect::get(object, &name.into()).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// `name: message` of an `Error` or a `DOMException`, or whatever was thrown, as text.
pub(crate) fn error_text(error: &JsValue) -> String {
    match error.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.to_string()),
        None => match property(error, "message").and_then(|message| message.as_string()) {
            Some(message) => message,
            None => error.as_string().unwrap_or_else(|| "unknown error".into()),
        },
    }
}

/// Whether a thrown value is the error of that name, such as `QuotaExceededError`.
pub(crate) fn is_error_named(error: &JsValue, name: &str) -> bool {
    property(error, "name").is_some_and(|value| value == *name)
}
