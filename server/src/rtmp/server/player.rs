//! A connection that plays: the stream's tags out, while the client may say something.

use std::pin::pin;

use bytes::Bytes;
use flvgate_media::flv::{Demuxer, Event as FlvEvent};
use flvgate_media::format::Format;
use tracing::info;

use super::connection::Connection;
use super::end::End;
use super::join::Target;
use crate::access::{self, Visitor};
use crate::config::Action;
use crate::connections::TooMany;
use crate::hub::clients::{ClientInfo, Kick, Registration, Role};
use crate::hub::{self, Asker, Route, StreamKey, ViewError, Viewer};
use crate::names::PublicUrl;
use crate::rtmp::session::{Event, PlayRefusal, PlayRequest};
use crate::rtmp::socket::Turn;

/// Bytes taken from the socket at once. Players have little to say.
const READ_SIZE: usize = 4096;

impl Connection {
    /// Serves a player until it stops, or the connection has to end.
    pub(super) async fn play(&mut self, request: PlayRequest) -> Result<(), End> {
        let PlayRequest { address, vhost, tc_url, page_url, swf_url, asked_by } = request;
        let key = StreamKey { vhost: vhost.name.clone(), app: address.app, stream: address.stream };
        let [tc_url, page, swf_url] = [&tc_url, &page_url, &swf_url].map(|url| PublicUrl::of(url));
        let ip = self.address.ip().to_canonical();
        let visitor = Visitor { address: ip, page: Some(&page_url) };
        if let Err(denial) = access::check(&vhost, Action::Play, visitor) {
            info!(client = self.client_id, address = %self.address, stream = %key, page = %page, rule = %denial.rule(), "play denied");
            return Err(self.refuse_play(PlayRefusal::Failed, &denial.to_string()));
        }
        if !self.place.may_view() {
            info!(client = self.client_id, address = %self.address, stream = %key, reason = %TooMany::All, "play refused");
            return Err(self.refuse_play(
                PlayRefusal::Failed,
                "the server has as many viewers as max_connections allows",
            ));
        }
        let target = Target::new(self.hub.clone(), key, &vhost);
        let key = target.likely().clone();
        let role = Role::Viewer { transport: "rtmp", format: Format::Flv };
        let client = ClientInfo { key: key.clone().into(), role, ip, page_url: page, swf_url, tc_url };
        let registration = self.hub.clients().register(self.client_id.clone(), client, Kick::default());
        let asker = Asker { query: address.query, route: asked_by.clone() };
        let joined = self.until(target.join(asker), &registration).await.inspect_err(|end| {
            info!(client = self.client_id, address = %self.address, stream = %key, reason = %end, "play ended before it began");
        });
        let (key, viewer) = match joined? {
            None => return Ok(()),
            Some(Ok((key, viewer))) => (key, viewer.whole()),
            Some(Err(error)) => {
                let refusal = match error {
                    ref error if error.is_busy() => PlayRefusal::Failed,
                    ViewError::NotLive(_) | ViewError::Absent(..) => PlayRefusal::StreamNotFound,
                    ViewError::Unsuitable(_) | ViewError::Shutdown => PlayRefusal::Failed,
                };
                info!(client = self.client_id, address = %self.address, stream = %key, reason = %error, "play refused");
                return Err(self.refuse_play(refusal, &error.to_string()));
            }
        };
        self.accept_play(&key, &asked_by)?;
        info!(name: "session", client = self.client_id, address = %self.address, stream = %key, "play started");
        let played = self.deliver(viewer, &registration).await;
        let client = registration.client();
        let reason = played.as_ref().map_or_else(ToString::to_string, |()| "stopped".to_owned());
        info!(
            name: "session",
            client = self.client_id,
            address = %self.address,
            stream = %key,
            bytes = client.traffic().sent_bytes(),
            seconds = client.alive().as_secs_f32(),
            ignored = self.session.counters().ignored,
            reason,
            "play ended"
        );
        played
    }

    /// Agrees to play. An edge hears how the stream has come here, so that it does not go in circles; and it is better
    /// off with another origin than with a publisher who may come back.
    fn accept_play(&mut self, key: &StreamKey, asked_by: &Route) -> Result<(), End> {
        if *asked_by == Route::default() {
            self.session.accept_play();
            return Ok(());
        }
        let refused = |reason: String| {
            info!(client = self.client_id, address = %self.address, stream = %key, reason, "play refused");
            reason
        };
        let Some(publication) = self.hub.publication(key) else {
            let reason = refused(format!("the stream {}/{} has no publisher now", key.app, key.stream));
            return Err(self.refuse_play(PlayRefusal::StreamNotFound, &reason));
        };
        let Some(route) = self.hub.onward(key, &publication.route) else {
            let reason = refused("the stream has come through too many servers".to_owned());
            return Err(self.refuse_play(PlayRefusal::Failed, &reason));
        };
        self.session.accept_play_of_edge(&route);
        Ok(())
    }

