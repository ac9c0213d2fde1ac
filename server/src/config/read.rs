//! Directives and environment to a typed configuration.

mod apply;
mod place;

use std::sync::Arc;

use super::DEFAULT_VHOST;
use super::changes::{Keys, Written};
use super::environment::Environment;
use super::listens::{Listen, ListenOrigins};
use super::model::{Config, Vhost};
use super::older;
use super::parser::Tree;
use super::report::{Finding, Report, Severity};
use super::schema::{ConfigDraft, Key, ROOT, VHOST, VhostDraft};
use super::source::Span;
use super::tree::Directive;
use crate::names::host_name;
use place::Place;

pub(super) use place::shown;

/// A configuration, and where its parts were set.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) config: Config,
    /// Whether `listen` is there, be it right or wrong.
    pub(super) rtmp_listen_is_set: bool,
    /// Where the addresses come from.
    pub(super) listens: ListenOrigins,
    /// Of each vhost, where its parts are.
    pub(super) places: Vec<VhostPlaces>,
    /// The keys that are set.
    pub(super) written: Written,
}

/// Where the parts of a vhost are, when a file has them.
#[derive(Debug, Default)]
pub(super) struct VhostPlaces {
    /// Its name.
    pub(super) name: Option<Span>,
    /// Its mounts, in order; empty when they are the default or come from a variable.
    pub(super) mounts: Vec<Span>,
}

/// Reads `tree`; where `environment` sets the same key, it wins. What is wrong goes to `report`.
pub(super) fn read(tree: &Tree, environment: &Environment, report: &mut Report) -> Read {
    let mut reader = Reader { report, environment };
    let mut root = Found::new(&ROOT);
    let mut vhosts = Vec::new();
    reader.block(&tree.directives, "", &mut root, &mut vhosts);

    let mut draft = ConfigDraft::default();
    let mut written = Written { root: reader.apply_all(&root, &mut draft), ..Written::default() };
    let mut config = draft.finish();
    let (mut names, mut places) = (Vec::new(), Vec::new());
    for directive in vhosts {
        let Some((vhost, mounts, keys)) = reader.vhost(directive, &names) else { continue };
        written.vhosts.insert(vhost.name.clone(), keys);
        names.push((vhost.name.clone(), directive.args[0].span));
        places.push(VhostPlaces { name: Some(directive.args[0].span), mounts });
        config.vhosts.push(Arc::new(vhost));
    }
    let rtmp_listen_is_set = reader.origin(&root, Listen::Rtmp.path()).is_some();
    Read { config, rtmp_listen_is_set, listens: reader.listens(&root), places, written }
}

/// What a vhost without a file is: the default one, with what the environment sets.
pub(super) fn default_vhost(environment: &Environment, report: &mut Report) -> (Vhost, Keys) {
    let mut draft = VhostDraft::default();
    let keys = Reader { report, environment }.apply_all(&Found::new(&VHOST), &mut draft);
    (draft.finish(DEFAULT_VHOST), keys)
}

/// The first directive of each key in a table.
struct Found<'t, T: 'static> {
    table: &'static [&'static Key<T>],
    /// With whether it is where the key belongs, rather than at an older place.
    first: Vec<Option<(&'t Directive, bool)>>,
    /// All directives of the keys that may be repeated, in order, each with its key's number.
    repeated: Vec<(usize, &'t Directive)>,
    /// The first of each block, by its path.
    blocks: Vec<(String, Span)>,
}

impl<T> Found<'_, T> {
    fn new(table: &'static [&'static Key<T>]) -> Self {
        let first = table.iter().map(|_| None).collect();
        Self { table, first, repeated: Vec::new(), blocks: Vec::new() }
    }
}

struct Reader<'r> {
    report: &'r mut Report,
    environment: &'r Environment,
}

