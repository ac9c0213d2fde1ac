//! Who may publish and play.

use ipnet::IpNet;

/// Who may publish and play, by address (`security { }`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Security {
    /// Whether the rules are in force (`enabled`).
    pub enabled: bool,
    /// `allow` and `deny`, in the file's order. None at all denies everything.
    pub rules: Vec<SecurityRule>,
}

/// One `allow` or `deny`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecurityRule {
    /// `allow`, else `deny`.
    pub allow: bool,
    /// What it is about.
    pub action: Action,
    /// Whose addresses; `None` means `all`.
    pub network: Option<IpNet>,
}

/// What a client may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Action {
    Publish,
    Play,
}

/// From which pages streams may be published and played (`refer { }`): hosts, each with all hosts below it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refer {
    /// Whether pages are asked for (`enabled`).
    pub enabled: bool,
    /// Pages for both (`all`); empty allows any.
    pub all: Vec<String>,
    /// Pages for playing (`play`); empty allows any.
    pub play: Vec<String>,
    /// Pages for publishing (`publish`); empty allows any.
    pub publish: Vec<String>,
}
