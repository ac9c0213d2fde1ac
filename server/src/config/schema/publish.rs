//! `publish { }`.

use super::{Default, HOUR_IN_MS, Key, Kind, VhostDraft};
use crate::config::model::SecondPublisher;
use crate::config::value::Unit;

pub(super) const KEYS: &[Key<VhostDraft>] = &[
    Key {
        path: "vhost.publish.firstpkt_timeout",
        also: &["vhost.publish_1stpkt_timeout"],
        kind: Kind::Time(100..=HOUR_IN_MS, Unit::Milliseconds, |vhost, time| {
            vhost.publish.firstpkt_timeout = time;
        }),
        default: Default::Value("20000"),
        doc: "How many milliseconds a publisher may take to send its first audio or video.",
    },
    Key {
        path: "vhost.publish.normal_timeout",
        also: &["vhost.publish_normal_timeout"],
        kind: Kind::Time(100..=HOUR_IN_MS, Unit::Milliseconds, |vhost, time| {
            vhost.publish.normal_timeout = time
        }),
        default: Default::Value("5000"),
        doc: "For how many milliseconds a publisher may be silent after that before it is disconnected.",
    },
    Key {
        path: "vhost.publish.kickoff_for_idle",
        also: &[],
        kind: Kind::Time(0..=86_400, Unit::Seconds, |vhost, time| vhost.publish.kickoff_for_idle = time),
        default: Default::Value("0"),
        doc: "After how many seconds without a viewer a publisher is disconnected. 0 is never.",
    },
    Key {
        path: "vhost.publish.grace_timeout",
        also: &[],
        kind: Kind::Time(0..=HOUR_IN_MS, Unit::Milliseconds, |vhost, time| {
            vhost.publish.grace_timeout = time
        }),
        default: Default::Value("10000"),
        doc: "For how many milliseconds viewers stay when the publisher has gone, for it to come back. 0 disconnects \
              them at once.",
    },
    Key {
        path: "vhost.publish.second_publisher",
        also: &[],
        kind: Kind::Choice(&[
            ("reject", |vhost| vhost.publish.second_publisher = SecondPublisher::Reject),
            ("replace", |vhost| vhost.publish.second_publisher = SecondPublisher::Replace),
        ]),
        default: Default::Value("reject"),
        doc: "What happens to one who publishes a stream that is being published. reject: the newcomer is refused. \
              replace: it takes over, and the first one is disconnected.",
    },
];
