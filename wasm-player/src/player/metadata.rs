//! `onMetaData` as a plain JavaScript object.

use flvgate_media::amf0::{Limits, Properties, Reader, Value};
use js_sys::{Array, Date};
use wasm_bindgen::JsValue;

use super::event::{Event, Events};
use crate::browser::object::ObjectBuilder;

/// The keyframes of a day-long file; it bounds what a hostile server can make the page build.
const METADATA_LIMITS: Limits = Limits { depth: 8, size: 1 << 20 };

/// What the body of a script tag says; nothing if it does not parse, or is no `onMetaData`.
pub(crate) fn parse(body: &[u8]) -> Option<Value> {
    let mut reader = Reader::new(body, METADATA_LIMITS).ok()?;
    match reader.next_value() {
        Ok(Some(Value::String(name))) if name == "onMetaData" => reader.next_value().ok()?,
        _ => None,
    }
}

/// Tells the page.
pub(crate) fn emit(metadata: Value, events: &Events) {
    events.emit(Event::Metadata(to_js(metadata)));
}

fn to_js(value: Value) -> JsValue {
    match value {
        Value::Number(number) => number.into(),
        Value::Boolean(boolean) => boolean.into(),
        Value::String(text) | Value::XmlDocument(text) => text.into(),
        Value::Object(properties) | Value::EcmaArray(properties) | Value::TypedObject { properties, .. } => {
            object(properties)
        }
        Value::StrictArray(values) => values.into_iter().map(to_js).collect::<Array>().into(),
        Value::Date { milliseconds, .. } => Date::new(&milliseconds.into()).into(),
        Value::Null | Value::Undefined | Value::Reference(_) | Value::Unsupported => JsValue::NULL,
    }
}

fn object(properties: Properties) -> JsValue {
    properties
        .into_iter()
        .fold(ObjectBuilder::new(), |object, (name, value)| object.set(&name, to_js(value)))
        .build()
}
