//! Commands: named calls with a transaction id, and their answers (RTMP 1.0 section 7.2).

use bytes::Bytes;
use flvgate_media::amf0::{Limits, Properties, Reader, Value};

use super::Error;
use super::message::{Message, MessageType, amf0_of};

/// The property of `connect` in which a server that forwards tells the stream's route. Others do not know it.
pub(super) const ROUTE: &str = "flvgateRoute";

/// The code of an `onStatus` for a stream that has come round in a loop of forwards.
pub(super) const LOOP: &str = "NetStream.Publish.Loop";

/// One command.
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// What is called; `_result`, `_error` and `onStatus` are answers.
    pub name: String,
    /// An answer has the id of its call. 0 wants no answer.
    pub transaction_id: f64,
    /// The command object; null for all but `connect`.
    pub object: Value,
    /// What comes behind it.
    pub arguments: Vec<Value>,
}

impl Command {
    /// A command without a command object.
    #[must_use]
    pub fn new(name: &str, transaction_id: f64, arguments: Vec<Value>) -> Self {
        Self { name: name.to_owned(), transaction_id, object: Value::Null, arguments }
    }

    /// An `onStatus` about a stream (section 7.2.2); `level` is `status` or `error`.
    #[must_use]
    pub fn on_status(level: &str, code: &str, description: &str) -> Self {
        Self::new("onStatus", 0.0, vec![information(level, code, description)])
    }

    /// Reads a command of type 17 or 20.
    ///
    /// # Errors
    /// When it is not AMF0, is over the limits, or does not start with a name. A missing transaction id counts as 0.
    pub fn parse(message: &Message, limits: Limits) -> Result<Self, Error> {
        match Self::parse_leading(message, limits)? {
            (command, None) => Ok(command),
            (_, Some(error)) => Err(error),
        }
    }

    /// As [`parse`](Self::parse), but a value that is not AMF0, or nested too deeply, only ends the arguments: the command
    /// comes with what stands before it, and with what is wrong.
    ///
    /// # Errors
    /// When it is larger than the limits allow, or does not start with a name.
    pub fn parse_leading(message: &Message, limits: Limits) -> Result<(Self, Option<Error>), Error> {
        let mut reader = Reader::new(amf0_of(message), limits)?;
        let mut error = None;
        let mut values = std::iter::from_fn(|| match reader.next_value() {
            Ok(value) => value,
            Err(wrong) => {
                error = Some(wrong.into());
                None
            }
        })
        .fuse();
        let name = values.next();
        let transaction_id = values.next().and_then(|id| id.as_number()).unwrap_or_default();
        let object = values.next().unwrap_or(Value::Null);
        let arguments = values.collect();
        match (name, error) {
            (Some(Value::String(name)), error) => {
                Ok((Self { name, transaction_id, object, arguments }, error))
            }
            (None, Some(error)) => Err(error),
            _ => Err(Error::CommandArgument { what: "command", expected: "a name" }),
        }
    }

    /// As a message of type 20 in message stream `stream_id`.
    #[must_use]
    pub fn to_message(&self, stream_id: u32) -> Message {
        let mut payload = Vec::new();
        Value::from(self.name.as_str()).write(&mut payload);
        Value::Number(self.transaction_id).write(&mut payload);
        self.object.write(&mut payload);
        self.arguments.iter().for_each(|argument| argument.write(&mut payload));
        Message {
            message_type: MessageType::CommandAmf0,
            timestamp: 0,
            stream_id,
            payload: Bytes::from(payload),
        }
    }

    /// The argument at `index`, if it is a string.
    #[must_use]
    pub fn text(&self, index: usize) -> Option<&str> {
        self.arguments.get(index)?.as_str()
    }
}

/// The information object of a status, result or error.
pub(super) fn information(level: &str, code: &str, description: &str) -> Value {
    Value::Object(properties([
        ("level", level.into()),
        ("code", code.into()),
        ("description", description.into()),
    ]))
}

/// Properties with names that we choose.
pub(super) fn properties<const N: usize>(properties: [(&str, Value); N]) -> Properties {
    properties.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { depth: 8, size: 1000 };

    #[test]
    fn a_command_is_read_as_it_was_written() {
        let command = Command::new("publish", 5.0, vec!["cam.1".into(), "live".into()]);
        assert_eq!(Command::parse(&command.to_message(1), LIMITS), Ok(command));
    }

    #[test]
    fn an_amf3_command_is_amf0_behind_one_byte() {
        let command = Command::new("createStream", 2.0, Vec::new());
        let mut message = command.to_message(0);
        message.message_type = MessageType::CommandAmf3;
        assert_eq!(Command::parse(&message, LIMITS).as_ref(), Ok(&command), "some encoders omit the byte");
        message.payload = [&[0], &message.payload[..]].concat().into();
        assert_eq!(Command::parse(&message, LIMITS), Ok(command));
    }

    #[test]
    fn a_command_may_end_behind_its_name() {
        let message = Message {
            payload: Bytes::from_static(b"\x02\x00\x01x"),
            ..Command::new("", 0.0, vec![]).to_message(0)
        };
        assert_eq!(Command::parse(&message, LIMITS), Ok(Command::new("x", 0.0, Vec::new())));
    }

    #[test]
    fn a_command_is_known_by_what_stands_before_a_value_that_is_no_amf0() {
        let whole = Command::new("publish", 5.0, vec!["cam".into()]);
        let message = whole.to_message(1);
        for wrong in [&[0x11][..], &[4], &[2, 0, 9, b'x'], &[0xff], &[3, 0], &[10, 0xff, 0xff, 0xff, 0xff]] {
            let payload = [&message.payload[..], wrong].concat().into();
            let damaged = Message { payload, ..message.clone() };
            let (command, error) = Command::parse_leading(&damaged, LIMITS).unwrap();
            assert_eq!(command, whole);
            assert_eq!(Command::parse(&damaged, LIMITS), Err(error.expect("something is wrong")));
        }
    }

    #[test]
    fn what_has_no_name_is_no_command() {
        let mut message = Command::new("", 0.0, Vec::new()).to_message(0);
        for payload in [&b""[..], b"\x05"] {
            message.payload = Bytes::from_static(payload);
            let error = Command::parse(&message, LIMITS).unwrap_err();
            assert_eq!(error.to_string(), "command: expected a name");
        }
    }
}