impl Reader<'_> {
    /// Finds the keys of `block` in `directives`; every `vhost NAME { }` goes to `vhosts`.
    fn block<'t, T>(
        &mut self,
        directives: &'t [Directive],
        block: &str,
        found: &mut Found<'t, T>,
        vhosts: &mut Vec<&'t Directive>,
    ) {
        for directive in directives {
            match place::of(found.table, block, &directive.name.text) {
                Place::Vhost => vhosts.push(directive),
                Place::Key(at) => self.key(at, directive, block, found),
                Place::Block(path) => self.nested(directive, path, found, vhosts),
                Place::Unserved(unserved) => {
                    let message = format!("'{}' is ignored: {}", directive.name.text, unserved.why);
                    let finding = Finding::new(unserved.loss.severity(), message);
                    self.report.push(finding.at(directive.name.span, "not served"));
                }
                Place::Unknown => self.unknown(directive, block, found),
            }
        }
    }

    fn key<'t, T>(&mut self, at: usize, directive: &'t Directive, block: &str, found: &mut Found<'t, T>) {
        let key = &found.table[at];
        let name = &directive.name;
        if directive.block.is_some() {
            let message = format!("'{}' is not a block", name.text);
            let help = format!("it takes {}", key.kind.expects());
            self.report.push(Finding::error(message).at(directive.span, "expected ';'").help(help));
            return;
        }
        if key.kind.is_repeated() {
            found.repeated.push((at, directive));
            return;
        }
        let place = place::join(block, &name.text);
        let home = place == key.path;
        if !home && !place.starts_with("rtmp.") {
            let message = format!("'{}' belongs in '{}'; it is read here too", name.text, shown(key.path));
            self.report.push(Finding::new(Severity::Note, message).at(name.span, "an older place of SRS"));
        }
        let Some(first) = found.first[at] else {
            found.first[at] = Some((directive, home));
            return;
        };
        // SRS moves what is in an older place behind what is in the new one, and takes the first.
        let this = (directive, home);
        let ((wins, at_home), (loses, _)) = if home && !first.1 { (this, first) } else { (first, this) };
        found.first[at] = Some((wins, at_home));
        let finding = Finding::warning(format!("'{}' is set twice; this one is ignored", loses.name.text));
        self.report.push(finding.at(loses.span, "ignored").because(wins.span, "this one counts"));
    }

    fn nested<'t, T>(
        &mut self,
        directive: &'t Directive,
        path: String,
        found: &mut Found<'t, T>,
        vhosts: &mut Vec<&'t Directive>,
    ) {
        let name = &directive.name;
        let Some(inside) = &directive.block else {
            let message = format!("'{}' is a block", name.text);
            self.report.push(Finding::error(message).at(directive.span, "expected '{'"));
            return;
        };
        if let Some(arg) = directive.args.first() {
            let message = format!("'{}' takes no argument", name.text);
            self.report.push(Finding::error(message).at(arg.span, "unexpected"));
        }
        if let Some((_, first)) = found.blocks.iter().find(|(block, _)| *block == path) {
            let finding = match path.as_str() {
                "vhost.http_remux" => Finding::error("a vhost has one http_remux"),
                _ => Finding::warning(format!("there are two blocks '{}'; this one is ignored", name.text)),
            };
            self.report.push(finding.at(directive.span, "the second").because(*first, "the first"));
            return;
        }
        self.block(inside, &path, found, vhosts);
        found.blocks.push((path, directive.span));
    }

    fn vhost(
        &mut self,
        directive: &Directive,
        before: &[(String, Span)],
    ) -> Option<(Vhost, Vec<Span>, Keys)> {
        let name = &directive.name;
        let ([arg], Some(block)) = (directive.args.as_slice(), &directive.block) else {
            let help = "write vhost NAME { }; the NAME of the one for every host is __defaultVhost__";
            let label =
                if directive.block.is_some() { "expected one name" } else { "expected a name and '{'" };
            let message = "a vhost has one name and a block";
            self.report.push(Finding::error(message).at(directive.span, label).help(help));
            return None;
        };
        if let Some((_, first)) = before.iter().find(|(before, _)| *before == host_name(&arg.text)) {
            let finding = Finding::error(format!("there are two vhosts '{}'", arg.text));
            self.report.push(finding.at(arg.span, "the second").because(*first, "the first"));
        }
        let directives = older::rewrite(block, self.report);
        let mut found = Found::new(&VHOST);
        self.block(&directives, &name.text, &mut found, &mut Vec::new());
        let mut draft = VhostDraft::default();
        let keys = self.apply_all(&found, &mut draft);
        Some((draft.finish(&arg.text), self.mounts(&found), keys))
    }

    fn unknown<T>(&mut self, directive: &Directive, block: &str, found: &Found<'_, T>) {
        let name = &directive.name.text;
        let message = match block {
            "" => format!("unknown key '{name}'"),
            _ => format!("unknown key '{name}' in '{}'", shown(block)),
        };
        let finding = Finding::error(message).at(directive.name.span, "no such key here");
        self.report.push(match place::suggest(found.table, block, name) {
            Some(help) => finding.help(help),
            None => finding,
        });
    }

    /// Where a vhost's mounts are, unless a variable sets them.
    fn mounts(&self, vhost: &Found<'_, VhostDraft>) -> Vec<Span> {
        let is_mount = |key: &&Key<VhostDraft>| key.path == "vhost.http_remux.mount";
        let Some(at) = vhost.table.iter().position(is_mount) else { return Vec::new() };
        match vhost.first[at] {
            Some((directive, _)) if self.variable(vhost.table[at]).is_none() => {
                directive.args.iter().map(|arg| arg.span).collect()
            }
            _ => Vec::new(),
        }
    }

    fn listens(&self, root: &Found<'_, ConfigDraft>) -> ListenOrigins {
        ListenOrigins(Listen::ALL.map(|listen| {
            let default = || {
                let key = root.table.iter().find(|key| key.path == listen.path());
                let default = key.map_or("", |key| key.default.text());
                format!("'{}', which is not set; its default is {default}", shown(listen.path()))
            };
            self.origin(root, listen.path()).unwrap_or_else(default)
        }))
    }

    fn origin(&self, root: &Found<'_, ConfigDraft>, path: &str) -> Option<String> {
        let at = root.table.iter().position(|key| key.path == path)?;
        let key = root.table[at];
        if let Some((variable, _)) = self.variable(key) {
            return Some(format!("environment variable {variable}"));
        }
        let (directive, _) = root.first[at]?;
        Some(format!("'{}' at {}", shown(path), self.report.sources.place(directive.span)))
    }
}
