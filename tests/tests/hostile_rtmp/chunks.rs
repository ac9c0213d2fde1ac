//! Chunks: lying lengths, halves of messages, headers out of nothing.

use super::case::{Case, case};
use super::speech::{chunk, message, name, ping, publishing};

pub(super) fn cases() -> Vec<Case> {
    [lies(), headers(), sizes(), aborts()].into_iter().flatten().collect()
}

fn publisher(what: &str) -> Case {
    case(what).send(publishing(&name())).told("NetStream.Publish.Start")
}

fn lies() -> Vec<Case> {
    let many = |streams: std::ops::Range<u8>, payload: &[u8]| -> Vec<u8> {
        streams.flat_map(|stream| chunk(stream, 1 << 20, 9, payload)).collect()
    };
    let four: Vec<u8> =
        (0..8000).flat_map(|_| (10..14).flat_map(|id| [&[0xc0 | id][..], &[0; 128]].concat())).collect();
    vec![
        publisher("a message of 16 MiB is announced").send(chunk(10, 0xff_ffff, 9, &[])).closed(),
        publisher("a byte more than may be is announced").send(chunk(10, (1 << 20) + 1, 9, &[])).closed(),
        publisher("a command of 16 MiB is announced").send(chunk(3, 0xff_ffff, 20, &[])).closed(),
        publisher("as much as may be is announced, and nothing comes")
            .send(chunk(10, 1 << 20, 9, &[]))
            .dropped(),
        publisher("half of what is announced comes, then an end")
            .send(chunk(10, 100, 9, &[0; 50]))
            .half_close()
            .closed(),
        publisher("half of what is announced comes, then a reset").send(chunk(10, 100, 9, &[0; 50])).reset(),
        publisher("forty messages of 1 MiB begin").send(many(10..50, &[0; 128])),
        publisher("a hundred messages of 1 MiB begin")
            .send(many(0x03..0x3f, &[0; 128]))
            .send(chunk(0, 1, 9, &[]))
            .dropped(),
        publisher("four messages of 1 MiB come at once").send(many(10..14, &[0; 128])).send(four).closed(),
        publisher("a message is begun anew ten thousand times")
            .send(chunk(10, 1 << 20, 9, &[0; 128]).repeat(10_000)),
        publisher("messages without a byte").send(chunk(10, 0, 9, &[]).repeat(10_000)),
    ]
}

fn headers() -> Vec<Case> {
    let extended =
        |stream: u8| [stream, 0xff, 0xff, 0xff, 0, 0, 1, 8, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xaf];
    vec![
        publisher("a chunk of type 3 out of nothing").send([0xc0 | 20, 0, 0]).closed(),
        publisher("a chunk of type 2 out of nothing").send([0x80 | 20, 0, 0, 0]).closed(),
        publisher("a chunk of type 1 out of nothing, as librtmp has").send([
            0x40 | 20,
            0,
            0,
            0,
            0,
            0,
            1,
            8,
            0xaf,
        ]),
        publisher("an extended timestamp at its end").send(extended(20)).send(extended(21)),
        publisher("half of an extended timestamp").send(&extended(20)[..14]).dropped(),
        publisher("long forms of short chunk stream ids").send([0, 0, 0, 0, 0, 0, 0, 1, 8, 1, 0, 0, 0, 0xaf]),
        publisher("a chunk stream of three bytes")
            .send([1, 0xff, 0xff, 0, 0, 0, 0, 0, 1, 8, 1, 0, 0, 0, 0xaf]),
        publisher("more chunk streams than may be")
            .send((0..80).flat_map(|id| [0, id, 0, 0, 0, 0, 0, 0, 8, 1, 0, 0, 0]).collect::<Vec<u8>>())
            .closed(),
        publisher("a ping amid a message")
            .send(chunk(10, 300, 9, &[0; 128]))
            .send(ping(1))
            .send([&[0xca][..], &[0; 128], &[0xca], &[0; 44]].concat()),
        publisher("a header amid a message").send(chunk(10, 300, 9, &[0; 128])).send(chunk(
            10,
            5,
            8,
            &[0xaf, 1, 0, 0, 0],
        )),
        publisher("garbage").send([0x5a; 100_000]).closed(),
        publisher("a byte at a time").send_slowly(message(8, 1, &[0xaf, 1, 0x21]).repeat(20)),
        publisher("a stream id of 32 bits").send(message(8, u32::MAX, &[0xaf, 1, 0x21])),
    ]
}

fn sizes() -> Vec<Case> {
    let size = |payload: &[u8]| message(1, 0, payload);
    vec![
        publisher("no chunk size").send(size(&[])).closed(),
        publisher("a chunk size of one byte").send(size(&[1])).closed(),
        publisher("a chunk size of three bytes").send(size(&[0, 1, 0])).closed(),
        publisher("chunks of 0 bytes").send(size(&[0; 4])).closed(),
        publisher("chunks of 1 byte")
            .send(size(&[0, 0, 0, 1]))
            .send([&chunk(20, 3, 8, &[0xaf])[..], &[0xd4, 1, 0xd4, 0x21]].concat())
            .dropped(),
        publisher("chunks of 2 GiB").send(size(&[0x7f, 0xff, 0xff, 0xff])).send(chunk(
            20,
            300,
            8,
            &[0xaf; 300],
        )),
        publisher("chunks of 4 GiB").send(size(&[0xff; 4])).send(chunk(20, 300, 8, &[0xaf; 300])),
        publisher("a long chunk size").send(size(&[0, 0, 0, 128, 9, 9, 9])),
        publisher("ten thousand chunk sizes").send(size(&[0, 0, 0, 128]).repeat(10_000)),
    ]
}

fn aborts() -> Vec<Case> {
    vec![
        publisher("an abort of nothing").send(message(2, 0, &[0, 0, 0, 99])),
        publisher("an abort of half a message").send(chunk(10, 300, 9, &[0; 128])).send(message(
            2,
            0,
            &[0, 0, 0, 10],
        )),
        publisher("an abort of its own chunk stream").send(message(2, 0, &[0, 0, 0, 3])),
        publisher("ten thousand aborts").send(message(2, 0, &[0, 0, 0, 10]).repeat(10_000)),
    ]
}
