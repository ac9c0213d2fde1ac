//! `security { }`.

use super::{Default, Key, Kind, VhostDraft};
use crate::config::model::SecurityRule;

pub(super) const KEYS: &[Key<VhostDraft>] = &[
    Key {
        path: "vhost.security.enabled",
        also: &[],
        kind: Kind::Switch(|vhost, on| vhost.security.enabled = on),
        default: Default::Value("off"),
        doc: "Whether the rules below are in force. With none of them, nobody may publish or play.",
    },
    Key {
        path: "vhost.security.allow",
        also: &[],
        kind: Kind::Rule(|vhost, action, network| {
            vhost.security.rules.push(SecurityRule { allow: true, action, network });
        }),
        default: Default::Unset("play all"),
        doc: "Who may play, or publish, by IP address. It may be repeated. As soon as there is one, whatever it is for, \
              nobody may play or publish but those whom one names for it: with \"allow play all\" alone, nobody may \
              publish. In the variable, a comma stands between two rules.",
    },
    Key {
        path: "vhost.security.deny",
        also: &[],
        kind: Kind::Rule(|vhost, action, network| {
            vhost.security.rules.push(SecurityRule { allow: false, action, network });
        }),
        default: Default::Unset("publish 10.0.0.0/8"),
        doc: "Who may not play, or publish, whatever is allowed. It may be repeated. In the variable, a comma stands \
              between two rules.",
    },
];
