//! What publishers may do.

use std::time::Duration;

/// What publishers may do (`publish { }`).
#[derive(Clone, Debug, PartialEq)]
pub struct Publish {
    /// From `publish` to the first audio or video (`firstpkt_timeout`).
    pub firstpkt_timeout: Duration,
    /// Between two messages after that (`normal_timeout`).
    pub normal_timeout: Duration,
    /// How long a stream may have no viewer before its publisher is disconnected (`kickoff_for_idle`); zero: for ever.
    pub kickoff_for_idle: Duration,
    /// How long viewers stay when the publisher has gone, for it to come back (`grace_timeout`, ours).
    pub grace_timeout: Duration,
    /// What happens to one who publishes a stream that is being published (`second_publisher`, ours).
    pub second_publisher: SecondPublisher,
}

impl Default for Publish {
    fn default() -> Self {
        Self {
            firstpkt_timeout: Duration::from_secs(20),
            normal_timeout: Duration::from_secs(5),
            kickoff_for_idle: Duration::ZERO,
            grace_timeout: Duration::from_secs(10),
            second_publisher: SecondPublisher::Reject,
        }
    }
}

/// What happens to one who publishes a stream that is being published (`second_publisher`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondPublisher {
    /// The newcomer gets `NetStream.Publish.BadName`.
    Reject,
    /// The newcomer takes over; the first one is disconnected.
    Replace,
}
