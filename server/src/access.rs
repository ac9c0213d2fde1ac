//! Who may publish and play: by address (`security { }`) and by page (`refer { }`). Decisions only.
//!
//! Both are SRS's, and fail closed as SRS does. What SRS applies to RTMP only, the pages, holds for HTTP here too.

mod refer;
mod security;

use std::fmt;
use std::net::IpAddr;

use crate::config::{Action, SecurityRule, Vhost};

/// What is known of one who wants to publish or play.
#[derive(Clone, Copy, Debug)]
pub struct Visitor<'a> {
    /// Where it comes from.
    pub address: IpAddr,
    /// The URL of the page that it is on, as it says: RTMP's `pageUrl`, HTTP's `Referer` or `Origin`.
    pub page: Option<&'a str>,
}

/// A "no". It displays as what the visitor may know; [`rule`](Self::rule) is for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is not allowed from {}", Doing(*.action), .reason.place())]
pub struct Denial {
    /// What is not allowed.
    pub action: Action,
    /// Why.
    pub reason: Reason,
}

/// Why somebody is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A `deny` of `security`.
    Denied(SecurityRule),
    /// There are `allow`s in `security`, and none is for this.
    NotAllowed,
    /// `security` is enabled and has no rules.
    NoRules,
    /// `refer` has a list, named here, that the page's host is not in.
    Page {
        /// `all`, `play` or `publish`.
        list: &'static str,
        /// The page's host; `None` when no page was named.
        host: Option<String>,
    },
}

/// Decides whether `visitor` may do `action` in `vhost`.
///
/// # Errors
/// [`Denial`], when it may not.
pub fn check(vhost: &Vhost, action: Action, visitor: Visitor<'_>) -> Result<(), Denial> {
    security::check(&vhost.security, action, visitor.address)
        .and_then(|()| refer::check(&vhost.refer, action, visitor.page))
        .map_err(|reason| Denial { action, reason })
}

impl Denial {
    /// The rule that denies, in the configuration's words.
    #[must_use]
    pub fn rule(&self) -> String {
        let word = Word(self.action);
        match &self.reason {
            Reason::Denied(SecurityRule { network: Some(network), .. }) => {
                format!("security: deny {word} {network}")
            }
            Reason::Denied(_) => format!("security: deny {word} all"),
            Reason::NotAllowed => format!("security: no allow {word} for this address"),
            Reason::NoRules => "security: enabled without a rule".to_owned(),
            Reason::Page { list, host: Some(host) } => format!("refer: {list} has not {host:?}"),
            Reason::Page { list, host: None } => format!("refer: {list}, and no page was named"),
        }
    }
}

impl Reason {
    const fn place(&self) -> &'static str {
        match self {
            Self::Denied(_) | Self::NotAllowed | Self::NoRules => "this address",
            Self::Page { host: Some(_), .. } => "this page",
            Self::Page { host: None, .. } => "outside of a page",
        }
    }
}

/// An action as the configuration writes it.
struct Word(Action);

/// An action as a sentence begins with it.
struct Doing(Action);

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Action::Publish => "publish",
            Action::Play => "play",
        })
    }
}

impl fmt::Display for Doing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Action::Publish => "publishing",
            Action::Play => "playing",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Refer;

    fn denial(vhost: &Vhost, page: Option<&str>) -> (String, String) {
        let visitor = Visitor { address: [192, 0, 2, 1].into(), page };
        let denial = check(vhost, Action::Play, visitor).unwrap_err();
        (denial.to_string(), denial.rule())
    }

    fn expected(told: &str, logged: &str) -> (String, String) {
        (told.to_owned(), logged.to_owned())
    }

    #[test]
    fn everything_is_allowed_where_neither_is_enabled() {
        for action in [Action::Play, Action::Publish] {
            let visitor = Visitor { address: [192, 0, 2, 1].into(), page: None };
            assert_eq!(check(&Vhost::default(), action, visitor), Ok(()));
        }
    }

    #[test]
    fn the_visitor_is_not_told_the_rule_and_the_operator_is() {
        let mut vhost = Vhost::default();
        vhost.security.enabled = true;
        let told = "playing is not allowed from this address";
        assert_eq!(denial(&vhost, None), expected(told, "security: enabled without a rule"));

        let network = Some("192.0.2.0/24".parse().unwrap());
        vhost.security.rules = vec![SecurityRule { allow: false, action: Action::Play, network }];
        assert_eq!(denial(&vhost, None), expected(told, "security: deny play 192.0.2.0/24"));
        vhost.security.rules[0].network = None;
        assert_eq!(denial(&vhost, None), expected(told, "security: deny play all"));
        vhost.security.rules[0] = SecurityRule { allow: true, action: Action::Publish, network: None };
        assert_eq!(denial(&vhost, None), expected(told, "security: no allow play for this address"));
    }

    #[test]
    fn a_page_is_asked_for_behind_the_address() {
        let refer = Refer { enabled: true, play: vec!["a.com".into()], ..Refer::default() };
        let vhost = Vhost { refer, ..Vhost::default() };
        let told = "playing is not allowed from this page";
        let page = "https://b.com/x";
        assert_eq!(denial(&vhost, Some(page)), expected(told, "refer: play has not \"b.com\""));
        let told = "playing is not allowed from outside of a page";
        assert_eq!(denial(&vhost, None), expected(told, "refer: play, and no page was named"));
    }
}
