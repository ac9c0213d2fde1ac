//! Names of hosts, which are vhosts here.

use std::net::Ipv6Addr;

use super::percent;
use crate::config::DEFAULT_VHOST;

/// The one spelling of a host: without port, brackets and the dot of the root, in lower case (RFC 3986 section 3.2.2).
///
/// Configuration, `Host`, SNI, tcUrl, `vhost=` and `domain=` are compared by it. What is no name of a host stays what it
/// is, and is nobody's.
#[must_use]
pub fn host_name(text: &str) -> String {
    let text = percent::to_text(&percent::decode(text.trim()));
    if let Ok(address) = text.parse::<Ipv6Addr>() {
        return address.to_string();
    }
    let host = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((v6, _)) => {
            return v6.parse::<Ipv6Addr>().map_or_else(|_| v6.to_lowercase(), |v6| v6.to_string());
        }
        None => match text.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => &text,
        },
    };
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.eq_ignore_ascii_case(DEFAULT_VHOST) { DEFAULT_VHOST.to_owned() } else { host.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_port_brackets_and_the_roots_dot_make_no_difference() {
        for text in ["a.com", "A.Com", "a.com.", "a.com:1935", "A.COM.:80", " a.com ", "a.com:", "a%2Ecom"] {
            assert_eq!(host_name(text), "a.com", "{text}");
        }
        for text in ["::1", "[::1]", "[::1]:8080", "0:0::1", "[0:0:0:0:0:0:0:1]:1935"] {
            assert_eq!(host_name(text), "::1", "{text}");
        }
        assert_eq!(host_name("__DEFAULTVHOST__"), DEFAULT_VHOST);
        assert_eq!(host_name("10.0.0.1:80"), "10.0.0.1");
    }

    #[test]
    fn what_is_no_host_stays_apart() {
        assert_eq!(host_name(""), "");
        assert_eq!(host_name("a:b"), "a:b");
        assert_eq!(host_name("摄.example"), "摄.example");
    }
}
