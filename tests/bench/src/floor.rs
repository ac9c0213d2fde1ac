//! The floor: a server that does the least that one can do, which is to send ready bytes to every socket in turn.
//!
//! It knows no format and holds nothing back. What it costs is the kernel's, and no server costs less that sends as often.
//! It can encrypt what it sends, for each viewer with another key; it shakes no hands, and nobody can decrypt that.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{env, io};

use flvgate_media::flv::{Tag, write_tag};

use crate::cipher::Sealer;
use crate::clip::Clip;

/// A floor in a process of its own, so that its CPU time is read like any server's.
#[derive(Debug)]
pub(crate) struct Floor {
    child: Child,
    address: SocketAddr,
}

impl Floor {
    /// Starts the floor, which sends what of `clip` has become due each `interval`, in TLS records if it `encrypts`.
    ///
    /// # Errors
    /// When this program cannot start itself.
    pub(crate) fn start(clip: &Path, interval: Duration, encrypts: bool) -> io::Result<Self> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("floor").arg("--clip").arg(clip).arg("--interval").arg(interval.as_millis().to_string());
        if encrypts {
            command.arg("--encrypt");
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        if let Some(output) = &mut child.stdout {
            BufReader::new(output).read_line(&mut line)?;
        }
        let unknown = |_| io::Error::new(ErrorKind::InvalidData, "the floor does not say where it listens");
        let address = line.trim().parse().map_err(unknown)?;
        Ok(Self { child, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The floor itself: prints where it listens, and serves until it is killed.
///
/// # Errors
/// When it cannot listen.
pub(crate) fn serve(clip: &Clip, interval: Duration, encrypts: bool) -> io::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    println!("{}", listener.local_addr()?);
    let parts = parts(clip, interval);
    let mut viewers: Vec<(TcpStream, Option<Sealer>)> = Vec::new();
    let mut records = Vec::new();
    let started = Instant::now();
    for tick in 0_u32.. {
        sleep((started + interval * tick).saturating_duration_since(Instant::now()));
        while let Ok((socket, _)) = listener.accept() {
            viewers.push((socket, encrypts.then(|| Sealer::new(viewers.len()))));
            if let Some((socket, _)) = viewers.last_mut() {
                welcome(socket)?;
            }
        }
        let part = &parts[usize::try_from(tick).unwrap_or(0) % parts.len()];
        if !part.is_empty() {
            // Who does not take it all loses the rest: nobody reads what the floor sends.
            viewers.retain_mut(|(socket, sealer)| {
                let bytes = sealer.as_mut().map_or(part, |sealer| {
                    records.clear();
                    sealer.write(part, &mut records);
                    &records
                });
                socket.write(bytes).map_or_else(|error| error.kind() == ErrorKind::WouldBlock, |_| true)
            });
        }
    }
    Ok(())
}

fn welcome(socket: &mut TcpStream) -> io::Result<()> {
    // The request is small, and on its way before the connection is accepted or soon after.
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    let _ = socket.read(&mut [0; 4096]);
    socket.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\n\r\n")?;
    socket.set_nodelay(true)?;
    socket.set_nonblocking(true)
}

/// The clip's bytes, by when they are due.
fn parts(clip: &Clip, interval: Duration) -> Vec<Vec<u8>> {
    let interval = u32::try_from(interval.as_millis()).unwrap_or(u32::MAX).max(1);
    let first = clip.frames.first().map_or(0, |tag| tag.timestamp);
    let mut parts = vec![Vec::new(); usize::try_from(clip.period.div_ceil(interval)).unwrap_or(1)];
    for tag in &clip.frames {
        let index = usize::try_from((tag.timestamp - first) / interval).unwrap_or(0);
        if let Ok(tag) = Tag::parse(tag.tag_type, u64::from(tag.timestamp), tag.payload.clone()) {
            write_tag(&mut parts[index], &tag);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_the_clip_is_in_one_part() {
        let clip = Clip::parse(include_bytes!("../../media/demo.flv")).unwrap();
        let whole: usize = clip.frames.iter().map(|tag| tag.payload.len() + 15).sum();
        for (interval, count) in [(5, 4800), (40, 600), (350, 69)] {
            let parts = parts(&clip, Duration::from_millis(interval));
            assert_eq!(parts.len(), count);
            assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), whole);
        }
        assert!(parts(&clip, Duration::from_millis(40)).iter().all(|part| !part.is_empty()));
    }
}
