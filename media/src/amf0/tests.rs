use super::*;
use crate::Error;
use proptest::prelude::*;

const LIMITS: Limits = Limits { depth: 32, size: 1 << 20 };

fn decode(bytes: &[u8]) -> crate::Result<Vec<Value>> {
    decode_all(bytes, LIMITS)
}

fn text(value: &str) -> Value {
    value.into()
}

#[test]
fn an_ecma_array_ends_at_its_end_marker_whatever_its_count_says() {
    for count in [[0, 0, 0, 0], [0, 0, 0, 1], [0xff, 0xff, 0xff, 0xff]] {
        let bytes = [&[8][..], &count, b"\x00\x01a\x05\x00\x01b\x06\x00\x00\x09\x05"].concat();
        let array = Value::EcmaArray(vec![("a".into(), Value::Null), ("b".into(), Value::Undefined)]);
        assert_eq!(decode(&bytes).unwrap(), [array, Value::Null]);
    }
}

#[test]
fn an_ecma_array_may_end_with_the_message() {
    let array = Value::EcmaArray(vec![("a".into(), Value::Boolean(true))]);
    assert_eq!(decode(b"\x08\x00\x00\x00\x01\x00\x01a\x01\x01").unwrap(), [array]);
}

#[test]
fn an_object_without_its_end_marker_is_cut_short() {
    assert!(matches!(decode(b"\x03\x00\x01a\x01\x01"), Err(Error::Truncated { .. })));
}

#[test]
fn a_strict_array_of_four_billion_elements_in_five_bytes_is_refused() {
    assert_eq!(
        decode(b"\x0a\xff\xff\xff\xff"),
        Err(Error::Truncated { what: "AMF0 strict array", expected: 0xffff_ffff, got: 0 })
    );
}

#[test]
fn nesting_of_every_kind_is_refused_beyond_the_limit_and_never_overflows_the_stack() {
    let object = b"\x03\x00\x01a".repeat(100_000);
    let ecma = b"\x08\x00\x00\x00\x01\x00\x01a".repeat(100_000);
    let strict = b"\x0a\x00\x00\x00\x01".repeat(100_000);
    let typed = b"\x10\x00\x01T\x00\x01a".repeat(100_000);
    for bytes in [object, ecma, strict, typed] {
        let limits = Limits { depth: usize::MAX, size: usize::MAX };
        assert_eq!(
            decode_all(&bytes, limits),
            Err(Error::TooLarge { what: "AMF0 nesting", limit: 128, got: 129 })
        );
    }
}

#[test]
fn nesting_up_to_the_limit_is_read() {
    let nested = |depth| (0..depth).fold(Value::Null, |value, _| Value::StrictArray(vec![value]));
    let limits = Limits { depth: 3, size: 100 };
    assert_eq!(decode_all(&encode_all(&[nested(3)]), limits).unwrap(), [nested(3)]);
    assert!(decode_all(&encode_all(&[nested(4)]), limits).is_err());
}

#[test]
fn a_message_over_the_size_limit_is_refused() {
    let limits = Limits { depth: 1, size: 3 };
    assert_eq!(
        decode_all(&[5; 4], limits),
        Err(Error::TooLarge { what: "AMF0 message in bytes", limit: 3, got: 4 })
    );
}

#[test]
fn dates_long_strings_references_and_typed_objects_are_read() {
    let bytes = [
        &b"\x0b\x42\x76\x4e\x3d\xdb\x40\x00\x00\xff\xc4"[..],
        b"\x0c\x00\x00\x00\x02hi",
        b"\x07\x00\x03",
        b"\x10\x00\x05Point\x00\x01x\x00\x3f\xf0\x00\x00\x00\x00\x00\x00\x00\x00\x09",
        b"\x0d\x0f\x00\x00\x00\x04<a/>",
    ]
    .concat();
    let expected = [
        Value::Date { milliseconds: f64::from_bits(0x4276_4e3d_db40_0000), timezone: -60 },
        text("hi"),
        Value::Reference(3),
        Value::TypedObject { class: "Point".into(), properties: vec![("x".into(), Value::Number(1.0))] },
        Value::Unsupported,
        Value::XmlDocument("<a/>".into()),
    ];
    assert_eq!(decode(&bytes).unwrap(), expected);
}

#[test]
fn the_switch_to_amf3_and_reserved_markers_are_clear_errors() {
    assert_eq!(
        decode(&[0x11, 1]).unwrap_err().to_string(),
        "AMF0 switch to AMF3, marker: 17 is not supported"
    );
    for reserved in [4, 9, 14, 18, 255] {
        assert!(matches!(decode(&[reserved]), Err(Error::Invalid { what: "AMF0 marker", .. })));
    }
}

#[test]
fn a_property_without_a_name_is_not_the_end() {
    let object = Value::Object(vec![(String::new(), Value::Null), ("b".into(), Value::Null)]);
    assert_eq!(decode(&encode_all(std::slice::from_ref(&object))).unwrap(), [object]);
}

#[test]
fn bytes_that_are_not_utf8_do_not_make_a_string_longer() {
    assert_eq!(decode(b"\x02\x00\x04a\xff\xc3b").unwrap(), [text("a%FF%C3b")]);
}

#[test]
fn a_string_of_64_kib_is_written_in_the_long_form() {
    let value = text(&"x".repeat(0x1_0000));
    let bytes = encode_all(std::slice::from_ref(&value));
    assert_eq!(bytes[..5], [12, 0, 1, 0, 0]);
    assert_eq!(decode(&bytes).unwrap(), [value]);
}

#[test]
fn a_name_that_does_not_fit_is_cut_at_a_character() {
    let name = format!("{}é", "x".repeat(0xfffe));
    let bytes = encode_all(&[Value::Object(vec![(name, Value::Null)])]);
    assert_eq!(bytes[..3], [3, 0xff, 0xfe]);
    assert!(decode(&bytes).is_ok());
}

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<i32>().prop_map(|number| Value::Number(number.into())),
        any::<bool>().prop_map(Value::Boolean),
        ".{0,12}".prop_map(Value::String),
        Just(Value::Null),
        Just(Value::Undefined),
        Just(Value::Unsupported),
        any::<u16>().prop_map(Value::Reference),
        (any::<i32>(), any::<i16>())
            .prop_map(|(time, timezone)| Value::Date { milliseconds: time.into(), timezone }),
        ".{0,12}".prop_map(Value::XmlDocument),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let properties = || prop::collection::vec((".{0,6}", inner.clone()), 0..6);
        prop_oneof![
            properties().prop_map(Value::Object),
            properties().prop_map(Value::EcmaArray),
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::StrictArray),
            (".{0,6}", properties()).prop_map(|(class, properties)| Value::TypedObject { class, properties }),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(values in prop::collection::vec(any_value(), 0..5)) {
        prop_assert_eq!(decode(&encode_all(&values)).unwrap(), values);
    }

    #[test]
    fn mutated_values_never_panic(
        values in prop::collection::vec(any_value(), 1..4),
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = encode_all(&values);
        for (at, byte) in mutations {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = decode(&bytes);
        let _ = decode(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(prop_oneof![0..18u8, any::<u8>()], 0..200)) {
        let _ = decode(&bytes);
    }
}
