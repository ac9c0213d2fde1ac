//! `onMetaData` as a plain JavaScript object.

use flvgate_media::amf0::{Limits, Properties, Reader, Value};
use js_sys::{Array, Date};
use wasm_bindgen::JsValue;

use super::event::{Event, Events};
use crate::browser::object::ObjectBuilder;

/// Far more than any encoder writes; it bounds what a hostile server can make the page build.
const METADATA_LIMITS: Limits = Limits { depth: 8, size: 64 << 10 };

/// Tells the page what a script tag's body says; a body that does not parse says nothing.
pub(crate) fn emit(body: &[u8], events: &Events) {
    let Ok(mut reader) = Reader::new(body, METADATA_LIMITS) else { return };
    let Ok(Some(Value::String(name))) = reader.next_value() else { return };
    if name != "onMetaData" {
        return;
    }
    if let Ok(Some(value)) = reader.next_value() {
        events.emit(Event::Metadata(to_js(value)));
    }
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
