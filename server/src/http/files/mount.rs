//! Which directory's files a request names: `http_static` of every vhost, compiled once.

use std::borrow::Cow;
use std::sync::Arc;

use super::directory::Directory;
use super::open_files::OpenFiles;
use crate::config::{Config, DEFAULT_VHOST, Vhost};
use crate::names::host_name;

/// The files of one vhost, under their URLs.
#[derive(Debug)]
pub(super) struct StaticMount {
    vhost: String,
    host: Host,
    /// What a URL's path begins with.
    prefix: Vec<String>,
    pub(super) directory: Directory,
}

/// Which hosts' requests a mount serves.
#[derive(Debug, PartialEq)]
enum Host {
    /// The template begins with `/`, or is the default vhost's.
    Any,
    /// It begins with `[vhost]`.
    Own,
    /// It begins with a literal host.
    Named(String),
}

impl StaticMount {
    /// The mounts of every vhost that is enabled and has files.
    pub(super) fn of(config: &Config, open: &Arc<OpenFiles>) -> Vec<Self> {
        let with_files = config.vhosts.iter().filter(|vhost| vhost.enabled && vhost.http_static.enabled);
        with_files.map(|vhost| Self::compile(vhost, open)).collect()
    }

    fn compile(vhost: &Vhost, open: &Arc<OpenFiles>) -> Self {
        let template = &vhost.http_static.mount;
        let (host, path) = match template.split_once('/') {
            Some(("", path)) => (Host::Any, path),
            Some((host, path)) => (Self::host(host, vhost), path),
            None if template.contains("[vhost]") => (Self::host(template, vhost), ""),
            None => (Host::Any, template.as_str()),
        };
        let prefix: Vec<_> = path
            .split('/')
            // The default vhost has no name that a viewer could know: its segment is left out, as SRS does.
            .filter(|segment| !(segment.is_empty() || *segment == "[vhost]" && vhost.name == DEFAULT_VHOST))
            .map(|segment| segment.replace("[vhost]", &vhost.name))
            .collect();
        let setting = format!("the vhost {}'s http_static.dir", vhost.name);
        let directory = Directory::new(&vhost.http_static.dir, setting, open);
        Self { vhost: vhost.name.clone(), host, prefix, directory }
    }

    fn host(template: &str, vhost: &Vhost) -> Host {
        match template {
            // SRS mounts the default vhost's files for every host that has none of its own.
            "[vhost]" if vhost.name == DEFAULT_VHOST => Host::Any,
            "[vhost]" => Host::Own,
            named => Host::Named(host_name(&named.replace("[vhost]", &vhost.name))),
        }
    }

    /// The mount that serves `segments` for the host `requested`, which the vhost `own` serves, and how many of the
    /// segments are the mount's own. A mount that names the host goes first, then the vhost's own, then what others
    /// offer to any host; of equal ones the longest.
    pub(super) fn find<'a>(
        mounts: &'a [Self],
        requested: &str,
        own: &str,
        segments: &[Cow<'_, str>],
    ) -> Option<(&'a Self, usize)> {
        mounts
            .iter()
            .filter(|mount| mount.is_prefix_of(segments))
            .filter_map(|mount| Some((mount.claim(requested, own)?, mount)))
            .min_by_key(|(claim, mount)| (*claim, std::cmp::Reverse(mount.prefix.len())))
            .map(|(_, mount)| (mount, mount.prefix.len()))
    }

    fn is_prefix_of(&self, segments: &[Cow<'_, str>]) -> bool {
        self.prefix.len() <= segments.len()
            && self.prefix.iter().zip(segments).all(|(own, asked)| own == asked)
    }

    fn claim(&self, requested: &str, own: &str) -> Option<u8> {
        match &self.host {
            Host::Named(name) => (name == requested).then_some(0),
            Host::Own => (self.vhost == own).then_some(1),
            Host::Any => Some(if self.vhost == own { 1 } else { 2 }),
        }
    }

    /// The vhost whose files they are.
    pub(super) fn vhost(&self) -> &str {
        &self.vhost
    }

    /// What a URL's path begins with.
    pub(super) fn prefix(&self) -> &[String] {
        &self.prefix
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::HttpStatic;
    use std::sync::Arc;

    /// Each is a vhost, a mount, and the name of its directory.
    fn mounts(vhosts: &[(&str, &str, &str)]) -> Vec<StaticMount> {
        let vhosts = vhosts.iter().map(|&(name, mount, dir)| {
            let http_static = HttpStatic { enabled: true, mount: mount.to_owned(), dir: dir.into() };
            Arc::new(Vhost { name: name.to_owned(), http_static, ..Vhost::default() })
        });
        StaticMount::of(&Config { vhosts: vhosts.collect(), ..Config::default() }, &Arc::default())
    }

    /// The directory, and what of the path is looked for in it; the host's vhost is the one of its name.
    fn found(mounts: &[StaticMount], host: &str, path: &str) -> Option<(String, String)> {
        let segments: Vec<_> = path.split('/').skip(1).map(Cow::from).collect();
        let (mount, own) = StaticMount::find(mounts, host, host, &segments)?;
        Some((mount.directory.locate(&[])?.display().to_string(), segments[own..].join("/")))
    }

    fn pair(dir: &str, rest: &str) -> Option<(String, String)> {
        Some((dir.to_owned(), rest.to_owned()))
    }

    #[test]
    fn a_vhosts_files_are_its_own_hosts() {
        let mounts = mounts(&[("a.example", "[vhost]/", "a"), ("b.example", "[vhost]", "b")]);
        assert_eq!(found(&mounts, "a.example", "/x/y.mp4"), pair("a", "x/y.mp4"));
        assert_eq!(found(&mounts, "b.example", "/"), pair("b", ""));
        assert_eq!(found(&mounts, "c.example", "/x"), None);
    }

    #[test]
    fn the_mounts_path_is_no_part_of_the_files() {
        let mounts = mounts(&[("a.example", "[vhost]/hls", "a"), ("b.example", "/vod/[vhost]/", "b")]);
        assert_eq!(found(&mounts, "a.example", "/hls/live/x.m3u8"), pair("a", "live/x.m3u8"));
        assert_eq!(found(&mounts, "a.example", "/hlsx/live/x.m3u8"), None);
        assert_eq!(found(&mounts, "any.example", "/vod/b.example/x.flv"), pair("b", "x.flv"));
    }

    #[test]
    fn the_default_vhosts_files_are_everybodys_who_has_none() {
        let mounts = mounts(&[(DEFAULT_VHOST, "[vhost]/", "all"), ("a.example", "[vhost]/", "a")]);
        assert_eq!(found(&mounts, "a.example", "/x"), pair("a", "x"));
        assert_eq!(found(&mounts, "b.example", "/x"), pair("all", "x"));
    }

    #[test]
    fn of_equal_claims_the_longest_path_holds() {
        let mounts = mounts(&[("a", "/", "root"), ("b", "/hls", "hls"), ("c", "c.example/", "named")]);
        assert_eq!(found(&mounts, "x", "/hls/y"), pair("hls", "y"));
        assert_eq!(found(&mounts, "x", "/y"), pair("root", "y"));
        assert_eq!(found(&mounts, "c.example", "/hls/y"), pair("named", "hls/y"));
    }
}