    /// Sends the stream to its end.
    async fn deliver(&mut self, mut viewer: Viewer, registration: &Registration) -> Result<(), End> {
        let mut demuxer = Demuxer::new();
        let mut batch = Vec::new();
        loop {
            let next = match self.until(viewer.next(&mut batch), registration).await {
                Ok(Some(next)) => next,
                Ok(None) => return Ok(()),
                Err(end) => {
                    if matches!(end, End::TimedOut(_)) {
                        viewer.note_stalled();
                    }
                    return Err(end);
                }
            };
            match next {
                Ok(()) => self.queue(&mut demuxer, &mut batch),
                Err(hub::End::Shutdown) => return Err(End::Shutdown),
                Err(hub::End::TooSlow) => return Err(End::TooSlow),
                Err(
                    hub::End::StreamEnded
                    | hub::End::TracksChanged
                    | hub::End::Withdrawn
                    | hub::End::Unsuitable(_),
                ) => {
                    let description = "the stream has ended";
                    self.session.end_play(description);
                    return Err(End::Refused(description.to_owned()));
                }
            }
        }
    }

    fn queue(&mut self, demuxer: &mut Demuxer, batch: &mut Vec<Bytes>) {
        for parcel in batch.drain(..) {
            let pushed = demuxer.push(&parcel, |event| {
                if let FlvEvent::Tag(tag) = event {
                    self.session.send_tag(tag.tag_type, tag.timestamp, Bytes::copy_from_slice(tag.body));
                }
            });
            debug_assert!(pushed.is_ok(), "what the hub gives is FLV: {pushed:?}");
        }
    }

    /// Waits for `future`, once all is out that is to go out, and serves the client meanwhile. `None` when the client
    /// plays no more; then, too, all is out.
    async fn until<F: Future>(
        &mut self,
        future: F,
        registration: &Registration,
    ) -> Result<Option<F::Output>, End> {
        let shutdown = self.shutdown.clone();
        let mut future = pin!(future);
        let mut stopped = false;
        loop {
            if !stopped {
                stopped = self.has_stopped()?;
            }
            self.socket.queue(self.session.take_output());
            let pending = self.socket.is_sending();
            if stopped && !pending {
                return Ok(None);
            }
            tokio::select! {
                () = shutdown.requested() => return Err(End::Shutdown),
                () = registration.kicked() => return Err(End::Kicked),
                output = &mut future, if !pending => return Ok(Some(output)),
                // Nobody looks at what one says who has stopped, before all is out.
                turned = self.turn(!stopped, registration) => turned?,
            }
        }
    }

    /// Reads or writes once. Safe to cancel.
    async fn turn(&mut self, may_read: bool, registration: &Registration) -> Result<(), End> {
        let send_timeout = self.send_timeout();
        let mut input = [0; READ_SIZE];
        match self.socket.turn(&mut input, may_read, send_timeout).await? {
            Turn::Received(0) => Err(End::ClosedByPeer),
            Turn::Received(size) => {
                registration.client().traffic().add_received(size as u64);
                self.session.handle_input(&input[..size]).map_err(End::Protocol)
            }
            Turn::Sent(size) => {
                registration.client().traffic().add_sent(size as u64);
                Ok(())
            }
        }
    }

    /// Returns whether the client has stopped to play; what it says behind that is left to the connection.
    fn has_stopped(&mut self) -> Result<bool, End> {
        while let Some(event) = self.session.next_event() {
            match event {
                Event::StopPlay => return Ok(true),
                Event::Refused(refused) => return Err(self.report_refused(&refused)),
                Event::Declined(refused) => self.report(&refused),
                // One who plays can do nothing else.
                Event::Play(_) | Event::Publish(_) | Event::Tag(_) | Event::Unpublish => {}
            }
        }
        Ok(false)
    }

    fn refuse_play(&mut self, refusal: PlayRefusal, description: &str) -> End {
        self.session.refuse_play(refusal, description);
        End::Refused(description.to_owned())
    }
}
