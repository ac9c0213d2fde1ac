//! Any bytes are taken by a server's session, from the handshake on, without a panic; events and answers come the same in
//! any slicing.
//!
//! The first byte chooses what the fuzzer speaks: the handshake too, chunks behind a handshake, or chunks behind a
//! handshake, `connect` and `publish`. The second one chooses the slicing.
#![no_main]

use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use flvgate::config::{Config, RtmpLimits, Vhost};
use flvgate::rtmp::chunk::ChunkWriter;
use flvgate::rtmp::client::PublishSession;
use flvgate::rtmp::command::Command;
use flvgate::rtmp::message::{Message, MessageType};
use flvgate::rtmp::session::{Event, Session};
use flvgate_media::amf0::Value;
use libfuzzer_sys::fuzz_target;

static CONFIG: LazyLock<Arc<Config>> = LazyLock::new(|| {
    let mut config = Config { vhosts: vec![Arc::new(Vhost::default())], ..Config::default() };
    // Small limits are reached by small inputs.
    config.rtmp.limits =
        RtmpLimits { message_size: 4096, chunk_streams: 8, amf_size: 2048, ..RtmpLimits::default() };
    Arc::new(config)
});

/// C0, C1 and C2 of the simple handshake.
const HANDSHAKE_LEN: usize = 1 + 2 * 1536;

static HANDSHAKE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bytes = vec![0; HANDSHAKE_LEN];
    bytes[0] = 3;
    bytes
});

static PUBLISHING: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bytes = HANDSHAKE.clone();
    let properties = vec![("app".to_owned(), Value::from("live"))];
    let connect = Command { object: Value::Object(properties), ..Command::new("connect", 1.0, Vec::new()) };
    let publish = Command::new("publish", 2.0, vec!["cam".into()]);
    for (stream_id, command) in [(0, connect), (1, publish)] {
        ChunkWriter::new().write(3, &command.to_message(stream_id), &mut bytes);
    }
    // A header for the fuzzer's short ones to lean on.
    let payload = Bytes::from_static(&[0xaf, 1, 0]);
    let audio = Message { message_type: MessageType::Audio, timestamp: 0xff_ffff, stream_id: 1, payload };
    ChunkWriter::new().write(4, &audio, &mut bytes);
    bytes
});

/// Everything that comes of `before` at once and then `bytes` in slices, up to the first error.
fn outcome(before: &[u8], bytes: &[u8], step: usize) -> (Vec<Event>, bool) {
    let mut session = Session::new(CONFIG.clone(), 1);
    let mut events = Vec::new();
    for slice in std::iter::once(before).chain(bytes.chunks(step)) {
        let failed = session.handle_input(slice).is_err();
        while let Some(event) = session.next_event() {
            if let Event::Publish(_) = event {
                session.accept_publish();
            }
            events.push(event);
        }
        let _ = session.take_output();
        if failed {
            return (events, true);
        }
    }
    (events, false)
}

fuzz_target!(|input: &[u8]| {
    let &[start, step, ref rest @ ..] = input else { return };
    let before: &[u8] = match start % 4 {
        0 => &[],
        1 => &HANDSHAKE,
        _ => &PUBLISHING,
    };
    let whole = outcome(before, rest, rest.len().max(1));
    let sliced = outcome(before, rest, 1 + usize::from(step));
    assert_eq!(whole, sliced);

    // The same chunks as a server's answers to our publisher.
    if start % 4 != 0 {
        let url = "rtmp://h/live/cam".parse().expect("a legal URL");
        let mut client = PublishSession::new(url, 1);
        if client.handle_input(&HANDSHAKE).is_ok() {
            let _ = client.handle_input(rest);
        }
    }
});
