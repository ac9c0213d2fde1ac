//! Every control message, short and long, to a publication that must go on.

use super::case::{Case, case};
use super::speech::{message, name, publishing};

/// Types, with what they are: those that concern no publication. Set Chunk Size is among the chunks.
const TYPES: [(u8, &str); 5] = [
    (2, "Abort"),
    (3, "Acknowledgement"),
    (4, "User Control"),
    (5, "Window Acknowledgement Size"),
    (6, "Set Peer Bandwidth"),
];

const LENGTHS: [usize; 9] = [0, 1, 2, 3, 4, 5, 6, 9, 1000];

/// Event types of User Control: those that are defined, the two that only Flash has, and ones of nobody's.
const EVENTS: [u8; 11] = [0, 1, 2, 3, 4, 6, 7, 31, 32, 26, 255];

fn publication(what: &str, bytes: &[u8]) -> Case {
    let name = name();
    case(what).send(publishing(&name)).told("NetStream.Publish.Start").send(bytes).live(&name)
}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (type_id, what) in TYPES {
        for length in LENGTHS {
            // A window of 0 bytes or of many.
            for fill in [0, 0x7f] {
                let bytes = message(type_id, 0, &vec![fill; length]);
                cases.push(publication(&format!("{what} of {length} bytes of {fill}"), &bytes));
            }
        }
    }
    for event in EVENTS {
        for length in [0, 1, 4, 8, 12] {
            let bytes = message(4, 0, &[&[0, event][..], &vec![0; length]].concat());
            cases.push(publication(&format!("User Control {event} with {length} bytes"), &bytes));
        }
    }
    for limit in [0, 1, 2, 3, 255] {
        let bytes = message(6, 0, &[0, 0, 0, 0, limit]);
        cases.push(publication(&format!("Set Peer Bandwidth to 0 of type {limit}"), &bytes));
    }
    cases.push(publication("control messages of a message stream", &message(6, 1, &[0, 0])));
    cases
}
