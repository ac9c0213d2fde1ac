use std::net::{IpAddr, Ipv6Addr};

use super::Reason;
use crate::config::{Action, Refer};

/// `all` and the action's own list must both have the page's host, or a domain above it. A list that is empty asks for
/// nothing; one that is not denies those who name no page, as in SRS.
pub(super) fn check(refer: &Refer, action: Action, page: Option<&str>) -> Result<(), Reason> {
    if !refer.enabled {
        return Ok(());
    }
    let own = match action {
        Action::Play => ("play", &refer.play),
        Action::Publish => ("publish", &refer.publish),
    };
    let host = page.and_then(host_of);
    for (name, list) in [("all", &refer.all), own] {
        let has = |host: &String| list.iter().any(|domain| is_in(host, domain));
        if !list.is_empty() && !host.as_ref().is_some_and(has) {
            return Err(Reason::Page { list: name, host });
        }
    }
    Ok(())
}

/// Whether `host`, in lower case, is `domain` or below it.
fn is_in(host: &str, domain: &str) -> bool {
    let Some(domain) = host_of(domain) else { return false };
    let domain = domain.trim_start_matches("*.").trim_start_matches('.');
    let Some(below) = host.strip_suffix(domain) else { return false };
    // Addresses have numbers before their dots, and nothing is below them.
    below.is_empty() || (below.ends_with('.') && !domain.is_empty() && host.parse::<IpAddr>().is_err())
}

/// The host of a URL, or of one without its scheme: in lower case, without user, port, brackets and the root's dot.
fn host_of(url: &str) -> Option<String> {
    let url = url.trim();
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next()?,
        // The brackets are a URL's, and a list may do without.
        None if host.parse::<Ipv6Addr>().is_ok() => host,
        None => host.split(':').next()?,
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    (!host.is_empty()).then(|| host.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refer(all: &[&str], play: &[&str], publish: &[&str]) -> Refer {
        let list = |hosts: &[&str]| hosts.iter().map(|host| (*host).to_owned()).collect();
        Refer { enabled: true, all: list(all), play: list(play), publish: list(publish) }
    }

    fn allows(refer: &Refer, action: Action, page: &str) -> bool {
        check(refer, action, Some(page)).is_ok()
    }

    #[test]
    fn a_host_has_all_hosts_below_it() {
        let refer = refer(&["example.com", "b.org"], &[], &[]);
        for page in [
            "http://example.com",
            "https://example.com/",
            "https://www.example.com/a?b=c#d",
            "https://a.b.example.com:8443/live",
            "HTTPS://WWW.EXAMPLE.COM/",
            "https://example.com./",
            "https://user:pass@example.com/",
            "www.b.org/page",
            "https://example.com.x.example.com/",
        ] {
            assert!(allows(&refer, Action::Play, page), "{page}");
        }
        for page in [
            "https://notexample.com/",
            "https://example.com.evil.net/",
            "https://evil.net/example.com",
            "https://evil.net/?example.com",
            "https://evil.net\\.example.com",
            "https://example.com@evil.net/",
            "https://com/",
            "null",
            "",
            "https://",
        ] {
            assert!(!allows(&refer, Action::Play, page), "{page}");
        }
    }

    #[test]
    fn hosts_may_be_written_in_other_ways() {
        for host in [".Example.com", "*.example.com", "https://example.com/", "example.com:80"] {
            assert!(allows(&refer(&[host], &[], &[]), Action::Play, "https://www.example.com/"), "{host}");
        }
        for host in [".", "*.", "*"] {
            assert!(!allows(&refer(&[host], &[], &[]), Action::Play, "https://example.com/"), "{host}");
        }
    }

    #[test]
    fn nothing_is_below_an_address() {
        let refer = refer(&["10.0.0.1", "0.0.2", "::1"], &[], &[]);
        assert!(allows(&refer, Action::Play, "http://10.0.0.1:8080/"));
        assert!(allows(&refer, Action::Play, "http://[::1]:8080/"));
        assert!(!allows(&refer, Action::Play, "http://10.0.0.2/"));
    }

    #[test]
    fn the_common_list_and_the_own_one_must_both_have_the_host() {
        let refer = refer(&["a.com"], &["play.a.com"], &["b.com"]);
        assert!(allows(&refer, Action::Play, "https://play.a.com/"));
        assert!(!allows(&refer, Action::Play, "https://a.com/"));
        for page in ["https://a.com/", "https://b.com/"] {
            assert!(!allows(&refer, Action::Publish, page), "{page}");
        }
    }

    #[test]
    fn a_list_denies_those_without_a_page_and_no_list_asks_for_one() {
        let refer = refer(&[], &["a.com"], &[]);
        assert_eq!(check(&refer, Action::Play, None), Err(Reason::Page { list: "play", host: None }));
        assert_eq!(check(&refer, Action::Publish, None), Ok(()));
        let off = Refer { enabled: false, ..refer };
        assert_eq!(check(&off, Action::Play, None), Ok(()));
    }
}
