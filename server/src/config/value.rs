//! What an argument means: switches, numbers, times, addresses.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::time::Duration;

use ipnet::IpNet;

use super::model::Action;
use super::suggest::nearest;

/// Why a value is refused.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What is wrong with it.
    pub(super) message: String,
    /// What to write instead.
    pub(super) help: Option<String>,
}

/// The unit that a time is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Milliseconds,
    /// A fraction is allowed.
    Seconds,
}

impl Unit {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Milliseconds => "milliseconds",
            Self::Seconds => "seconds",
        }
    }
}

impl Refusal {
    pub(super) fn new(message: String) -> Self {
        Self { message, help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// `on` or `off`. SRS takes any other word for one of the two, which one depends on the key; here it is an error.
pub(super) fn switch(text: &str) -> Result<bool, Refusal> {
    let meant = match text.to_ascii_lowercase().as_str() {
        _ if text == "on" => return Ok(true),
        _ if text == "off" => return Ok(false),
        "on" | "yes" | "true" | "1" | "enable" | "enabled" => "on",
        "off" | "no" | "false" | "0" | "disable" | "disabled" => "off",
        _ => return Err(Refusal::new(format!("'{text}' is neither 'on' nor 'off'"))),
    };
    Err(Refusal::new(format!("'{text}' is neither 'on' nor 'off'")).help(format!("did you mean '{meant}'?")))
}

/// A whole number within `range`.
pub(super) fn count(text: &str, range: &RangeInclusive<u64>) -> Result<u64, Refusal> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u64>() {
        Ok(number) if digits && range.contains(&number) => Ok(number),
        _ if digits => Err(out_of(text, range)),
        _ => Err(no_number(text, "write digits only")),
    }
}

/// A time of so many `unit`s, within `range`.
pub(super) fn time(text: &str, unit: Unit, range: &RangeInclusive<u64>) -> Result<Duration, Refusal> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || text.ends_with('.') {
        let help = format!("write digits only: the unit is {}, always", unit.name());
        return Err(no_number(text, &help));
    }
    if unit == Unit::Milliseconds && !fraction.is_empty() {
        return Err(Refusal::new(format!("'{text}' is not a whole number of milliseconds")));
    }
    let number: f64 = text.parse().map_err(|_| out_of(text, range))?;
    if whole.parse::<u64>().is_err() || number < *range.start() as f64 || number > *range.end() as f64 {
        return Err(out_of(text, range));
    }
    Ok(match unit {
        Unit::Milliseconds => Duration::from_millis(number as u64),
        Unit::Seconds => Duration::from_secs_f64(number),
    })
}

/// `[ip:]port`: `8080`, `127.0.0.1:8080`, `[::]:8080`.
pub(super) fn endpoint(text: &str) -> Result<SocketAddr, Refusal> {
    const HELP: &str = "write PORT, IP:PORT or [IPV6]:PORT, such as 8080, 127.0.0.1:8080 or [::]:8080";
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Ok(address);
    }
    let (ip, port) = match text.rsplit_once(':') {
        Some((ip, port)) => (ip, port),
        None => ("0.0.0.0", text),
    };
    if port.is_empty() || !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::new(format!("'{text}' is not a port or an address with a port")).help(HELP));
    }
    let port: u16 =
        port.parse().map_err(|_| Refusal::new(format!("port {port} is not from 0 to 65535")).help(HELP))?;
    match ip.parse::<Ipv4Addr>() {
        Ok(ip) => Ok(SocketAddr::new(IpAddr::V4(ip), port)),
        Err(_) => Err(Refusal::new(format!("'{ip}' in '{text}' is not an IP address")).help(HELP)),
    }
}

/// An IP address, or a network: `10.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`.
pub(super) fn network(text: &str) -> Result<IpNet, Refusal> {
    const HELP: &str = "write an address or a network, such as 10.0.0.1, 10.0.0.0/8 or 2001:db8::/32";
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(address.into());
    }
    let network = text.parse::<IpNet>();
    // Bits behind the prefix mean nothing; the network is the same without them.
    let network = network.map(|network| network.trunc());
    network.map_err(|_| Refusal::new(format!("'{text}' is neither an IP address nor a network")).help(HELP))
}

/// `play` or `publish`, then `all` or a [`network`]; `None` is `all`. An error names the argument that is wrong.
pub(super) fn rule(args: &[&str]) -> Result<(Action, Option<IpNet>), (usize, Refusal)> {
    const HELP: &str = "such as 'allow play all;' or 'deny publish 10.0.0.0/8;'";
    let action = match args.first().copied() {
        Some("play") => Action::Play,
        Some("publish") => Action::Publish,
        other => {
            let message = format!("'{}' is neither 'play' nor 'publish'", other.unwrap_or_default());
            return Err((0, Refusal::new(message).help(HELP)));
        }
    };
    match args {
        [_, "all"] => Ok((action, None)),
        [_, text] => network(text).map(|network| (action, Some(network))).map_err(|refusal| (1, refusal)),
        [_] => Err((0, Refusal::new("it is not said who".to_owned()).help(HELP))),
        _ => Err((2, Refusal::new(format!("there are {} words, not 2", args.len())).help(HELP))),
    }
}

/// The number of the word in `words` that `text` is.
pub(super) fn choice<'a>(text: &str, words: impl Iterator<Item = &'a str> + Clone) -> Result<usize, Refusal> {
    words.clone().position(|word| word == text).ok_or_else(|| {
        let list = words.clone().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
        let refusal = Refusal::new(format!("'{text}' is none of {list}"));
        match nearest(text, words) {
            Some(word) => refusal.help(format!("did you mean '{word}'?")),
            None => refusal,
        }
    })
}

fn out_of(text: &str, range: &RangeInclusive<u64>) -> Refusal {
    Refusal::new(format!("{text} is not from {} to {}", range.start(), range.end()))
}

fn no_number(text: &str, help: &str) -> Refusal {
    Refusal::new(format!("'{text}' is not a number")).help(help)
}

#[cfg(test)]
mod tests;
