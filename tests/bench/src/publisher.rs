//! Publishes the clip in real time, as one stream or many, from one thread.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant};

use flvgate::rtmp::client::{ClientError, PublishSession, PublishUrl, UrlError};
use socket2::SockRef;

use crate::clip::{Clip, ClipTag};
use crate::process::thread_cpu;

/// `MSG_DONTWAIT` of Linux.
const DONT_WAIT: i32 = 0x40;

/// Why nothing is published.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PublisherError {
    #[error(transparent)]
    Url(#[from] UrlError),
    #[error("cannot publish: {0}")]
    Socket(#[from] io::Error),
    #[error("cannot publish: {0}")]
    Session(#[from] ClientError),
}

/// Frames whose times are kept: those of more than a minute, which is later than any viewer of a measurement is.
const REMEMBERED: usize = 8192;

/// When the publisher began to write each of the newest frames of the first stream.
#[derive(Debug, Default)]
pub(crate) struct Written {
    at: Mutex<HashMap<(bool, u32), Instant>>,
    /// The newest timestamps of the clip's frames, by hashes of their bodies.
    timestamps: Mutex<HashMap<u64, u32>>,
    hashes: RandomState,
}

impl Written {
    /// When the writing of the audio or video frame with this timestamp began.
    pub(crate) fn at(&self, is_video: bool, timestamp: u32) -> Option<Instant> {
        self.at.lock().unwrap_or_else(PoisonError::into_inner).get(&(is_video, timestamp)).copied()
    }

    /// The timestamp with which a frame of this body was written last. A server may give each viewer timestamps from 0 on.
    pub(crate) fn timestamp(&self, body: &[u8]) -> Option<u32> {
        let hash = self.hashes.hash_one(body);
        self.timestamps.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).copied()
    }

    fn note(&self, is_video: bool, timestamp: u32, body: &[u8]) {
        let hash = self.hashes.hash_one(body);
        self.timestamps.lock().unwrap_or_else(PoisonError::into_inner).insert(hash, timestamp);
        let mut written = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        if written.len() >= 2 * REMEMBERED {
            // A stream that is published for an hour would fill this process's memory. By halves, so that it is seldom done.
            let mut times: Vec<Instant> = written.values().copied().collect();
            let (_, oldest, _) = times.select_nth_unstable(REMEMBERED);
            let oldest = *oldest;
            written.retain(|_, at| *at >= oldest);
        }
        written.insert((is_video, timestamp), Instant::now());
    }
}

/// A thread that publishes until this is dropped.
#[derive(Debug)]
pub(crate) struct Publisher {
    stop: Arc<AtomicBool>,
    written: Arc<Written>,
    thread: Option<JoinHandle<Result<Vec<Stream>, PublisherError>>>,
    cpu: Arc<Mutex<Duration>>,
}

impl Publisher {
    /// Starts to publish `clip` at each of `urls`, which begin evenly spread over one frame.
    ///
    /// # Errors
    /// When a server cannot be reached, or refuses.
    pub(crate) fn start(clip: &Arc<Clip>, urls: &[String]) -> Result<Self, PublisherError> {
        let mut streams = urls.iter().map(|url| Stream::open(url)).collect::<Result<Vec<_>, _>>()?;
        for stream in &mut streams {
            for header in &clip.headers {
                stream.send(header, 0)?;
            }
        }
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(Written::default()));
        let cpu = Arc::new(Mutex::new(Duration::ZERO));
        let thread = {
            let (clip, stop, written, cpu) =
                (Arc::clone(clip), Arc::clone(&stop), Arc::clone(&written), Arc::clone(&cpu));
            spawn(move || publish(&clip, streams, &stop, &written, &cpu))
        };
        Ok(Self { stop, written, thread: Some(thread), cpu })
    }

    /// When frames were written.
    pub(crate) fn written(&self) -> Arc<Written> {
        Arc::clone(&self.written)
    }

    /// CPU time that publishing has used.
    pub(crate) fn cpu(&self) -> Duration {
        *self.cpu.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it still publishes: a server may let a publisher go.
    pub(crate) fn is_running(&self) -> bool {
        self.thread.as_ref().is_some_and(|thread| !thread.is_finished())
    }

    /// Stops without a word to the server, as one that is killed.
    pub(crate) fn vanish(mut self) {
        drop(self.stop());
    }

    /// Stops; returns the streams that are open still.
    fn stop(&mut self) -> Vec<Stream> {
        self.stop.store(true, Ordering::Relaxed);
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(Ok(streams))) => return streams,
            Some(Ok(Err(error))) => eprintln!("the publisher ended early: {error}"),
            Some(Err(_)) => eprintln!("the publisher's thread has failed"),
            None => {}
        }
        Vec::new()
    }
}

