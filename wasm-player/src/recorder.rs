//! Saves what the pipeline makes as one fragmented MP4 file, with both tracks, from a keyframe at time 0 on.

use alloc::vec::Vec;
use core::ops::Range;

use flvgate_media::fmp4::{join_init_segments, move_fragment, timescale};

use crate::pipeline::{Output, Track};

/// So much is gathered before it is handed over, in bytes.
const PIECE: usize = 64 << 10;
/// A longer silence of the leading track than this is a jump, which the file does not show, in seconds.
const MAX_GAP: f64 = 1.0;
/// Audio may overlap what is there by this, in seconds.
const TOLERANCE: f64 = 0.005;
/// Before the first of a track.
const NO_FRAME: Range<f64> = -1.0..0.0;

/// Watches all output, to know the tracks when a recording begins.
#[derive(Debug, Default)]
pub struct Recorder {
    /// The initialization segment of each track; empty where it cannot be in an MP4 file.
    inits: [Vec<u8>; 2],
    recording: Option<Recording>,
}

#[derive(Debug)]
struct Recording {
    bytes: Vec<u8>,
    fragments: u32,
    /// Output time minus the file's, in seconds.
    shift: f64,
    /// The last frame of each track in the file, in seconds.
    last: [Range<f64>; 2],
}

/// What comes of a recording.
#[derive(Debug, PartialEq, Eq)]
pub enum Recorded<'a> {
    /// The next bytes of the file.
    Bytes(&'a [u8]),
    /// The file is complete: it was stopped, or goes no further because the tracks or their codecs changed.
    End,
}

type OnRecorded<'f> = &'f mut dyn FnMut(Recorded<'_>);

impl Recorder {
    /// Begins a file, at the next keyframe.
    pub fn start(&mut self) {
        self.recording = Some(Recording { bytes: Vec::new(), fragments: 0, shift: 0.0, last: [NO_FRAME; 2] });
    }

    /// Ends the file, if there is one.
    pub fn stop(&mut self, on_recorded: OnRecorded<'_>) {
        if let Some(recording) = self.recording.take() {
            if !recording.bytes.is_empty() {
                on_recorded(Recorded::Bytes(&recording.bytes));
            }
            on_recorded(Recorded::End);
        }
    }

    /// Takes what the pipeline has made.
    pub fn observe(&mut self, output: &Output<'_>, on_recorded: OnRecorded<'_>) {
        match *output {
            Output::Tracks { .. } => {
                if self.has_begun() {
                    self.stop(on_recorded);
                }
                self.inits = <[Vec<u8>; 2]>::default();
            }
            Output::Init { track, data, .. } => {
                let init = &mut self.inits[track as usize];
                if init == data {
                    return;
                }
                init.clear();
                init.extend_from_slice(data);
                if self.has_begun() {
                    self.stop(on_recorded);
                }
            }
            Output::Fragment { track, data, decode_time, duration, keyframe, .. } => {
                self.record(track, data, decode_time..decode_time + duration, keyframe);
                if let Some(recording) =
                    self.recording.as_mut().filter(|recording| recording.bytes.len() >= PIECE)
                {
                    on_recorded(Recorded::Bytes(&recording.bytes));
                    recording.bytes.clear();
                }
            }
            _ => {}
        }
    }

    fn has_begun(&self) -> bool {
        self.recording.as_ref().is_some_and(|recording| recording.fragments > 0)
    }

    fn record(&mut self, track: Track, data: &[u8], time: Range<f64>, keyframe: bool) {
        let Some(recording) = &mut self.recording else { return };
        let video = &self.inits[0];
        let (index, leads) = (track as usize, track == Track::Video || video.is_empty());
        let init = &self.inits[index];
        if init.is_empty() {
            return;
        }
        let Recording { bytes, fragments, shift, last } = recording;
        let mut tracks: Vec<&[u8]> = Vec::new();
        // A frame's duration is an estimate, but audio's are not.
        let earliest = if leads { last[index].start } else { last[index].end - TOLERANCE };
        let at = time.start - *shift;
        let lead_end = last[usize::from(video.is_empty())].end;
        if leads && keyframe {
            if *fragments == 0 {
                for init in self.inits.iter().filter(|init| !init.is_empty()) {
                    tracks.push(&init[..]);
                }
                join_init_segments(&tracks, bytes);
                *shift = time.start;
            } else if at <= last[index].start || at > lead_end + MAX_GAP {
                *shift = time.start - lead_end;
            }
        } else if *fragments == 0 || at > lead_end + MAX_GAP || at < earliest {
            // Before the first keyframe; behind a jump and before its keyframe; there already.
            return;
        }
        *fragments += 1;
        last[index] = time.start - *shift..time.end - *shift;
        let start = bytes.len();
        bytes.extend_from_slice(data);
        let ticks = *shift * f64::from(timescale(init));
        // Rounded: times are on the ticks.
        move_fragment(&mut bytes[start..], *fragments, (ticks + 0.5) as i64);
    }
}

#[cfg(test)]
mod tests;
