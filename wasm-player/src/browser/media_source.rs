//! A `MediaSource` on a video element, with a [`SourceBufferQueue`] for each track.

use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec::Vec;

use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlVideoElement, MediaSource, MediaSourceReadyState, Url};

use super::event_listener::EventListener;
use super::object::{error_text, property};
use super::source_buffer_queue::{QueueError, SourceBufferQueue};
use crate::pipeline::Track;

/// What comes before the `MediaSource` is open is kept up to here.
const EARLY_MAX: usize = 8 << 20;

/// What a `MediaSource` tells.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MediaSourceEvent {
    /// It can take source buffers.
    Opened,
    /// A track's source buffer can take more.
    Updated(Track),
    /// A source buffer refused a segment.
    Failed,
}

/// Takes a media source's events.
pub(crate) type MediaSourceSink = Rc<dyn Fn(MediaSourceEvent)>;

/// The part of the queue's life before there is a `SourceBuffer`.
struct EarlyTrack {
    track: Track,
    mime: String,
    init: Vec<u8>,
    fragments: Vec<(Vec<u8>, Option<f64>)>,
}

/// The tracks, before and after the browser made source buffers for them.
enum Tracks {
    /// None is known yet.
    None,
    /// `expected` will come; all must be declared before the first byte of any is appended, or the browser refuses the rest.
    Early { expected: Vec<Track>, tracks: Vec<EarlyTrack>, bytes: usize },
    /// All are declared.
    Ready(Vec<(Track, SourceBufferQueue)>),
}

/// A `MediaSource` that is attached to a video element; dropping it detaches it.
pub(crate) struct AttachedMediaSource {
    video: HtmlVideoElement,
    media_source: MediaSource,
    /// Where the page plays from; none where it has been handed the source itself.
    object_url: Option<String>,
    tracks: Tracks,
    sink: MediaSourceSink,
    /// In seconds; a live stream has no end.
    duration: f64,
    duration_is_due: bool,
    /// When it was attached, on the page's clock.
    pub(crate) attached_at: f64,
    _listener: EventListener,
}

impl AttachedMediaSource {
    /// Makes a `MediaSource`, or a `ManagedMediaSource` where there is only that (iPhone), the video's source.
    ///
    /// # Errors
    /// When the browser has neither.
    pub(crate) fn attach(video: &HtmlVideoElement, now: f64, sink: MediaSourceSink) -> Result<Self, String> {
        let (class, managed) = media_source_class(video)
            .ok_or("this browser has no Media Source Extensions, which live playback needs")?;
        let thrown = |error: JsValue| error_text(&error);
        let media_source: MediaSource =
            Reflect::construct(&class, &Array::new()).map_err(thrown)?.unchecked_into();
        let opened = sink.clone();
        let listener =
            EventListener::new(&media_source, "sourceopen", move |_| opened(MediaSourceEvent::Opened))
                .map_err(thrown)?;
        if managed {
            // Without an AirPlay alternative it opens only if remote playback is given up.
            let _ = Reflect::set(video, &"disableRemotePlayback".into(), &true.into());
        }
        let object_url = match property(&media_source, "handle") {
            // In a worker, or not MSE's. What stands for the element asks the source for what the element itself would know.
            Some(handle) => {
                let _ = Reflect::set(video, &"mediaSource".into(), &media_source);
                let _ = Reflect::set(video, &"srcObject".into(), &handle);
                None
            }
            None => {
                let url = Url::create_object_url_with_source(&media_source).map_err(thrown)?;
                video.set_src(&url);
                Some(url)
            }
        };
        Ok(Self {
            video: video.clone(),
            media_source,
            object_url,
            tracks: Tracks::None,
            sink,
            duration: f64::INFINITY,
            duration_is_due: true,
            attached_at: now,
            _listener: listener,
        })
    }

    /// Whether the element has taken it.
    pub(crate) fn is_open(&self) -> bool {
        self.media_source.ready_state() == MediaSourceReadyState::Open
    }

    /// Whether tracks were announced; they can be only once.
    pub(crate) fn has_tracks(&self) -> bool {
        !matches!(self.tracks, Tracks::None)
    }

    /// Whether the browser has made a buffer for each track; it takes none away and no further one.
    pub(crate) fn has_source_buffers(&self) -> bool {
        matches!(self.tracks, Tracks::Ready(_))
    }

    /// Announces which tracks there will be.
    pub(crate) fn expect_tracks(&mut self, expected: Vec<Track>) {
        self.tracks = Tracks::Early { expected, tracks: Vec::new(), bytes: 0 };
    }