impl Drop for Publisher {
    fn drop(&mut self) {
        for mut stream in self.stop() {
            // The server may be gone before us.
            stream.session.finish();
            let _ = stream.flush();
        }
    }
}

/// Publishes until `stop`; returns the streams, which are open.
fn publish(
    clip: &Clip,
    mut streams: Vec<Stream>,
    stop: &AtomicBool,
    written: &Written,
    cpu: &Mutex<Duration>,
) -> Result<Vec<Stream>, PublisherError> {
    let started = Instant::now();
    let first = clip.frames[0].timestamp;
    let spread = Duration::from_millis(40) / u32::try_from(streams.len()).unwrap_or(u32::MAX);
    let due = |stream: usize, frame: usize| {
        let rounds = u32::try_from(frame / clip.frames.len()).unwrap_or(u32::MAX);
        let tag = &clip.frames[frame % clip.frames.len()];
        let time = tag.timestamp - first + rounds * clip.period;
        let shift = spread * u32::try_from(stream).unwrap_or(u32::MAX);
        (Duration::from_millis(u64::from(time)) + shift, rounds * clip.period)
    };
    let mut queue: BinaryHeap<_> =
        (0..streams.len()).map(|index| Reverse((due(index, 0).0, index, 0))).collect();
    while let Some(Reverse((time, index, frame))) = queue.pop() {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        sleep((started + time).saturating_duration_since(Instant::now()));
        let tag = &clip.frames[frame % clip.frames.len()];
        let shift = due(index, frame).1;
        if index == 0 {
            // Before it is written: a viewer may have it before this thread runs again.
            written.note(tag.is_video(), tag.timestamp + shift, &tag.payload);
            *cpu.lock().unwrap_or_else(PoisonError::into_inner) = thread_cpu();
        }
        streams[index].send(tag, shift)?;
        queue.push(Reverse((due(index, frame + 1).0, index, frame + 1)));
    }
    Ok(streams)
}

#[derive(Debug)]
struct Stream {
    session: PublishSession,
    socket: TcpStream,
    sent: u32,
}

impl Stream {
    fn open(url: &str) -> Result<Self, PublisherError> {
        let url: PublishUrl = url.parse()?;
        let socket = TcpStream::connect((url.host.as_str(), url.port))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        let mut stream = Self { session: PublishSession::new(url, 1), socket, sent: 0 };
        stream.flush()?;
        let mut bytes = [0; 4096];
        while !stream.session.is_publishing() {
            let len = stream.socket.read(&mut bytes)?;
            if len == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            stream.session.handle_input(&bytes[..len])?;
            stream.flush()?;
        }
        Ok(stream)
    }

    fn send(&mut self, tag: &ClipTag, shift: u32) -> Result<(), PublisherError> {
        self.session.send_tag(tag.tag_type, tag.timestamp + shift, &tag.payload);
        self.flush()?;
        // Acknowledgements and pings want to be read, though not at once.
        self.sent += 1;
        if self.sent.is_multiple_of(64) {
            let mut bytes = [MaybeUninit::uninit(); 4096];
            // Nobody needs them: this only keeps the socket's buffer from filling up.
            let _ = SockRef::from(&self.socket).recv_with_flags(&mut bytes, DONT_WAIT);
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let output = self.session.take_output();
        self.socket.write_all(&output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_frames_are_remembered_and_no_more_than_that() {
        let (written, count) = (Written::default(), u32::try_from(5 * REMEMBERED).unwrap());
        let newest = u32::try_from(REMEMBERED).unwrap();
        for timestamp in 0..count {
            written.note(true, timestamp, &[(timestamp % 7) as u8]);
            assert!(written.at.lock().unwrap().len() <= 2 * REMEMBERED);
        }
        assert!((count - newest..count).all(|timestamp| written.at(true, timestamp).is_some()));
        assert!(written.at(true, 0).is_none() && written.at(false, count - 1).is_none());
        assert_eq!(written.timestamp(&[((count - 1) % 7) as u8]), Some(count - 1));
        assert_eq!(written.timestamp(&[7]), None);
    }
}
