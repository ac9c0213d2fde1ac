//! What a client says, as bytes.

use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use flvgate::rtmp::chunk::ChunkWriter;
use flvgate::rtmp::command::Command;
use flvgate::rtmp::message::{Message, MessageType};
use flvgate_media::amf0::Value;

/// A name that no other stream has.
pub(super) fn name() -> String {
    static NAMES: AtomicU32 = AtomicU32::new(0);
    format!("hostile{}", NAMES.fetch_add(1, Ordering::Relaxed))
}

/// C0, C1 and C2; what C2 echoes is not looked at.
pub(super) fn handshake() -> Vec<u8> {
    [&[3][..], &[0; 2 * 1536]].concat()
}

/// A message, in chunks of 128 bytes of chunk stream 3.
pub(super) fn message(type_id: u8, stream_id: u32, payload: &[u8]) -> Vec<u8> {
    let (message_type, payload) = (MessageType::from_id(type_id), Bytes::copy_from_slice(payload));
    let mut bytes = Vec::new();
    ChunkWriter::new().write(3, &Message { message_type, timestamp: 0, stream_id, payload }, &mut bytes);
    bytes
}

/// A chunk with a header of type 0, and whatever payload.
pub(super) fn chunk(chunk_stream: u8, length: u32, type_id: u8, payload: &[u8]) -> Vec<u8> {
    let [_, l2, l1, l0] = length.to_be_bytes();
    [&[chunk_stream, 0, 0, 0, l2, l1, l0, type_id, 1, 0, 0, 0][..], payload].concat()
}

/// A command with its transaction id.
pub(super) fn call(name: &str, id: f64, stream_id: u32, arguments: Vec<Value>) -> Vec<u8> {
    let mut bytes = Vec::new();
    ChunkWriter::new().write(3, &Command::new(name, id, arguments).to_message(stream_id), &mut bytes);
    bytes
}

/// A command message with `amf` behind the name and the id.
pub(super) fn odd_call(name: &str, amf: &[u8]) -> Vec<u8> {
    let head = Command { object: Value::Null, ..Command::new(name, 7.0, Vec::new()) }.to_message(0).payload;
    // Less the null that stands for the command object.
    message(20, 0, &[&head[..head.len() - 1], amf].concat())
}

pub(super) fn connect() -> Vec<u8> {
    let properties = [("app", "live"), ("tcUrl", "rtmp://127.0.0.1/live")];
    let object = Value::Object(properties.map(|(name, value)| (name.to_owned(), value.into())).to_vec());
    let mut bytes = Vec::new();
    let connect = Command { object, ..Command::new("connect", 1.0, Vec::new()) };
    ChunkWriter::new().write(3, &connect.to_message(0), &mut bytes);
    bytes
}

/// Handshake and connect.
pub(super) fn connected() -> Vec<u8> {
    [handshake(), connect()].concat()
}

pub(super) fn publish(stream_id: u32, name: &str) -> Vec<u8> {
    call("publish", 5.0, stream_id, vec![name.into(), "live".into()])
}

pub(super) fn play(stream_id: u32, name: &str) -> Vec<u8> {
    call("play", 6.0, stream_id, vec![name.into()])
}

/// Video of `stream_id`: a sequence header and a keyframe.
pub(super) fn video(stream_id: u32) -> Vec<u8> {
    let header = flvgate_tests::publisher::sequence_header();
    let frame = flvgate_tests::publisher::keyframe(1, 100);
    [message(9, stream_id, &header), message(9, stream_id, &frame)].concat()
}

/// All that a publisher of `name` says, and video.
pub(super) fn publishing(name: &str) -> Vec<u8> {
    [connected(), call("createStream", 4.0, 0, Vec::new()), publish(1, name), video(1)].concat()
}

/// All that a player of `name` says.
pub(super) fn playing(name: &str) -> Vec<u8> {
    [connected(), call("createStream", 4.0, 0, Vec::new()), play(1, name)].concat()
}

/// A ping request, in a chunk of its own chunk stream.
pub(super) fn ping(number: u32) -> Vec<u8> {
    let payload = [&[0, 6][..], &number.to_be_bytes()].concat();
    [&[2, 0, 0, 0, 0, 0, 6, 4, 0, 0, 0, 0][..], &payload].concat()
}

/// How the answer to that ping ends.
pub(super) fn pong(number: u32) -> Vec<u8> {
    [&[0, 7][..], &number.to_be_bytes()].concat()
}
