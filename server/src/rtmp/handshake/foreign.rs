//! What a peer speaks that does not speak RTMP, from its first bytes.

use std::fmt;

/// Another protocol, as its first bytes show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// A TLS record: RTMPS, HTTPS.
    Tls,
    /// An HTTP request or answer; also RTMPT, which is RTMP in HTTP.
    Http,
    /// The header that load balancers put before a connection, of version 1 or 2.
    Proxy,
    /// A request of RTSP.
    Rtsp,
    /// RTMP with the encryption that Flash had.
    Rtmpe,
    /// The greeting of SSH.
    Ssh,
}

/// What connections begin with. Those with which others begin come first.
const BEGINNINGS: [(&[u8], Foreign); 22] = [
    (b"\x16\x03", Foreign::Tls),
    (b"PROXY ", Foreign::Proxy),
    (b"\r\n\r\n\0\r\nQUIT\n", Foreign::Proxy),
    (b"OPTIONS rtsp", Foreign::Rtsp),
    (b"DESCRIBE ", Foreign::Rtsp),
    (b"ANNOUNCE ", Foreign::Rtsp),
    (b"SETUP ", Foreign::Rtsp),
    (b"RTSP/", Foreign::Rtsp),
    (b"SSH-", Foreign::Ssh),
    (b"GET ", Foreign::Http),
    (b"POST ", Foreign::Http),
    (b"HEAD ", Foreign::Http),
    (b"PUT ", Foreign::Http),
    (b"OPTIONS ", Foreign::Http),
    (b"DELETE ", Foreign::Http),
    (b"CONNECT ", Foreign::Http),
    (b"PATCH ", Foreign::Http),
    (b"PRI * HTTP/2.0", Foreign::Http),
    (b"HTTP/", Foreign::Http),
    (&[6], Foreign::Rtmpe),
    (&[8], Foreign::Rtmpe),
    (&[9], Foreign::Rtmpe),
];

impl Foreign {
    /// What `bytes`, the first ones of a connection, look like.
    #[must_use]
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        BEGINNINGS.iter().find(|(beginning, _)| bytes.starts_with(beginning)).map(|(_, foreign)| *foreign)
    }

    /// What an operator can do about a client that speaks it on the RTMP port.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Tls => {
                "RTMPS is not served here: use rtmp://, or put a TLS terminator in front; HTTPS has ports of its own"
            }
            Self::Http => "use the port of http_server or http_api; RTMP in HTTP (RTMPT) is not served",
            Self::Proxy => "switch the PROXY protocol off for this port at the load balancer",
            Self::Rtsp => {
                "RTSP is not served: let the camera push RTMP, or pull it with a program such as ffmpeg"
            }
            Self::Rtmpe => "RTMPE is not served: use rtmp://",
            Self::Ssh => "this is the port of RTMP",
        }
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tls => "TLS",
            Self::Http => "HTTP",
            Self::Proxy => "the PROXY protocol",
            Self::Rtsp => "RTSP",
            Self::Rtmpe => "RTMPE",
            Self::Ssh => "SSH",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_protocols_are_known_by_their_first_bytes() {
        for (bytes, foreign) in [
            (&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], Some(Foreign::Tls)),
            (b"GET /live/cam.flv HTTP/1.1\r\n", Some(Foreign::Http)),
            (b"POST /open/1 HTTP/1.1\r\n", Some(Foreign::Http)),
            (b"HTTP/1.1 400 Bad Request\r\n", Some(Foreign::Http)),
            (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", Some(Foreign::Proxy)),
            (b"\r\n\r\n\0\r\nQUIT\n\x21\x11", Some(Foreign::Proxy)),
            (b"OPTIONS rtsp://h/live RTSP/1.0\r\n", Some(Foreign::Rtsp)),
            (b"OPTIONS * HTTP/1.1\r\n", Some(Foreign::Http)),
            (b"SSH-2.0-OpenSSH_9.2\r\n", Some(Foreign::Ssh)),
            (b"\x06\x00\x00\x00\x00", Some(Foreign::Rtmpe)),
            (b"\x03\x00\x00\x00\x00", None),
            (b"P", None),
            (b"", None),
        ] {
            assert_eq!(Foreign::detect(bytes), foreign, "{bytes:?}");
        }
    }
}
