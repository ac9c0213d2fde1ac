//! Every key that flvgate serves, once: its places, its meaning, its default and its documentation.
//!
//! The reader, the environment, the suggestions and `conf/full.conf` all come from this table.

mod root;
mod vhost;

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use super::model::{Config, MountTemplate, Vhost};
use super::value::{self, Refusal, Unit};

/// The keys outside of vhosts.
pub(super) static ROOT: &[Key<Config>] = root::KEYS;
/// The keys of a vhost.
pub(super) static VHOST: &[Key<Vhost>] = vhost::KEYS;

/// One key.
#[derive(Debug)]
pub(super) struct Key<T: 'static> {
    /// Where it belongs: the names of its blocks and its own, with dots between.
    pub(super) path: &'static str,
    /// Other places where SRS reads it.
    pub(super) also: &'static [&'static str],
    /// What its values mean.
    pub(super) kind: Kind<T>,
    /// The default as it is written in a file; of an optional key, an example.
    pub(super) default: Default,
    /// One paragraph for `conf/full.conf`.
    pub(super) doc: &'static str,
}

/// What is true when a key is not there.
#[derive(Clone, Copy, Debug)]
pub(super) enum Default {
    /// The same as with this value.
    Value(&'static str),
    /// Something that cannot be written as a value; this is an example of one.
    Unset(&'static str),
    /// Nothing starts without it; this is an example.
    Needed(&'static str),
}

/// What the values of a key mean, and where they go.
#[derive(Debug)]
pub(super) enum Kind<T: 'static> {
    /// `on` or `off`.
    Switch(fn(&mut T, bool)),
    /// A switch that is there for SRS's files: `off` is what flvgate does, `on` gets the note.
    AlwaysOff(&'static str),
    /// A whole number of these.
    Count(RangeInclusive<u64>, &'static str, fn(&mut T, u64)),
    /// A time.
    Time(RangeInclusive<u64>, Unit, fn(&mut T, Duration)),
    /// One or more `[ip:]port`.
    Endpoints(fn(&mut T, Vec<SocketAddr>)),
    /// A file or directory.
    Path(fn(&mut T, PathBuf)),
    /// One of these words.
    Choice(&'static [Choice<T>]),
    /// A mount template.
    Mount(fn(&mut T, MountTemplate)),
}

/// A word and what it does.
pub(super) type Choice<T> = (&'static str, fn(&mut T));

/// A value that is refused: which of the arguments, and why. A note when it is taken all the same.
#[derive(Debug)]
pub(super) enum Remark {
    Refused(usize, Refusal),
    Noted(&'static str),
}

impl<T> Key<T> {
    /// The names of the environment variables that set it, the first one first.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        let upper = |path: &str| path.to_ascii_uppercase().replace('.', "_");
        let canonical = upper(self.path);
        // SRS's own log keys have their prefix once or twice.
        let short = canonical.starts_with("SRS_").then(|| canonical.clone());
        let also = self.also.iter().filter(|path| path.starts_with("rtmp.")).map(move |path| upper(path));
        short.into_iter().chain([canonical].into_iter().chain(also).map(|name| format!("SRS_{name}")))
    }

    /// Every place where it is read: where it belongs first.
    pub(super) fn places(&self) -> impl Iterator<Item = &'static str> {
        [self.path].into_iter().chain(self.also.iter().copied())
    }

    /// Its name, without its blocks.
    pub(super) fn name(&self) -> &'static str {
        self.path.rsplit('.').next().unwrap_or(self.path)
    }

    /// Puts `args` into `target`, which stays as it is when they are refused.
    pub(super) fn apply(&self, target: &mut T, args: &[&str]) -> Result<(), Remark> {
        let one = || args.first().copied().unwrap_or_default();
        let refused = |refusal| Remark::Refused(0, refusal);
        match &self.kind {
            Kind::Switch(set) => set(target, value::switch(one()).map_err(refused)?),
            Kind::AlwaysOff(note) if value::switch(one()).map_err(refused)? => {
                return Err(Remark::Noted(note));
            }
            Kind::AlwaysOff(_) => {}
            Kind::Count(range, _, set) => set(target, value::count(one(), range).map_err(refused)?),
            Kind::Time(range, unit, set) => set(target, value::time(one(), *unit, range).map_err(refused)?),
            Kind::Path(set) => set(target, PathBuf::from(one())),
            Kind::Mount(set) => set(target, MountTemplate::parse(one()).map_err(refused)?),
            Kind::Choice(choices) => {
                let words = choices.iter().map(|(word, _)| *word);
                choices[value::choice(one(), words).map_err(refused)?].1(target);
            }
            Kind::Endpoints(set) => {
                let read = |(at, text): (usize, &&str)| {
                    value::endpoint(text).map_err(|refusal| Remark::Refused(at, refusal))
                };
                set(target, args.iter().enumerate().map(read).collect::<Result<_, _>>()?);
            }
        }
        Ok(())
    }
}

impl<T> Kind<T> {
    /// Whether it takes a list.
    pub(super) fn is_list(&self) -> bool {
        matches!(self, Self::Endpoints(_))
    }

    /// What to write.
    pub(super) fn expects(&self) -> String {
        match self {
            Self::Switch(_) | Self::AlwaysOff(_) => "on or off".to_owned(),
            Self::Count(range, of, _) => {
                format!("a whole number of {of}, {} to {}", range.start(), range.end())
            }
            Self::Time(range, unit, _) => format!("{}, {} to {}", unit.name(), range.start(), range.end()),
            Self::Endpoints(_) => "one or more [ip:]port".to_owned(),
            Self::Path(_) => "a path".to_owned(),
            Self::Choice(choices) => {
                let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
                format!("one of {}", words.join(", "))
            }
            Self::Mount(_) => "a mount, such as [vhost]/[app]/[stream].flv".to_owned(),
        }
    }
}

impl Default {
    /// What is written in `conf/full.conf`.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Value(text) | Self::Unset(text) | Self::Needed(text) => text,
        }
    }
}

#[cfg(test)]
mod tests;
