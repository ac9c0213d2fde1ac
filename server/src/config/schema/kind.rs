//! What the values of a key mean, and where they go.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::config::model::{Action, MountTemplate};
use crate::config::value::{self, Refusal, Unit};

/// What the values of a key mean, and where they go.
#[derive(Debug)]
pub(in crate::config) enum Kind<T: 'static> {
    /// `on` or `off`.
    Switch(fn(&mut T, bool)),
    /// A switch that is there for SRS's files: this is what flvgate does, the opposite gets the note.
    Always(bool, &'static str),
    /// A whole number of these.
    Count(RangeInclusive<u64>, &'static str, fn(&mut T, u64)),
    /// A time.
    Time(RangeInclusive<u64>, Unit, fn(&mut T, Duration)),
    /// One or more `[ip:]port`.
    Endpoints(fn(&mut T, Vec<SocketAddr>)),
    /// A file or directory.
    Path(fn(&mut T, PathBuf)),
    /// One word, taken as it is: what it stands for.
    Text(&'static str, fn(&mut T, String)),
    /// One word that is never shown.
    Secret(&'static str, fn(&mut T, String)),
    /// One or more words: what each of them stands for.
    Words(&'static str, fn(&mut T, Vec<String>)),
    /// One of these words.
    Choice(&'static [Choice<T>]),
    /// One or more mount templates.
    Mounts(fn(&mut T, Vec<MountTemplate>)),
    /// One or more IP addresses or networks.
    Networks(fn(&mut T, Vec<IpNet>)),
    /// Who may do what, or may not. The only kind whose keys may be repeated: all of them count.
    Rule(fn(&mut T, Action, Option<IpNet>)),
}

/// A word and what it does.
type Choice<T> = (&'static str, fn(&mut T));

/// A value that is refused: which of the arguments, and why. A note when it is taken all the same.
#[derive(Debug)]
pub(in crate::config) enum Remark {
    Refused(usize, Refusal),
    Noted(&'static str),
}

impl<T> Kind<T> {
    /// Puts `args` into `target`, which stays as it is when they are refused.
    pub(super) fn apply(&self, target: &mut T, args: &[&str]) -> Result<(), Remark> {
        let one = || args.first().copied().unwrap_or_default();
        let refused = |refusal| Remark::Refused(0, refusal);
        match self {
            Self::Switch(set) => set(target, value::switch(one()).map_err(refused)?),
            Self::Always(on, note) if value::switch(one()).map_err(refused)? != *on => {
                return Err(Remark::Noted(note));
            }
            Self::Always(..) => {}
            Self::Count(range, _, set) => set(target, value::count(one(), range).map_err(refused)?),
            Self::Time(range, unit, set) => set(target, value::time(one(), *unit, range).map_err(refused)?),
            Self::Path(set) => set(target, PathBuf::from(one())),
            Self::Text(_, set) | Self::Secret(_, set) => set(target, one().to_owned()),
            Self::Words(_, set) => set(target, args.iter().map(|&word| word.to_owned()).collect()),
            Self::Choice(choices) => {
                let words = choices.iter().map(|(word, _)| *word);
                choices[value::choice(one(), words).map_err(refused)?].1(target);
            }
            Self::Endpoints(set) => set(target, each(args, value::endpoint)?),
            Self::Mounts(set) => set(target, each(args, MountTemplate::parse)?),
            Self::Networks(set) => set(target, each(args, value::network)?),
            Self::Rule(set) => {
                let (action, network) =
                    value::rule(args).map_err(|(at, refusal)| Remark::Refused(at, refusal))?;
                set(target, action, network);
            }
        }
        Ok(())
    }

    /// Whether it takes a list.
    pub(in crate::config) fn is_list(&self) -> bool {
        matches!(
            self,
            Self::Endpoints(_) | Self::Words(..) | Self::Mounts(_) | Self::Networks(_) | Self::Rule(_)
        )
    }

    /// Whether it may be there more than once, and each time counts.
    pub(in crate::config) fn is_repeated(&self) -> bool {
        matches!(self, Self::Rule(_))
    }

    /// What to write.
    pub(in crate::config) fn expects(&self) -> String {
        match self {
            Self::Switch(_) | Self::Always(..) => "on or off".to_owned(),
            Self::Count(range, of, _) => {
                format!("a whole number of {of}, {} to {}", range.start(), range.end())
            }
            Self::Time(range, unit, _) => format!("{}, {} to {}", unit.name(), range.start(), range.end()),
            Self::Endpoints(_) => "one or more [ip:]port".to_owned(),
            Self::Path(_) => "a path".to_owned(),
            Self::Text(what, _) | Self::Secret(what, _) => (*what).to_owned(),
            Self::Words(what, _) => format!("one or more {what}"),
            Self::Choice(choices) => {
                let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
                format!("one of {}", words.join(", "))
            }
            Self::Mounts(_) => "one or more mounts, such as [vhost]/[app]/[stream].flv".to_owned(),
            Self::Networks(_) => "one or more IP addresses or networks, such as 10.0.0.0/8".to_owned(),
            Self::Rule(_) => "play or publish, then all, an IP address or a network".to_owned(),
        }
    }
}

fn each<T>(args: &[&str], read: fn(&str) -> Result<T, Refusal>) -> Result<Vec<T>, Remark> {
    let one = |(at, text): (usize, &&str)| read(text).map_err(|refusal| Remark::Refused(at, refusal));
    args.iter().enumerate().map(one).collect()
}
