//! What a viewer gets first, and from where on it follows.

use std::sync::Arc;

use bytes::Bytes;
use flvgate_media::flv::{file_header, set_timestamp};
use flvgate_media::format::{Content, Format};
use tokio::time::Instant;

use super::Next;
use super::place::{Late, Place, Tracks};
use crate::config::{HttpRemux, LateTrack};
use crate::hub::batch::Taken;
use crate::hub::ring::Ring;
use crate::hub::stream::Stream;
use crate::hub::suitability::Shown;

/// Puts what `format` begins with into `batch`; tells where the viewer then stands, or how long it must wait first.
pub(super) fn start(ring: &Ring, format: Format, stream: &Stream, batch: &mut Taken) -> Result<Place, Next> {
    let vhost = stream.vhost();
    let remux = &vhost.http_remux;
    match format {
        Format::Flv => {
            let announced = announced(&stream.shown(), remux)?;
            let tracks = if sends_all(remux) { Tracks::BOTH } else { announced };
            let place = start_flv(ring, announced, tracks, batch);
            let ends = tracks != Tracks::BOTH && remux.guess_has_av && remux.late_track == LateTrack::End;
            Ok(Place { late: ends.then(Late::default), ..place })
        }
        Format::Ts => Ok(stand(ring, Tracks::BOTH, ring.gop_start().or_else(|| newest_audio(ring)))),
        Format::Mp3 | Format::Aac if remux.fast_cache.is_zero() => Ok(stand(ring, Tracks::BOTH, None)),
        Format::Mp3 | Format::Aac => {
            let span = u64::try_from(remux.fast_cache.as_millis()).unwrap_or(u64::MAX);
            Ok(stand(ring, Tracks::BOTH, Some(ring.history_start(span))))
        }
    }
}

/// As FLV, for one that wants every track, whether it has shown or not.
pub(super) fn follow(ring: &Ring, batch: &mut Taken) -> Place {
    start_flv(ring, Tracks::BOTH, Tracks::BOTH, batch)
}

/// Whether viewers get tracks that their header does not announce.
const fn sends_all(remux: &HttpRemux) -> bool {
    // A guess may have come too early. What the operator says of the stream stands.
    let guessed_early = remux.guess_has_av && matches!(remux.late_track, LateTrack::Send);
    !remux.drop_if_not_match || guessed_early
}

/// Which tracks the FLV header announces, or how long to wait until that can be said.
fn announced(shown: &Shown, remux: &HttpRemux) -> Result<Tracks, Next> {
    if !remux.guess_has_av {
        return Ok(Tracks { audio: remux.has_audio, video: remux.has_video });
    }
    // Nothing is known before the first tag, and of the tracks that a publication has, the second may come a little later.
    let Some(decided) = shown.decided_at(remux) else { return Err(Next::Nothing) };
    let tracks = Tracks { audio: shown.audio.is_some(), video: shown.video.is_some() };
    if tracks == Tracks::BOTH || Instant::now() >= decided {
        return Ok(tracks);
    }
    Err(Next::NotBefore(decided))
}

/// The FLV header and what decoders must know; the viewer then stands at the GOP cache's start, or at the live edge.
///
/// The header announces some of the `tracks` that the viewer gets, or all.
fn start_flv(ring: &Ring, announced: Tracks, tracks: Tracks, batch: &mut Taken) -> Place {
    ring.note_newcomer();
    let place = stand(ring, tracks, ring.gop_start());
    batch.push(Bytes::copy_from_slice(&file_header(announced.audio, announced.video)));
    let setup = place.preamble.parts().filter(|&(name, _)| tracks.include(name.track));
    // It may be as old as the stream; the viewer's time begins with it.
    setup.for_each(|(_, part)| batch.push_at(at(ring, place.cursor, part), 0));
    place
}

/// What was told a while ago, for one who is at `position`: with the stream's time there, so that a viewer whose clock is
/// the stream's has no gap in front.
pub(super) fn at(ring: &Ring, position: u64, part: &Bytes) -> Bytes {
    let newest = || ring.parcel(ring.end().checked_sub(1)?);
    let Some(parcel) = ring.parcel(position).or_else(newest) else { return part.clone() };
    let mut tag = part.to_vec();
    set_timestamp(&mut tag, parcel.muxed.timestamp);
    tag.into()
}

/// The newest place to start at, if it is one of audio: where there is video, it is video's to say.
fn newest_audio(ring: &Ring) -> Option<u64> {
    let starts_with_audio =
        |position: &u64| ring.parcel(*position).is_some_and(|parcel| parcel.muxed.content == Content::Audio);
    ring.newest_start().filter(starts_with_audio)
}

/// At `start`, or at the live edge.
fn stand(ring: &Ring, tracks: Tracks, start: Option<u64>) -> Place {
    let cursor = start.unwrap_or_else(|| ring.end());
    let (hold, preamble) = (Arc::clone(ring.hold_at(cursor)), Arc::clone(ring.preamble_at(cursor)));
    let needs_start = start.is_none();
    Place { cursor, hold, tracks, late: None, needs_start, has_skipped: false, preamble, passed: None }
}
