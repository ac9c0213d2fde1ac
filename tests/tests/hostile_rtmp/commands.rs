//! Commands: bombs of AMF, odd arguments, calls that nobody knows.

use flvgate_media::amf0::Value;

use super::case::{Case, case};
use super::speech::{
    call, connect, connected, handshake, message, name, odd_call, play, publish, publishing,
};

pub(super) fn cases() -> Vec<Case> {
    [before_connect(), bombs(), odd(), floods()].into_iter().flatten().collect()
}

/// A publication that must go on behind `bytes`.
fn publication(what: &str, bytes: &[u8]) -> Case {
    let name = name();
    case(what).send(publishing(&name)).told("NetStream.Publish.Start").send(bytes).live(&name)
}

fn before_connect() -> Vec<Case> {
    let shaken = |what: &str, bytes: Vec<u8>| case(what).send(handshake()).send(bytes);
    vec![
        shaken("publish before connect", publish(1, "x")).told("expected the command connect first").closed(),
        shaken("play before connect", play(1, "watched")).told("expected the command connect first").closed(),
        shaken("a long name before connect", call(&"x".repeat(60_000), 1.0, 0, Vec::new())).closed(),
        shaken("media before connect", message(9, 1, &[0x17, 1])).send(connect()).told("_result"),
        shaken("connect without an object", call("connect", 1.0, 0, Vec::new())).closed(),
        shaken("connect with a bomb", odd_call("connect", &b"\x03\x00\x01a".repeat(10_000))).closed(),
        shaken("connect without an end", odd_call("connect", b"\x03\x00\x03app\x02\x00\x04live")).closed(),
        shaken("no name", message(20, 0, &[5, 5])).closed(),
    ]
}

fn bombs() -> Vec<Case> {
    let odd = |what: &str, amf: &[u8]| publication(what, &odd_call("whatever", amf));
    let long = [&[12, 0, 0x0e, 0, 0][..], &[b'x'; 0x0e_0000]].concat();
    let properties = b"\x00\x01a\x05".repeat(15_000);
    vec![
        odd("objects in objects", &b"\x03\x00\x01a".repeat(15_000)),
        odd("arrays in arrays", &b"\x0a\x00\x00\x00\x01".repeat(12_000)),
        odd("ECMA arrays in ECMA arrays", &b"\x08\x00\x00\x00\x01\x00\x01a".repeat(8_000)),
        odd("typed objects in typed objects", &b"\x10\x00\x01T\x00\x01a".repeat(8_000)),
        odd("an array of four billion", b"\x0a\xff\xff\xff\xff\x05\x05"),
        odd("an ECMA array of four billion", b"\x08\xff\xff\xff\xff\x00\x00\x09"),
        odd("a string of four billion bytes", b"\x0c\xff\xff\xff\xffxx"),
        odd("a string of nearly a megabyte", &long),
        odd("an object of 15,000 properties", &[&[3][..], &properties, b"\x00\x00\x09"].concat()),
        odd("an object of 15,000 properties without an end", &[&[3][..], &properties].concat()),
        odd("60,000 nulls", &[5; 60_000]),
        odd("references to nowhere", &b"\x07\xff\xff".repeat(1000)),
        odd("a switch to AMF3", b"\x05\x11\x0a\x0b\x01"),
        odd("reserved markers", &[4, 14, 9, 18, 255]),
    ]
}

fn odd() -> Vec<Case> {
    let number = |value: f64| vec![Value::Number(value)];
    let name = || vec![Value::String("x".repeat(60_000))];
    vec![
        publication("an empty command", &message(20, 0, &[])),
        publication("half a command", &message(20, 0, &call("whatever", 1.0, 0, Vec::new())[12..20])),
        publication("a command that is a number", &message(20, 0, &[0; 9])),
        publication("an empty command of type 17", &message(17, 0, &[0])),
        publication("deleteStream of another", &call("deleteStream", 7.0, 0, number(99.0))),
        publication("deleteStream of less than nothing", &call("deleteStream", 7.0, 0, number(4e9))),
        publication("transaction ids that are no numbers", &call("whatever", f64::NAN, 0, Vec::new())),
        publication("an endless transaction id", &call("createStream", f64::INFINITY, 0, Vec::new())),
        publication("a long name of a command", &call(&"x".repeat(60_000), 1.0, 0, Vec::new())),
        publication("a second connect", &connect()),
        publication("FCPublish of a long name", &call("FCPublish", 1.0, 0, name())),
        publication("seek to nowhere", &call("seek", 1.0, 1, number(f64::NAN))),
        publication(
            "answers to nothing",
            &[call("_result", 9.0, 0, Vec::new()), call("_error", 4.0, 0, Vec::new())].concat(),
        ),
        case("publish of no name")
            .send(connected())
            .send(call("publish", 5.0, 1, Vec::new()))
            .told("BadName")
            .closed(),
        case("publish of a number")
            .send(connected())
            .send(call("publish", 5.0, 1, number(1.0)))
            .told("BadName")
            .closed(),
        case("publish of control characters")
            .send(connected())
            .send(publish(1, "a\u{7}"))
            .told("BadName")
            .closed(),
        case("publish of a long name")
            .send(connected())
            .send(publish(1, &"x".repeat(2000)))
            .told("BadName")
            .closed(),
        case("publish of a name that is taken")
            .send(connected())
            .send(publish(1, "watched"))
            .told("BadName")
            .closed(),
        case("play of no name")
            .send(connected())
            .send(call("play", 5.0, 1, Vec::new()))
            .told("StreamNotFound")
            .closed(),
        case("play of what is not there")
            .send(connected())
            .send(play(1, "nothing"))
            .told("StreamNotFound")
            .closed(),
    ]
}

/// Which end: their answers are not more than what they say.
fn floods() -> Vec<Case> {
    vec![
        publication("a thousand calls of nobody's", &call("whatever", 0.0, 0, Vec::new()).repeat(1000)),
        publication("two thousand message streams", &call("createStream", 4.0, 0, Vec::new()).repeat(2000)),
        publication("a hundred connects", &connect().repeat(100)),
        publication(
            "closeStream of another a thousand times",
            &call("closeStream", 0.0, 9, Vec::new()).repeat(1000),
        ),
    ]
}
