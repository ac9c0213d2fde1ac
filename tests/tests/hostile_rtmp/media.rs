//! Audio, video and data that are none, to a publication that must go on.

use super::case::{Case, case};
use super::speech::{call, connected, message, name, publishing};

fn publication(what: &str, bytes: &[u8]) -> Case {
    let name = name();
    case(what).send(publishing(&name)).told("NetStream.Publish.Start").send(bytes).live(&name)
}

/// A message inside an aggregate.
fn part(type_id: u8, length: u32, payload: &[u8]) -> Vec<u8> {
    let [_, l2, l1, l0] = length.to_be_bytes();
    [&[type_id, l2, l1, l0, 0, 0, 0, 0, 0, 0, 0][..], payload, &[0; 4]].concat()
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (type_id, what) in
        [(8, "audio"), (9, "video"), (15, "data of type 15"), (18, "data"), (22, "an aggregate")]
    {
        cases.push(publication(&format!("{what} without a byte"), &message(type_id, 1, &[])));
        for length in [1, 2, 4, 11] {
            for fill in [0, 0x17, 0xaf, 0xff] {
                let bytes = message(type_id, 1, &vec![fill; length]);
                cases.push(publication(&format!("{what} of {length} bytes of {fill}"), &bytes));
            }
        }
        cases
            .push(publication(&format!("{what} without a message stream"), &message(type_id, 0, &[0x17, 0])));
    }
    let parts = part(8, 1, &[0xaf]).repeat(50_000);
    let metadata =
        [&b"\x02\x00\x0aonMetaData\x08\x00\x00\x00\x00"[..], &b"\x00\x01a\x03".repeat(10_000)].concat();
    let audio = message(8, 1, &[0xaf, 1, 0x21]);
    cases.extend([
        publication("an aggregate of fifty thousand", &message(22, 1, &parts)),
        publication("an aggregate with a lying length", &message(22, 1, &part(9, 0xff_ffff, &[0x17; 50]))),
        publication("an aggregate of aggregates", &message(22, 1, &part(22, 16, &part(22, 1, &[0])))),
        publication("metadata without an end", &message(18, 1, &metadata)),
        publication("metadata of nothing", &message(18, 1, b"\x02\x00\x0aonMetaData")),
        publication("a thousand pieces of metadata", &message(18, 1, &metadata[..40]).repeat(1000)),
        publication(
            "shared objects and what nobody knows",
            &[16, 19, 0, 7, 255].map(|id| message(id, 1, &[9; 50])).concat(),
        ),
        publication(
            "frames of no codec",
            &[0x10, 0x1f, 0x90, 0xff].map(|flags| message(9, 1, &[flags; 30])).concat(),
        ),
        publication("ten thousand tiny frames", &audio.repeat(10_000)),
        case("media of one who does not publish").send(connected()).send(audio.repeat(1000)),
        case("media behind an end")
            .send(publishing(&name()))
            .send(call("deleteStream", 7.0, 0, vec![1.0.into()]))
            .send(audio.repeat(100)),
    ]);
    cases
}
