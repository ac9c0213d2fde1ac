//! A connection that publishes: its stream, from the request for it to its end.

use std::fmt;

use tokio::time::Instant;
use tracing::info;

use super::connection::{Connection, Phase};
use super::end::End;
use crate::access::{self, Visitor};
use crate::config::Action;
use crate::hub::clients::{ClientInfo, Kick, Registration, Role};
use crate::hub::{PublishError, Publisher, PublisherInfo, StreamKey};
use crate::names::PublicUrl;
use crate::rtmp::session::{PublishRequest, Refusal};

/// A connection's stream in the hub.
pub(super) struct Publication {
    pub(super) publisher: Publisher,
    pub(super) registration: Registration,
    key: StreamKey,
    /// When it was last seen to have a viewer.
    watched: Instant,
    /// The session's bytes and media messages when it began.
    bytes_before: u64,
    pub(super) media_messages: u64,
}

impl Connection {
    /// Asks the hub for the stream, and tells the client.
    pub(super) async fn publish(&mut self, request: PublishRequest) -> Result<(), End> {
        let PublishRequest { address, vhost, tc_url, page_url, swf_url, encoder, route } = request;
        let key = StreamKey { vhost: vhost.name.clone(), app: address.app, stream: address.stream };
        let public = [&tc_url, &page_url, &swf_url].map(|url| PublicUrl::of(url));
        let [public_tc_url, public_page_url, public_swf_url] = public;
        let visitor = Visitor { address: self.address.ip(), page: Some(&page_url) };
        if let Err(denial) = access::check(&vhost, Action::Publish, visitor) {
            info!(client = self.client_id, address = %self.address, stream = %key, page = %public_page_url, rule = %denial.rule(), "publish denied");
            self.session.refuse_publish(Refusal::Rejected, &denial.to_string());
            return Err(End::Refused(denial.to_string()));
        }
        let info = PublisherInfo {
            client_id: self.client_id.clone(),
            tc_url: public_tc_url.clone(),
            address: self.address.to_string(),
            asked_vhost: address.vhost,
            query: address.query,
            route,
            is_pull: false,
        };
        let client = ClientInfo {
            key: key.clone().into(),
            role: Role::Publisher(encoder),
            ip: self.address.ip().to_canonical(),
            page_url: public_page_url,
            swf_url: public_swf_url,
            tc_url: public_tc_url,
        };
        let publisher = match self.hub.publish(key.clone(), vhost, info).await {
            Ok(publisher) => publisher,
            Err(error) => {
                let refusal = match error {
                    PublishError::Busy(_) => Refusal::BadName,
                    PublishError::Loop(_) => Refusal::Loop,
                    PublishError::NoVhost(_) | PublishError::Shutdown => Refusal::Rejected,
                };
                self.session.refuse_publish(refusal, &error.to_string());
                info!(client = self.client_id, address = %self.address, stream = %key, reason = %error, "publish refused");
                return Err(End::Refused(error.to_string()));
            }
        };
        self.session.accept_publish();
        info!(name: "session", client = self.client_id, address = %self.address, stream = %key, "publish started");
        self.deadline = Instant::now() + publisher.rules().firstpkt_timeout;
        let counters = self.session.counters();
        let registration = self.hub.clients().register(self.client_id.clone(), client, Kick::default());
        self.phase = Phase::Publishing(Box::new(Publication {
            publisher,
            registration,
            key,
            watched: Instant::now(),
            bytes_before: counters.bytes,
            media_messages: counters.media_messages,
        }));
        Ok(())
    }

    /// Whether the stream has had no viewer for as long as `kickoff_for_idle` allows. A publisher that is silent is sent
    /// away for that, so it is enough to look whenever something comes.
    pub(super) fn is_unwatched(&mut self) -> bool {
        let Phase::Publishing(publication) = &mut self.phase else { return false };
        if publication.publisher.viewers() > 0 {
            publication.watched = Instant::now();
        }
        let allowed = publication.publisher.rules().kickoff_for_idle;
        !allowed.is_zero() && publication.watched.elapsed() >= allowed
    }

    /// Gives the stream back to the hub, if there is one.
    pub(super) fn end_publication(&mut self, reason: &dyn fmt::Display) {
        let Phase::Publishing(publication) = std::mem::replace(&mut self.phase, Phase::Between) else {
            return;
        };
        let counters = self.session.counters();
        info!(
            name: "session",
            client = self.client_id,
            address = %self.address,
            stream = %publication.key,
            bytes = counters.bytes - publication.bytes_before,
            skipped = counters.skipped,
            ignored = counters.ignored,
            %reason,
            "publish ended"
        );
    }
}
