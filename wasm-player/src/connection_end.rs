//! Why a connection to the server ended, the same for HTTP and WebSocket.

use alloc::string::String;

/// Why a connection ended; decides whether and when to come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConnectionEnd {
    /// The server has sent all there was.
    Ended,
    /// There is no such stream, at least not yet.
    NotFound,
    /// The server wants credentials, or other ones; trying again with the same cannot help.
    Refused(u16),
    /// The server cut us because we did not keep up.
    TooSlow,
    /// Another HTTP status that is no success.
    HttpStatus(u16),
    /// Another WebSocket close code, with the server's reason.
    WebSocketCode(u16, String),
    /// HTTP brings the stream, and WebSocket does not.
    NoWebSocket,
    /// The network, DNS, TLS, a CORS rule or a cut connection; browsers do not tell these apart.
    Network(String),
    /// There was no answer within the time to connect.
    ConnectTimeout,
    /// The connection stood, but nothing came for too long.
    IdleTimeout,
}

/// RFC 6455 section 7.4.1 assigns 1000 to 1015; 4000 to 4999 are private, and the server speaks HTTP's statuses there.
const CLOSE_NORMAL: u16 = 1000;
const CLOSE_POLICY_VIOLATION: u16 = 1008;
/// The server's own, after HTTP's 205 (Reset Content): what comes next is for a new connection.
const CLOSE_TRACKS_CHANGED: u16 = 4205;
const CLOSE_PRIVATE_BASE: u16 = 4000;

impl ConnectionEnd {
    /// What an HTTP answer's status means; [`None`] for a success.
    #[must_use]
    pub fn of_http_status(status: u16) -> Option<Self> {
        match status {
            200..=299 => None,
            401 | 403 => Some(Self::Refused(status)),
            404 => Some(Self::NotFound),
            _ => Some(Self::HttpStatus(status)),
        }
    }

    /// What a WebSocket close code means.
    #[must_use]
    pub fn of_websocket_code(code: u16, reason: String) -> Self {
        match code {
            CLOSE_NORMAL | CLOSE_TRACKS_CHANGED => Self::Ended,
            CLOSE_POLICY_VIOLATION => Self::TooSlow,
            // No close frame came: the connection was cut, or never stood.
            1005 | 1006 => Self::Network("the WebSocket closed without a reason".into()),
            4408 => Self::TooSlow,
            4401 | 4403 | 4404 | 4410 => {
                Self::of_http_status(code - CLOSE_PRIVATE_BASE).unwrap_or(Self::WebSocketCode(code, reason))
            }
            _ => Self::WebSocketCode(code, reason),
        }
    }

    /// Whether another attempt can succeed with nothing changed on this side.
    #[must_use]
    pub fn worth_retrying(&self) -> bool {
        match self {
            Self::Refused(_) => false,
            // 408 and 429 ask to come back; any other 4xx says that the request is wrong.
            Self::HttpStatus(status) => !(400..500).contains(status) || matches!(status, 408 | 429),
            _ => true,
        }
    }

    /// The machine-readable code of the error event.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Ended => "stream-ended",
            Self::NotFound => "stream-not-found",
            Self::Refused(_) => "refused",
            Self::TooSlow => "too-slow",
            Self::HttpStatus(_) => "http-status",
            Self::WebSocketCode(..) => "websocket-closed",
            Self::NoWebSocket | Self::Network(_) => "network",
            Self::ConnectTimeout => "connect-timeout",
            Self::IdleTimeout => "idle-timeout",
        }
    }

    /// What happened, for a person.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Ended => "the stream ended".into(),
            Self::NotFound => "no such stream is live".into(),
            Self::Refused(status) => concat("the server refused the request with status ", *status),
            Self::TooSlow => {
                "the server cut the connection because it did not keep up with the stream".into()
            }
            Self::HttpStatus(status) => concat("the server answered with status ", *status),
            Self::WebSocketCode(code, reason) => {
                let mut message = concat("the server closed the WebSocket with code ", *code);
                if !reason.is_empty() {
                    message.push_str(": ");
                    message.push_str(reason);
                }
                message
            }
            Self::NoWebSocket => {
                "the WebSocket was refused, though the server answers over HTTP: does a proxy pass `Upgrade` on?".into()
            }
            Self::Network(detail) => {
                let mut message = String::from("the connection failed: ");
                message.push_str(detail);
                message
            }
            Self::ConnectTimeout => "the server did not answer in time".into(),
            Self::IdleTimeout => "nothing came from the server for too long".into(),
        }
    }
}

fn concat(text: &str, number: u16) -> String {
    let mut message = String::from(text);
    message.push_str(&flvgate_media::decimal(number.into()));
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_success_is_no_end() {
        assert_eq!(ConnectionEnd::of_http_status(200), None);
    }

    #[test]
    fn both_transports_tell_a_missing_stream_apart() {
        assert_eq!(ConnectionEnd::of_http_status(404), Some(ConnectionEnd::NotFound));
        assert_eq!(ConnectionEnd::of_websocket_code(4404, String::new()), ConnectionEnd::NotFound);
    }

    #[test]
    fn a_refusal_is_final_and_a_server_error_is_not() {
        for status in [401, 403] {
            assert!(!ConnectionEnd::of_http_status(status).expect("no success").worth_retrying());
        }
        assert!(!ConnectionEnd::of_websocket_code(4403, String::new()).worth_retrying());
        assert!(!ConnectionEnd::of_websocket_code(4410, "kicked".into()).worth_retrying());
        assert!(!ConnectionEnd::of_http_status(400).expect("no success").worth_retrying());
        for status in [429, 500, 502, 503] {
            assert!(ConnectionEnd::of_http_status(status).expect("no success").worth_retrying());
        }
    }

    #[test]
    fn going_away_is_worth_a_retry_and_keeps_the_reason() {
        let end = ConnectionEnd::of_websocket_code(1001, "restarting".into());
        assert!(end.worth_retrying());
        assert_eq!(end.message(), "the server closed the WebSocket with code 1001: restarting");
    }

    #[test]
    fn a_normal_close_is_the_streams_end_and_a_cut_is_the_network() {
        assert_eq!(ConnectionEnd::of_websocket_code(1000, String::new()), ConnectionEnd::Ended);
        assert_eq!(ConnectionEnd::of_websocket_code(4205, "tracks changed".into()), ConnectionEnd::Ended);
        assert_eq!(ConnectionEnd::of_websocket_code(1006, String::new()).code(), "network");
        assert_eq!(ConnectionEnd::of_websocket_code(1008, String::new()), ConnectionEnd::TooSlow);
    }
}
