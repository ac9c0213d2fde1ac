//! Where streams are published to besides.

/// Where a vhost's streams are published to besides (`forward { }`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forward {
    /// Whether they are (`enabled`).
    pub enabled: bool,
    /// `host[:port]` of RTMP servers, or `rtmp://host[:port]/app` with `[vhost]`, `[app]` and `[stream]` in it
    /// (`destination`).
    pub destinations: Vec<String>,
}
