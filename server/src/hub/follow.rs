//! For what takes streams on to other servers: what is published, and all of it.

use std::hash::BuildHasher;

use tokio::sync::watch;

use super::{Hub, PublisherInfo, Route, StreamKey, Viewer};

impl Hub {
    /// Changes whenever somebody has begun to publish.
    #[must_use]
    pub fn arrivals(&self) -> watch::Receiver<()> {
        self.arrivals.subscribe()
    }

    /// Who publishes what now. Streams whose publishers may come back are not among them.
    #[must_use]
    pub fn publications(&self) -> Vec<(StreamKey, PublisherInfo)> {
        let streams: Vec<_> = self.lock().by_key.values().cloned().collect();
        let published = streams.iter().filter_map(|stream| {
            Some((stream.key.clone(), stream.with_publication(|publication| publication.info.clone())?))
        });
        published.collect()
    }

    /// Who publishes `key` now.
    #[must_use]
    pub fn publication(&self, key: &StreamKey) -> Option<PublisherInfo> {
        self.find(key).ok()??.with_publication(|publication| publication.info.clone())
    }

    /// Joins `key` for all of it, as FLV: every track, whatever the vhost tells viewers that there is, and at once. It
    /// is not counted as a viewer. `None` when the stream is not there.
    #[must_use]
    pub fn follow(&self, key: &StreamKey) -> Option<Viewer> {
        let stream = self.find(key).ok()??;
        let feed = stream.flv()?;
        Some(Viewer::follower(stream, feed))
    }

    /// The route of what is published as `key` and has come by `route`, to be told where it is taken next; `None` when
    /// it has come far enough.
    #[must_use]
    pub fn onward(&self, key: &StreamKey, route: &Route) -> Option<Route> {
        route.with(self.hop(key))
    }

    /// The number in routes that stands for a stream of this hub.
    pub(super) fn hop(&self, key: &StreamKey) -> u64 {
        self.hops.hash_one(key)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Vhost;
    use crate::hub::PublishError;

    fn key(stream: &str) -> StreamKey {
        StreamKey { vhost: "v".into(), app: "live".into(), stream: stream.into() }
    }

    #[tokio::test]
    async fn a_stream_that_has_come_round_is_refused_and_another_is_not() {
        let (hub, other) = (Hub::new(), Hub::new());
        let route = hub.onward(&key("a"), &Route::default()).unwrap();
        let publish = |hub: Arc<Hub>, stream| {
            let info = PublisherInfo { route: route.clone(), ..PublisherInfo::default() };
            async move { hub.publish(key(stream), Arc::new(Vhost::default()), info).await }
        };
        let refused = publish(hub.clone(), "a").await;
        assert!(matches!(refused, Err(PublishError::Loop(at)) if at == key("a")));
        assert!(publish(hub.clone(), "b").await.is_ok());
        assert!(publish(other, "a").await.is_ok());
    }

    #[tokio::test]
    async fn publications_are_those_with_a_publisher() {
        let hub = Hub::new();
        let info = PublisherInfo { client_id: "c".into(), ..PublisherInfo::default() };
        assert!(hub.follow(&key("a")).is_none());
        let publisher = hub.publish(key("a"), Arc::new(Vhost::default()), info).await.unwrap();
        let published = hub.publications();
        assert_eq!((&published[0].0, published[0].1.client_id.as_str()), (&key("a"), "c"));
        assert_eq!(hub.publication(&key("a")).unwrap().client_id, "c");
        let _follower = hub.follow(&key("a")).unwrap();
        assert_eq!(hub.streams()[0].viewers, 0, "a follower is no viewer");
        drop(publisher);
        assert!(hub.publications().is_empty() && hub.publication(&key("a")).is_none());
    }
}
