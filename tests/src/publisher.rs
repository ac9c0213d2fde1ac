//! An encoder that publishes one tag at a time, when the test says so.

use bytes::Bytes;
use flvgate::rtmp::client::{PublishSession, PublishUrl};
use flvgate_media::flv::TagType;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A publisher with AVC video.
#[derive(Debug)]
pub struct Publisher {
    session: PublishSession,
    socket: TcpStream,
}

impl Publisher {
    /// Publishes at `url`: metadata, a sequence header and a keyframe, all at 0 ms.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn connect(url: &str) -> Self {
        let mut publisher = Self::open(url).await;
        publisher.push(0, &sequence_header()).await;
        publisher.push(0, &keyframe(0, 100)).await;
        publisher
    }

    /// Publishes at `url`, metadata and nothing else yet.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn open(url: &str) -> Self {
        Self::open_as(url.parse().expect("a test's URL is one")).await
    }

    /// The same with an app and a stream that may be split at any of their levels.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn open_as(url: PublishUrl) -> Self {
        let socket = TcpStream::connect((url.host.as_str(), url.port)).await.expect("the server listens");
        socket.set_nodelay(true).expect("a socket has options");
        let mut publisher = Self { session: PublishSession::new(url, 1), socket };
        publisher.flush().await;
        while !publisher.session.is_publishing() {
            let mut bytes = vec![0; 16 * 1024];
            let length = publisher.socket.read(&mut bytes).await.expect("the server answers");
            assert!(length > 0, "the server takes the stream");
            publisher.session.handle_input(&bytes[..length]).expect("the server takes the stream");
            publisher.flush().await;
        }
        publisher
    }

    /// Publishes the body of one video tag.
    ///
    /// # Panics
    /// When the server is gone.
    pub async fn push(&mut self, timestamp: u32, body: &Bytes) {
        self.push_tag(TagType::Video, timestamp, body).await;
    }

    /// Publishes the body of one tag.
    ///
    /// # Panics
    /// When the server is gone.
    pub async fn push_tag(&mut self, tag_type: TagType, timestamp: u32, body: &Bytes) {
        self.session.send_tag(tag_type, timestamp, body);
        self.flush().await;
    }

    /// Sends chunks that the test has made itself, behind whole messages.
    ///
    /// # Panics
    /// When the server is gone.
    pub async fn send_chunks(&mut self, chunks: &[u8]) {
        self.socket.write_all(chunks).await.expect("the server reads");
    }

    /// Says that the stream is over, and leaves.
    ///
    /// # Panics
    /// When the server is gone.
    pub async fn finish(mut self) {
        self.session.finish();
        self.flush().await;
    }

    async fn flush(&mut self) {
        let output = self.session.take_output();
        self.socket.write_all(&output).await.expect("the server reads");
    }
}

/// An AVC sequence header: 1280x720, High@3.1.
#[must_use]
pub fn sequence_header() -> Bytes {
    Bytes::from_static(&[
        0x17, 0, 0, 0, 0, 1, 0x64, 0, 0x1f, 0xff, 0xe1, 0, 26, 0x67, 0x64, 0x00, 0x1f, 0xac, 0xd9, 0x40,
        0x50, 0x05, 0xbb, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x03, 0xc0, 0xf1, 0x83,
        0x19, 0x60, 1, 0, 6, 0x68, 0xeb, 0xe3, 0xcb, 0x22, 0xc0,
    ])
}

/// A keyframe with `size` bytes of no meaning that `number` makes.
#[must_use]
pub fn keyframe(number: u32, size: usize) -> Bytes {
    frame(0x17, 0x65, number, size)
}

/// A frame that needs the one before, with `size` bytes of no meaning that `number` makes.
#[must_use]
pub fn inter_frame(number: u32, size: usize) -> Bytes {
    frame(0x27, 0x41, number, size)
}

fn frame(flags: u8, nal_unit: u8, number: u32, size: usize) -> Bytes {
    let mut body = vec![flags, 1, 0, 0, 0];
    body.extend(u32::try_from(size + 1).unwrap_or(u32::MAX).to_be_bytes());
    body.push(nal_unit);
    body.extend(number.to_be_bytes().iter().cycle().take(size));
    body.into()
}