    /// A track that was announced will not come after all.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn leave_out(&mut self, track: Track) -> Result<(), QueueError> {
        if let Tracks::Early { expected, .. } = &mut self.tracks {
            expected.retain(|&other| other != track);
        }
        self.make_source_buffers()
    }

    /// A track's initialization segment.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn init(&mut self, track: Track, mime: &str, data: &[u8]) -> Result<(), QueueError> {
        match &mut self.tracks {
            Tracks::None => return Ok(()),
            Tracks::Early { expected, tracks, .. } => {
                if !expected.contains(&track) {
                    return Ok(());
                }
                tracks.retain(|early| early.track != track);
                tracks.push(EarlyTrack {
                    track,
                    mime: mime.into(),
                    init: data.to_vec(),
                    fragments: Vec::new(),
                });
            }
            Tracks::Ready(queues) => {
                return queue_of(queues, track).map_or(Ok(()), |queue| queue.init(mime, data));
            }
        }
        self.make_source_buffers()
    }

    /// A fragment of a track, to be appended by [`Self::hand_over`]; `timestamp_offset` is for a format whose frames carry no time.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn append(
        &mut self,
        track: Track,
        data: &[u8],
        timestamp_offset: Option<f64>,
    ) -> Result<(), QueueError> {
        match &mut self.tracks {
            Tracks::None => Ok(()),
            Tracks::Early { tracks, bytes, .. } => {
                let Some(early) = tracks.iter_mut().find(|early| early.track == track) else { return Ok(()) };
                *bytes += data.len();
                if *bytes > EARLY_MAX {
                    *bytes = 0;
                    tracks.iter_mut().for_each(|early| early.fragments.clear());
                    return Err(QueueError::Overflow);
                }
                early.fragments.push((data.to_vec(), timestamp_offset));
                Ok(())
            }
            Tracks::Ready(queues) => {
                let Some(queue) = queue_of(queues, track) else { return Ok(()) };
                if let Some(seconds) = timestamp_offset {
                    queue.set_timestamp_offset(seconds);
                }
                queue.append(data)
            }
        }
    }

    /// Hands the source buffers what was appended: together, because each call costs the browser more than its bytes do.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn hand_over(&mut self) -> Result<(), QueueError> {
        let Tracks::Ready(queues) = &mut self.tracks else { return Ok(()) };
        let mut result = Ok(());
        for (_, queue) in queues {
            // A buffer that refuses keeps none of the others from its media.
            let pumped = queue.pump();
            result = result.and(pumped);
        }
        result
    }

    /// To be called when the source has opened.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn opened(&mut self) -> Result<(), QueueError> {
        self.apply_duration();
        self.make_source_buffers()
    }

    /// Says how long it is, in seconds; told to the element as soon as it can be.
    pub(crate) fn set_duration(&mut self, seconds: f64) {
        self.duration = seconds;
        self.duration_is_due = true;
        self.apply_duration();
    }

    /// Tells the element the duration, if it does not know it and nothing is being appended.
    pub(crate) fn apply_duration(&mut self) {
        // Through Reflect, for the setter may throw and web-sys's own does not let that through.
        if self.duration_is_due && self.is_open() {
            let applied = Reflect::set(&self.media_source, &"duration".into(), &self.duration.into());
            self.duration_is_due = !applied.unwrap_or(false);
        }
    }

    /// Forgets all media, buffered or waiting: what comes next is from elsewhere.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn flush(&mut self) -> Result<(), QueueError> {
        match &mut self.tracks {
            Tracks::None => {}
            Tracks::Early { tracks, bytes, .. } => {
                *bytes = 0;
                tracks.iter_mut().for_each(|early| early.fragments.clear());
            }
            Tracks::Ready(queues) => {
                for (_, queue) in queues {
                    queue.flush()?;
                }
            }
        }
        Ok(())
    }

    /// Hands all tracks' buffers what they can take.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn pump_all(&mut self) -> Result<(), QueueError> {
        let Tracks::Ready(queues) = &mut self.tracks else { return Ok(()) };
        queues.iter_mut().try_for_each(|(_, queue)| queue.pump())
    }

    /// Whether media is kept until the tracks have their buffers.
    pub(crate) fn is_early(&self) -> bool {
        matches!(self.tracks, Tracks::Early { .. })
    }

    /// Whether all tracks have their buffers, and nothing waits for them.
    pub(crate) fn is_idle(&self) -> bool {
        matches!(&self.tracks, Tracks::Ready(queues) if queues.iter().all(|(_, queue)| queue.is_idle()))
    }

    /// To be called when a source buffer can take more.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn pump(&mut self, track: Track) -> Result<(), QueueError> {
        match &mut self.tracks {
            Tracks::Ready(queues) => queue_of(queues, track).map_or(Ok(()), SourceBufferQueue::pump),
            _ => Ok(()),
        }
    }

    /// Removes what was buffered before `end` if that is at least `step` seconds; `idle_only` waits for a quiet moment.
    ///
    /// # Errors
    /// See [`QueueError`].
    pub(crate) fn remove_before(&mut self, end: f64, step: f64, idle_only: bool) -> Result<(), QueueError> {
        let Tracks::Ready(queues) = &mut self.tracks else { return Ok(()) };
        for (_, queue) in queues {
            let worth_it = queue.start().is_some_and(|start| end - start > step);
            if worth_it && (!idle_only || queue.is_idle()) {
                queue.remove_before(end)?;
            }
        }
        Ok(())
    }

    /// Gives up all media that waits.
    pub(crate) fn drop_waiting_media(&mut self) {
        if let Tracks::Ready(queues) = &mut self.tracks {
            queues.iter_mut().for_each(|(_, queue)| queue.drop_waiting_media());
        }
    }

    /// Tells the element what can be sought, in seconds.
    pub(crate) fn set_seekable(&self, start: f64, end: f64) {
        // Refused when the source is not open any more, which is no news to anybody.
        let _ = self.media_source.set_live_seekable_range(start, end);
    }

    /// Nothing will follow.
    pub(crate) fn end(&self) {
        let _ = self.media_source.end_of_stream();
    }

    /// Once it is open and every expected track has its type.
    fn make_source_buffers(&mut self) -> Result<(), QueueError> {
        let Tracks::Early { expected, tracks, .. } = &mut self.tracks else { return Ok(()) };
        if tracks.len() < expected.len() || self.media_source.ready_state() != MediaSourceReadyState::Open {
            return Ok(());
        }
        let tracks = core::mem::take(tracks);
        let mut queues = Vec::with_capacity(tracks.len());
        for early in &tracks {
            let thrown = |error: JsValue| QueueError::Refused(error_text(&error));
            let buffer = self.media_source.add_source_buffer(&early.mime).map_err(thrown)?;
            let (updated, failed, track) = (self.sink.clone(), self.sink.clone(), early.track);
            let queue = SourceBufferQueue::new(
                buffer,
                &early.mime,
                move || updated(MediaSourceEvent::Updated(track)),
                move || failed(MediaSourceEvent::Failed),
            )
            .map_err(thrown)?;
            queues.push((track, queue));
        }
        self.tracks = Tracks::Ready(queues);
        for early in tracks {
            self.init(early.track, &early.mime, &early.init)?;
            for (data, timestamp_offset) in early.fragments {
                self.append(early.track, &data, timestamp_offset)?;
            }
        }
        self.hand_over()
    }
}

