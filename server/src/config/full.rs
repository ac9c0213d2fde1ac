//! The text of `conf/full.conf`: every key with its documentation and its default.

use super::schema::{Default, Key, ROOT, VHOST};
use super::unserved::UNSERVED;

const WIDTH: usize = 100;

const HEAD: &str = "\
# Every key of flvgate, with its default.
#
# This file is generated from the table of keys; to change it, change the table and run
#     UPDATE_CONF=1 cargo test -p flvgate --lib full_conf
# A key that is commented out has no default; what is written is an example.
# An environment variable wins over the file; that of a vhost's key is for all vhosts. A file can be cut into parts with 'include FILE...;'.
";

/// The text of `conf/full.conf`.
#[must_use]
pub fn full_conf() -> String {
    let mut text = HEAD.to_owned();
    keys(&mut text, &ROOT, "");
    text.push_str(
        "\n# Streams are kept apart by vhost: the host name that encoders and viewers use. __defaultVhost__ is for every\n\
         # host name that has no vhost of its own.\nvhost __defaultVhost__ {",
    );
    keys(&mut text, &VHOST, "vhost");
    text.push_str("}\n");
    text
}

/// The keys of `table`; `block` is open already.
fn keys<T>(text: &mut String, table: &[&Key<T>], block: &str) {
    let mut open = block;
    for same_home in table.chunk_by(|one, next| one.home() == next.home()) {
        let Some(home) = same_home.first().map(|key| key.home()) else { continue };
        open = leave(text, open, home);
        let inside = home.strip_prefix(open).unwrap_or(home);
        for name in inside.split('.').filter(|name| !name.is_empty()) {
            text.push_str(&format!("\n{}{name} {{", indent(open)));
            open = &home[..open.len() + usize::from(!open.is_empty()) + name.len()];
        }
        for key in same_home {
            text.push('\n');
            self::key(text, key, &indent(open));
        }
        not_served(text, open);
    }
    leave(text, open, block);
}

/// Closes blocks, from `open` outwards, until `home` is that block or in it; returns what is open then.
fn leave<'a>(text: &mut String, mut open: &'a str, home: &str) -> &'a str {
    let has = |block: &str| {
        home.strip_prefix(block)
            .is_some_and(|rest| block.is_empty() || rest.is_empty() || rest.starts_with('.'))
    };
    while !has(open) {
        open = open.rsplit_once('.').map_or("", |(outside, _)| outside);
        text.push_str(&format!("{}}}\n", indent(open)));
    }
    open
}

/// What SRS has in `block` and flvgate has not, with the reasons.
fn not_served(text: &mut String, block: &str) {
    for group in UNSERVED.iter().filter(|group| group.block == block) {
        let are = if group.names.len() == 1 { "is" } else { "are" };
        text.push('\n');
        comment(
            text,
            &format!("{} {are} not served: {}.", group.names.join(", "), group.why),
            &indent(block),
        );
    }
}

fn key<T>(text: &mut String, key: &Key<T>, indent: &str) {
    comment(text, key.doc, indent);
    let (values, variable) = (key.kind.expects(), key.variables().next().unwrap_or_default());
    let mark = if matches!(key.default, Default::Unset(_)) { "#" } else { "" };
    let (name, default) = (key.name(), key.default.text());
    text.push_str(&format!(
        "{indent}# Value: {values}. Variable: {variable}.\n{indent}{mark}{name} {default};\n"
    ));
}

/// `prose` in lines of [`WIDTH`].
fn comment(text: &mut String, prose: &str, indent: &str) {
    let mut line = format!("{indent}#");
    for word in prose.split_whitespace() {
        if line.len() + 1 + word.len() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = format!("{indent}#");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}

fn indent(block: &str) -> String {
    let depth = if block.is_empty() { 0 } else { block.split('.').count() };
    "    ".repeat(depth)
}

#[cfg(test)]
mod tests;
