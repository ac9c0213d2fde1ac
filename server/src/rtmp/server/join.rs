//! Which stream a player gets that asks for a name, and the wait for it.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use flvgate_media::format::Format;

use crate::config::Vhost;
use crate::hub::{Asker, Hub, StreamKey, ViewError, Viewer};

/// What a player asks for.
pub(super) struct Target {
    hub: Arc<Hub>,
    /// As it was asked for.
    named: StreamKey,
    /// Without the extension of a mount, which SRS's edges leave on the names that they ask for.
    bare: Option<StreamKey>,
    wait: Duration,
    is_edge: bool,
}

impl Target {
    pub(super) fn new(hub: Arc<Hub>, named: StreamKey, vhost: &Vhost) -> Self {
        let bare = vhost.without_extension(&named.stream);
        let bare = bare.map(|stream| StreamKey { stream: stream.to_owned(), ..named.clone() });
        Self { hub, named, bare, wait: vhost.http_remux.stream_wait, is_edge: vhost.cluster.is_edge() }
    }

    /// The stream that the player gets, as far as is known before it is there: the one that is really called so goes
    /// first.
    pub(super) fn likely(&self) -> &StreamKey {
        match &self.bare {
            Some(bare) if !self.hub.has(&self.named) => bare,
            _ => &self.named,
        }
    }

    /// Joins the stream, once it is there. Safe to cancel.
    ///
    /// # Errors
    /// As the hub's, about the name that was asked for.
    pub(super) async fn join(&self, asker: Asker) -> Result<(StreamKey, Viewer), ViewError> {
        let Some(bare) = &self.bare else { return self.join_as(&self.named, asker).await };
        if self.hub.has(&self.named) {
            return self.join_as(&self.named, asker).await;
        }
        if self.is_edge {
            // An edge pulls the stream once for all, whichever way they ask: the name in URLs is the bare one.
            if let Ok(joined) = self.join_as(bare, asker.clone()).await {
                return Ok(joined);
            }
            return self.join_as(&self.named, asker).await;
        }
        let (mut named, mut bare) =
            (pin!(self.join_as(&self.named, asker.clone())), pin!(self.join_as(bare, asker)));
        tokio::select! {
            biased;
            joined = &mut named => match joined {
                Ok(joined) => Ok(joined),
                Err(error) => bare.await.map_err(|_| error),
            },
            joined = &mut bare => match joined {
                Ok(joined) => Ok(joined),
                Err(_) => named.await,
            },
        }
    }

    async fn join_as(&self, key: &StreamKey, asker: Asker) -> Result<(StreamKey, Viewer), ViewError> {
        let viewer = if self.is_edge {
            self.hub.request(key, Format::Flv, self.wait, asker).await?
        } else {
            self.hub.view(key, Format::Flv, self.wait).await?
        };
        Ok((key.clone(), viewer))
    }
}