impl Drop for AttachedMediaSource {
    fn drop(&mut self) {
        let Some(object_url) = &self.object_url else {
            // Only if nothing else was put there meanwhile.
            let ours: &JsValue = self.media_source.as_ref();
            if property(&self.video, "mediaSource").is_some_and(|attached| attached == *ours) {
                let _ = Reflect::set(&self.video, &"srcObject".into(), &JsValue::NULL);
            }
            return;
        };
        let _ = Url::revoke_object_url(object_url);
        // Only if nothing else was put there meanwhile.
        if self.video.src() == *object_url {
            let _ = self.video.remove_attribute("src");
            self.video.load();
        }
    }
}

/// Whether this browser can play that type through Media Source Extensions.
pub(crate) fn is_type_supported(video: &HtmlVideoElement, mime: &str) -> bool {
    let Some((class, _)) = media_source_class(video) else { return false };
    property(&class, "isTypeSupported")
        .and_then(|method| method.dyn_into::<Function>().ok())
        .and_then(|method| method.call1(&class, &mime.into()).ok())
        .is_some_and(|answer| answer.is_truthy())
}

/// The class, and whether it is the managed one. What stands for an element may bring a class of its own.
fn media_source_class(video: &HtmlVideoElement) -> Option<(Function, bool)> {
    let own = property(video, "MediaSource").and_then(|class| class.dyn_into::<Function>().ok());
    let class = |name| property(&js_sys::global(), name)?.dyn_into::<Function>().ok();
    own.or_else(|| class("MediaSource"))
        .map(|found| (found, false))
        .or_else(|| Some((class("ManagedMediaSource")?, true)))
}

fn queue_of(queues: &mut [(Track, SourceBufferQueue)], track: Track) -> Option<&mut SourceBufferQueue> {
    queues.iter_mut().find(|(of, _)| *of == track).map(|(_, queue)| queue)
}
