use std::net::IpAddr;

use ipnet::IpNet;

use super::Reason;
use crate::config::{Action, Security, SecurityRule};

/// `deny` goes before `allow`, whatever their order. As soon as there is one `allow`, of either action, whatever no
/// `allow` names is denied: so it is in SRS, and a file that keeps somebody out there must not let it in here.
pub(super) fn check(security: &Security, action: Action, address: IpAddr) -> Result<(), Reason> {
    if !security.enabled {
        return Ok(());
    }
    if security.rules.is_empty() {
        return Err(Reason::NoRules);
    }
    let address = address.to_canonical();
    let applies = |rule: &&SecurityRule| {
        rule.action == action && rule.network.is_none_or(|network| contains(network, address))
    };
    if let Some(rule) = security.rules.iter().filter(|rule| !rule.allow).find(applies) {
        return Err(Reason::Denied(*rule));
    }
    let mut allows = security.rules.iter().filter(|rule| rule.allow).peekable();
    if allows.peek().is_none() || allows.any(|rule| applies(&rule)) {
        Ok(())
    } else {
        Err(Reason::NotAllowed)
    }
}

/// Whether `address`, which is not an IPv4 one in IPv6's form, is in `network`, which may be.
fn contains(network: IpNet, address: IpAddr) -> bool {
    /// Of 128 bits, those before the IPv4 address (RFC 4291 section 2.5.5.2).
    const MAPPED_PREFIX: u8 = 96;
    if let (IpNet::V6(mapped), IpAddr::V4(address)) = (network, address)
        && let Some(v4) = mapped.network().to_ipv4_mapped()
        && mapped.prefix_len() >= MAPPED_PREFIX
    {
        return ipnet::Ipv4Net::new(v4, mapped.prefix_len() - MAPPED_PREFIX)
            .is_ok_and(|network| network.contains(&address));
    }
    network.contains(&address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> SecurityRule {
        let words: Vec<_> = text.split(' ').collect();
        SecurityRule {
            allow: words[0] == "allow",
            action: if words[1] == "publish" { Action::Publish } else { Action::Play },
            network: (words[2] != "all").then(|| {
                words[2].parse().unwrap_or_else(|_| IpNet::from(words[2].parse::<IpAddr>().unwrap()))
            }),
        }
    }

    fn play(rules: &[&str], address: &str) -> Result<(), Reason> {
        let rules = rules.iter().map(|text| rule(text)).collect();
        check(&Security { enabled: true, rules }, Action::Play, address.parse().unwrap())
    }

    #[test]
    fn rules_of_security_that_is_off_do_not_count() {
        let security = Security { enabled: false, rules: vec![rule("deny play all")] };
        assert_eq!(check(&security, Action::Play, [127, 0, 0, 1].into()), Ok(()));
    }

    #[test]
    fn deny_goes_before_allow_in_any_order() {
        let (allow, deny) = ("allow play all", "deny play 10.0.0.0/8");
        for rules in [[allow, deny], [deny, allow]] {
            assert_eq!(play(&rules, "10.1.2.3"), Err(Reason::Denied(rule(deny))));
            assert_eq!(play(&rules, "11.1.2.3"), Ok(()));
        }
    }

    #[test]
    fn without_any_allow_what_is_not_denied_is_allowed() {
        let rules = ["deny play 10.0.0.1", "deny publish all"];
        assert_eq!(play(&rules, "10.0.0.2"), Ok(()));
        assert_eq!(play(&rules, "10.0.0.1"), Err(Reason::Denied(rule("deny play 10.0.0.1"))));
    }

    #[test]
    fn one_allow_denies_whatever_no_allow_names() {
        assert_eq!(play(&["allow play 10.0.0.0/8"], "10.0.0.1"), Ok(()));
        assert_eq!(play(&["allow play 10.0.0.0/8"], "11.0.0.1"), Err(Reason::NotAllowed));
        assert_eq!(play(&["allow publish all"], "10.0.0.1"), Err(Reason::NotAllowed), "as in SRS");
    }

    #[test]
    fn no_rules_deny_all() {
        assert_eq!(play(&[], "127.0.0.1"), Err(Reason::NoRules));
    }

    #[test]
    fn ipv6_networks_hold_ipv6_addresses_only() {
        let rules = ["allow play 2001:db8::/32"];
        assert_eq!(play(&rules, "2001:db8::7"), Ok(()));
        assert_eq!(play(&rules, "2001:db9::7"), Err(Reason::NotAllowed));
        assert_eq!(play(&rules, "10.0.0.1"), Err(Reason::NotAllowed));
        assert_eq!(play(&["deny play ::/0"], "10.0.0.1"), Ok(()));
    }

    #[test]
    fn a_mapped_ipv4_address_is_an_ipv4_address_on_either_side() {
        let refused = |text| Err(Reason::Denied(rule(text)));
        assert_eq!(play(&["deny play 10.0.0.0/8"], "::ffff:10.0.0.1"), refused("deny play 10.0.0.0/8"));
        let mapped = "deny play ::ffff:10.0.0.0/104";
        assert_eq!(play(&[mapped], "10.9.9.9"), refused(mapped));
        assert_eq!(play(&[mapped], "::ffff:10.9.9.9"), refused(mapped));
        assert_eq!(play(&[mapped], "11.9.9.9"), Ok(()));
    }
}
